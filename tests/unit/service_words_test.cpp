#include "app/service_words.hpp"

#include <doctest/doctest.h>

#include <csignal>

namespace onit {
namespace {

TEST_CASE("whoever asked for the end of everything is named: a signal, or onitctl") {
  CHECK(words_for(TellAll{.news = SupervisorNews::shutting_down, .signal = SIGTERM}, {}).text ==
        "stopping all services: SIGTERM");
  CHECK(words_for(TellAll{.news = SupervisorNews::shutting_down}, {}).text ==
        "stopping all services: onitctl shutdown");
}

TEST_CASE("a service that was killed is told with whose time was over") {
  CHECK(overrun_text("web", Patience::own_time, Millis{400}) ==
        "; service 'web' did not end within 400 ms (stop_grace_period), and was killed");
  CHECK(overrun_text("web", Patience::time_of_all, Millis{9'000}) ==
        "; service 'web' did not end within 9 s ([init] stop_grace_period), and was killed");
  CHECK(overrun_text("web", Patience::of_who_asked, Millis{0}) ==
        "; service 'web' had not ended when that was asked again, and was killed");
}

TEST_CASE("one restart is told as one, and no limit not at all") {
  CHECK(in_vain_text(0, Millis{60'000}).empty());
  CHECK(in_vain_text(1, Millis{60'000}) == "; no more than 1 restart within 60 s is allowed (max_restarts)");
  CHECK(in_vain_text(2, Millis{60'000}) == "; no more than 2 restarts within 60 s are allowed (max_restarts)");
}

}  // namespace
}  // namespace onit
