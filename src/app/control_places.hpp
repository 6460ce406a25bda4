#pragma once

#include <string>

#include "base/result.hpp"
#include "os/listener.hpp"

namespace onit {

/// The control socket, and where it is.
struct ControlPlace {
  Listener listener;
  std::string path;
  std::string reasons;  ///< why it is not at one of those before, each named; empty: it is at the first
};

/// Opens the control socket at the first place that can be had; see control_places(). A place where another onit
/// listens cannot. Only onit's user may use it, from the start. Errors: name all places, each with the reason.
Result<ControlPlace, Complaint> open_control_socket(const std::string& wanted, char* const* environment);

/// Opens the port for probes and metrics, HOST:PORT. Errors: name it and the reason.
Result<Listener, Complaint> open_public_port(const std::string& listen);

}  // namespace onit
