#include <doctest/doctest.h>

#include <string>

#include "app/prober.hpp"
#include "unit/prober_bench.hpp"

namespace onit {
namespace {

using namespace prober_bench;

TEST_CASE("an http probe asks as a client does that wants one answer") {
  Server server;
  Probe probe;
  probe.start_http("http://127.0.0.1:" + server.port() + "/healthz?a=b", server);
  CHECK(server.request() == "GET /healthz?a=b HTTP/1.1\r\nHost: 127.0.0.1:" + server.port() +
                                "\r\nUser-Agent: onit\r\nAccept: */*\r\nConnection: close\r\n\r\n");
}

TEST_CASE("an http probe succeeds with 200 to 399") {
  struct Case {
    const char* status;
    bool succeeds;
  };
  for (const Case& each : {Case{"200 OK", true}, Case{"204 No Content", true}, Case{"399", true},
                           Case{"400 Bad Request", false}, Case{"503 Service Unavailable", false}}) {
    CAPTURE(each.status);
    Server server;
    Probe probe;
    probe.start_http("http://127.0.0.1:" + server.port() + "/x", server);
    server.request();
    server.send("HTTP/1.1 " + std::string{each.status} + "\r\n");
    CHECK(probe.outcome_of({}) == each.succeeds);
    CHECK(probe.evidence() == "http 127.0.0.1:" + server.port() + "/x: " + each.status);
  }
}

TEST_CASE("a status line may come in pieces") {
  Server server;
  Probe probe;
  probe.start_http("http://127.0.0.1:" + server.port(), server);
  server.send("HTTP/1.");
  CHECK_FALSE(probe.turn().has_value());
  server.send("1 200");
  CHECK_FALSE(probe.turn().has_value());
  server.send(" OK\r");
  CHECK_FALSE(probe.turn().has_value());
  server.send("\n");
  CHECK(probe.turn() == true);
}

TEST_CASE("an answer that is longer than its first bytes is not reset") {
  Server server;
  Probe probe;
  probe.start_http("http://127.0.0.1:" + server.port(), server);
  server.request();
  server.send("HTTP/1.1 200 OK\r\n\r\n" + std::string(20'000, 'x'));
  CHECK(probe.outcome_of({}));
  CHECK(server.end_of_client() == 0);
}

TEST_CASE("an answer that is none is a failure") {
  struct Case {
    std::string text;
    const char* finding;
  };
  for (const auto& [text, finding] :
       {Case{"SSH-2.0-OpenSSH_9.2\r\n", "the answer is not HTTP/1"}, Case{"HTTP/1.1 2", "answer cut short"},
        Case{"", "closed without an answer"}, Case{std::string(100'000, 'x'), "the answer is not HTTP/1"},
        Case{"HTTP/1.1 200 " + std::string(5000, 'x'), "the answer is not HTTP/1"}}) {
    Server server;
    Probe probe;
    probe.start_http("http://127.0.0.1:" + server.port(), server);
    server.request();
    server.send(text);
    server.hang_up();
    CHECK_FALSE(probe.outcome_of({}));
    CHECK(probe.evidence() == "http 127.0.0.1:" + server.port() + ": " + finding);
  }
}

TEST_CASE("a connection that is reset while an answer is waited for is a failure") {
  Server server;
  Probe probe;
  probe.start_http("http://127.0.0.1:" + server.port(), server);
  server.request();
  server.reset_connection();
  CHECK_FALSE(probe.outcome_of({}));
  CHECK(probe.evidence() == "http 127.0.0.1:" + server.port() + ": Connection reset by peer");
}

}  // namespace
}  // namespace onit
