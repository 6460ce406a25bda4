#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "unit/view_bench.hpp"

namespace onit {
namespace {

using view_bench::Bench;

struct Page {
  std::string text;
  std::size_t pieces = 0;
  std::size_t longest = 0;

  bool has(std::string_view line) const { return ("\n" + text).find("\n" + std::string{line} + "\n") != text.npos; }
};

Page read_page(const Bench& bench) {
  Page page;
  Reply reply{.page = onit::Page::metrics};
  Progress progress = Progress::more;
  while (progress == Progress::more) {
    std::string piece;
    progress = metrics_piece(bench.view(), reply, piece);
    page.text += piece;
    page.longest = std::max(page.longest, piece.size());
    ++page.pieces;
  }
  CHECK(progress == Progress::done);
  return page;
}

TEST_CASE("numbers are exact, with as many digits behind the point as are known") {
  Bench bench({"web"});
  bench.services[0].started_us = 1'700'000'000'000'042;
  bench.services[0].start_duration = Millis{1'050};
  bench.loop = {.began_us = 1'600'000'000'500'000, .turns = 18'446'744'073'709'551'615U, .busy_us = 7, .longest_us = 0};
  bench.write(0, "one\ntwo\n");
  Page page = read_page(bench);
  CHECK(page.has("onit_service_start_time_seconds{service=\"web\"} 1700000000.000042"));
  CHECK(page.has("onit_service_start_duration_seconds{service=\"web\"} 1.050"));
  CHECK(page.has("onit_loop_turns_total 18446744073709551615"));
  CHECK(page.has("onit_loop_busy_seconds_total 0.000007"));
  CHECK(page.has("onit_loop_longest_turn_seconds 0.000000"));
  CHECK(page.has("process_start_time_seconds 1600000000.500000"));
  CHECK(page.has("onit_service_log_lines_total{service=\"web\"} 2"));
  CHECK(page.has("onit_service_log_bytes_total{service=\"web\"} 8"));
  CHECK(page.has("onit_service_state{service=\"web\",state=\"inactive\"} 1"));
  CHECK(page.has("onit_service_info{service=\"web\",type=\"simple\"} 1"));
}

TEST_CASE("what is not known of a service is not there") {
  Bench bench({"web"});
  std::string text = read_page(bench).text;
  for (const char* name : {"onit_service_healthy", "onit_service_last_exit_code", "onit_service_start_time_seconds",
                           "onit_service_start_duration_seconds", "onit_service_cpu_seconds_total"}) {
    CAPTURE(name);
    CHECK(text.find(std::string{"\n"} + name + "{") == std::string::npos);
    CHECK(text.find(std::string{"# TYPE "} + name) != std::string::npos);
  }
}

TEST_CASE("a process that runs takes memory, and one that has ended nothing") {
  Bench bench({"self", "nobody"});
  bench.services[0].pid = ::getpid();
  std::string text = read_page(bench).text;
  CHECK(text.find("\nonit_service_memory_bytes{service=\"self\"} ") != std::string::npos);
  CHECK(text.find("\nonit_service_cpu_seconds_total{service=\"self\"} ") != std::string::npos);
  CHECK(text.find("\nonit_service_memory_bytes{service=\"nobody\"} ") == std::string::npos);
}

TEST_CASE("how long a service runs is told while it runs, by the clock that nobody sets") {
  Bench bench({"self", "ended"});
  bench.now += Millis{5'250};
  bench.services[0].pid = ::getpid();
  for (ServiceRuntime& service : bench.services) service.started = Instant{} + Millis{200};
  Page page = read_page(bench);
  CHECK(page.has("onit_service_uptime_seconds{service=\"self\"} 5.050"));
  CHECK(page.text.find("onit_service_uptime_seconds{service=\"ended\"}") == std::string::npos);
}

TEST_CASE("the last exit is that of the process, and what never ran has none") {
  std::vector<ServicePolicy> policies(5);
  policies[0].ready = ReadinessPolicy{.timeout = Millis{10}};
  policies[1].depends_on = {{0, Condition::ready}};
  Bench bench({"slow", "dep", "later", "absent", "again"}, policies);
  Supervisor& supervisor = bench.supervisor;
  auto end = [&](ServiceId id, ExitStatus status) {
    supervisor.apply(ServiceExited{id, status}, bench.now);
    supervisor.apply(ServiceEmpty{id}, bench.now);
  };
  supervisor.apply(Begin{}, bench.now);
  for (ServiceId id : {0U, 4U}) supervisor.apply(ServiceStarted{id}, bench.now);
  supervisor.apply(StopAsked{2}, bench.now);
  supervisor.apply(ServiceStartFailed{3, 127}, bench.now);
  end(4, exited_with(3));
  supervisor.apply(DeadlinePassed{}, bench.now += Millis{10});
  end(0, killed_by(15));
  REQUIRE(supervisor.status(1).reason == Reason::dependency_failed);
  Page page = read_page(bench);
  CHECK(page.has("onit_service_last_exit_code{service=\"slow\"} 143"));
  CHECK(page.text.find("last_exit_code{service=\"dep\"}") == std::string::npos);
  CHECK(page.has("onit_service_last_exit_code{service=\"absent\"} 127"));
  CHECK(page.has("onit_service_last_exit_code{service=\"again\"} 3"));
}

TEST_CASE("the page comes in small pieces, and the samples of a family together") {
  std::vector<std::string> names;
  for (int i = 0; i < 1'000; ++i) names.push_back("service-with-quite-a-name-" + std::to_string(i));
  Bench bench(names);
  Page page = read_page(bench);
  CHECK(page.pieces > 50);
  CHECK(page.longest < kPieceBytes + 512);
  std::set<std::string> seen;
  std::string last;
  std::string_view rest = page.text;
  while (!rest.empty()) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    if (line.starts_with("# HELP ")) {
      last = line.substr(7, line.find(' ', 7) - 7);
      REQUIRE(seen.insert(last).second);
    } else if (!line.starts_with("# ")) {
      REQUIRE(line.substr(0, line.find_first_of("{ ")) == last);
    }
  }
  auto samples = [&](std::string_view name) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = page.text.find(name, at)) != std::string::npos; ++at) ++count;
    return count;
  };
  CHECK(samples("\nonit_service_up{") == 1'000);
  CHECK(samples("\nonit_service_log_bytes_total{") == 1'000);
}

}  // namespace
}  // namespace onit
