#include "base/signal.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <string>

namespace onit {

TEST_CASE("every signal's name is understood again") {
  for (int signal = 1; signal <= kLastSignal; ++signal) {
    SignalName name(signal);
    CAPTURE(std::string{name.view()});
    CHECK(parse_signal(name.view()) == signal);
  }
}

TEST_CASE("a signal may be written with or without SIG, in any case, or as a number") {
  for (const char* text : {"TERM", "SIGTERM", "term", "SigTerm", "15"}) CHECK(parse_signal(text) == SIGTERM);
  CHECK(parse_signal("IOT") == SIGABRT);
  CHECK(parse_signal("CLD") == SIGCHLD);
  CHECK(parse_signal("POLL") == SIGIO);
}

TEST_CASE("real-time signals count from 34, as kill(1) and Docker do") {
  CHECK(parse_signal("RTMIN") == 34);
  CHECK(parse_signal("SIGRTMIN+3") == 37);
  CHECK(parse_signal("rtmin+30") == 64);
  CHECK(parse_signal("RTMAX") == 64);
  CHECK(parse_signal("RTMAX-1") == 63);
  CHECK(SignalName(37).view() == "SIGRTMIN+3");
  CHECK(SignalName(34).view() == "SIGRTMIN");
  for (const char* bad : {"RTMIN+31", "RTMIN-1", "RTMAX+1", "RTMAX-31", "RTMIN+", "RTMINx", "RTM"})
    CHECK_FALSE(parse_signal(bad));
}

TEST_CASE("the numbers that C libraries keep to themselves are signals like others") {
  CHECK(parse_signal("32") == 32);
  CHECK(parse_signal("33") == 33);
  CHECK(SignalName(33).view() == "33");
}

TEST_CASE("what is no signal is none") {
  for (const char* bad : {"", "0", "65", "SIG", "FOO", "-9", "TERM ", "SIGSIGTERM"}) CHECK_FALSE(parse_signal(bad));
}

TEST_CASE("a set has what was put into it, up to the last signal") {
  SignalSet set = SignalSet::of(1).with(64);
  CHECK(set.has(1));
  CHECK(set.has(64));
  CHECK_FALSE(set.has(2));
  for (int signal = 1; signal <= kLastSignal; ++signal) CHECK(SignalSet::all().has(signal));
}

}  // namespace onit
