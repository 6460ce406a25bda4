#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/log_file.hpp"
#include "app/log_pump.hpp"
#include "app/log_sink.hpp"
#include "app/log_stream.hpp"
#include "base/pattern.hpp"
#include "log/drop_news.hpp"
#include "log/format.hpp"

namespace onit {

/// A service as the pump knows it.
struct LoggedService {
  std::string name;
  LogSpec log;
  std::array<LogStream, 2> streams;
  std::array<bool, 2> is_waiting{};  ///< for room in the sink, and so is not read
  bool is_leaving = false;           ///< gone for good, once all that it wrote is taken up
  std::shared_ptr<LogFile> file;     ///< may be that of other services too
  std::unique_ptr<Pattern> pattern;  ///< of a line that is waited for
  LogPump::Counts counts;
  DropNews drop_news;
  Tail tail;
};

static_assert(sizeof(LoggedService) <= 1024, "a service that writes nothing is to cost next to nothing");

/// What the pump is made of; log_delivery.cpp is what becomes of lines, log_pump.cpp is the rest.
struct LogPump::Rest {
  Rest(Poller& its_poller, const Reporter& its_reporter) : poller(its_poller), reporter(its_reporter) {}

  Poller& poller;
  const Reporter& reporter;
  std::vector<std::unique_ptr<LoggedService>> services;  // by ServiceId; null: none
  std::array<LogSink, 2> sinks;
  std::array<std::size_t, 2> sink_of{0, 1};  // stdout and stderr may be one and the same
  bool has_colour = false;
  std::size_t name_width = 0;
  std::vector<ServiceId> matched;
  std::uint64_t next_order = 1;

  // What one turn works with; here since it is too much for the stack, and made anew would be zeroed each time.
  std::unique_ptr<char[]> input;
  Heading heading{};
  Heading file_heading{};
  LineBuffer file_lines;
  LogTime read_at{};

  void open_sinks(int out, int err);
  LoggedService* find(ServiceId service) const { return service < services.size() ? services[service].get() : nullptr; }
  LogSink& sink_for(std::size_t which) { return sinks[sink_of[which]]; }
  bool is_blocked(const LoggedService& service, std::size_t which) {
    LogSink& sink = sink_for(which);
    return service.log.to_stdout && service.log.on_full == OnFull::block && sink.is_open() && !sink.is_empty();
  }
  Result<void, Complaint> open_stream(StreamId id);
  Result<void, Complaint> open_file(LoggedService& service);
  void share_file(LoggedService& service);

  enum class Progress { drained, more, blocked };
  Progress pump(StreamId id, int reads);
  void take_up_ends(StreamId id);
  void remove_if_done(ServiceId id);
  LineRun deliver(StreamId id, LineRun run);
  Taken put_out(StreamId id, const LineRun& run);
  void make_headings(StreamId id);
  void write_to_file(LoggedService& service, LineRun run);
  void tell_drop(LoggedService& service, std::uint64_t lines);
  void tell_dropped(LoggedService& service);
  void tell(const LogFile& file, bool& is_told, const Result<void, Complaint>& result, const char* consequence);
  void keep_in_mind(StreamId id, const LineRun& run, const Taken& taken);
  void add_parts_to_tail(StreamId id, const LineRun& run);
  void begin_run(StreamId id, Part part);

  void wait_for_room(StreamId id);
  void stop_waiting(StreamId id);
  void on_room(LogSink& sink);
  void watch_if_full(LogSink& sink);
  void settle(LogSink& sink);
  void account(const LogSink& sink, const LostLines& lost);
  void warn(const std::string& text) const { reporter.tell({.what = What::warning, .text = text}); }
  std::size_t index_of(const LogSink& sink) const { return static_cast<std::size_t>(&sink - sinks.data()); }
};

}  // namespace onit
