// What services have written, and what they write: the last lines of all that were chosen, in the order in which they
// were read, and then those that come.

#include <algorithm>
#include <string>

#include "app/control_pages.hpp"
#include "base/text.hpp"
#include "log/bytes.hpp"
#include "log/format.hpp"

namespace onit {
namespace {

constexpr std::uint64_t kNoRun = UINT64_MAX;
constexpr std::uint64_t kAllLines = UINT64_MAX;

/// More than kPieceBytes: whoever follows a service and takes what he is given misses nothing of a burst that its tail
/// can hold.
constexpr std::size_t kMostShown = Tail::kMaxBytes;

/// What is copied at once of a run. The longest line fits in it.
constexpr std::size_t kMostCopied = 2 * kMaxLine;

/// So many places are looked at for one piece. That takes about a millisecond.
constexpr std::size_t kMostLooks = 500'000;

/// To show a run takes as long as to look at so many places.
constexpr std::size_t kLooksOfRun = 200;

/// The lines that end in a stretch of a run.
std::uint64_t count_lines(const Tail& tail, const TailMark& mark, std::uint64_t begin, std::uint64_t end) {
  if (mark.part != Part::whole) return ends_line(mark.part) ? 1 : 0;
  std::uint64_t lines = 0;
  while (begin < end) {
    std::string_view bytes = tail.piece(begin, end);
    lines += count_newlines(bytes.data(), bytes.data() + bytes.size());
    begin += bytes.size();
  }
  return lines;
}

/// Where the line behind so many others begins. There have to be as many.
std::uint64_t behind_lines(const Tail& tail, std::uint64_t begin, std::uint64_t end, std::uint64_t lines) {
  while (lines > 0) {
    std::string_view bytes = tail.piece(begin, end);
    const char* newline = find_newline(bytes.data(), bytes.data() + bytes.size());
    bool is_found = newline != bytes.data() + bytes.size();
    begin += static_cast<std::size_t>(newline - bytes.data()) + (is_found ? 1 : 0);
    lines -= is_found ? 1 : 0;
  }
  return begin;
}

class LogReader {
 public:
  LogReader(const ServicesView& view, Reply& reply) : view_(view), reply_(reply) {}

  Progress add_piece(std::string& out);

 private:
  std::size_t count() const { return reply_.services.empty() ? view_.services.size() : reply_.services.size(); }
  ServiceId service(std::size_t index) const { return reply_.services.empty() ? index : reply_.services[index]; }
  const Tail* tail(std::size_t index) const { return view_.logs.find_tail(service(index)); }
  const std::string& name(std::size_t index) const { return view_.services[service(index)].spec.name; }

  void add_places(std::uint64_t order);
  void begin();
  bool find_last_lines();
  void step_back(std::size_t index);
  void refresh();
  bool show_run(std::size_t index);
  void show_lines(LogPlace& place, const Tail& tail, const Tail::Run& run);
  void make_heading_for(std::size_t index, const TailMark& mark);
  void tell_missed(std::size_t index, std::uint64_t bytes, LogTime time);

