#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/services_view.hpp"

namespace onit {

/// What somebody who looks after onit, or after one of its services, wants to know.
enum class HealthQuestion : std::uint8_t {
  alive,  ///< whether it is of use to let it go on; nothing that passes by itself is a reason not to
  ready,  ///< whether it can be asked to work
};

/// The answer, and why in a line.
struct Verdict {
  bool is_good = true;
  std::string text{};
};

/// How the services are that matter: the essential ones; if there are none, all that are to run. With `service`: how
/// that one is. What `anybody` may know is in which state they are, and not what they write or why they ended.
Verdict judge(const ServicesView& view, HealthQuestion question, bool anybody, std::optional<ServiceId> service = {});

}  // namespace onit
