#include <algorithm>
#include <chrono>
#include <string>

#include "app/log_pump_rest.hpp"
#include "base/text.hpp"
#include "log/bytes.hpp"

namespace onit {
namespace {

/// So much of a sink's buffer is left to what onit itself has to say, such as that lines are dropped.
constexpr std::size_t kRoomForMessages = 8192;

LineRun first_line(LineRun run) {
  LineSplitter splitter(run);
  Line line{};
  splitter.next(line);
  run.until = splitter.taken();
  return run;
}

bool has_match(const LineRun& run, const Pattern& pattern) {
  LineSplitter splitter(run);
  Line line{};
  while (splitter.next(line)) {
    if (pattern.matches(line.text)) return true;
  }
  return false;
}

LogTime time_now() { return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()); }

}  // namespace

/// Takes up lines as long as there is room for them. Returns what is left.
LineRun LogPump::Rest::deliver(StreamId id, LineRun run) {
  make_headings(id);
  LoggedService& service = *services[id.service];
  while (!is_blocked(service, id.which)) {
    Taken taken = put_out(id, run);
    if (taken.bytes == 0) break;
    LineRun done = run;
    done.until = taken.bytes;
    if (service.file != nullptr) write_to_file(service, done);
    keep_in_mind(id, done, taken);
    run = rest_of(run, taken);
  }
  return run;
}

void LogPump::Rest::make_headings(StreamId id) {
  const LoggedService& service = *services[id.service];
  LineOrigin origin{service.name, kStreamNames[id.which], name_width};
  read_at = time_now();
  if (service.file != nullptr) make_heading(file_heading, service.log, origin, read_at);
  if (has_colour && sink_for(id.which).is_terminal()) origin.colour = service_colour(id.service);
  make_heading(heading, service.log, origin, read_at);
}

/// Writes lines to stdout or stderr, and what finds no room into the sink's buffer; or drops them, if they are to be.
Taken LogPump::Rest::put_out(StreamId id, const LineRun& run) {
  LoggedService& service = *services[id.service];
  if (!service.log.to_stdout) return skip_lines(run);
  LogSink& sink = sink_for(id.which);
  Taken taken;
  // Whoever waits for an empty sink would wait for ever if others filled it up again and again.
  bool gives_way = service.log.on_full == OnFull::drop && !sink.is_empty() && !sink.waiting.empty();
  if (sink.is_open() && !gives_way) {
    bool is_verbatim = heading.style == LogStyle::raw && heading.text.empty() && !run.continues && sink.is_empty();
    std::size_t verbatim = is_verbatim ? whole_lines(run.bytes) : 0;
    if (verbatim > 0) {
      std::string_view lines = run.bytes.substr(0, verbatim);
      taken = {verbatim, count_newlines(lines.data(), lines.data() + lines.size()), false};
      account(sink, sink.write(lines, id.service));
    } else {
      LineBuffer& buffer = sink.buffer_for(id.service);
      std::size_t room = buffer.room();
      taken = add_lines(buffer, heading, run, room - std::min(room, kRoomForMessages));
      if (!sink.is_watched && !sink.is_empty()) account(sink, sink.flush());
    }
    watch_if_full(sink);
    if (taken.bytes > 0) {
      if (service.drop_news.has_untold()) tell_dropped(service);
      return taken;
    }
  }
  taken = skip_lines(run);
  service.counts.dropped += taken.lines;
  // That nobody is there to read has been told for all services.
  if (sink.is_open() && taken.lines > 0) tell_drop(service, taken.lines);
  return taken;
}

void LogPump::Rest::tell_drop(LoggedService& service, std::uint64_t lines) {
  if (!service.drop_news.on_drop(lines, std::chrono::steady_clock::now())) return;
  warn(concat("service '", service.name, "': its lines are dropped, nobody reads them in time"));
}

void LogPump::Rest::tell_dropped(LoggedService& service) {
  std::uint64_t lines = service.drop_news.on_passed(std::chrono::steady_clock::now());
  if (lines == 0) return;
  warn(concat("service '", service.name, "': ", lines, lines == 1 ? " line was" : " lines were",
              " dropped, nobody read them in time"));
}

void LogPump::Rest::write_to_file(LoggedService& service, LineRun run) {
  LogFile& file = *service.file;
  while (run.until > 0) {
    Taken taken = add_lines(file_lines, file_heading, run, file.room());
    // A line that is too long for any file gets one of its own.
    if (taken.bytes == 0 && file.is_fresh()) taken = add_lines(file_lines, file_heading, first_line(run));
    if (taken.bytes == 0) {
      tell(file, file.is_rotation_failing, file.rotate(), "; it grows on");
      continue;
    }
    std::string_view lines = file_lines.view();
    auto added = file.add(lines);
    // A part of a line that is too long ends with a newline as well.
    std::uint64_t lost = count_newlines(lines.data(), lines.data() + lines.size());
    service.counts.dropped += std::min(lost, taken.lines);
    file_lines.clear();
    tell(file, file.is_failing, added, "; lines for it are lost until that has changed");
    run = rest_of(run, taken);
  }
}

/// Once, until it has worked again.
void LogPump::Rest::tell(const LogFile& file, bool& is_told, const Result<void, Complaint>& result,
                         const char* consequence) {
  if (!result.ok() && !is_told) {
    warn(filled("log file '%': %%", file.path(), result.error().text, consequence));
  }
  is_told = !result.ok();
}

/// For the tail, for whoever waits for a line, and for the counts.
void LogPump::Rest::keep_in_mind(StreamId id, const LineRun& run, const Taken& taken) {
  LoggedService& service = *services[id.service];
  if (taken.has_parts) {
    add_parts_to_tail(id, run);
  } else {
    std::string_view lines = run.bytes.substr(0, taken.bytes);
    begin_run(id, Part::whole);
    service.tail.add(lines);
    if (lines.back() != '\n') service.tail.add("\n");
  }
  service.counts.lines += taken.lines;
  service.counts.bytes += taken.bytes;
  if (service.pattern == nullptr || !has_match(run, *service.pattern)) return;
  service.pattern.reset();
  matched.push_back(id.service);
}

/// Each part is a run of its own, so that it can be told from a line.
void LogPump::Rest::add_parts_to_tail(StreamId id, const LineRun& run) {
  Tail& tail = services[id.service]->tail;
  LineSplitter splitter(run);
  Line line{};
  bool is_in_run = false;
  while (splitter.next(line)) {
    bool is_whole = line.part == Part::whole;
    if (!is_whole || !is_in_run) begin_run(id, line.part);
    is_in_run = is_whole;
    tail.add(line.text);
    tail.add(ends_line(line.part) ? "\n" : kCutMark);
  }
}

void LogPump::Rest::begin_run(StreamId id, Part part) {
  services[id.service]->tail.begin({next_order++, read_at, id.which, part});
}

}  // namespace onit
