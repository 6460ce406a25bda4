#include "client/analysis.hpp"

#include <algorithm>

#include "app/service_words.hpp"
#include "client/json_page.hpp"

namespace onit {
namespace {

/// What is to run from the beginning waits or is executed within this time, however many there are. Later somebody
/// asked for it.
constexpr std::uint32_t kStartMs = 1000;

std::uint32_t moment_of(JsonValue value) {
  constexpr std::int64_t kLatest = kNever - 1;
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(value.integer().value_or(0), 0, kLatest));
}

bool is_ready(Span span) { return span == Span::up || span == Span::unhealthy || span == Span::completed; }

bool is_end(Span span) {
  return span == Span::completed || span == Span::failed || span == Span::backing_off || span == Span::down;
}

/// When the condition on this service held for the first time.
std::uint32_t moment_when(const AnalysedService& service, std::string_view condition) {
  if (condition == condition_name(Condition::started)) return service.begun;
  bool is_completed = condition == condition_name(Condition::completed);
  if (!is_completed && condition != condition_name(Condition::exited)) return service.ready;
  for (JsonValue item = service.first_span(); item.exists(); item = item.next()) {
    AnalysedSpan span(item);
    bool holds = is_completed ? span.what == Span::completed : is_end(span.what);
    if (holds && span.from >= service.begun) return span.from;
  }
  return kNever;
}

void read_service(AnalysedService& service, std::uint32_t now) {
  service.name = name_of(service.page);
  bool has_schedule = false;
  std::uint32_t since = 0;
  for (JsonValue item = service.first_span(); item.exists(); item = item.next()) {
    AnalysedSpan span(item);
    service.state = span.what;
    since = span.from;
    has_schedule = has_schedule || span.what == Span::scheduled;
    if (service.wanted == kNever && span.what != Span::down && span.what != Span::scheduled) {
      service.wanted = since;
      service.belongs_to_start = !has_schedule && since <= kStartMs;
    }
    if (span.what == Span::starting && !service.was_ready()) ++service.tries;
    if (!service.has_begun() && (span.what == Span::starting || is_ready(span.what))) service.begun = since;
    if (!service.was_ready() && is_ready(span.what)) service.ready = since;
  }
  service.settled = is_end(service.state) ? since : std::max(now, since);
}

/// Of those that it needs the one that came last, if it waited for it.
void find_cause(const Analysis& analysis, AnalysedService& service) {
  if (service.wanted == kNever) return;
  std::uint32_t latest = service.wanted;
  for (JsonValue need = service.page["depends_on"].first(); need.exists(); need = need.next()) {
    std::string_view name = need["service"].written();
    for (std::uint32_t i = 0; i < analysis.services.size(); ++i) {
      if (analysis.services[i].name != name) continue;
      std::uint32_t moment = moment_when(analysis.services[i], need["condition"].written());
      if (moment > service.begun || moment < latest) continue;
      latest = moment;
      service.cause = i;
    }
  }
}

/// How many had to start one behind the other, this one included. A page may be anybody's, so there may be a circle.
std::size_t length_of_chain(const Analysis& analysis, std::uint32_t end) {
  std::size_t length = 0;
  for (; end != kNobody && length < analysis.services.size(); end = analysis.services[end].cause) ++length;
  return length;
}

/// The one that was ready last; of those in the same millisecond the one with the longest chain.
void find_last(Analysis& analysis) {
  std::size_t longest = 0;
  for (std::uint32_t i = 0; i < analysis.services.size(); ++i) {
    const AnalysedService& service = analysis.services[i];
    if (!service.belongs_to_start || service.ready != analysis.ready) continue;
    std::size_t length = length_of_chain(analysis, i);
    if (length > longest) analysis.last = i;
    longest = std::max(longest, length);
  }
}

void mark_critical_chain(Analysis& analysis) {
  for (std::uint32_t i = analysis.last; i != kNobody; i = analysis.services[i].cause) {
    AnalysedService& service = analysis.services[i];
    service.is_critical = true;
    if (service.cause != kNobody && analysis.services[service.cause].is_critical) service.cause = kNobody;
  }
}

}  // namespace

AnalysedSpan::AnalysedSpan(JsonValue span)
    : what(Span::failed), from(moment_of(span["from_ms"])), to(std::max(from, moment_of(span["to_ms"]))) {
  std::string_view name = span["state"].written();
  while (what != Span::down && name != span_name(what)) what = static_cast<Span>(static_cast<int>(what) - 1);
}

std::uint32_t Analysis::next(std::uint32_t index) const {
  std::uint32_t found = kNobody;
  for (std::uint32_t i = 0; i < services.size(); ++i) {
    std::uint64_t key = services[i].key;
    bool is_behind = index == kNobody || key > services[index].key || (key == services[index].key && i > index);
    if (is_behind && (found == kNobody || key < services[found].key)) found = i;
  }
  return found;
}

Analysis analyse(JsonValue page) {
  Analysis analysis;
  analysis.now = moment_of(page["now_ms"]);
  JsonValue list = page["services"];
  std::size_t count = 0;
  for (JsonValue item = list.first(); item.exists(); item = item.next()) ++count;
  analysis.room.reset(new AnalysedService[count]);
  analysis.services = {analysis.room.get(), count};
  JsonValue item = list.first();
  for (std::uint32_t i = 0; i < count; ++i, item = item.next()) {
    AnalysedService& service = analysis.services[i];
    service.page = item;
    read_service(service, analysis.now);
    if (!service.belongs_to_start) continue;
    ++analysis.count;
    if (!service.was_ready()) continue;
    ++analysis.ready_count;
    analysis.ready = std::max(analysis.ready, service.ready);
  }
  for (AnalysedService& service : analysis.services) find_cause(analysis, service);
  if (analysis.ready_count != 0) find_last(analysis);
  mark_critical_chain(analysis);
  return analysis;
}

}  // namespace onit
