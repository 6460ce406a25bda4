#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "app/log_outlet.hpp"
#include "app/log_pump.hpp"
#include "app/source.hpp"
#include "unit/log_bench.hpp"

namespace onit {
namespace {

using namespace log_bench;

TEST_CASE("a reader that is gone is told of once, and keeps nobody waiting") {
  Bench bench;
  bench.define(0, "a", kRaw);
  bench.out.read_end.reset();
  std::string left = numbered_lines('a', 0, 5'000);
  std::string told;
  {
    CapturedMessages messages;
    while (!left.empty()) {
      std::size_t written = bench.write(0, left);
      REQUIRE(written > 0);
      left.erase(0, written);
      bench.run();
    }
    told = messages.read();
  }
  CHECK(told == "onit: warning: nobody reads stdout any more; what services write there is lost\n");
  CHECK(bench.pump.counts(0).dropped == 5'000);
  CHECK(bench.pump.is_idle());
  CHECK(bench.poller.wait(Millis{0}).empty());
  CHECK(!wait_signal(Millis{0}));
}

TEST_CASE("a reader that vanishes while services wait for it sets them free") {
  Bench bench;
  bench.define(0, "a", kRaw);
  bench.block(0);
  // More than is read at once, so that some of it has been read and waits too.
  std::string lines = numbered_lines('b', 0, 600);
  REQUIRE(bench.write(0, lines) == lines.size());
  bench.run();
  CapturedMessages messages;
  bench.out.read_end.reset();
  bench.run();
  CHECK(bench.pump.is_idle());
  CHECK(text_of(*bench.pump.find_tail(0)).ends_with(lines.substr(lines.size() - 50'000)));
  REQUIRE(bench.write(0, lines) == lines.size());
  bench.run();
  CHECK(text_of(*bench.pump.find_tail(0)).ends_with(lines.substr(lines.size() - 50'000)));
  CHECK(bench.poller.wait(Millis{0}).empty());
}

TEST_CASE("lines that were read before the reader vanished are not forgotten") {
  Bench bench;
  // Empty lines become so long that the sink's buffer has no room for all that one read brings.
  bench.define(0, "a", {.format = LogStyle::json});
  std::string lines(20'000, '\n');
  REQUIRE(bench.write(0, lines) == lines.size());
  bench.run();
  REQUIRE(!bench.pump.is_idle());
  REQUIRE(bench.pump.counts(0).lines < lines.size());
  CapturedMessages messages;
  bench.out.read_end.reset();
  bench.run();
  CHECK(bench.pump.is_idle());
  CHECK(bench.pump.counts(0).lines == lines.size());
}

TEST_CASE("a pipe that cannot be opened anew is written without waiting too") {
  if (::geteuid() != 0) return;
  Pipe out;
  Pipe err;
  Poller poller;
  REQUIRE(poller.open().ok());
  Reporter reporter;
  REQUIRE(::seteuid(65'534) == 0);
  LogPump pump(poller, reporter, out.write_end.get(), err.write_end.get());
  REQUIRE(::seteuid(0) == 0);
  pump.define(0, "a", kRaw);
  auto ends = pump.ends(0);
  std::string lines = numbered_lines('a', 0, 5'000);
  std::string left = lines;
  std::string seen;
  Fd anew{::open(("/proc/self/fd/" + std::to_string(ends.value().out)).c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)};
  for (int turn = 0; seen.size() < lines.size() && turn < 100'000; ++turn) {
    ssize_t written = ::write(anew.get(), left.data(), left.size());
    if (written > 0) left.erase(0, static_cast<std::size_t>(written));
    for (const PollerEvent& event : poller.wait(Millis{0})) pump.on_ready(event);
    if (turn > 20) seen += out.read(5'000);
  }
  CHECK((seen == lines));
  CHECK(pump.is_idle());
}

TEST_CASE("a stderr that is full and cannot be watched is given up without a word to itself") {
  Bench bench;
  auto say = [](void* pump, int fd, std::string_view line) { static_cast<LogPump*>(pump)->say(fd, line); };
  bench.reporter.redirect({say, &bench.pump});
  bench.poller = Poller{};                                          // which watches nothing
  ::fcntl(bench.err.write_end.get(), F_SETPIPE_SZ, 2 * kBusyPipe);  // it gets no wider, so it stays full
  for (int i = 0; i < 1'000; ++i) bench.pump.say(STDERR_FILENO, numbered_lines('a', 0, 20));
  CHECK(bench.pump.is_idle());
}

TEST_CASE("stdout and stderr that are the same pipe do not write into each other's lines") {
  Pipe both;
  Fd again{::fcntl(both.write_end.get(), F_DUPFD_CLOEXEC, 3)};
  Bench bench(both.write_end.get(), again.get());
  bench.define(0, "a", kRaw);
  std::string all = bench.block(0);
  bench.write(0, "error\n", true);
  std::string seen = both.read(5'000);
  // There is room again, but in the middle of a line.
  bench.pump.on_ready({poller_tag(Source::output, 0, 1), true, false, false});
  while (!bench.pump.is_idle()) {
    seen += both.read();
    bench.run();
  }
  seen += both.read();
  CHECK((seen == all + "error\n"));
}

TEST_CASE("no flag of onit's stdout is changed") {
  Bench bench;
  bench.define(0, "a", kRaw);
  bench.write(0, "x\n");
  CHECK(bench.output() == "x\n");
  CHECK((::fcntl(bench.out.write_end.get(), F_GETFL) & O_NONBLOCK) == 0);
  CHECK((::fcntl(bench.pump.ends(0).value().out, F_GETFL) & O_NONBLOCK) == 0);
}

TEST_CASE("a socket takes lines, and is waited for") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  Fd here{ends[0]};
  Fd there{ends[1]};
  Bench bench(here.get());
  bench.define(0, "a", kRaw);
  std::string lines = numbered_lines('a', 0, 20'000);
  std::string left = lines;
  std::string seen;
  while (seen.size() < lines.size()) {
    left.erase(0, bench.write(0, left));
    bench.run();
    std::vector<char> chunk(65'536);
    ssize_t got = ::recv(there.get(), chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (got > 0) seen.append(chunk.data(), static_cast<std::size_t>(got));
  }
  CHECK((seen == lines));
}

TEST_CASE("a full disk behind stdout is told of once and survived") {
  Fd full{::open("/dev/full", O_WRONLY | O_CLOEXEC)};
  Bench bench(full.get());
  bench.define(0, "a", kRaw);
  CapturedMessages messages;
  for (int i = 0; i < 3; ++i) {
    bench.write(0, "x\ny\n");
    bench.run();
  }
  CHECK(messages.read() ==
        "onit: warning: stdout: No space left on device; what services write there is lost until that has changed\n");
  CHECK(bench.pump.counts(0).dropped == 6);
}

}  // namespace
}  // namespace onit
