#include "app/control_routes.hpp"

#include <doctest/doctest.h>

#include <string>

#include "unit/view_bench.hpp"

namespace onit {
namespace {

struct Bench : view_bench::Bench {
  Bench() : view_bench::Bench({"db", "web", "a.b-c_d"}) {}

  Asked ask(std::string_view target, HttpMethod method = HttpMethod::get, bool is_public = false) const {
    HttpRequest request{.state = HttpRequest::State::complete, .method = method};
    std::size_t question = target.find('?');
    request.path = target.substr(0, question);
    if (question != std::string_view::npos) request.query = target.substr(question + 1);
    return understand(request, is_public, view());
  }
  Asked post(std::string_view target) const { return ask(target, HttpMethod::post); }
  /// Status and text of an answer that is one already.
  std::string refusal(std::string_view target, HttpMethod method = HttpMethod::get, bool is_public = false) const {
    Asked asked = ask(target, method, is_public);
    CHECK(asked.route == Route::refused);
    CHECK(asked.reply.page == Page::none);
    return std::to_string(asked.reply.status) + " " + asked.reply.text;
  }
};

TEST_CASE("each path leads somewhere, with the method that fits it") {
  Bench bench;
  struct Row {
    const char* target;
    HttpMethod method;
    Route route;
  };
  constexpr HttpMethod kGet = HttpMethod::get;
  constexpr HttpMethod kPost = HttpMethod::post;
  const Row rows[] = {{"/v1/services", kGet, Route::services},
                      {"/v1/services/web", kGet, Route::service},
                      {"/v1/services/web/start", kPost, Route::start},
                      {"/v1/services/web/stop", kPost, Route::stop},
                      {"/v1/services/web/restart", kPost, Route::restart},
                      {"/v1/services/web/signal?signal=HUP", kPost, Route::signal},
                      {"/v1/services/web/wait?for=ready", kGet, Route::wait},
                      {"/v1/explain", kGet, Route::explanations},
                      {"/v1/health", kGet, Route::health},
                      {"/v1/events", kGet, Route::events},
                      {"/v1/logs", kGet, Route::logs},
                      {"/v1/analysis", kGet, Route::analysis},
                      {"/v1/reload", kPost, Route::reload},
                      {"/v1/shutdown", kPost, Route::shutdown},
                      {"/metrics", kGet, Route::metrics},
                      {"/livez", kGet, Route::alive},
                      {"/readyz", kGet, Route::ready}};
  for (const Row& row : rows) {
    CAPTURE(row.target);
    CHECK(bench.ask(row.target, row.method).route == row.route);
    HttpMethod other = row.method == kGet ? kPost : kGet;
    CHECK(bench.refusal(row.target, other).starts_with("405 "));
    bool is_open = row.route == Route::metrics || row.route == Route::alive || row.route == Route::ready;
    CHECK((bench.ask(row.target, row.method, true).route == row.route) == is_open);
    if (!is_open) CHECK(bench.refusal(row.target, row.method, true).starts_with("404 "));
  }
}

TEST_CASE("a service is found by its name, and a likely one is offered") {
  Bench bench;
  CHECK(bench.ask("/v1/services/db").service == 0);
  CHECK(bench.ask("/v1/services/a.b-c_d").service == 2);
  CHECK(bench.refusal("/v1/services/wep") == "404 {\"error\": \"there is no service 'wep'; did you mean 'web'?\"}\n");
  CHECK(bench.ask("/v1/logs?service=web&service=db&service=web").reply.services == std::vector<ServiceId>{1, 0});
  CHECK(bench.refusal("/v1/services/other?format=text") == "404 there is no service 'other'\n");
  CHECK(bench.refusal("/v1/services/").starts_with("404 "));
  CHECK(bench.refusal("/v1/services/web/").starts_with("404 "));
  CHECK(bench.refusal("/v1/services//start", HttpMethod::post).starts_with("404 "));
  CHECK(bench.refusal("/v1/services/web/start/now", HttpMethod::post).starts_with("404 "));
  CHECK(bench.refusal("/v2") == "404 {\"error\": \"there is no '/v2'\"}\n");
  CHECK(bench.refusal("/v1/logs?service=nobody").starts_with("404 "));
}

TEST_CASE("no name is not that of a service that is no longer in the file") {
  Bench bench;
  bench.services[1].spec.name.clear();
  CHECK(bench.refusal("/v1/explain?service=") == "404 there is no service ''\n");
}

TEST_CASE("parameters are read where they mean something, and refused where they do not") {
  Bench bench;
  Asked logs = bench.ask("/v1/logs?follow=1&lines=7&format=raw&timestamps=1&colour=1&service=web&service=db");
  CHECK(logs.reply.follows);
  CHECK(logs.reply.last_lines == 7);
  CHECK(logs.reply.log_style == LogStyle::raw);
  CHECK(logs.reply.has_times);
  CHECK(logs.reply.has_colour);
  CHECK(logs.reply.services == std::vector<ServiceId>{1, 0});
  CHECK(!bench.ask("/v1/logs?follow=0").reply.follows);
  CHECK(bench.ask("/v1/logs").reply.log_style == LogStyle::prefix);

  CHECK(bench.ask("/v1/services?format=text").reply.as_text);
  CHECK(!bench.ask("/v1/services?format=json").reply.as_text);
  CHECK(bench.ask("/v1/explain").reply.as_text);
  CHECK(!bench.ask("/v1/explain?format=json").reply.as_text);
  CHECK(bench.post("/v1/services/db/start?wait=1").waits);
  CHECK(bench.post("/v1/services/db/signal?signal=SIGUSR1").number == 10);
  CHECK(bench.post("/v1/shutdown?exit_code=255").number == 255);
  CHECK(!bench.post("/v1/shutdown").number);
  CHECK(bench.ask("/v1/services/db/wait?for=exited").reply.awaited == Condition::exited);
  CHECK(bench.ask("/v1/services/db/wait?for=stopped").reply.awaits_rest);

  constexpr HttpMethod kPost = HttpMethod::post;
  CHECK(bench.refusal("/v1/shutdown?exit_code=256", kPost).starts_with("400 "));
  CHECK(bench.refusal("/v1/shutdown?exit_code=", kPost).starts_with("400 "));
  CHECK(bench.refusal("/v1/services/db/signal", kPost).starts_with("400 "));
  CHECK(bench.refusal("/v1/services/db/signal?signal=NO", kPost).starts_with("400 "));
  CHECK(bench.refusal("/v1/services/db/wait").starts_with("400 "));
  CHECK(bench.refusal("/v1/services/db/wait?for=luck").starts_with("400 "));
  CHECK(bench.refusal("/v1/services?format=xml").starts_with("400 "));
  CHECK(bench.refusal("/v1/services?format=raw").starts_with("400 "));
  CHECK(bench.refusal("/v1/logs?lines=-1").starts_with("400 "));
  CHECK(bench.refusal("/v1/services?folow=1") == "400 {\"error\": \"/v1/services has no parameter 'folow'\"}\n");
  // Of these, senders have habits of their own.
  CHECK(bench.ask("/livez?verbose").route == Route::alive);
}

}  // namespace
}  // namespace onit
