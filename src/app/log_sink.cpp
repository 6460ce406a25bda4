#include "app/log_sink.hpp"

#include <cerrno>
#include <climits>

#include "log/bytes.hpp"
#include "os/clock.hpp"

namespace onit {

LostLines LogSink::write(std::string_view lines, ServiceId service) {
  service_ = service;
  LogOutlet::Written written = put(lines);
  if (written.error == 0) return {};
  std::string_view unwritten = lines.substr(written.bytes);
  if (written.error != EAGAIN) return lose(written.error, unwritten);
  buffer_.add(unwritten);
  return {};
}

LostLines LogSink::flush() {
  LogOutlet::Written written = put(buffer_.view());
  buffer_.remove_front(written.bytes);
  if (written.error == 0 || written.error == EAGAIN) return {};
  LostLines lost = lose(written.error, buffer_.view());
  buffer_.clear();
  return lost;
}

void LogSink::end() {
  if (outlet_.has_own_pipe()) {
    flush();
    return;
  }
  while (!buffer_.is_empty()) {
    std::string_view lines = buffer_.view();
    std::string_view line = lines.substr(0, lines.find('\n') + 1);
    // A pipe takes so much whole or not at all: pipe(7).
    if (line.size() > PIPE_BUF && !is_inside_) break;
    LogOutlet::Written written = put(line);
    buffer_.remove_front(written.bytes);
    if (written.error != 0) break;
  }
  if (is_inside_ && outlet_.write("\n").error == 0) is_inside_ = false;
}

std::uint64_t LogSink::unwritten_lines() const {
  std::string_view lines = buffer_.view();
  return count_newlines(lines.data(), lines.data() + lines.size());
}

LogOutlet::Written LogSink::put(std::string_view lines) {
  if (is_torn_) {
    LogOutlet::Written ended = outlet_.write("\n");
    if (ended.error != 0) return {0, ended.error};
    is_torn_ = false;
  }
  LogOutlet::Written written = outlet_.write(lines);
  if (written.error == 0) is_failing_ = false;
  bool is_failure = written.error != 0 && written.error != EAGAIN;
  if (written.bytes > 0) is_inside_ = lines[written.bytes - 1] != '\n';
  // What is not watched has had room until now.
  if (written.bytes > 0 || !is_watched) moved_at_ = monotonic_now();
  if (is_failure && written.bytes > 0) is_torn_ = is_inside_;
  return written;
}

LostLines LogSink::lose(int error, std::string_view unwritten) {
  bool is_news = !is_failing_;
  is_failing_ = true;
  if (is_reader_gone(error)) is_gone_ = true;
  std::uint64_t count = count_newlines(unwritten.data(), unwritten.data() + unwritten.size());
  return {count, service_, is_news ? error : 0};
}

}  // namespace onit
