#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "app/control_reply.hpp"
#include "app/service_health.hpp"
#include "app/services_view.hpp"
#include "control/http_request.hpp"

namespace onit {

/// What a client asks for.
enum class Route : std::uint8_t {
  refused,  ///< something that is not there, or not so: the reply says what is wrong
  services,
  service,
  start,
  stop,
  restart,
  signal,
  wait,
  events,
  logs,
  analysis,
  reload,
  shutdown,
  metrics,
  // From here on lines for people, unless JSON is asked for.
  explanations,
  health,
  alive,
  ready,
};

struct Asked {
  Route route = Route::refused;
  Reply reply{};                ///< refused: the answer; otherwise how it is to be given
  ServiceId service = 0;        ///< service, start, stop, restart, signal, wait: whom it is about
  std::optional<int> number{};  ///< signal: which one; shutdown: the exit code, if it is not left to onit
  HealthQuestion question = HealthQuestion::ready;  ///< health
  bool waits = false;  ///< start, stop, restart: it is answered when it is known what has become of it
};

/// Understands a request. The paths and their parameters are in docs/api.md; what comes by the public port can ask
/// only for what everybody may know.
Asked understand(const HttpRequest& request, bool is_public, const ServicesView& view);

/// An answer of one text: a line for people, or JSON with the text as `error` (from status 400 on) or `text`.
void answer_with(Reply& reply, int status, std::string_view text);

}  // namespace onit
