#pragma once

#include <cstddef>
#include <string>

#include "cli/request.hpp"
#include "config/services_file.hpp"

namespace onit {

/// What a reload says, behind the errors.
inline constexpr char kNothingChanged[] = "the file has errors, so nothing is changed";

/// Reads the services that a command line asks for: those of the file, of --service, and the one that COMMAND becomes.
/// `plan` has services. May be called again, to find out what has changed. If nobody named the file and it is not
/// there, the only problem is that nothing was asked for.
ServicesRead load_services(const Plan& plan, char* const* own_environment);

/// What has to be said about files that are only checked.
struct CheckReport {
  std::string good;  ///< for stdout: a line for each file that can be used, with its services
  std::string bad;   ///< for stderr: a line for each warning and each problem, and one with the number of problems
  std::size_t problems = 0;
};

/// Reads each file by itself, as if it were run.
CheckReport check_files(const FilesToCheck& files, char* const* own_environment);

}  // namespace onit
