#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/services_view.hpp"

namespace onit {

/// What somebody who looks after onit, or after one of its services, wants to know.
enum class HealthQuestion : std::uint8_t {
  alive,    ///< whether it is of use to let it go on; nothing that passes by itself is a reason not to
  ready,    ///< whether it can be asked to work
  healthy,  ///< the same, of everything or one service; the line says all that is known
};

/// The answer, and why in a line.
struct Verdict {
  bool is_good = true;
  std::string text{};
};

/// How the services are that matter: the essential ones; if there are none, all that are to run. With `service`: how
/// that one is.
Verdict judge(const ServicesView& view, HealthQuestion question, std::optional<ServiceId> service = {});

}  // namespace onit
