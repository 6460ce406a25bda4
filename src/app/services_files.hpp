#pragma once

#include <string>

#include "cli/request.hpp"
#include "config/services_file.hpp"

namespace onit {

/// Reads the services that a command line asks for: those of the file, of --service, and the one that COMMAND becomes.
/// `plan` has services. May be called again, to find out what has changed. If nobody named the file and it is not
/// there, the only problem is that nothing was asked for.
ServicesRead load_services(const Plan& plan, char* const* own_environment);

/// What has to be said about files that are only checked.
struct CheckReport {
  std::string good;  ///< for stdout: a line for each file that can be used, with its services
  std::string bad;   ///< for stderr: a line for each problem, and one with their number
  bool has_problems() const { return !bad.empty(); }
};

/// Reads each file by itself, as if it were run.
CheckReport check_files(const FilesToCheck& files, char* const* own_environment);

}  // namespace onit
