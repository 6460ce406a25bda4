// Pages that need no processes.

#include "app/control_pages.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <string>

#include "app/control_routes.hpp"
#include "app/explain.hpp"
#include "app/services_status.hpp"
#include "os/clock.hpp"
#include "unit/view_bench.hpp"

namespace onit {
namespace {

using view_bench::Bench;

/// The whole page, and how many pieces it came in.
std::string all_of(Progress (*piece)(const ServicesView&, Reply&, std::string&), const Bench& bench, Reply& reply,
                   std::size_t* pieces = nullptr) {
  std::string page;
  for (;;) {
    std::string out;
    Progress progress = piece(bench.view(), reply, out);
    CHECK(out.size() < 2 * kPieceBytes);
    page += out;
    if (pieces) ++*pieces;
    if (progress != Progress::more) return page;
  }
}

TEST_CASE("a reader of events that is too slow is told how many it has missed, and that is all") {
  Bench bench({"web"});
  bench.journal.add(1, "web", "ready", "service 'web' is ready");
  Reply reply{.page = Page::events, .follows = true};
  std::string out;
  CHECK(events_piece(bench.view(), reply, out) == Progress::idle);
  CHECK(out ==
        "{\"number\": 1, \"time\": \"1970-01-01T00:00:00.000001Z\", \"service\": \"web\", \"event\": \"ready\", "
        "\"text\": \"service 'web' is ready\"}\n");
  while (bench.journal.first() < 10) bench.journal.add(2, "web", "ready", std::string(1000, 'x'));
  std::uint64_t missed = bench.journal.first() - 2;
  for (bool as_text : {false, true}) {
    Reply late{.as_text = as_text, .follows = true, .cursor = 2};
    std::string rest;
    CHECK(events_piece(bench.view(), late, rest) == Progress::done);
    CHECK(rest ==
          (as_text ? std::to_string(missed) + " events missed\n" : "{\"missed\": " + std::to_string(missed) + "}\n"));
  }
}

TEST_CASE("events come in pieces, and only those of the services that are asked for") {
  Bench bench({"web", "db"});
  for (int i = 0; i < 200; ++i) bench.journal.add(1, i % 2 == 0 ? "web" : "db", "ready", std::string(200, 'x'));
  std::size_t pieces = 0;
  Reply all;
  std::string page = all_of(events_piece, bench, all, &pieces);
  CHECK(std::count(page.begin(), page.end(), '\n') == 200);
  CHECK(pieces > 2);
  Reply of_one{.services = {1}};
  page = all_of(events_piece, bench, of_one);
  CHECK(std::count(page.begin(), page.end(), '\n') == 100);
  CHECK(page.find("\"web\"") == std::string::npos);
}

TEST_CASE("who follows a service that is no longer in the file gets nothing of what concerns all") {
  Bench bench({"web"});
  bench.journal.add(1, "", "all_ready", "all services are ready");
  bench.services[0].spec.name.clear();
  Reply reply{.services = {0}};
  CHECK(all_of(events_piece, bench, reply).empty());
}

TEST_CASE("a page about many services comes in pieces that fit together") {
  std::vector<std::string> names;
  for (int i = 0; i < 500; ++i) names.push_back("service-" + std::to_string(i));
  Bench bench(names);
  std::size_t pieces = 0;
  Reply reply;
  std::string page = all_of(services_piece, bench, reply, &pieces);
  CHECK(pieces > 5);
  CHECK(page.starts_with("{\"services\": [\n{\"name\": \"service-0\", "));
  CHECK(page.ends_with("}\n]}\n"));
  CHECK(page.find("}\n{") == std::string::npos);
  CHECK(page.find(",\n,") == std::string::npos);
  CHECK(std::count(page.begin(), page.end(), '\n') == 502);
  Reply table{.as_text = true};
  page = all_of(services_piece, bench, table);
  CHECK(std::count(page.begin(), page.end(), '\n') == 501);
}

TEST_CASE("the table fits 80 columns, whatever the names are, and whatever has become of them") {
  std::vector<std::string> names{"web-frontend-assets-ui", std::string(24, 'b'), std::string(64, 'c')};
  std::vector<ServicePolicy> policies(3);
  for (ServicePolicy& policy : policies) policy.restart = RestartPolicy::always;
  Bench bench(names, policies);
  bench.supervisor.apply(Begin{}, Instant{});
  for (ServiceId id = 0; id < names.size(); ++id) {
    bench.supervisor.apply(ServiceStarted{id}, Instant{});
    bench.supervisor.apply(ServiceExited{id, killed_by(id == 0 ? SIGQUIT : SIGRTMIN + 15)}, Instant{});
    bench.supervisor.apply(ServiceEmpty{id}, Instant{});
    bench.services[id].pid = 4'194'303;
  }
  bench.now += std::chrono::days{1'000};
  std::string table = status_table(bench.view());
  CHECK(table.find("backing off") != table.npos);
  CHECK(table.find("ccc...  backing off") != table.npos);
  std::size_t reasons = table.find("REASON");
  for (std::string_view rest = table; !rest.empty();) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    CAPTURE(line);
    CHECK(line.size() <= 80);
    CHECK(line.substr(reasons - 2, 2) == "  ");
    CHECK(line[reasons] != ' ');
  }
  Reply json;
  CHECK(all_of(services_piece, bench, json).find(names[2]) != std::string::npos);
}

TEST_CASE("a page about no service is a page still") {
  Bench bench({});
  Reply reply;
  CHECK(all_of(services_piece, bench, reply) == "{\"services\": [\n\n]}\n");
  Reply explanations{.as_text = true};
  CHECK(all_of(explanations_piece, bench, explanations).starts_with("all is well"));
}

TEST_CASE("a chain of services that wait is cut where nobody would read on") {
  std::vector<std::string> names;
  std::vector<ServicePolicy> policies(40);
  for (std::size_t i = 0; i < policies.size(); ++i) {
    names.push_back("s" + std::to_string(i));
    if (i > 0) policies[i].depends_on = {{i - 1, Condition::ready}};
  }
  Bench bench(names, policies);
  bench.supervisor.apply(Begin{}, Instant{});
  std::string text = explain(bench.view(), 39);
  CHECK(text.starts_with("s39 is waiting for s38 to be ready, which is waiting for s37 to be ready, which"));
  CHECK(text.ends_with(", which is waiting, and so on"));
  CHECK(explain(bench.view(), 1) == "s1 is waiting for s0 to be ready, which is being started");
}

TEST_CASE("one that is to end names those that end before it, as far as they are few") {
  std::vector<ServicePolicy> policies(6);
  for (std::size_t i = 1; i < policies.size(); ++i) policies[i].depends_on = {{0, Condition::started}};
  Bench bench({"db", "a", "b", "c", "d", "e"}, policies);
  Supervisor& supervisor = bench.supervisor;
  supervisor.apply(Begin{}, Instant{});
  for (ServiceId id = 0; id < policies.size(); ++id) supervisor.apply(ServiceStarted{id}, Instant{});
  supervisor.apply(StopAsked{0}, Instant{});
  auto end = [&](ServiceId id) {
    supervisor.apply(ServiceExited{id, killed_by(15)}, Instant{});
    supervisor.apply(ServiceEmpty{id}, Instant{});
  };
  auto told = [&] { return explain(bench.view(), 0); };
  std::string up = "db has been up for 0 ms; it is to end as soon as ";
  CHECK(told() == up + "a, b, c and 2 others, which need it, have ended");
  end(5);
  CHECK(told() == up + "a, b, c and 1 other, which need it, have ended");
  end(1);
  CHECK(told() == up + "b, c and d, which need it, have ended");
  end(2);
  CHECK(told() == up + "c and d, which need it, have ended");
  end(3);
  CHECK(told() == up + "d, which needs it, has ended");
}

TEST_CASE("what was asked for is settled when it has taken effect, and not before") {
  Bench bench({"web"});
  Supervisor& supervisor = bench.supervisor;
  supervisor.apply(Begin{}, Instant{});
  CHECK(supervisor.is_settled(0));
  supervisor.apply(ServiceStarted{0}, Instant{});
  supervisor.apply(RestartAsked{0}, Instant{});
  CHECK(!supervisor.is_settled(0));  // the old run is still there, and would do
  supervisor.apply(ServiceExited{0, killed_by(15)}, Instant{});
  CHECK(!supervisor.is_settled(0));
  supervisor.apply(ServiceEmpty{0}, Instant{});
  CHECK(supervisor.is_settled(0));
  CHECK(supervisor.status(0).phase == ServicePhase::spawning);
  supervisor.apply(ServiceStarted{0}, Instant{});
  supervisor.apply(StopAsked{0}, Instant{});
  CHECK(!supervisor.is_settled(0));
  CHECK(supervisor.is_held(0));
  supervisor.apply(ServiceExited{0, killed_by(15)}, Instant{});
  supervisor.apply(ServiceEmpty{0}, Instant{});
  CHECK(supervisor.is_settled(0));
}

TEST_CASE("a service whose output nobody has read for a while is told to wait for that, as long as it lives") {
  Bench bench({"web", "other"});
  for (ServiceId id = 0; id < 2; ++id) bench.logs.define(id, bench.services[id].spec.name, log_bench::kRaw);
  bench.supervisor.apply(Begin{}, Instant{});
  for (ServiceId id = 0; id < 2; ++id) bench.supervisor.apply(ServiceStarted{id}, Instant{});
  auto view_in = [&](std::chrono::seconds time) {
    ServicesView view = bench.view();
    view.now = monotonic_now() + time;
    return view;
  };
  const auto kLong = std::chrono::seconds{12};
  CHECK(output_wait(view_in(kLong), 0).empty());
  std::string lines = bench.logs.block(0);
  std::string told = output_wait(view_in(kLong), 0);
  CHECK(told.starts_with("nobody has read onit's stdout for 12"));
  CHECK(explain(view_in(kLong), 0).find(", and is") == std::string::npos);
  CHECK(explain(view_in(kLong), 0).find("; its output waits: nobody has read onit's stdout for 12") !=
        std::string::npos);
  ServicesView late = view_in(kLong);
  CHECK(table_row(late, 0, table_widths(late), false).find("  nobody has read onit's stdout for 12") !=
        std::string::npos);
  CHECK(!is_as_meant(late, 0));
  // Who has written nothing does not wait, and a reader that is only slow is none to tell of.
  CHECK(is_as_meant(late, 1));
  CHECK(output_wait(view_in(std::chrono::seconds{0}), 0).empty());
  while (!bench.logs.pump.is_idle()) bench.logs.output();
  CHECK(is_as_meant(view_in(kLong), 0));

  bench.logs.block(0);
  bench.supervisor.apply(ServiceExited{0, killed_by(15)}, Instant{});
  bench.supervisor.apply(ServiceEmpty{0}, Instant{});
  CHECK(output_wait(view_in(kLong), 0).empty());
}

TEST_CASE("a service that nobody can look at for lack of descriptors is no worse for it, and that is told") {
  ServicePolicy policy;
  policy.health = HealthPolicy{.retries = 1};
  Bench bench({"web"}, {policy});
  auto look = [&](ProbeOutcome outcome) {
    bench.supervisor.apply(DeadlinePassed{}, *bench.supervisor.service(0).deadline());
    bench.supervisor.apply(ProbeEnded{0, ProbeKind::health, outcome}, Instant{});
  };
  bench.supervisor.apply(Begin{}, Instant{});
  bench.supervisor.apply(ServiceStarted{0}, Instant{});
  look(ProbeOutcome::succeeded);
  CHECK(is_as_meant(bench.view(), 0));
  bench.prober.note(0, ProbeKind::health, false, "exec ./check", "", EMFILE);
  look(ProbeOutcome::nothing);
  CHECK(bench.supervisor.status(0).health == Health::healthy);
  std::string told = "exec ./check: cannot probe: Too many open files";
  CHECK(explain(bench.view(), 0) == "web has been up for 0 ms, and is healthy; " + told);
  CHECK(brief_reason(bench.view(), 0) == told);
  CHECK(!is_as_meant(bench.view(), 0));
  bench.prober.note(0, ProbeKind::health, false, "exec ./check", "ended with exit code 1");
  look(ProbeOutcome::failed);
  CHECK(explain(bench.view(), 0) == "web is unhealthy: exec ./check: ended with exit code 1, 1 check");
  bench.prober.note(0, ProbeKind::health, false, "exec ./check", "", EMFILE);
  look(ProbeOutcome::nothing);
  CHECK(explain(bench.view(), 0) == "web is unhealthy: " + told);
}

TEST_CASE("a line of the table is cut where it ends, not inside a character") {
  Bench bench({"web"});
  bench.supervisor.apply(Begin{}, Instant{});
  bench.supervisor.apply(ServiceStarted{0}, Instant{});
  for (std::size_t lead = 0; lead < 4; ++lead) {
    bench.services[0].said = std::string(lead, 'x');
    for (int i = 0; i < 60; ++i) bench.services[0].said += "\xe2\x82\xac";
    std::string row = table_row(bench.view(), 0, table_widths(bench.view()), false);
    CHECK(row.size() <= 81);
    CHECK(row.ends_with("\xe2\x82\xac...\n"));
  }
}

}  // namespace
}  // namespace onit
