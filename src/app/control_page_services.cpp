#include <algorithm>

#include "app/control_pages.hpp"
#include "app/explain.hpp"
#include "app/service_words.hpp"
#include "app/services_status.hpp"
#include "base/json_writer.hpp"
#include "base/signal.hpp"
#include "base/text.hpp"

namespace onit {
namespace {

void write_exit(JsonWriter& json, const std::optional<ExitStatus>& exit) {
  if (!exit) return json.null("last_exit");
  json.open_object("last_exit");
  if (exit->kind == ExitStatus::Kind::exited) {
    json.number("code", exit->value);
  } else {
    json.text("signal", SignalName(exit->value).view());
  }
  json.close();
}

void write_text(JsonWriter& json, const char* name, std::string_view text) {
  text.empty() ? json.null(name) : json.text(name, text);
}

/// 0: there is none.
void write_number(JsonWriter& json, const char* name, long number) {
  number == 0 ? json.null(name) : json.number(name, number);
}

void write_health(JsonWriter& json, Health health) {
  if (health == Health::unknown) return json.null("health");
  json.text("health", health == Health::healthy ? "healthy" : "unhealthy");
}

void write_members(JsonWriter& json, const ServicesView& view, ServiceId id) {
  const ServiceStatus& status = view.supervisor.status(id);
  const ServicePolicy& policy = view.supervisor.policy(id);
  const ServiceRuntime& service = view.services[id];
  json.text("name", service.spec.name);
  json.text("type", policy.type == ServiceType::oneshot ? "oneshot" : "simple");
  json.text("state", phase_name(status));
  json.boolean("ready", status.ready);
  write_health(json, status.health);
  json.boolean("essential", policy.essential);
  write_number(json, "pid", service.main_pid());
  json.number("since_ms", static_cast<long>((view.now - status.since).count()));
  json.number("restarts", status.restarts);
  write_exit(json, status.last_exit);
  write_text(json, "reason", brief_reason(view, id));
  write_text(json, "status", service.said);
  write_text(json, "complaint", service.complaint);
  json.boolean("reloading", service.is_reloading);
  json.key("deadline_ms");
  status.deadline ? json.number(std::max(0L, static_cast<long>((*status.deadline - view.now).count()))) : json.null();
  auto next = view.schedules.next_due_time(id);
  write_text(json, "next_run", next ? time_text(*next) : std::string{});
  write_number(json, "session", service.session);
  json.text("mark", service.mark);
  json.open_array("outputs");
  for (const std::string& output : service.outputs) {
    if (!output.empty()) json.text(output);
  }
  json.close();
  json.number("stop_grace_ms", static_cast<long>(policy.stop_grace_period.count()));
}

}  // namespace

void write_dependencies(JsonWriter& json, const ServicesView& view, ServiceId service) {
  json.open_array("depends_on");
  for (const Dependency& dependency : view.supervisor.policy(service).depends_on) {
    json.open_object();
    json.text("service", view.services[dependency.service].spec.name);
    json.text("condition", condition_name(dependency.condition));
    json.close();
  }
  json.close();
}

std::string service_page(const ServicesView& view, ServiceId service, bool has_details) {
  JsonWriter json(JsonWriter::Layout::one_line);
  json.open_object();
  write_members(json, view, service);
  if (has_details) {
    write_dependencies(json, view, service);
    json.text("explanation", explain(view, service));
  }
  json.close();
  return json.take();
}

std::optional<ServiceId> next_service(const ServicesView& view, Reply& reply) {
  if (!reply.services.empty()) {
    if (reply.cursor == reply.services.size()) return std::nullopt;
    return reply.services[reply.cursor++];
  }
  while (reply.cursor < view.supervisor.count()) {
    ServiceId id = reply.cursor++;
    if (view.supervisor.status(id).phase != ServicePhase::gone) return id;
  }
  return std::nullopt;
}

void append_item(std::string& out, std::string_view item) {
  if (!out.ends_with("[\n")) out += ",\n";
  out.append(item.substr(0, item.find_last_not_of('\n') + 1));
}

Progress services_piece(const ServicesView& view, Reply& reply, std::string& out) {
  if (reply.cursor == 0) {
    if (reply.as_text) reply.widths = table_widths(view);
    out += reply.as_text ? table_heading(reply.widths) : "{\"services\": [\n";
  }
  while (out.size() < kPieceBytes) {
    auto id = next_service(view, reply);
    if (!id) {
      if (!reply.as_text) out += "\n]}\n";
      return Progress::done;
    }
    if (reply.as_text) {
      out += table_row(view, *id, reply.widths, reply.has_colour);
    } else {
      append_item(out, service_page(view, *id, false));
    }
  }
  return Progress::more;
}

Progress explanations_piece(const ServicesView& view, Reply& reply, std::string& out) {
  bool is_about_all = reply.services.empty();
  if (reply.cursor == 0 && !reply.as_text) out += "{\"explanations\": [\n";
  while (out.size() < kPieceBytes) {
    auto id = next_service(view, reply);
    if (!id) {
      if (!reply.as_text) out += "\n]}\n";
      if (reply.as_text && reply.is_empty) out += "all is well: what is to run is up, and what is done has succeeded\n";
      return Progress::done;
    }
    if (is_about_all && is_as_meant(view, *id)) continue;
    reply.is_empty = false;
    std::string text = explain(view, *id);
    if (reply.as_text) {
      out += concat(text, "\n");
      continue;
    }
    JsonWriter json(JsonWriter::Layout::one_line);
    json.open_object();
    json.text("service", view.services[*id].spec.name);
    json.text("text", text);
    json.close();
    append_item(out, json.take());
  }
  return Progress::more;
}

}  // namespace onit
