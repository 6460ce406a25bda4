#include "app/control_pages.hpp"
#include "app/history.hpp"
#include "app/service_words.hpp"
#include "base/text.hpp"
#include "log/heading.hpp"
#include "os/wall_clock.hpp"

namespace onit {
namespace {

/// What the service was, one after the other; the last one until now.
void write_spans(JsonWriter& json, std::span<const HistoryEntry> entries, long now_ms) {
  json.open_array("spans");
  for (std::size_t i = 0; i < entries.size(); ++i) {
    json.open_object();
    json.text("state", span_name(entries[i].span));
    json.number("from_ms", entries[i].at_ms);
    json.number("to_ms", i + 1 < entries.size() ? entries[i + 1].at_ms : now_ms);
    json.close();
  }
  json.close();
}

}  // namespace

Progress analysis_piece(const ServicesView& view, Reply& reply, std::string& out) {
  auto now_ms = static_cast<long>((view.now - view.history.start()).count());
  if (reply.cursor == 0) {
    std::string start = time_text(wall_now() - std::chrono::duration_cast<std::chrono::seconds>(Millis{now_ms}));
    out += filled("{\"start\": \"%\", \"now_ms\": %, \"services\": [\n", start, now_ms);
  }
  while (out.size() < kPieceBytes) {
    auto id = next_service(view, reply);
    if (!id) {
      out += "\n]}\n";
      return Progress::done;
    }
    JsonWriter json(JsonWriter::Layout::one_line);
    json.open_object();
    json.text("name", view.services[*id].spec.name);
    json.text("type", view.supervisor.policy(*id).type == ServiceType::oneshot ? "oneshot" : "simple");
    write_dependencies(json, view, *id);
    HistoryEntry only{0, span_of(view.supervisor.status(*id))};  // nothing has happened to it
    std::span<const HistoryEntry> entries = view.history.of(*id);
    write_spans(json, entries.empty() ? std::span<const HistoryEntry>{&only, 1} : entries, now_ms);
    json.close();
    append_item(out, json.take());
  }
  return Progress::more;
}

}  // namespace onit
