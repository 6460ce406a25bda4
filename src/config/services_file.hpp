#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/interpolate.hpp"
#include "core/service_spec.hpp"

namespace onit {

/// How files are reached: functions and their context, which must outlive the calls.
struct FileAccess {
  /// The content; the Complaint is the reason alone ("No such file or directory").
  Result<std::string, Complaint> (*read)(const void* context, const std::string& path);
  /// The files that match a pattern, sorted (glob(7)). `steps` is how many paths and names may be looked at, and
  /// becomes what remains of them; 0: it was given up.
  std::vector<std::string> (*expand)(const void* context, const std::string& pattern, std::size_t& steps);
  const void* context;
  /// The content of a file that somebody else reads as well: of nothing but a regular file, for what is taken out of a
  /// pipe is gone. The Complaint may be empty. Null: there are no such files.
  Result<std::string, Complaint> (*peek)(const void* context, const std::string& path) = nullptr;
};

/// What besides the file decides how services are read.
struct ServicesRequest {
  std::string path;  ///< a Procfile if its name says so (is_procfile), TOML otherwise
  FileAccess files;
  Lookup variables;                     ///< onit's environment
  std::vector<std::string> profiles{};  ///< those that are active
  std::vector<ServiceSpec> more{};      ///< from the command line: they come behind those of the file
  /// What is wrong with the name of a time zone; empty: nothing. Null: they are taken as they are.
  std::string (*zone_fault)(const std::string& zone) = nullptr;
};

struct ServicesRead {
  ServicesSpec spec;
  std::vector<std::string> problems;  ///< `file:line:column: message` each, in the order of the text; none: it is good
  std::vector<std::string> warnings;  ///< the same for what is good, but hardly meant
};

/// Reads a file of services and all that it includes. An empty path means that there are only those of the request.
/// Env files are read for each start; those that are there already are looked at here for what is worth a warning.
ServicesRead read_services(ServicesRequest request);

}  // namespace onit
