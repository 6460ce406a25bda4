#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "unit/view_bench.hpp"

namespace onit {
namespace {

using log_bench::numbered_lines;
using view_bench::Bench;

constexpr std::uint64_t kAll = UINT64_MAX;

/// Appends pieces to the text, until nothing more comes now.
Progress read_on(const Bench& bench, Reply& reply, std::string& text) {
  Progress progress = Progress::more;
  while (progress == Progress::more) progress = logs_piece(bench.view(), reply, text);
  return progress;
}

Reply asked(LogStyle style, std::uint64_t lines = kAll) {
  return {.page = Page::logs, .log_style = style, .last_lines = lines};
}

std::string logs(const Bench& bench, Reply reply) {
  std::string text;
  CHECK(read_on(bench, reply, text) == Progress::done);
  return text;
}

TEST_CASE("lines of several services come in the order in which they were read") {
  Bench bench({"db", "web"});
  bench.write(0, "one\ntwo\n");
  bench.write(1, "three\n");
  bench.write(1, "four\n", true);
  bench.write(0, "five\n");
  CHECK(logs(bench, asked(LogStyle::raw)) == "one\ntwo\nthree\nfour\nfive\n");
  CHECK(logs(bench, asked(LogStyle::prefix)) == "db  | one\ndb  | two\nweb | three\nweb | four\ndb  | five\n");
  SUBCASE("or only those of whom was asked for") {
    Reply reply = asked(LogStyle::prefix);
    reply.services = {1};
    CHECK(logs(bench, reply) == "web | three\nweb | four\n");
  }
  SUBCASE("with colours") {
    Reply reply = asked(LogStyle::prefix, 1);
    reply.has_colour = true;
    CHECK(logs(bench, reply) == "\x1b[36mdb  |\x1b[0m five\n");
  }
}

TEST_CASE("json tells when a line came, and by which stream") {
  Bench bench({"web"});
  bench.write(0, "said\n");
  bench.write(0, "oops \xff\n", true);
  std::string text = logs(bench, asked(LogStyle::json));
  auto time = [&](std::size_t order) {
    std::string written;
    append_time(written, bench.logs.pump.find_tail(0)->run_at(order == 0 ? 0 : 5)->mark.time);
    return written;
  };
  CHECK(text == "{\"time\":\"" + time(0) +
                    R"(","service":"web","stream":"stdout","message":"said"})"
                    "\n" +
                    "{\"time\":\"" + time(1) +
                    R"(","service":"web","stream":"stderr","message":"oops \u00ff"})"
                    "\n");
  Reply reply = asked(LogStyle::raw);
  reply.has_times = true;
  CHECK(logs(bench, reply) == time(0) + " said\n" + time(1) + " oops \xff\n");
}

TEST_CASE("the last lines are the last ones of all services together, whatever they were read with") {
  for (unsigned seed = 0; seed < 30; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    Bench bench({"a", "b", "c"});
    std::vector<std::string> all;
    for (int i = 0; i < 60; ++i) {
      std::string lines;
      for (std::size_t count = 1 + random() % 5; count > 0; --count) {
        all.push_back(std::to_string(all.size()) + "\n");
        lines += all.back();
      }
      bench.write(random() % 3, lines, random() % 2 == 0);
    }
    for (std::size_t count :
         {std::size_t{0}, std::size_t{1}, std::size_t{2}, random() % 200, all.size(), all.size() + 1}) {
      CAPTURE(count);
      std::string expected;
      for (std::size_t i = all.size() - std::min(all.size(), count); i < all.size(); ++i) expected += all[i];
      REQUIRE(logs(bench, asked(LogStyle::raw, count)) == expected);
    }
  }
}

TEST_CASE("a long line keeps its parts, and counts once") {
  Bench bench({"a"});
  std::string line(2 * kMaxLine + 100, 'x');
  bench.write(0, "before\n" + line + "\nafter\n");
  std::string parts =
      line.substr(0, kMaxLine) + "\\\n" + line.substr(0, kMaxLine) + "\\\n" + line.substr(0, 100) + "\n";
  CHECK(logs(bench, asked(LogStyle::raw)) == "before\n" + parts + "after\n");
  CHECK(logs(bench, asked(LogStyle::raw, 3)) == "before\n" + parts + "after\n");
  CHECK(logs(bench, asked(LogStyle::raw, 2)) == parts + "after\n");
  CHECK(logs(bench, asked(LogStyle::raw, 1)) == "after\n");
  std::string json = logs(bench, asked(LogStyle::json));
  std::string kinds;
  for (std::size_t at = 0; (at = json.find("\"part\":\"", at)) != std::string::npos; ++at) kinds += json[at + 8];
  CHECK(kinds == "fml");
  CHECK(json.find('\\') == std::string::npos);
}

TEST_CASE("a last line without newline is there when its service has ended, and gets one") {
  Bench bench({"a"});
  bench.write(0, "one\ntwo");
  CHECK(logs(bench, asked(LogStyle::raw)) == "one\n");
  bench.logs.pump.finish(0);
  bench.write(0, "three\n");
  CHECK(logs(bench, asked(LogStyle::raw)) == "one\ntwo\nthree\n");
}

