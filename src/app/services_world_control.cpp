// Where onit can be asked, and the pages that it shows.

#include <unistd.h>

#include <cstring>

#include "app/control_pages.hpp"
#include "app/control_places.hpp"
#include "app/services_world.hpp"
#include "base/panic.hpp"
#include "base/text.hpp"

namespace onit {

/// Opens the port for probes and metrics, which somebody relies on, and the control socket, without which services run
/// as well.
Result<void, Complaint> ServicesWorld::open_control() {
  if (!spec_.listen.empty()) {
    auto opened = open_public_port(spec_.listen);
    if (!opened.ok()) return opened.error();
    auto served = control_.serve(std::move(opened.value()), true);
    if (!served.ok()) return complaint_about(served.error());
  }
  if (spec_.control.empty()) return {};
  auto opened = open_control_socket(spec_.control, environ);
  if (!opened.ok()) {
    reporter_.tell({.what = What::warning, .text = concat(opened.error().text, "; a tmpfs on /tmp is enough")});
    return {};
  }
  auto served = control_.serve(std::move(opened.value().listener), false);
  if (!served.ok()) return complaint_about(served.error());
  control_path_ = std::move(opened.value().path);
  if (control_path_ != spec_.control) {
    // Who has chosen a place looks for it there; the usual one cannot be had in many a container.
    What what = spec_.control == kDefaultControlPlace ? What::service_news : What::warning;
    std::string text = filled("the control socket is %: %", control_path_, opened.value().reasons);
    reporter_.tell({.what = what, .text = text});
  }
  return {};
}

ServicesView ServicesWorld::view() {
  return {*supervisor_, services_, prober_, logs_, schedules_, history_, journal_, loop_times_, now()};
}

Progress ServicesWorld::next_piece(void* context, Reply& reply, std::string& out) {
  ServicesView view = static_cast<ServicesWorld*>(context)->view();
  switch (reply.page) {
    case Page::none:
      return Progress::done;
    case Page::services:
      return services_piece(view, reply, out);
    case Page::analysis:
      return analysis_piece(view, reply, out);
    case Page::events:
      return events_piece(view, reply, out);
    case Page::logs:
      return logs_piece(view, reply, out);
    case Page::metrics:
      return metrics_piece(view, reply, out);
    case Page::explanations:
      return explanations_piece(view, reply, out);
    case Page::outcome:
      return outcome_piece(view, reply, out);
  }
  panic("a page that nobody writes");
}

void ServicesWorld::on_control(const PollerEvent& event) {
  control_.on_ready(event);
  answer_calls();
}

}  // namespace onit
