#include "app/log_pump.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "app/source.hpp"
#include "os/signals.hpp"
#include "unit/log_bench.hpp"

namespace onit {
namespace {

using namespace log_bench;

TEST_CASE("what services write comes out line by line, with their names") {
  Bench bench;
  bench.define(0, "db", {});
  bench.define(1, "web", {});
  bench.write(0, "one\ntw");
  bench.write(1, "other\n");
  CHECK(bench.output() == "db  | one\nweb | other\n");
  bench.write(0, "o\n");
  CHECK(bench.output() == "db  | two\n");
  bench.write(1, "oops\n", true);
  CHECK(bench.output().empty());
  CHECK(bench.err.read() == "web | oops\n");
  CHECK(bench.pump.counts(0).lines == 2);
  CHECK(bench.pump.counts(0).bytes == 8);
}

TEST_CASE("the last line is kept without its newline, and the next start begins a new one") {
  Bench bench;
  bench.define(0, "a", kRaw);
  bench.write(0, "one\ntwo");
  CHECK(bench.output() == "one\n");
  bench.pump.finish(0);
  CHECK(bench.pump.is_idle());
  CHECK(bench.output() == "two\n");
  bench.write(0, "three");
  bench.pump.finish(0);
  bench.pump.finish(0);
  bench.write(0, "four\n");
  bench.pump.finish(0);
  CHECK(bench.output() == "three\nfour\n");
}

TEST_CASE("a blocked reader loses nothing, and lines stay whole") {
  for (LogStyle style : {LogStyle::raw, LogStyle::prefix, LogStyle::json}) {
    Bench bench;
    bench.define(0, "a", {.format = style});
    bench.define(1, "b", {.format = style});
    std::array<std::string, 2> left{numbered_lines('a', 0, 8'000), numbered_lines('b', 0, 8'000)};
    std::array<int, 2> next{};
    std::string seen;
    while (!left[0].empty() || !left[1].empty() || !bench.pump.is_idle()) {
      for (std::size_t i = 0; i < 2; ++i) {
        // Writers write whatever there is room for, in the middle of lines too.
        left[i].erase(0, bench.write(i, left[i]));
        if (left[i].empty()) bench.pump.finish(i);
      }
      bench.run();
      // Now and then a reader that takes a few bytes.
      seen += bench.out.read(10'007);
    }
    seen += bench.out.read();
    for (std::size_t at = 0; at < seen.size();) {
      std::size_t end = seen.find('\n', at);
      std::string_view line = std::string_view{seen}.substr(at, end - at);
      std::size_t dots = line.find("....");
      REQUIRE(dots != std::string_view::npos);
      std::size_t number_at = line.substr(0, dots).find_last_not_of("0123456789");
      auto& count = next[static_cast<std::size_t>(line[number_at] - 'a')];
      REQUIRE(line.substr(number_at + 1, dots - number_at - 1) == std::to_string(count));
      ++count;
      at = end + 1;
    }
    CHECK(next[0] == 8'000);
    CHECK(next[1] == 8'000);
    CHECK(bench.pump.counts(0).dropped == 0);
  }
}

TEST_CASE("a reader that takes nothing makes the service wait, and costs no turns") {
  Bench bench;
  bench.define(0, "a", kRaw);
  std::string lines = numbered_lines('a', 0, 10'000);
  std::string left = lines;
  for (int i = 0; i < 100; ++i) {
    left.erase(0, bench.write(0, left));
    bench.run();
  }
  CHECK(!left.empty());
  CHECK(bench.poller.wait(Millis{0}).empty());
  CHECK(!bench.pump.is_idle());
}

TEST_CASE("an end that nobody could read yet still ends its line") {
  Bench bench;
  bench.define(0, "a", kRaw);
  std::string all = bench.block(0);
  bench.write(0, "unfinished");
  bench.pump.finish(0);
  bench.write(0, "also");
  bench.pump.finish(0);
  bench.write(0, "the next\n");
  std::string seen;
  while (!bench.pump.is_idle()) seen += bench.output();
  seen += bench.output();
  CHECK((seen == all + "unfinished\nalso\nthe next\n"));
}

/// What somebody else reads of a service's pipe, at most `limit` bytes.
std::string steal(Bench& bench, ServiceId service, std::size_t limit) {
  auto ends = bench.pump.ends(service);
  Fd thief{::open(("/proc/self/fd/" + std::to_string(ends.value().out)).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
  std::string stolen(limit, ' ');
  ssize_t got = ::read(thief.get(), stolen.data(), limit);
  stolen.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return stolen;
}

TEST_CASE("an end whose bytes somebody else has read is reached all the same") {
  Bench bench;
  bench.define(0, "a", kRaw);
  std::string all = bench.block(0);
  bench.write(0, std::string(1'000, 'x'));
  bench.pump.finish(0);
  CHECK(steal(bench, 0, 5'000).size() == 1'000);
  SUBCASE("and nothing has come since") {}
  SUBCASE("and less has come since") {
    bench.write(0, std::string(300, 'y'));
    bench.pump.finish(0);
    all += std::string(300, 'y') + "\n";
  }
  SUBCASE("and more has come since") {
    bench.write(0, std::string(1'300, 'y'));
    bench.pump.finish(0);
  }
  std::string seen;
  for (int turn = 0; turn < 1'000 && !bench.pump.is_idle(); ++turn) seen += bench.output();
  CHECK(bench.pump.is_idle());
  seen += bench.output();
  CHECK(seen.starts_with(all));
  bench.write(0, "next");
  bench.pump.finish(0);
  CHECK(bench.pump.is_idle());
  CHECK(bench.output() == "next\n");
}

TEST_CASE("drop counts the lines that a blocked reader does not get") {
  Bench bench;
  bench.define(0, "a", {.format = LogStyle::raw, .on_full = OnFull::drop});
  std::string left = numbered_lines('a', 0, 20'000);
  while (!left.empty()) {
    std::size_t written = bench.write(0, left);
    REQUIRE(written > 0);
    left.erase(0, written);
    bench.run();
  }
  CHECK(bench.pump.counts(0).lines == 20'000);
  CHECK(bench.pump.counts(0).dropped > 0);
  std::string seen;
  while (!bench.pump.is_idle()) seen += bench.output();
  seen += bench.output();
  auto lines = static_cast<std::uint64_t>(std::count(seen.begin(), seen.end(), '\n'));
  CHECK(lines + bench.pump.counts(0).dropped == 20'000);
  CHECK(seen.starts_with("a0."));
}

TEST_CASE("that lines are dropped is told at once, and how many once lines go out again") {
  Pipe both;
  Bench bench(both.write_end.get(), both.write_end.get());
  bench.define(0, "web", {.format = LogStyle::raw, .on_full = OnFull::drop});
  bench.reporter.redirect(
      {[](void* pump, int fd, std::string_view line) { static_cast<LogPump*>(pump)->say(fd, line); }, &bench.pump});
  std::string flood = numbered_lines('d', 0, 500);
  std::string seen;
  for (int i = 0; i < 100; ++i) {
    bench.write(0, flood);
    bench.run();
  }
  std::uint64_t dropped = bench.pump.counts(0).dropped;
  REQUIRE(dropped > 0);
  while (!bench.pump.is_idle()) {
    seen += both.read();
    bench.run();
  }
  bench.write(0, "again\n");
  bench.run();
  seen += both.read();
  CHECK(seen.find("\nonit: warning: service 'web': its lines are dropped, nobody reads them in time\n") !=
        std::string::npos);
  CHECK(seen.ends_with("again\nonit: warning: service 'web': " + std::to_string(dropped) +
                       " lines were dropped, nobody read them in time\n"));
}

TEST_CASE("a service that drops its lines leaves room for those that wait") {
  Bench bench;
  bench.define(0, "a", kRaw);
  bench.define(1, "d", {.format = LogStyle::raw, .on_full = OnFull::drop});
  std::string flood = numbered_lines('d', 0, 500);
  std::string left = numbered_lines('a', 0, 5'000);
  std::string seen;
  auto turn = [&] {
    bench.write(1, flood);
    left.erase(0, bench.write(0, left));
    for (const PollerEvent& event : bench.poller.wait(Millis{0})) bench.pump.on_ready(event);
    // Slower than either of them writes.
    seen += bench.out.read(10'000);
  };
  for (int i = 0; i < 2'000 && bench.pump.counts(0).lines < 5'000; ++i) turn();
  CHECK(bench.pump.counts(0).lines == 5'000);
  CHECK(bench.pump.counts(0).dropped == 0);
  CHECK(bench.pump.counts(1).dropped > 0);
  // Whoever drops gets his share as well, once nobody waits.
  std::uint64_t lines = bench.pump.counts(1).lines - bench.pump.counts(1).dropped;
  for (int i = 0; i < 100; ++i) turn();
  CHECK(bench.pump.counts(1).lines - bench.pump.counts(1).dropped > lines);
}

TEST_CASE("what is not out at the end is counted, and the last line that is out has its end") {
  Bench bench;
  bench.define(0, "a", kRaw);
  CHECK(bench.pump.unwritten_lines() == 0);
  std::string all = bench.block(0);
  std::string more = numbered_lines('b', 0, 600);
  REQUIRE(bench.write(0, more) == more.size());
  bench.write(0, "unfinished");
  bench.run();
  auto lines_of = [](const std::string& text) {
    return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
  };
  std::string seen;
  SUBCASE("since some was read at last") {
    seen = bench.out.read(10'000);
    bench.pump.end();
    seen += bench.out.read();
    CHECK((all.starts_with(seen)));
    CHECK(seen.back() == '\n');
  }
  SUBCASE("since all was read at last") {
    seen = bench.out.read();
    bench.pump.end();
    seen += bench.out.read();
    CHECK((seen == all));
  }
  CHECK(bench.pump.unwritten_lines() == lines_of(all + more) - lines_of(seen));
}

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

TEST_CASE("of a long text of onit's own as many lines come out as there is room for") {
  Bench bench;
  std::string text = numbered_lines('o', 0, 10'000);
  bench.pump.say(STDOUT_FILENO, text);
  std::string seen;
  while (!bench.pump.is_idle()) seen += bench.output();
  seen += bench.output();
  CHECK(seen.size() > 256'000);
  CHECK(seen.size() < text.size());
  CHECK((text.starts_with(seen)));
  CHECK(seen.back() == '\n');
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

TEST_CASE("a line is found once, and only while it is looked for") {
  Bench bench;
  bench.define(0, "a", kRaw);
  bench.write(0, "listening on 80\n");
  bench.run();
  REQUIRE(bench.pump.look_for(0, "^listening on [0-9]+$").ok());
  CHECK(!bench.pump.next_match());
  bench.write(0, "listening on port\nx listening on 1\n");
  bench.run();
  CHECK(!bench.pump.next_match());
  bench.write(0, "listening on 81\nlistening on 82\n", true);
  bench.run();
  CHECK(bench.pump.next_match() == ServiceId{0});
  CHECK(!bench.pump.next_match());
  bench.write(0, "listening on 83\n");
  bench.run();
  CHECK(!bench.pump.next_match());
  auto bad = bench.pump.look_for(0, "(");
  REQUIRE(!bad.ok());
  CHECK(bad.error().text == "'(' is no regular expression: at 1: '(' is not closed");
}

TEST_CASE("only the first 1024 bytes of a line are looked at") {
  Bench bench;
  bench.define(0, "a", kRaw);
  REQUIRE(bench.pump.look_for(0, "up").ok());
  bench.write(0, std::string(1023, '.') + "up\n");
  bench.run();
  CHECK(!bench.pump.next_match());
  bench.write(0, std::string(1022, '.') + "up\n");
  bench.run();
  CHECK(bench.pump.next_match() == ServiceId{0});
}

TEST_CASE("the tail of a service has what it wrote, without prefix") {
  Bench bench;
  bench.define(0, "a", {.to_stdout = false});
  bench.write(0, "one\ntwo");
  bench.run();
  bench.write(0, "err\n", true);
  bench.run();
  CHECK(text_of(*bench.pump.find_tail(0)) == "one\nerr\n");
  bench.pump.finish(0);
  CHECK(text_of(*bench.pump.find_tail(0)) == "one\nerr\ntwo\n");
}

TEST_CASE("a service that is removed leaves nothing behind, even while it waits") {
  Bench bench;
  bench.define(0, "a", kRaw);
  bench.define(1, "b", kRaw);
  std::string lines = numbered_lines('a', 0, 5'000);
  for (int i = 0; i < 10; ++i) {
    bench.write(0, lines);
    bench.run();
  }
  bench.pump.remove(0);
  while (!bench.pump.is_idle()) bench.output();
  bench.output();
  bench.write(1, "still here\n");
  CHECK(bench.output() == "still here\n");
  CHECK(bench.pump.counts(0).lines == 0);
}

}  // namespace
}  // namespace onit
