#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/world.hpp"
#include "core/supervisor.hpp"
#include "sim/random.hpp"
#include "sim/services_rules.hpp"

namespace onit::sim {

/// What a file of services says.
struct Services {
  SupervisorPolicy policy;
  std::vector<ServicePolicy> services;
};

/// One to eight services of the kind that users write, corners preferred. None depends on a later one.
Services random_services(Random& random);

/// One of them. It depends on none but the first `count` of `others` that were not removed.
ServicePolicy random_service(Random& random, const std::vector<ServicePolicy>& others, const std::vector<bool>& removed,
                             std::size_t count);

/// What is said of all together; whom it names was not removed.
SupervisorPolicy random_supervisor(Random& random, const std::vector<bool>& removed);

/// A machine on which services run: a clock that jumps, processes with tempers, looks that are answered or not, people
/// who ask for this and that. All that happens follows from the seed. Every event and what is done about it goes before
/// the judge.
class ServicesWorld final : public ServiceWorld {
 public:
  /// `fail` is called at the first violation, and does not return: there is no way out of run_services() but its own.
  using Fail = void (*)(void* context, ServiceRule rule, const std::string& what);

  ServicesWorld(Random& random, const Services& services, const Supervisor& supervisor, ServicesExercised& exercised,
                bool trace, Fail fail, void* context);

  Instant now() override { return now_; }
  ServiceEvent next(Deadline deadline) override;
  void perform(const ServiceAction& action) override;

  /// To be called with run_services()'s result.
  void end(int exit_code);
  int events() const { return events_; }

 private:
  enum class Temper : std::uint8_t { polite, stubborn, immortal };  // dies of any signal; of KILL; of nothing

  struct Process {
    Temper temper = Temper::polite;
    bool in_group = true;
    Deadline ends_at;
    ExitStatus ends_with{};
  };

  struct Look {
    bool runs = false;
    Deadline ends_at;
    ProbeOutcome outcome = ProbeOutcome::failed;
  };

  enum class Stage : std::uint8_t { none, forked, runs };

  struct Life {
    Stage stage = Stage::none;
    Deadline reports_at;  // forked: that it was executed, or failed to
    int start_failure = 0;
    Process main;
    std::vector<Process> others;
    bool awaits_empty = false;
    int run = 0;
    Millis feeds_every{0};
    int sick = 0;  // percent of looks that fail
    Look looks[2];
    bool pre_stop_runs = false;
    Deadline pre_stop_ends_at;
  };

  struct Happening {
    Instant at;
    ServiceEvent event;
    ServiceId service;
    int run;  // of the service that it is about; 0: of no particular one
  };

  void schedule_people();
  void ask_something(Instant at);
  void ask_in_back_off(ServiceId id, Millis delay);
  void execute(ServiceId id);
  void plan_words(ServiceId id);
  void later(Millis delay, ServiceId id, const ServiceEvent& event);
  bool hit(Process& process, int signal);
  void hit_main(ServiceId id, int signal);
  static void hit_all(std::vector<Process>& processes, ServicesWorld& world, int signal, bool only_group);
  void spawn(ServiceId id);
  Millis some_time();
  bool is_needed(ServiceId id) const;
  const Redefinition* redefine();
  std::optional<ServiceEvent> next_of_service(ServiceId id);
  std::optional<ServiceEvent> next_exit();
  std::optional<ServiceEvent> next_happening();
  std::optional<Instant> next_change() const;
  void let_time_pass(Instant until);
  ServiceEvent tell(const ServiceEvent& event);
  void close_turn();
  void fail_if_violated();
  void show_policies() const;
  void say_news(const TellService& deed) const;
  void show_event(const ServiceEvent& event);
  void say(const char* what, std::size_t service, int number = 0);

  Random& random_;
  Services services_;  // as last read
  std::vector<bool> removed_;
  const Supervisor& supervisor_;
  const bool trace_;
  const Fail fail_;
  void* const context_;
  const bool is_wild_;  // what is due at the same moment happens in any order
  const bool is_late_;
  ServicesJudge judge_;

  Instant now_{};
  Instant horizon_;
  std::vector<Life> lives_;
  std::vector<Process> strays_;
  bool awaits_nothing_ = false;
  std::vector<Happening> happenings_;
  std::optional<Redefinition> redefinition_;
  bool immortals_ = false;
  int events_ = 0;
  int standing_still_ = 0;

  ServiceEvent last_event_ = Begin{};
  Instant last_event_at_{};
  std::vector<ServiceAction> last_actions_;
};

}  // namespace onit::sim
