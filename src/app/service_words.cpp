#include "app/service_words.hpp"

#include "base/panic.hpp"
#include "base/signal.hpp"
#include "base/text.hpp"

namespace onit {
namespace {

std::string in_quotes(std::string_view name) { return filled("'%'", {name}); }

std::string signal_name(int signal) { return std::string{SignalName(signal).view()}; }

std::string exit_text(ExitStatus status) {
  if (status.kind == ExitStatus::Kind::killed) return filled("was killed by %", {signal_name(status.value)});
  return filled("ended with exit code %", {std::to_string(status.value)});
}

/// 1.25 s, or 250 ms.
std::string duration_text(Millis duration) {
  auto ms = duration.count();
  if (ms < 1000) return filled("% ms", {std::to_string(ms)});
  std::string hundredths = std::to_string(ms % 1000 / 10);
  return filled("%.%% s", {std::to_string(ms / 1000), hundredths.size() < 2 ? "0" : "", hundredths});
}

std::string in_vain_text(int restarts) {
  if (restarts == 0) return {};
  return filled("; no more than % restarts are allowed at a time (max_restarts)", {std::to_string(restarts)});
}

std::string because(Reason reason, std::string_view other) {
  std::string text = reason_text(reason, other);
  return text.empty() ? text : filled(": %", {text});
}

}  // namespace

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
      return filled("%, which it needs, is to stop", {in_quotes(other)});
    case Reason::dependency_failed:
      return filled("%, which it needs, has failed", {in_quotes(other)});
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

Words words_for(const TellService& news, const NewsNames& names) {
  std::string service = filled("service %", {in_quotes(names.service)});
  std::string why = because(news.reason, names.other);
  bool is_own_end = news.reason == Reason::exited;
  if (is_own_end) why = filled(": it %", {exit_text(news.status)});
  switch (news.news) {
    case ServiceNews::waiting:
      return {What::service_news,
              filled("% waits until % %", {service, in_quotes(names.other), condition_text(news.condition)})};
    case ServiceNews::starting:
      return {What::service_news, filled("% starts", {service})};
    case ServiceNews::started:
      return {What::service_news, filled("% has started", {service})};
    case ServiceNews::ready:
      return {What::service_news, filled("% is ready after %", {service, duration_text(news.after)})};
    case ServiceNews::completed:
      return {What::service_news, filled("% has completed", {service})};
    case ServiceNews::exited:
      return {What::service_news, filled("% %", {service, exit_text(news.status)})};
    case ServiceNews::healthy:
      return {What::service_news, filled("% is healthy", {service})};
    case ServiceNews::unhealthy:
      return {What::warning,
              filled("% is unhealthy: % checks in a row have failed", {service, std::to_string(news.count)})};
    case ServiceNews::stopping:
      return {What::service_news, filled("% is asked to end by %%", {service, signal_name(news.code), why})};
    case ServiceNews::killing:
      return {
          What::warning,
          filled(news.reason == Reason::shutdown ? "% is killed" : "% took too long to end, and is killed", {service})};
    case ServiceNews::stopped:
      return {What::service_news, filled("% has stopped%", {service, why})};
    case ServiceNews::unkillable:
      return {What::warning, filled("% does not even end of SIGKILL", {service})};
    case ServiceNews::backing_off:
      return {What::warning, filled("% is started again in %, restart %%",
                                    {service, duration_text(news.after), std::to_string(news.count), why})};
    case ServiceNews::failed:
      return {What::warning, filled("% has failed, exit code %%%",
                                    {service, std::to_string(news.code), why, in_vain_text(news.count)})};
    case ServiceNews::skipped:
      return {What::warning, filled("% is due, but still runs; this time is left out", {service})};
    case ServiceNews::removed:
      return {What::service_news, filled("% is no longer in the file", {service})};
  }
  panic("news without words");
}

Words words_for(const TellAll& news, std::string_view service) {
  switch (news.news) {
    case SupervisorNews::all_ready:
      return {What::service_news, news.code == 0 ? "all services are ready" : "every essential service is ready"};
    case SupervisorNews::draining:
      return {What::service_news,
              filled("holding % back while load balancers take notice", {signal_name(news.signal)})};
    case SupervisorNews::shutting_down:
      return {What::service_news,
              filled("stopping all services%", {news.signal != 0 ? ": " + signal_name(news.signal) : std::string{}})};
    case SupervisorNews::essential_ended:
      return {What::warning, filled("stopping all services: % has ended", {in_quotes(service)})};
    case SupervisorNews::nothing_to_run:
      return {What::service_news, "nothing is left to run"};
    case SupervisorNews::hurrying:
      return {What::warning, "asked a second time: what has not ended is killed"};
    case SupervisorNews::deadline_over:
      return {What::warning, "the time to end is over: what has not ended is killed"};
    case SupervisorNews::unkillable:
      return {What::unkillable, {}};
    case SupervisorNews::leaving:
      return {What::service_news, filled("exiting with code %", {std::to_string(news.code)})};
  }
  panic("news without words");
}

}  // namespace onit
