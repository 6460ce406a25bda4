#pragma once

#include <string>
#include <string_view>

#include "core/fact.hpp"
#include "core/service_action.hpp"

namespace onit {

/// A line for whoever reads onit's messages, and how much it matters.
struct Words {
  What what;
  std::string text;
};

/// What the news is about, by name.
struct NewsNames {
  std::string_view service;
  std::string_view other;
};

/// What happened to a service, as one line: "service 'web': waits until 'db' is ready".
Words words_for(const TellService& news, const NewsNames& names);

/// What happened to all of them.
Words words_for(const TellAll& news, std::string_view service);

/// What is waited for, behind the name of another service: "is ready".
const char* condition_text(Condition condition);

/// Why it is as it is, as the end of a sentence: "its health check failed too often".
std::string reason_text(Reason reason, std::string_view other);

}  // namespace onit
