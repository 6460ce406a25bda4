#include <doctest/doctest.h>

#include <csignal>
#include <vector>

#include "core/supervisor.hpp"

namespace onit {
namespace {

/// One service, and what is done for it.
class Machine {
 public:
  explicit Machine(const ServicePolicy& policy) : supervisor_({}, {policy}) { tell(Begin{}); }

  void tell(const ServiceEvent& event) { actions_ = supervisor_.apply(event, now_); }
  void pass(Millis time) {
    now_ += time;
    if (auto due = supervisor_.deadline(); due && *due <= now_) tell(DeadlinePassed{});
  }
  /// A whole run, which ends by itself.
  void run(ExitStatus status) {
    tell(ServiceStarted{0});
    tell(ServiceExited{0, status});
    tell(ServiceEmpty{0});
  }

  const ServiceStatus& status() const { return supervisor_.status(0); }
  Millis delay() const { return *status().deadline - now_; }
  bool has_sent(int signal) const {
    for (const ServiceAction& action : actions_) {
      const auto* deed = std::get_if<SignalService>(&action);
      if (deed && deed->signal == signal) return true;
    }
    return false;
  }

  bool has_told(ServiceNews news) const {
    for (const ServiceAction& action : actions_) {
      const auto* told = std::get_if<TellService>(&action);
      if (told && told->news == news) return true;
    }
    return false;
  }

