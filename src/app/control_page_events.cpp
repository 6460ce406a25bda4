#include <algorithm>

#include "app/control_pages.hpp"
#include "app/journal.hpp"
#include "base/text.hpp"
#include "log/heading.hpp"

namespace onit {
namespace {

bool is_wanted(const ServicesView& view, const Reply& reply, const JournalEntry& entry) {
  if (reply.services.empty()) return true;
  if (entry.service.empty()) return false;  // so is the name of what is no longer in the file
  return std::ranges::any_of(reply.services,
                             [&](ServiceId id) { return view.services[id].spec.name == entry.service; });
}

std::string line_of(const JournalEntry& entry, bool as_text) {
  std::string time;
  append_time(time, LogTime{std::chrono::microseconds{entry.time_us}});
  if (as_text) return concat(time, " ", entry.text, "\n");
  JsonWriter json(JsonWriter::Layout::one_line);
  json.open_object();
  json.number("number", static_cast<long>(entry.number));
  json.text("time", time);
  if (!entry.service.empty()) json.text("service", entry.service);
  json.text("event", entry.what);
  json.text("text", entry.text);
  json.close();
  return json.take();
}

}  // namespace

/// The cursor is the number of the next entry; 0: the first that there is.
Progress events_piece(const ServicesView& view, Reply& reply, std::string& out) {
  const Journal& journal = view.journal;
  if (reply.cursor == 0) reply.cursor = journal.first();
  // Who cannot follow is told so, and may ask again: what he has missed is gone.
  if (reply.cursor < journal.first()) {
    std::string missed = std::to_string(journal.first() - reply.cursor);
    out += filled(reply.as_text ? "% events missed\n" : "{\"missed\": %}\n", missed);
    return Progress::done;
  }
  auto entry = journal.find(reply.cursor);
  for (; entry && out.size() < kPieceBytes; entry = journal.after(*entry)) {
    if (is_wanted(view, reply, *entry)) out += line_of(*entry, reply.as_text);
    reply.cursor = entry->number + 1;
  }
  return entry ? Progress::more : reply.follows ? Progress::idle : Progress::done;
}

}  // namespace onit