TEST_CASE("whoever follows gets what comes, once") {
  Bench bench({"a", "b"});
  bench.write(0, "one\n");
  Reply reply = asked(LogStyle::prefix, 0);
  reply.follows = true;
  std::string text;
  CHECK(read_on(bench, reply, text) == Progress::idle);
  CHECK(text.empty());
  std::string expected;
  for (int i = 0; i < 500; ++i) {
    bench.write(0, "x" + std::to_string(i) + "\n");
    bench.write(1, "y\n", true);
    expected += "a | x" + std::to_string(i) + "\nb | y\n";
    if (i % 7 == 0) CHECK(read_on(bench, reply, text) == Progress::idle);
  }
  CHECK(read_on(bench, reply, text) == Progress::idle);
  CHECK(text == expected);
}

TEST_CASE("whoever does not follow gets an end, however fast more comes") {
  Bench bench({"a"});
  bench.write(0, numbered_lines('a', 0, 600));
  Reply reply = asked(LogStyle::json);
  std::string text;
  REQUIRE(logs_piece(bench.view(), reply, text) == Progress::more);
  bench.write(0, "late\n");
  CHECK(read_on(bench, reply, text) == Progress::done);
  CHECK(text.find("late") == std::string::npos);
  CHECK(text.ends_with("\"message\":\"a599" + std::string(90, '.') + "\"}\n"));
}

TEST_CASE("whoever falls behind is told how much is missing, and that was it") {
  Bench bench({"a", "b"});
  Reply reply = asked(LogStyle::prefix);
  reply.follows = true;
  std::string text;
  bench.write(0, "one\n");
  REQUIRE(read_on(bench, reply, text) == Progress::idle);
  std::string lines = numbered_lines('a', 0, 500);
  for (int i = 0; i < 3; ++i) bench.write(0, lines);
  std::size_t missing = 3 * lines.size() - log_bench::text_of(*bench.logs.pump.find_tail(0)).size();
  CHECK(read_on(bench, reply, text) == Progress::done);
  CHECK(text == "a | one\nonit: service 'a': " + std::to_string(missing) +
                    " bytes are missing here, they were written faster than they were read\n");
}

TEST_CASE("whoever does not follow is told what is missing of one service, and still gets the others") {
  Bench bench({"a", "b", "c"});
  bench.write(0, numbered_lines('a', 0, 500));
  std::string lines = numbered_lines('b', 0, 500);
  bench.write(1, lines);
  bench.write(2, "last\n");
  Reply reply = asked(LogStyle::prefix);
  std::string text;
  REQUIRE(logs_piece(bench.view(), reply, text) == Progress::more);
  REQUIRE(text.find("b | b1.") != std::string::npos);
  for (int i = 0; i < 3; ++i) bench.write(1, lines);
  CHECK(read_on(bench, reply, text) == Progress::done);
  CHECK(text.find("\nonit: service 'b': ") != std::string::npos);
  CHECK(text.ends_with("\nc | last\n"));
}

TEST_CASE("a piece is not made of any number of runs, however short they are") {
  std::vector<std::string> names;
  for (int i = 0; i < 300; ++i) names.push_back("s" + std::to_string(i));
  Bench bench(names);
  for (int i = 0; i < 20; ++i) {
    for (ServiceId id = 0; id < names.size(); ++id) bench.write(id, "\n");
  }
  Reply reply = asked(LogStyle::raw);
  std::string text;
  REQUIRE(logs_piece(bench.view(), reply, text) == Progress::more);
  CHECK(text.size() < 2'000);
  CHECK(read_on(bench, reply, text) == Progress::done);
  CHECK(text.size() == 20 * names.size());
}

TEST_CASE("a service that is removed or added meanwhile does no harm") {
  Bench bench({"a", "b"});
  Reply reply = asked(LogStyle::raw);
  reply.follows = true;
  std::string text;
  bench.write(0, "one\n");
  bench.write(1, "two\n");
  REQUIRE(read_on(bench, reply, text) == Progress::idle);
  bench.logs.pump.remove(0);
  bench.services.emplace_back();
  bench.services.back().spec.name = "c";
  bench.logs.define(2, "c", {.to_stdout = false});
  bench.write(2, "three\n");
  CHECK(read_on(bench, reply, text) == Progress::idle);
  bench.logs.define(0, "a", {.to_stdout = false});
  bench.write(0, "4\n");
  CHECK(read_on(bench, reply, text) == Progress::idle);
  CHECK(text == "one\ntwo\nthree\n4\n");
}

TEST_CASE("the logs of many services come in small pieces") {
  std::vector<std::string> names;
  for (int i = 0; i < 100; ++i) names.push_back("service" + std::to_string(i));
  Bench bench(names);
  std::string lines = numbered_lines('a', 0, 100);
  for (std::size_t i = 0; i < names.size(); ++i) bench.write(i, lines);
  Reply reply = asked(LogStyle::json);
  std::string text;
  std::size_t lines_seen = 0;
  for (Progress progress = Progress::more; progress == Progress::more;) {
    std::string piece;
    progress = logs_piece(bench.view(), reply, piece);
    CHECK(piece.size() < Tail::kMaxBytes + 512);
    lines_seen += static_cast<std::size_t>(std::count(piece.begin(), piece.end(), '\n'));
  }
  CHECK(lines_seen == 100 * names.size());
}

}  // namespace
}  // namespace onit