 private:
  Instant now_{};
  Supervisor supervisor_;
  std::vector<ServiceAction> actions_;
};

ServicePolicy restarted(Millis delay) {
  ServicePolicy policy;
  policy.restart = RestartPolicy::on_failure;
  policy.restart_delay = delay;
  policy.restart_max_delay = 100 * delay;
  return policy;
}

TEST_CASE("a oneshot that takes too long and dies of the stop signal has failed with 1") {
  ServicePolicy policy;
  policy.type = ServiceType::oneshot;
  policy.timeout = Millis{1'000};
  Machine machine(policy);
  machine.tell(ServiceStarted{0});
  machine.pass(Millis{1'000});
  CHECK(machine.has_sent(SIGTERM));
  machine.tell(ServiceExited{0, killed_by(SIGTERM)});
  machine.tell(ServiceEmpty{0});
  CHECK(machine.status().outcome == Outcome::failed);
  CHECK(machine.status().exit_code == 1);
}

TEST_CASE("a service that is stopped exits with the signal that it dies of") {
  Machine machine(restarted(Millis{100}));
  machine.tell(ServiceStarted{0});
  machine.tell(StopAsked{0});
  machine.tell(ServiceExited{0, killed_by(SIGTERM)});
  machine.tell(ServiceEmpty{0});
  CHECK(machine.status().outcome == Outcome::stopped);
  CHECK(machine.status().exit_code == 128 + SIGTERM);
}

TEST_CASE("one whose start fails after it was asked to stop has stopped, and is not to be started again") {
  Machine machine(restarted(Millis{100}));
  machine.tell(StopAsked{0});
  machine.tell(ServiceStartFailed{0, 127});
  CHECK(machine.has_told(ServiceNews::stopped));
  CHECK_FALSE(machine.has_told(ServiceNews::backing_off));
  CHECK(machine.status().phase == ServicePhase::inactive);
  CHECK(machine.status().outcome == Outcome::stopped);
}

/// What becomes of service 0, at its limit of restarts, if it ends by itself while service 1 still needs it.
struct EndedBeforeItsTurn {
  explicit EndedBeforeItsTurn(const ServiceEvent& asked) {
    ServicePolicy needed = restarted(Millis{100});
    needed.restart = RestartPolicy::always;
    needed.max_restarts = 1;
    needed.essential = true;
    ServicePolicy dependent;
    dependent.depends_on.push_back({0, Condition::started});
    Supervisor supervisor({}, {needed, dependent});
    Instant now{};
    for (const ServiceEvent& event :
         {ServiceEvent{Begin{}}, ServiceEvent{ServiceStarted{0}}, ServiceEvent{ServiceStarted{1}},
          ServiceEvent{ServiceExited{0, exited_with(1)}}, ServiceEvent{ServiceEmpty{0}}}) {
      supervisor.apply(event, now);
    }
    now = *supervisor.deadline();
    for (const ServiceEvent& event : {ServiceEvent{DeadlinePassed{}}, ServiceEvent{ServiceStarted{0}}, asked,
                                      ServiceEvent{ServiceExited{0, exited_with(3)}}}) {
      supervisor.apply(event, now);
    }
    for (const ServiceAction& action : supervisor.apply(ServiceEmpty{0}, now)) {
      if (const auto* told = std::get_if<TellService>(&action)) news.push_back(told->news);
      if (const auto* told = std::get_if<TellService>(&action)) reason = told->reason;
    }
    is_ending = supervisor.is_ending();
    status = supervisor.status(0);
    supervisor.apply(ServiceExited{1, exited_with(0)}, now);
    supervisor.apply(ServiceEmpty{1}, now);
    later = supervisor.status(0);
  }

  std::vector<ServiceNews> news;
  Reason reason{};
  bool is_ending = false;
  ServiceStatus status;
  ServiceStatus later;  // when service 1 has ended
};

TEST_CASE("one that ends by itself before it is its turn to be stopped has stopped, with what it ended with") {
  EndedBeforeItsTurn ended(StopAsked{0});
  CHECK(ended.news == std::vector{ServiceNews::stopped});
  CHECK(ended.reason == Reason::asked);
  CHECK(ended.status.phase == ServicePhase::inactive);
  CHECK(ended.status.outcome == Outcome::stopped);
  CHECK(ended.status.exit_code == 3);
  CHECK(ended.status.last_exit->code() == 3);
  CHECK(ended.later.phase == ServicePhase::inactive);
  CHECK_FALSE(ended.is_ending);
}

TEST_CASE("one that ends by itself before it is its turn to be restarted is started, and that does not count") {
  EndedBeforeItsTurn ended(RestartAsked{0});
  CHECK(ended.news.front() == ServiceNews::stopped);
  CHECK_FALSE(ended.is_ending);
  CHECK(ended.later.phase == ServicePhase::spawning);
  CHECK(ended.later.restarts == 1);
}

TEST_CASE("one that ends by itself before it is its turn to be removed is gone") {
  Redefinition changes;
  changes.removed = {0};
  EndedBeforeItsTurn ended(Redefined{&changes});
  CHECK(ended.news == std::vector{ServiceNews::stopped, ServiceNews::removed});
  CHECK(ended.status.phase == ServicePhase::gone);
}

TEST_CASE("one that ends by itself before it is its turn in the end of everything has stopped for that") {
  EndedBeforeItsTurn ended(SignalArrived{SIGTERM});
  CHECK(ended.news == std::vector{ServiceNews::stopped});
  CHECK(ended.reason == Reason::shutdown);
  CHECK(ended.status.exit_code == 3);
}

TEST_CASE("delays begin anew when somebody asks for the start of a service, even if it runs") {
  Machine machine(restarted(Millis{1'000}));
  for (int i = 0; i < 3; ++i) {
    machine.run(exited_with(1));
    machine.pass(machine.delay());
  }
  machine.run(exited_with(1));
  CHECK(machine.delay() > Millis{7'000});
  machine.pass(machine.delay());
  machine.tell(StartAsked{0});
  machine.run(exited_with(1));
  CHECK(machine.delay() < Millis{1'200});
}

TEST_CASE("a service that has said that it is about to end is asked to all the same, once") {
  Machine machine({});
  machine.tell(ServiceStarted{0});
  machine.tell(ServiceStopping{0});
  CHECK_FALSE(machine.has_sent(SIGTERM));
  machine.tell(SignalArrived{SIGTERM});
  CHECK(machine.has_sent(SIGTERM));
  machine.tell(StopAsked{0});
  CHECK_FALSE(machine.has_sent(SIGTERM));
}

}  // namespace
}  // namespace onit
