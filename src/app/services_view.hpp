#pragma once

#include <vector>

#include "app/log_pump.hpp"
#include "app/prober.hpp"
#include "app/schedules.hpp"
#include "app/service_runtime.hpp"
#include "core/supervisor.hpp"

namespace onit {

class History;
class Journal;
struct LoopTimes;

/// What there is to see of services, for whoever shows it.
struct ServicesView {
  const Supervisor& supervisor;
  const std::vector<ServiceRuntime>& services;
  const Prober& prober;
  const LogPump& logs;
  const Schedules& schedules;
  const History& history;
  const Journal& journal;
  const LoopTimes& loop;
  Instant now;
};

}  // namespace onit
