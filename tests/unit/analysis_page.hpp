#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "client/analysis.hpp"

namespace onit {

/// A page of /v1/analysis, and what is made of it.
struct AnalysedPage {
  /// `services` is what stands in their list, with apostrophes for quotes.
  explicit AnalysedPage(const std::string& services, const std::string& now = "60000") {
    std::string page = "{'start': '2026-11-22T10:00:00Z', 'now_ms': " + now + ", 'services': [" + services + "]}";
    for (char& c : page) c = c == '\'' ? '"' : c;
    auto read = read_json(page);
    REQUIRE(read);
    document = std::make_unique<JsonDocument>(std::move(*read));
    analysis = analyse(document->root());
  }

  std::unique_ptr<JsonDocument> document;  ///< stays where it is: the analysis points into it
  Analysis analysis;
};

/// A span of a service.
inline std::string span(const char* state, long from, long to = 60'000) {
  return std::string{"{'state': '"} + state + "', 'from_ms': " + std::to_string(from) +
         ", 'to_ms': " + std::to_string(to) + "}";
}

/// A service in the list of a page, with spans and needs separated by commas.
inline std::string service(const std::string& name, const std::string& spans, const std::string& needs = {}) {
  return "{'name': '" + name + "', 'type': 'simple', 'depends_on': [" + needs + "], 'spans': [" + spans + "]}";
}

/// One that begins at one moment, after having waited if that was late, and is ready at another.
inline std::string started(const std::string& name, long begun, long ready, const std::string& needs = {}) {
  std::string waiting = begun > 10 ? span("waiting", 10, begun) + "," : std::string{};
  return service(name, waiting + span("starting", begun, ready) + "," + span("up", ready), needs);
}

inline std::string need(const std::string& name, const char* condition = "ready") {
  return "{'service': '" + name + "', 'condition': '" + condition + "'}";
}

}  // namespace onit
