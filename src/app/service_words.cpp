#include "app/service_words.hpp"

#include <algorithm>
#include <iterator>

#include "base/panic.hpp"
#include "base/signal.hpp"
#include "base/text.hpp"
#include "log/heading.hpp"

namespace onit {
namespace {

std::string in_quotes(std::string_view name) { return filled("'%'", name); }

std::string signal_name(int signal) { return std::string{SignalName(signal).view()}; }

std::string because(Reason reason, std::string_view other) {
  std::string text = reason_text(reason, other);
  return text.empty() ? text : filled(": %", text);
}

}  // namespace

std::string in_vain_text(int restarts, Millis window) {
  if (restarts == 0) return {};
  return filled(restarts == 1 ? "; no more than % restart within % is allowed (max_restarts)"
                              : "; no more than % restarts within % are allowed (max_restarts)",
                restarts, window);
}

std::string requester(int signal) { return signal == 0 ? "onitctl shutdown" : signal_name(signal); }

std::string overrun_text(std::string_view service, Patience patience, Millis time) {
  if (patience == Patience::of_who_asked) {
    return filled("; service '%' had not ended when that was asked again, and was killed", service);
  }
  const char* whose = patience == Patience::own_time ? "" : "[init] ";
  return filled("; service '%' did not end within % (%stop_grace_period), and was killed", service, time, whose);
}

std::string exit_text(ExitStatus status) {
  if (status.kind == ExitStatus::Kind::killed) return filled("was killed by %", signal_name(status.value));
  return filled("ended with exit code %", status.value);
}

std::string time_text(WallTime time) {
  constexpr std::size_t kToSeconds = 19;
  std::string text;
  append_time(text, time);
  text.resize(kToSeconds);
  return text + 'Z';
}

const char* condition_name(Condition condition) {
  static constexpr char kNames[][10] = {"started", "ready", "healthy", "completed", "exited"};
  return kNames[static_cast<std::size_t>(condition)];
}

const char* condition_text(Condition condition) {
  switch (condition) {
    case Condition::started:
      return "has started";
    case Condition::ready:
      return "is ready";
    case Condition::healthy:
      return "is healthy";
    case Condition::completed:
      return "has completed";
    case Condition::exited:
      return "has ended";
  }
  panic("a condition without words");
}

std::string reason_text(Reason reason, std::string_view other) {
  switch (reason) {
    case Reason::none:
    case Reason::exited:
      return {};
    case Reason::asked:
      return "as asked";
    case Reason::shutdown:
      return "everything ends";
    case Reason::dependency_stops:
      return filled("%, which it needs, is to stop", in_quotes(other));
    case Reason::dependency_failed:
      return filled("%, which it needs, has failed", in_quotes(other));
    case Reason::start_failed:
      return "it could not be started";
    case Reason::ready_timeout:
      return "it did not become ready in time";
    case Reason::never_ready:
      return "it ended without having become ready";
    case Reason::run_timeout:
      return "it took too long";
    case Reason::unhealthy:
      return "its health check failed too often";
    case Reason::watchdog:
      return "it did not feed the watchdog in time";
    case Reason::redefined:
      return "its definition has changed";
    case Reason::removed:
      return "it is no longer in the file";
    case Reason::schedule:
      return "its time has come";
  }
  panic("a reason without words");
}

const char* news_name(ServiceNews news) {
  static constexpr char kNames[][12] = {"waiting",     "starting",  "started",  "ready",   "completed", "exited",
                                        "healthy",     "unhealthy", "stopping", "killing", "stopped",   "unkillable",
                                        "backing_off", "failed",    "skipped",  "removed"};
  static_assert(std::size(kNames) == static_cast<std::size_t>(ServiceNews::removed) + 1);
  return kNames[static_cast<std::size_t>(news)];
}

const char* news_name(SupervisorNews news) {
  static constexpr char kNames[][16] = {"all_ready",       "draining",       "shutting_down",
                                        "essential_ended", "nothing_to_run", "hurrying",
                                        "deadline_over",   "unkillable",     "leaving"};
  static_assert(std::size(kNames) == static_cast<std::size_t>(SupervisorNews::leaving) + 1);
  return kNames[static_cast<std::size_t>(news)];
}

NewsText words_for(const TellService& news, const NewsNames& names) {
  std::string service = filled("service %", in_quotes(names.service));
  std::string why = because(news.reason, names.other);
  bool is_own_end = news.reason == Reason::exited;
  // A success too often is a failure, and that has a code of its own.
  bool is_other_code = is_own_end && news.status.kind == ExitStatus::Kind::exited && news.status.value != news.code;
  if (is_own_end) why = filled(": it %", exit_text(news.status));
  switch (news.news) {
    case ServiceNews::waiting:
      return {What::service_news,
              filled("% waits until % %", service, in_quotes(names.other), condition_text(news.condition))};
    case ServiceNews::starting:
      return {What::service_news, filled("% starts", service)};
    case ServiceNews::started:
      return {What::service_news, filled("% has started", service)};
    case ServiceNews::ready:
      return {What::service_news, filled("% is ready after %", service, news.after)};
    case ServiceNews::completed:
      return {What::service_news, filled("% has completed", service)};
    case ServiceNews::exited:
      return {What::service_news, filled("% %", service, exit_text(news.status))};
    case ServiceNews::healthy:
      return {What::service_news, filled("% is healthy", service)};
    case ServiceNews::unhealthy:
      return {What::warning, filled(news.count == 1 ? "% is unhealthy: % check has failed"
                                                    : "% is unhealthy: % checks in a row have failed",
                                    service, news.count)};
    case ServiceNews::stopping:
      return {What::service_news, filled("% is asked to end by %%", service, signal_name(news.code), why)};
    case ServiceNews::killing:
      return {
          What::warning,
          filled(news.reason == Reason::shutdown ? "% is killed" : "% took too long to end, and is killed", service)};
    case ServiceNews::stopped:
      return {What::service_news, filled("% has stopped%", service, why)};
    case ServiceNews::unkillable:
      return {What::warning, filled("% does not even end of SIGKILL", service)};
    case ServiceNews::backing_off:
      return {What::warning, filled("% is started again in %, restart %%", service, news.after, news.count, why)};
    case ServiceNews::failed:
      return {What::warning, filled("% has failed, %exit code %%%", service, is_other_code ? "which counts as " : "",
                                    news.code, why, in_vain_text(news.count, names.restart_window))};
    case ServiceNews::skipped:
      return {What::warning, filled("% is due, but still runs; this time is left out", service)};
    case ServiceNews::removed:
      return {What::service_news, filled("% is no longer in the file", service)};
  }
  panic("news without words");
}

NewsText words_for(const TellAll& news, std::string_view service) {
  switch (news.news) {
    case SupervisorNews::all_ready:
      return {What::service_news, news.code == 0 ? "all services are ready" : "every essential service is ready"};
    case SupervisorNews::draining:
      return {What::service_news, filled("holding % back while load balancers take notice", signal_name(news.signal))};
    case SupervisorNews::shutting_down:
      return {What::service_news, filled("stopping all services: %", requester(news.signal))};
    case SupervisorNews::essential_ended:
      return {What::warning, filled("stopping all services: % has ended", in_quotes(service))};
    case SupervisorNews::nothing_to_run:
      return {What::service_news, "nothing is left to run"};
    case SupervisorNews::hurrying:
      return {What::warning, "asked a second time: what has not ended is killed"};
    case SupervisorNews::deadline_over:
      return {What::warning, "the time to end is over: what has not ended is killed"};
    case SupervisorNews::unkillable:
      return {What::unkillable, {}};
    case SupervisorNews::leaving:
      return {What::service_news, filled("exiting with code %", news.code)};
  }
  panic("news without words");
}

}  // namespace onit
