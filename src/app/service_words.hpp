#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/fact.hpp"
#include "core/service_action.hpp"
#include "os/time_zone.hpp"

namespace onit {

/// A line for whoever reads onit's messages, and how much it matters.
struct NewsText {
  What what;
  std::string text;
};

/// What the news is about, by name, and within what time its restarts are counted.
struct NewsNames {
  std::string_view service;
  std::string_view other;
  Millis restart_window{};
};

/// What happened to a service, as one line: "service 'web': waits until 'db' is ready".
NewsText words_for(const TellService& news, const NewsNames& names);

/// What happened to all of them.
NewsText words_for(const TellAll& news, std::string_view service);

/// That no start is left, behind what went wrong; empty if `restarts` is 0.
std::string in_vain_text(int restarts, Millis window);

/// Who has asked for the end of everything. 0: no signal, but a command.
std::string requester(int signal);

/// What was over when a service was killed.
enum class Patience : std::uint8_t { none, own_time, time_of_all, of_who_asked };

/// Why it was, behind what was asked: "; service 'web' did not end within 5 s (stop_grace_period), and was killed".
std::string overrun_text(std::string_view service, Patience patience, Millis time);

/// A time of the wall clock: RFC 3339, in UTC, to the second.
std::string time_text(WallTime time);

/// How a process has ended, behind its name: "was killed by SIGKILL".
std::string exit_text(ExitStatus status);

/// A condition as files and programs name it: "ready".
const char* condition_name(Condition condition);

/// What has happened, in a word for programs: "backing_off".
const char* news_name(ServiceNews news);
const char* news_name(SupervisorNews news);

/// What is waited for, behind the name of another service: "is ready".
const char* condition_text(Condition condition);

/// Why it is as it is, as the end of a sentence: "its health check failed too often".
std::string reason_text(Reason reason, std::string_view other);

}  // namespace onit
