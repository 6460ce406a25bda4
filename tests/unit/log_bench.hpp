#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "app/log_pump.hpp"
#include "os/file.hpp"
#include "os/signals.hpp"

/// What tests of the pump of logs need.
namespace onit::log_bench {

inline const LogSpec kRaw{.format = LogStyle::raw};

/// A pipe, the end that is read non-blocking.
struct Pipe {
  Pipe() {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    read_end.reset(ends[0]);
    write_end.reset(ends[1]);
    ::fcntl(read_end.get(), F_SETFL, O_NONBLOCK);
  }

  /// What is in it now, at most `limit` bytes.
  std::string read(std::size_t limit = SIZE_MAX) {
    std::string text;
    std::vector<char> chunk(65'536);
    while (text.size() < limit) {
      ssize_t got = ::read(read_end.get(), chunk.data(), std::min(chunk.size(), limit - text.size()));
      if (got <= 0) break;
      text.append(chunk.data(), static_cast<std::size_t>(got));
    }
    return text;
  }

  Fd read_end;
  Fd write_end;
};

inline std::string numbered_lines(char name, int from, int to) {
  std::string lines;
  for (int i = from; i < to; ++i) lines += name + std::to_string(i) + std::string(90, '.') + "\n";
  return lines;
}

/// All that is there.
inline std::string text_of(const Tail& tail) {
  std::string text;
  tail.append_to(text, tail.first(), tail.end());
  return text;
}

/// A pump with pipes for onit's stdout and stderr.
struct Bench {
  explicit Bench(int stdout_fd = -1, int stderr_fd = -1)
      : pump(poller, reporter, stdout_fd < 0 ? out.write_end.get() : stdout_fd,
             stderr_fd < 0 ? err.write_end.get() : stderr_fd) {
    REQUIRE(poller.open().ok());
    mask = block_all_signals();
  }
  ~Bench() { set_signal_mask(mask); }

  void define(ServiceId service, std::string_view name, const LogSpec& log) {
    pump.define(service, name, log);
    REQUIRE(pump.ends(service).ok());
  }

  /// The service writes as much of the text as its pipe takes, without waiting. Returns how much.
  std::size_t write(ServiceId service, std::string_view text, bool to_stderr = false) {
    auto ends = pump.ends(service);
    int fd = to_stderr ? ends.value().err : ends.value().out;
    Fd anew{::open(("/proc/self/fd/" + std::to_string(fd)).c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)};
    ssize_t written = ::write(anew.get(), text.data(), text.size());
    return written < 0 ? 0 : static_cast<std::size_t>(written);
  }

  /// Pumps until nothing happens any more.
  void run() {
    while (true) {
      auto events = poller.wait(Millis{0});
      if (events.empty()) return;
      for (const PollerEvent& event : events) pump.on_ready(event);
    }
  }

  /// Writes lines until nobody takes them any more. Returns them.
  std::string block(ServiceId service) {
    std::string all;
    while (pump.is_idle()) {
      std::string lines = numbered_lines('a', 0, 20);
      REQUIRE(write(service, lines) == lines.size());
      all += lines;
      run();
    }
    return all;
  }

  std::string output() {
    run();
    return out.read();
  }

  Pipe out;
  Pipe err;
  Poller poller;
  Reporter reporter;
  SignalSet mask;
  LogPump pump;
};

/// What is written to stderr while this lives: onit's own messages.
class CapturedMessages {
 public:
  CapturedMessages() : before_(::dup(STDERR_FILENO)) { ::dup2(pipe_.write_end.get(), STDERR_FILENO); }
  ~CapturedMessages() { ::dup2(before_.get(), STDERR_FILENO); }
  std::string read() { return pipe_.read(); }

 private:
  Pipe pipe_;
  Fd before_;
};

class Directory {
 public:
  Directory() { REQUIRE(::mkdtemp(path_) != nullptr); }
  ~Directory() {
    for (const char* name : {"log", "log.1", "log.2", "log.3", "moved"}) std::remove(file(name).c_str());
    ::rmdir(path_);
  }
  std::string file(const char* name) const { return std::string{path_} + "/" + name; }
  std::string content(const char* name) const {
    auto content = read_file(file(name).c_str(), 10'000'000);
    return content.ok() ? content.value() : "(none)";
  }

 private:
  char path_[32] = "/tmp/onit_log_XXXXXX";
};

}  // namespace onit::log_bench