  const ServicesView& view_;
  Reply& reply_;
  LineBuffer buffer_;
  Heading heading_{};
  LogSpec log_{};
  std::string copied_;
};

/// For each service that has none: a reload may have added some.
void LogReader::add_places(std::uint64_t order) {
  while (reply_.places.size() < count()) reply_.places.push_back({0, order});
}

/// Whoever does not follow gets what was read until now, however fast more comes.
void LogReader::begin() {
  reply_.cursor = view_.logs.next_order();
  bool is_all = reply_.last_lines == kAllLines;
  add_places(is_all ? kNoRun : 0);
  for (std::size_t i = 0; i < count(); ++i) {
    reply_.name_width = std::max(reply_.name_width, std::min(name(i).size(), kMaxNameWidth));
    const Tail* lines = tail(i);
    if (lines == nullptr) continue;
    if (is_all) {
      reply_.places[i].position = lines->first();
    } else {
      auto last = lines->run_at(lines->end() - 1);
      reply_.places[i] = {lines->end(), last ? last->mark.order : 0};
    }
  }
}

/// Goes back from line to line, whosever it is. Returns whether they are found; otherwise there is more to look at.
bool LogReader::find_last_lines() {
  for (std::size_t looks = 0; looks < kMostLooks; looks += count()) {
    std::size_t latest = 0;
    for (std::size_t i = 1; i < reply_.places.size(); ++i) {
      if (reply_.places[i].order > reply_.places[latest].order) latest = i;
    }
    bool is_over = reply_.last_lines == 0 || reply_.places.empty() || reply_.places[latest].order == 0;
    if (!is_over) {
      step_back(latest);
      continue;
    }
    reply_.last_lines = kAllLines;
    for (LogPlace& place : reply_.places) place.order = kNoRun;
    return true;
  }
  return false;
}

void LogReader::step_back(std::size_t index) {
  LogPlace& place = reply_.places[index];
  const Tail* lines = tail(index);
  bool is_there = lines != nullptr && place.position <= lines->end() && place.position > lines->first();
  auto run = is_there ? lines->run_at(place.position - 1) : std::nullopt;
  place.order = 0;
  if (!run) return;
  std::uint64_t found = count_lines(*lines, run->mark, run->begin, place.position);
  if (found > reply_.last_lines) {
    place.position = behind_lines(*lines, run->begin, place.position, found - reply_.last_lines);
    reply_.last_lines = 0;
    return;
  }
  reply_.last_lines -= found;
  // The parts of a line that is too long lie behind each other.
  bool is_inside = false;
  do {
    place.position = run->begin;
    is_inside = run->mark.part == Part::middle || run->mark.part == Part::last;
    run = place.position > lines->first() ? lines->run_at(place.position - 1) : std::nullopt;
  } while (run && is_inside && run->mark.part != Part::whole);
  if (run) place.order = run->mark.order;
}

/// Sees whether there is something new of those who had nothing more. A service that has come back after it was removed
/// has a new tail.
void LogReader::refresh() {
  add_places(kNoRun);
  for (std::size_t i = 0; i < reply_.places.size(); ++i) {
    LogPlace& place = reply_.places[i];
    if (place.order != kNoRun) continue;
    const Tail* lines = tail(i);
    if (lines == nullptr) continue;
    if (place.position > lines->end()) place.position = lines->first();
    if (auto run = lines->run_at(place.position)) place.order = run->mark.order;
  }
}

Progress LogReader::add_piece(std::string& out) {
  if (reply_.places.empty()) begin();
  if (reply_.last_lines != kAllLines && !find_last_lines()) return Progress::more;
  refresh();
  log_.format = reply_.log_style;
  log_.timestamps = reply_.has_times;
  std::uint64_t until = reply_.follows ? kNoRun : reply_.cursor;
  Progress progress = Progress::more;
  for (std::size_t looks = 0; looks < kMostLooks; looks += reply_.places.size() + kLooksOfRun) {
    if (progress != Progress::more || buffer_.view().size() >= kMostShown) break;
    std::size_t next = 0;
    for (std::size_t i = 1; i < reply_.places.size(); ++i) {
      if (reply_.places[i].order < reply_.places[next].order) next = i;
    }
    bool is_over = reply_.places.empty() || reply_.places[next].order >= until;
    if (is_over) {
      progress = reply_.follows ? Progress::idle : Progress::done;
    } else if (!show_run(next)) {
      progress = Progress::done;
    }
  }
  out += buffer_.view();
  return progress;
}

/// Returns false if that was the end: lines were forgotten before somebody who follows has read so far.
bool LogReader::show_run(std::size_t index) {
  LogPlace& place = reply_.places[index];
  const Tail* lines = tail(index);
  auto run = lines == nullptr ? std::nullopt : lines->run_at(place.position);
  if (!run) {
    place.order = kNoRun;
    return true;
  }
  if (run->begin > place.position) {
    tell_missed(index, run->begin - place.position, run->mark.time);
    place = {run->begin, run->mark.order};
    return !reply_.follows;
  }
  make_heading_for(index, run->mark);
  show_lines(place, *lines, *run);
  auto following = lines->run_at(place.position);
  place.order = following ? following->mark.order : kNoRun;
  return true;
}

void LogReader::make_heading_for(std::size_t index, const TailMark& mark) {
  LineOrigin origin{name(index), kStreamNames[mark.which], reply_.name_width};
  if (reply_.has_colour) origin.colour = service_colour(service(index));
  make_heading(heading_, log_, origin, mark.time);
}

void LogReader::show_lines(LogPlace& place, const Tail& tail, const Tail::Run& run) {
  copied_.clear();
  tail.append_to(copied_, place.position, std::min(run.end, place.position + kMostCopied));
  std::string_view text = copied_;
  if (run.mark.part != Part::whole) {
    text.remove_suffix(ends_line(run.mark.part) ? 1 : kCutMark.size());
    add_line(buffer_, heading_, {text, run.mark.part});
    place.position = run.end;
    return;
  }
  LineSplitter splitter({text});
  for (Line line{}; buffer_.view().size() < kMostShown && splitter.next(line);) add_line(buffer_, heading_, line);
  place.position += splitter.taken();
}

void LogReader::tell_missed(std::size_t index, std::uint64_t bytes, LogTime time) {
  LogSpec log = log_;
  if (log.format == LogStyle::prefix) log.format = LogStyle::raw;
  make_heading(heading_, log, {name(index), "onit", 0}, time);
  std::string text = filled("onit: service '%': % bytes are missing here, they were written faster than they were read",
                            name(index), bytes);
  add_line(buffer_, heading_, {text, Part::whole});
}

}  // namespace

Progress logs_piece(const ServicesView& view, Reply& reply, std::string& out) {
  return LogReader(view, reply).add_piece(out);
}

}  // namespace onit
