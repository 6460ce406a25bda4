#include "app/history.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace onit {
namespace {

constexpr Instant kStart{Millis{5'000}};

ServiceStatus status_of(ServicePhase phase, Outcome outcome = Outcome::none) {
  ServiceStatus status;
  status.phase = phase;
  status.outcome = outcome;
  return status;
}

TEST_CASE("a history tells from when on a service was what, and says nothing twice") {
  History history{kStart};
  CHECK(history.of(3).empty());
  history.add(3, status_of(ServicePhase::waiting), kStart);
  history.add(3, status_of(ServicePhase::spawning), kStart + Millis{10});
  history.add(3, status_of(ServicePhase::starting), kStart + Millis{20});
  history.add(3, status_of(ServicePhase::up), kStart + Millis{30});
  auto entries = history.of(3);
  REQUIRE(entries.size() == 3);
  CHECK(entries[0].span == Span::waiting);
  CHECK(entries[1].span == Span::starting);
  CHECK(entries[1].at_ms == 10);
  CHECK(entries[2].at_ms == 30);
  CHECK(history.of(0).empty());
}

TEST_CASE("each state of a service is a span") {
  auto span_at_rest = [](Outcome outcome) { return span_of(status_of(ServicePhase::inactive, outcome)); };
  CHECK(span_at_rest(Outcome::none) == Span::down);
  CHECK(span_at_rest(Outcome::stopped) == Span::down);
  CHECK(span_at_rest(Outcome::succeeded) == Span::completed);
  CHECK(span_at_rest(Outcome::failed) == Span::failed);
  CHECK(span_of(status_of(ServicePhase::killing)) == Span::stopping);
  CHECK(span_of(status_of(ServicePhase::backing_off)) == Span::backing_off);
  ServiceStatus waiting = status_of(ServicePhase::waiting);
  waiting.reason = Reason::schedule;
  CHECK(span_of(waiting) == Span::scheduled);
  ServiceStatus up = status_of(ServicePhase::up);
  up.health = Health::unhealthy;
  CHECK(span_of(up) == Span::unhealthy);
  CHECK(std::string_view{span_name(Span::backing_off)} == "backing off");
  CHECK(std::string_view{span_name(Span::failed)} == "failed");
}

TEST_CASE("of a long history the start and the end are kept") {
  History history{kStart};
  constexpr int kCount = 1'000;
  for (int i = 0; i < kCount; ++i) {
    history.add(0, status_of(i % 2 == 0 ? ServicePhase::up : ServicePhase::backing_off), kStart + Millis{i});
  }
  auto entries = history.of(0);
  REQUIRE(entries.size() == History::kFirst + History::kLast);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    std::size_t expected = i < History::kFirst ? i : kCount - entries.size() + i;
    CHECK(entries[i].at_ms == expected);
  }
  CHECK(entries.size_bytes() <= 200);
}

TEST_CASE("after 49 days the time stays") {
  History history{kStart};
  history.add(0, status_of(ServicePhase::up), kStart + std::chrono::hours{24 * 100});
  CHECK(history.of(0)[0].at_ms == UINT32_MAX);
}

}  // namespace
}  // namespace onit
