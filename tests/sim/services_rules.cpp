#include "sim/services_rules.hpp"

#include <algorithm>
#include <csignal>
#include <iterator>

#include "base/signal.hpp"

namespace onit::sim {
namespace {

constexpr const char* kNames[] = {
    "there are never two instances of a service",
    "no service starts before its conditions hold",
    "only those start who are wanted",
    "those who are wanted start as soon as they may",
    "nothing starts once everything ends",
    "no service is stopped before those who need it are down",
    "nobody is stopped without a cause",
    "whoever must stop is stopped as soon as it may be",
    "what is to run before the stop signal does",
    "the stop signal is that of the policy, and comes once",
    "signals reach only who is there",
    "nobody is killed before the time is over",
    "everybody is killed when the time is over",
    "KILL is repeated until it helps, or cannot",
    "whom a service leaves behind is asked to end before it counts as down",
    "readiness is waited for no longer than the policy says",
    "a oneshot takes no longer than the policy says",
    "the watchdog bites when it is not fed, and only then",
    "there are looks only while they are of use, one at a time",
    "looks keep their interval",
    "a look takes no longer than the policy says",
    "health follows the looks",
    "an automatic restart keeps its delay",
    "restarts follow the policy",
    "a service gives up at its limit of restarts, and not before",
    "a failure reaches the dependents",
    "who is essential takes everybody along, and nobody else does",
    "a drain holds a TERM back, and only for its time",
    "a second request kills at once",
    "everybody is killed at the deadline of all",
    "strays are asked, and killed, after all services",
    "the application's signals reach the main service, once",
    "onit's own signals do what they are for",
    "onit ends when nothing is left to run, and not before",
    "the exit code is the documented one",
    "what is shown of a service is true",
    "what is told of a service is true, and told when it is so",
    "no deadline is passed over",
    "it always ends in time",
};
static_assert(std::size(kNames) == static_cast<std::size_t>(ServiceRule::count));

}  // namespace

const char* rule_name(ServiceRule rule) { return kNames[static_cast<std::size_t>(rule)]; }

ServicesJudge::ServicesJudge(const SupervisorPolicy& policy, const std::vector<ServicePolicy>& services,
                             const Supervisor& judged, ServicesExercised& exercised)
    : policy_(policy), judged_(judged), exercised_(exercised) {
  books_.reserve(services.size() + 4);
  for (const ServicePolicy& service : services) books_.emplace_back(service);
}

void ServicesJudge::check(ServiceRule rule, bool holds, const char* what) {
  ++exercised_[static_cast<std::size_t>(rule)];
  if (!holds && !violation_) violation_ = {rule, what};
}

void ServicesJudge::check(ServiceRule rule, bool holds, const char* what, ServiceId service) {
  ++exercised_[static_cast<std::size_t>(rule)];
  if (!holds && !violation_) violation_ = {rule, "service " + std::to_string(service) + ": " + what};
}

void ServicesJudge::see(const ServiceEvent& event, const std::vector<ServiceAction>& actions, Instant now) {
  now_ = now;
  arrived_ = 0;
  hurried_now_ = ends_now_ = false;
  signalled_.clear();
  reopened_ = printed_ = reread_ = 0;
  for (Book& b : books_) {
    b.ended_now = b.killed_now = b.rests_now = b.stopped_now = b.told_failure = b.told_failure_of_other = false;
    b.due_news.reset();
    b.told_news.reset();
  }
  std::visit([this](const auto& happened) { note(happened); }, event);
  spread_stops();
  spread_failures();
  resolve();
  spread_failures();
  for (const ServiceAction& action : actions) std::visit([this](const auto& deed) { take(deed); }, action);
  resolve();
  spread_failures();
  close_turn(event);
}

// --- The end ----------------------------------------------------------------------------------------------

void ServicesJudge::begin_end(std::optional<ServiceId> by) {
  is_ending_ = ends_now_ = true;
  ended_by_ = by;
  drain_end_.reset();
  end_deadline_ = now_ + policy_.stop_grace_period;
  for (ServiceId id = 0; id < books_.size(); ++id) {
    Book& b = book(id);
    bool is_open = b.main == Main::none && b.wanted == Wanted::maybe && id < judged_.count();
    if (is_open && judged_.status(id).outcome == Outcome::failed) adopt_exit_code(b, judged_.status(id));
    b.wanted = Wanted::no;
    maybe_overran_ = maybe_overran_ || (b.main != Main::none && b.kills > 0);
  }
}

void ServicesJudge::request_end(bool is_signal, int signal, std::optional<int> code) {
  if (is_ending_) {
    if (code) maybe_code_ = code;
    // The first request during an end that nobody asked for is no second one.
    if (!ends_by_request_ && !std::exchange(is_end_requested_, true)) return;
    must_hurry_ = hurried_now_ = true;
    return;
  }
  if (is_signal && signal == SIGTERM && policy_.drain > Millis{0} && !drain_end_) {
    drain_end_ = now_ + policy_.drain;
    return;
  }
  ends_by_request_ = true;
  asked_code_ = code;
  begin_end({});
}

bool ServicesJudge::all_rest() const {
  return std::all_of(books_.begin(), books_.end(), [](const Book& b) { return b.main == Main::none || b.given_up; });
}

}  // namespace onit::sim
