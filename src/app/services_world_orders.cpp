// What clients ask for, done and answered.

#include <utility>

#include "app/control_pages.hpp"
#include "app/explain.hpp"
#include "app/service_health.hpp"
#include "app/services_files.hpp"
#include "app/services_status.hpp"
#include "app/services_world.hpp"
#include "base/panic.hpp"
#include "base/signal.hpp"
#include "base/text.hpp"
#include "control/http_status.hpp"

namespace onit {
namespace {

void write_texts(JsonWriter& json, const char* name, const std::vector<std::string>& texts) {
  json.open_array(name);
  for (const std::string& text : texts) json.text(text);
  json.close();
}

std::string joined(const std::vector<std::string>& texts) {
  std::string line;
  for (const std::string& text : texts) line.append(line.empty() ? "" : ", ").append(text);
  return line;
}

void refuse_definitions(Reply& reply, const std::vector<std::string>& problems) {
  reply.status = kHttpUnprocessableContent;
  if (!reply.as_text) {
    JsonWriter json(JsonWriter::Layout::one_line);
    json.open_object();
    write_texts(json, "errors", problems);
    json.close();
    reply.text = json.take();
    return;
  }
  reply.type = kPlainType;
  for (const std::string& problem : problems) reply.text += concat(problem, "\n");
  reply.text += concat(kNothingChanged, "\n");
}

void judge_into(Reply& reply, const Verdict& verdict) {
  answer_with(reply, kHttpOk, verdict.text);
  if (!reply.as_text) {
    JsonWriter json(JsonWriter::Layout::one_line);
    json.open_object();
    json.boolean("healthy", verdict.is_good);
    json.text("text", verdict.text);
    json.close();
    reply.text = json.take();
  }
  if (!verdict.is_good) reply.status = kHttpServiceUnavailable;
}

/// Returns false: nothing is to be done for it.
bool show_page(Reply& reply, Page page, const char* type) {
  reply.page = page;
  reply.type = reply.as_text ? kPlainType : type;
  return false;
}

std::optional<ServiceId> first_of(const std::vector<ServiceId>& services) {
  return services.empty() ? std::nullopt : std::optional<ServiceId>{services.front()};
}

}  // namespace

/// One order after the other: each is answered when it has taken effect, and only then the next one is looked at.
void ServicesWorld::answer_calls() {
  if (!queued_.empty()) return;
  finish_order();
  while (!ordered_ && queued_.empty()) {
    auto call = control_.next_call();
    if (!call) return;
    take_call(*call);
    if (has_to_decide()) return;
  }
}

void ServicesWorld::finish_order() {
  if (!ordered_) return;
  answer_order(ordered_->asked);
  control_.answer(ordered_->client, std::move(ordered_->asked.reply));
  ordered_.reset();
}

void ServicesWorld::take_call(const ControlCall& call) {
  Asked asked = understand(call.request, call.is_public, view());
  if (take(asked)) {
    ordered_ = Ordered{call.client, std::move(asked)};
  } else {
    control_.answer(call.client, std::move(asked.reply));
  }
}

/// Returns whether it is an order that is on its way; otherwise the reply is the answer.
bool ServicesWorld::take(Asked& asked) {
  Reply& reply = asked.reply;
  switch (asked.route) {
    case Route::refused:
      return false;
    case Route::start:
    case Route::stop:
    case Route::restart:
    case Route::signal:
    case Route::reload:
    case Route::shutdown:
      return take_order(asked);
    case Route::service:
      answer_about_one(reply, asked.service);
      return false;
    case Route::health:
      judge_into(reply, judge(view(), asked.question, false, first_of(reply.services)));
      return false;
    case Route::alive:
      judge_into(reply, judge(view(), HealthQuestion::alive, true));
      return false;
    case Route::ready:
      judge_into(reply, judge(view(), HealthQuestion::ready, true));
      return false;
    case Route::wait:
      reply.services = {asked.service};
      return show_page(reply, Page::outcome, kJsonType);
    case Route::services:
      return show_page(reply, Page::services, kJsonType);
    case Route::explanations:
      return show_page(reply, Page::explanations, kJsonType);
    case Route::events:
      return show_page(reply, Page::events, kLinesType);
    case Route::logs:
      return show_page(reply, Page::logs, reply.log_style == LogStyle::json ? kLinesType : kPlainType);
    case Route::analysis:
      return show_page(reply, Page::analysis, kJsonType);
    case Route::metrics:
      return show_page(reply, Page::metrics, kMetricsType);
  }
  panic("a request for nothing");
}

void ServicesWorld::answer_about_one(Reply& reply, ServiceId id) {
  if (!reply.as_text) {
    reply.text = service_page(view(), id, true);
    return;
  }
  reply.type = kPlainType;
  TableWidths widths = table_widths(view(), id);
  reply.text =
      concat(table_heading(widths), table_row(view(), id, widths, reply.has_colour), explain(view(), id), "\n");
}

/// The same, of what changes something.
bool ServicesWorld::take_order(Asked& asked) {
  if (asked.route == Route::signal) {
    send_as_asked(asked);
    return false;
  }
  if (asked.route == Route::shutdown) {
    // Now: it may be over before the next turn.
    answer_with(asked.reply, kHttpAccepted, "everything ends");
    queue(ShutdownAsked{asked.number});
    return false;
  }
  if (supervisor_->is_ending()) {
    answer_with(asked.reply, kHttpConflict, "everything ends");
    return false;
  }
  if (asked.route == Route::reload) {
    std::vector<std::string> problems = read_definitions();
    problems.empty() ? answer_reload(asked.reply) : refuse_definitions(asked.reply, problems);
    return problems.empty();
  }
  ServiceId id = asked.service;
  bool is_stop = asked.route == Route::stop;
  if (!is_stop && services_[id].is_removed) {
    answer_with(asked.reply, kHttpConflict, filled("% is no longer in the file", services_[id].spec.name));
    return false;
  }
  bool is_start = asked.route == Route::start;
  const char* order = is_stop ? "asked to stop" : is_start ? "asked to start" : "asked to restart";
  record_order(id, "asked", order);
  if (is_stop) {
    queue(StopAsked{id});
  } else if (is_start) {
    queue(StartAsked{id});
  } else {
    queue(RestartAsked{id});
  }
  return true;
}

void ServicesWorld::record_order(ServiceId id, const char* what, std::string_view deed) {
  const std::string& name = services_[id].spec.name;
  record(name, what, filled("service '%' was % by onitctl", name, deed));
}

void ServicesWorld::send_as_asked(Asked& asked) {
  const std::string& name = services_[asked.service].spec.name;
  if (!supervisor_->service(asked.service).has_process()) {
    return answer_with(asked.reply, kHttpConflict, filled("% does not run", name));
  }
  SignalName signal{*asked.number};
  auto sent = signal_service(asked.service, *asked.number);
  if (!sent.ok()) {
    std::string reason = std::strerror(sent.error().code);
    return answer_with(asked.reply, kHttpConflict, filled("% was not sent %: %", name, signal.view(), reason));
  }
  services_[asked.service].asked_signal = *asked.number;
  record_order(asked.service, "signalled", concat("sent ", signal.view()));
  answer_with(asked.reply, kHttpOk, filled("% was sent %", name, signal.view()));
}

/// What has become of an order, or where that is to be seen.
void ServicesWorld::answer_order(Asked& asked) {
  Reply& reply = asked.reply;
  if (asked.route == Route::reload) return;  // it was answered when it was read
  ServiceId id = asked.service;
  if (asked.waits) {
    bool is_oneshot = supervisor_->policy(id).type == ServiceType::oneshot;
    reply.services = {id};
    reply.awaits_rest = asked.route == Route::stop;
    reply.awaited = is_oneshot ? Condition::completed : Condition::ready;
    reply.is_order = true;
    show_page(reply, Page::outcome, kJsonType);
    return;
  }
  reply.status = kHttpAccepted;
  show_page(reply, Page::none, kJsonType);
  reply.text = reply.as_text ? concat(explain(view(), id), "\n") : service_page(view(), id, false);
}

/// What the file has changed. To be said before it takes effect: then some may have lost their names.
void ServicesWorld::answer_reload(Reply& reply) const {
  struct Group {
    const char* name;
    std::vector<std::string> services{};
  };
  Group groups[] = {{"added"}, {"changed"}, {"removed"}};
  for (const Redefinition::Change& change : redefinition_.changed) {
    bool is_new = change.service >= supervisor_->count();
    groups[is_new ? 0 : 1].services.push_back(services_[change.service].spec.name);
  }
  for (ServiceId id : redefinition_.removed) groups[2].services.push_back(services_[id].spec.name);
  JsonWriter json(JsonWriter::Layout::one_line);
  json.open_object();
  std::string lines;
  for (const Group& group : groups) {
    write_texts(json, group.name, group.services);
    if (!group.services.empty()) lines += filled("%: %\n", group.name, joined(group.services));
  }
  json.close();
  if (!reply.as_text) {
    reply.text = json.take();
    return;
  }
  reply.type = kPlainType;
  reply.text = lines.empty() ? "no service has changed\n" : lines;
}

}  // namespace onit
