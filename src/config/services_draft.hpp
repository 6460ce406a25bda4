#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/services_problems.hpp"
#include "core/service_spec.hpp"

namespace onit {

/// A dependency by name. No condition: what the other service is makes it.
struct Wanted {
  std::string service;
  std::optional<Condition> condition;
  Place place;
};

/// A service, and what has to be known of it until all are there.
struct ServiceDraft {
  ServiceSpec spec;  ///< its dependencies are in `wanted`
  Place place;       ///< of its name
  std::vector<std::string> profiles;
  std::vector<Wanted> wanted;
  bool is_active = false;  ///< one of its profiles is asked for, or it has none
  // Where the file says what only all together can be judged by.
  Place stdin_place;      ///< if it inherits stdin
  Place essential_place;  ///< if it is essential
  Place grace_place;      ///< if it has a stop_grace_period of its own
  Place log_place;        ///< if its output goes into a file
  Place sockets_place;    ///< if it has sockets
  Place ready_tcp_place;  ///< if it is ready when it accepts connections
  Place health_tcp_place;
};

/// What the files say together.
struct ServicesDraft {
  ServicesSpec spec;  ///< without services
  std::string exit_code_from;
  Place exit_code_place;
  LogSpec log;  ///< what [log] makes the defaults
  std::vector<ServiceDraft> services;
};

}  // namespace onit
