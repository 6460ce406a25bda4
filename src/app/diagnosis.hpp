#pragma once

#include <string>

#include "app/setting_names.hpp"
#include "os/spawn.hpp"

namespace onit {

/// Why a command could not be started, for a person.
struct Diagnosis {
  int exit_code;     ///< 125, 126 or 127
  std::string text;  ///< what failed, why, and what helps
};

/// Finds out what a failed spawn was about. Looks at the file that could not be executed.
Diagnosis diagnose(const ExecPlan& plan, const SpawnReport& report, const SettingNames& names = kOptionNames);

}  // namespace onit
