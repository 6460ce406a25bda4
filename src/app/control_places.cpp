#include "app/control_places.hpp"

#include <utility>

#include "app/listeners.hpp"
#include "base/text.hpp"
#include "base/variable.hpp"
#include "control/places.hpp"

namespace onit {
namespace {

constexpr mode_t kOwnerOnly = 0600;

/// They are accepted several at a time, whenever onit has a moment.
constexpr int kBacklog = 128;

}  // namespace

Result<ControlPlace, Complaint> open_control_socket(const std::string& wanted, char* const* environment) {
  std::string reasons;
  for (const std::string& place : control_places(wanted, environment)) {
    SocketSpec spec;
    spec.listen = place;
    spec.mode = kOwnerOnly;
    spec.backlog = kBacklog;
    auto opened = open_listener(spec);
    if (opened.ok()) return ControlPlace{std::move(opened.value()), place, std::move(reasons)};
    reasons += filled("%%: %", reasons.empty() ? "" : "; ", place, opened.error().text);
  }
  const char* runtime_directory = find_variable(environment, "XDG_RUNTIME_DIR");
  bool is_set = runtime_directory != nullptr && *runtime_directory != '\0';
  if (!is_set) reasons += "; $XDG_RUNTIME_DIR is not set";
  if (is_set && *runtime_directory != '/') reasons += "; $XDG_RUNTIME_DIR is no absolute path";
  return Complaint{filled("there is no control socket: %", reasons)};
}

Result<Listener, Complaint> open_public_port(const std::string& listen) {
  SocketSpec spec;
  spec.listen = listen;
  spec.backlog = kBacklog;
  auto opened = open_listener(spec);
  if (!opened.ok()) return Complaint{filled("listen: %: %", quoted(listen), opened.error().text)};
  return opened;
}

}  // namespace onit
