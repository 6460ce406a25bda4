#pragma once

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "app/control_pages.hpp"
#include "app/history.hpp"
#include "app/journal.hpp"
#include "app/loop_times.hpp"
#include "unit/log_bench.hpp"

/// What tests of pages need.
namespace onit::view_bench {

/// Services that there are, with what they write.
struct Bench {
  explicit Bench(const std::vector<std::string>& names, std::vector<ServicePolicy> policies = {})
      : supervisor({}, (policies.resize(names.size()), std::move(policies))), services(names.size()) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      services[i].spec.name = names[i];
      logs.define(i, names[i], {.to_stdout = false});
    }
  }

  ServicesView view() const {
    return {supervisor, services, prober, logs.pump, schedules, history, journal, loop, now};
  }

  /// The service writes that, and onit reads it at once.
  void write(ServiceId service, std::string_view text, bool to_stderr = false) {
    REQUIRE(logs.write(service, text, to_stderr) == text.size());
    logs.run();
  }

  log_bench::Bench logs;
  Supervisor supervisor;
  std::vector<ServiceRuntime> services;
  Prober prober{logs.poller};
  Schedules schedules;
  History history{Instant{}};
  Journal journal;
  LoopTimes loop;
  Instant now{};
};

}  // namespace onit::view_bench
