#include "app/control_places.hpp"

#include <utility>

#include "app/listeners.hpp"
#include "base/text.hpp"
#include "base/variable.hpp"

namespace onit {
namespace {

constexpr mode_t kOwnerOnly = 0600;

/// They are accepted several at a time, whenever onit has a moment.
constexpr int kBacklog = 128;

}  // namespace

Result<ControlPlace, Complaint> open_control_socket(const std::string& wanted, char* const* environment) {
  const char* runtime_dir = find_variable(environment, "XDG_RUNTIME_DIR");
  bool has_runtime_dir = runtime_dir != nullptr && *runtime_dir == '/';
  const std::string places[] = {wanted, has_runtime_dir ? concat({runtime_dir, "/onit.sock"}) : std::string{},
                                "/tmp/onit.sock"};
  std::string reasons;
  for (const std::string& place : places) {
    if (place.empty()) {
      reasons += "; $XDG_RUNTIME_DIR is not set";
      continue;
    }
    SocketSpec spec;
    spec.listen = place;
    spec.mode = kOwnerOnly;
    spec.backlog = kBacklog;
    auto opened = open_listener(spec);
    if (opened.ok()) return ControlPlace{std::move(opened.value()), place};
    reasons += filled("; %: %", {place, opened.error().text});
  }
  return Complaint{filled("there is no control socket: %", {std::string_view{reasons}.substr(2)})};
}

Result<Listener, Complaint> open_public_port(const std::string& listen) {
  SocketSpec spec;
  spec.listen = listen;
  spec.backlog = kBacklog;
  auto opened = open_listener(spec);
  if (!opened.ok()) return Complaint{filled("listen: %: %", {quoted(listen), opened.error().text})};
  return opened;
}

}  // namespace onit
