#pragma once

#include <vector>

#include "app/reporter.hpp"
#include "base/signal.hpp"
#include "core/plan.hpp"
#include "core/service_spec.hpp"
#include "os/spawn.hpp"

namespace onit {

/// What onit was started with, and its services are to be.
struct ServicesSetup {
  const Plan& plan;
  SignalSet mask{};
  bool ignore_child_exits = false;
  std::vector<LimitSetting> own_limits{};  ///< that onit has changed for itself, as they were
};

/// Runs services from the start of the first to the end of the last, and returns the exit code. All signals must be
/// blocked.
int run_services(const Plan& plan, ServicesSpec spec, const SignalSet& inherited_mask, Reporter& reporter);

}  // namespace onit
