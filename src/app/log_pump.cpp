#include "app/log_pump.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "app/log_pump_rest.hpp"
#include "app/source.hpp"
#include "base/text.hpp"

namespace onit {
namespace {

/// So often a stream is read before signals and others have their turn.
constexpr int kReadsInTurn = 4;
/// So often a stream is read at most until its ends are reached: that is enough for a pipe of 128 MiB.
constexpr int kReadsToEnds = 1024;

bool is_colour_wanted() {
  // Source: https://no-color.org
  const char* no_colour = ::getenv("NO_COLOR");
  return no_colour == nullptr || no_colour[0] == '\0';
}

bool is_same_file(int a, int b) {
  struct stat one {};
  struct stat other {};
  if (::fstat(a, &one) != 0 || ::fstat(b, &other) != 0) return false;
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

}  // namespace

/// One sink for both if they are the same pipe or file: two would put their lines into each other's.
void LogPump::Rest::open_sinks(int out, int err) {
  sinks[0].open(out);
  if (is_same_file(out, err)) {
    sink_of[1] = 0;
  } else {
    sinks[1].open(err);
  }
  has_colour = is_colour_wanted();
}

Result<void, Complaint> LogPump::Rest::open_stream(StreamId id) {
  LogStream& stream = services[id.service]->streams[id.which];
  if (stream.is_open()) return {};
  auto opened = stream.open();
  if (opened.ok()) {
    opened = poller.watch(stream.read_end(), poller_tag(Source::output, id.service, id.which), Interest::readable);
  }
  if (opened.ok()) return {};
  stream.close();
  return Complaint{filled("log pipe: %", std::strerror(opened.error().code))};
}

Result<void, Complaint> LogPump::Rest::open_file(LoggedService& service) {
  if (service.log.file.empty()) return {};
  if (service.file == nullptr) {
    service.file = std::make_shared<LogFile>(service.log.file, service.log.max_size, service.log.max_files);
  }
  if (service.file->is_open()) return {};
  auto opened = service.file->open();
  if (!opened.ok()) return Complaint{filled("log file '%': %", service.log.file, opened.error().text)};
  share_file(service);
  return {};
}

/// Takes the file of another service that has the same one: two would rotate it against each other. The limits of the
/// one that came last count.
void LogPump::Rest::share_file(LoggedService& service) {
  for (const auto& other : services) {
    bool is_shared = other != nullptr && other->file != nullptr && other->file != service.file &&
                     other->file->is_same(*service.file);
    if (!is_shared) continue;
    service.file = other->file;
    service.file->limit(service.log.max_size, service.log.max_files);
    return;
  }
}

/// Reads a stream up to `reads` times and passes on what it finds.
LogPump::Rest::Progress LogPump::Rest::pump(StreamId id, int reads) {
  LoggedService& service = *services[id.service];
  LogStream& stream = service.streams[id.which];
  if (input == nullptr) input.reset(new char[LogStream::kMaxRest + LogStream::kReadAtOnce]);
  while (reads-- > 0) {
    if (is_blocked(service, id.which)) return Progress::blocked;
    LogStream::Chunk chunk = stream.read(input.get());
    LineRun rest = deliver(id, chunk.run);
    bool is_full = is_blocked(service, id.which);
    stream.keep(rest.bytes, rest.continues, is_full);
    if (is_full) return Progress::blocked;
    if (chunk.is_all && !stream.has_marks()) return Progress::drained;
  }
  return Progress::more;
}

/// Takes up all that was written before the last end, as far as there is room.
void LogPump::Rest::take_up_ends(StreamId id) {
  LoggedService& service = *services[id.service];
  LogStream& stream = service.streams[id.which];
  // A read takes something, or reaches an end; who writes and reads there meanwhile could make each as small as a byte.
  for (int reads = kReadsToEnds; reads > 0 && (stream.has_marks() || stream.is_ahead()); --reads) {
    if (pump(id, 1) != Progress::blocked) continue;
    if (!service.is_waiting[id.which]) wait_for_room(id);
    return;
  }
}

void LogPump::Rest::remove_if_done(ServiceId id) {
  LoggedService* service = find(id);
  if (service == nullptr || !service->is_leaving) return;
  for (const LogStream& stream : service->streams) {
    if (stream.has_marks() || stream.is_ahead()) return;
  }
  for (const LogStream& stream : service->streams) {
    if (stream.is_open()) poller.forget(stream.read_end());
  }
  for (LogSink& sink : sinks) {
    std::erase_if(sink.waiting, [id](const StreamId& stream) { return stream.service == id; });
  }
  std::erase(matched, id);
  services[id].reset();
}

void LogPump::Rest::wait_for_room(StreamId id) {
  LoggedService& service = *services[id.service];
  LogStream& stream = service.streams[id.which];
  auto paused = poller.change(stream.read_end(), poller_tag(Source::output, id.service, id.which), Interest::none);
  if (!paused.ok()) warn(filled("service '%': %", service.name, std::strerror(paused.error().code)));
  service.is_waiting[id.which] = true;
  sink_for(id.which).waiting.push_back(id);
}

void LogPump::Rest::stop_waiting(StreamId id) {
  LoggedService& service = *services[id.service];
  service.is_waiting[id.which] = false;
  LogStream& stream = service.streams[id.which];
  auto resumed = poller.change(stream.read_end(), poller_tag(Source::output, id.service, id.which), Interest::readable);
  if (!resumed.ok()) warn(filled("service '%': its output cannot be watched any more", service.name));
}

/// Those who wait take turns, without a detour by way of the poller as long as they have something.
void LogPump::Rest::on_room(LogSink& sink) {
  account(sink, sink.flush());
  for (int turns = kReadsInTurn; turns > 0 && sink.is_open() && sink.is_empty() && !sink.waiting.empty(); --turns) {
    StreamId id = sink.waiting.front();
    sink.waiting.erase(sink.waiting.begin());
    bool is_drained = pump(id, 1) == Progress::drained;
    remove_if_done(id.service);
    if (find(id.service) == nullptr) continue;
    if (is_drained && sink.is_empty()) {
      stop_waiting(id);
    } else {
      sink.waiting.push_back(id);
    }
  }
  settle(sink);
}

void LogPump::Rest::watch_if_full(LogSink& sink) {
  if (sink.is_watched || sink.is_empty() || !sink.is_open()) return;
  auto index = static_cast<std::uint8_t>(index_of(sink));
  auto watched = poller.watch(sink.watched(), poller_tag(Source::sink, 0, index), Interest::writable);
  sink.is_watched = watched.ok();
  if (watched.ok()) return;
  sink.give_up();  // before the warning, which could want to go the same way
  warn(filled("% cannot be watched, so what services write there is lost", kStreamNames[index]));
}

/// The sink is watched only while somebody needs it: a pipe without reader would be reported all the time.
void LogPump::Rest::settle(LogSink& sink) {
  if (!sink.is_open()) {
    for (StreamId id : std::exchange(sink.waiting, {})) {
      if (find(id.service) == nullptr) continue;
      stop_waiting(id);
      // What was read before has nobody else to ask for it.
      take_up_ends(id);
      remove_if_done(id.service);
    }
  }
  bool is_needed = sink.is_open() && (!sink.is_empty() || !sink.waiting.empty());
  if (is_needed || !sink.is_watched) return;
  poller.forget(sink.watched());
  sink.is_watched = false;
}

void LogPump::Rest::account(const LogSink& sink, const LostLines& lost) {
  if (LoggedService* loser = find(lost.service)) loser->counts.dropped += lost.count;
  if (lost.error == 0) return;
  std::string name{kStreamNames[index_of(sink)]};
  if (sink.is_open()) {
    warn(filled("%: %; what services write there is lost until that has changed", name, std::strerror(lost.error)));
  } else {
    warn(filled("nobody reads % any more; what services write there is lost", name));
  }
}

LogPump::LogPump(Poller& poller, const Reporter& reporter, int out, int err) : rest_(new Rest(poller, reporter)) {
  rest_->open_sinks(out, err);
}

LogPump::~LogPump() = default;

void LogPump::define(ServiceId id, std::string_view name, const LogSpec& log) {
  if (id >= rest_->services.size()) rest_->services.resize(id + 1);
  auto& service = rest_->services[id];
  if (service == nullptr) service = std::make_unique<LoggedService>();
  bool is_same_file =
      service->log.file == log.file && service->log.max_size == log.max_size && service->log.max_files == log.max_files;
  if (!is_same_file) service->file.reset();
  service->name = name;
  service->log = log;
  rest_->name_width = std::max(rest_->name_width, std::min(name.size(), kMaxNameWidth));
}

Result<LogPump::Ends, Complaint> LogPump::ends(ServiceId id) {
  LoggedService& service = *rest_->services[id];
  for (std::uint8_t which = 0; which < 2; ++which) {
    auto opened = rest_->open_stream({id, which});
    if (!opened.ok()) return opened.error();
  }
  auto opened = rest_->open_file(service);
  if (!opened.ok()) return opened.error();
  return Ends{service.streams[0].write_end(), service.streams[1].write_end()};
}

Result<void, Complaint> LogPump::look_for(ServiceId id, const char* expression) {
  LoggedService& service = *rest_->services[id];
  service.pattern.reset();
  std::erase(rest_->matched, id);
  if (expression == nullptr) return {};
  auto compiled = Pattern::compile(expression);
  if (!compiled.ok()) {
    return Complaint{filled("'%' is no regular expression: %", expression, compiled.error().text)};
  }
  service.pattern = std::make_unique<Pattern>(std::move(compiled.value()));
  return {};
}

std::optional<ServiceId> LogPump::next_match() {
  if (rest_->matched.empty()) return std::nullopt;
  ServiceId id = rest_->matched.back();
  rest_->matched.pop_back();
  return id;
}

void LogPump::on_ready(const PollerEvent& event) {
  std::uint8_t detail = detail_of(event.tag);
  if (source_of(event.tag) == Source::sink) return rest_->on_room(rest_->sinks[detail]);
  StreamId id{service_of(event.tag), detail};
  LoggedService* service = rest_->find(id.service);
  if (service == nullptr || service->is_waiting[id.which] || !service->streams[id.which].is_open()) return;
  if (rest_->pump(id, kReadsInTurn) == Rest::Progress::blocked) rest_->wait_for_room(id);
  rest_->remove_if_done(id.service);
}

void LogPump::finish(ServiceId id) {
  LoggedService* service = rest_->find(id);
  if (service == nullptr) return;
  for (std::uint8_t which = 0; which < 2; ++which) {
    service->streams[which].mark_end();
    if (!service->is_waiting[which]) rest_->take_up_ends({id, which});
  }
}

void LogPump::remove(ServiceId id) {
  LoggedService* service = rest_->find(id);
  if (service == nullptr) return;
  service->is_leaving = true;
  rest_->remove_if_done(id);
  for (LogSink& sink : rest_->sinks) rest_->settle(sink);
}

void LogPump::reopen_files() {
  for (const auto& service : rest_->services) {
    if (service == nullptr || service->file == nullptr) continue;
    auto opened = service->file->open();
    if (!opened.ok()) rest_->warn(filled("log file '%': %", service->log.file, opened.error().text));
    rest_->share_file(*service);
  }
}

void LogPump::say(int fd, std::string_view text) {
  constexpr ServiceId kNoService = SIZE_MAX;
  LogSink& sink = rest_->sink_for(fd == STDOUT_FILENO ? 0 : 1);
  if (!sink.is_open()) return;
  while (!text.empty() && sink.is_open()) {
    LineBuffer& buffer = sink.buffer_for(kNoService);
    std::string_view fitting = text.substr(0, buffer.room());
    if (fitting.size() < text.size()) fitting = fitting.substr(0, fitting.rfind('\n') + 1);
    if (fitting.empty()) break;
    buffer.add(fitting);
    text.remove_prefix(fitting.size());
    rest_->account(sink, sink.flush());
  }
  rest_->watch_if_full(sink);
}

bool LogPump::is_idle() const {
  for (const LogSink& sink : rest_->sinks) {
    if (sink.is_open() && (!sink.is_empty() || !sink.waiting.empty())) return false;
  }
  return std::ranges::none_of(rest_->services, [](const auto& service) {
    return service != nullptr && (service->streams[0].has_marks() || service->streams[1].has_marks());
  });
}

void LogPump::end() {
  for (LogSink& sink : rest_->sinks) {
    if (sink.is_open()) sink.end();
  }
}

std::uint64_t LogPump::unwritten_lines() const {
  std::uint64_t lines = 0;
  for (const LogSink& sink : rest_->sinks) {
    if (sink.is_open()) lines += sink.unwritten_lines();
  }
  for (const auto& service : rest_->services) {
    if (service == nullptr) continue;
    for (const LogStream& stream : service->streams) lines += stream.unread_lines();
  }
  return lines;
}

LogPump::Counts LogPump::counts(ServiceId id) const {
  const LoggedService* service = rest_->find(id);
  return service == nullptr ? Counts{} : service->counts;
}

std::optional<LogPump::Wait> LogPump::find_wait(ServiceId id) const {
  const LoggedService* service = rest_->find(id);
  if (service == nullptr) return std::nullopt;
  for (std::size_t which = 0; which < 2; ++which) {
    if (service->is_waiting[which]) return Wait{kStreamNames[which], rest_->sink_for(which).moved_at()};
  }
  return std::nullopt;
}

const Tail* LogPump::find_tail(ServiceId id) const {
  const LoggedService* service = rest_->find(id);
  return service == nullptr || service->is_leaving ? nullptr : &service->tail;
}

std::uint64_t LogPump::next_order() const { return rest_->next_order; }

}  // namespace onit
