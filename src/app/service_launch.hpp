#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "core/service_spec.hpp"
#include "os/spawn.hpp"

namespace onit {

/// The variable by which the processes of a service are known, wherever they go: a list of marks with commas between
/// them, of which the last is the service's. Those before it are of an onit around this one.
inline constexpr std::string_view kMarkVariable = "ONIT_MARK";

/// Says where the control socket is.
inline constexpr std::string_view kControlVariable = "ONIT_SOCKET";

/// Names the descriptor on which a service may say that it is ready.
inline constexpr std::string_view kReadyFdVariable = "ONIT_READY_FD";

/// What a process of a service gets besides what its definition says.
struct ServiceSurroundings {
  char* const* own_environment;  ///< onit's, without what is meant for onit alone
  std::string_view mark;         ///< in its environment, to know those whom it starts by
  int out = -1;                  ///< becomes stdout; -1: onit's own
  int err = -1;
  bool with_terminal = false;        ///< stdin, and stdout and stderr as far as these are terminals, are onit's own
  int terminal = -1;                 ///< becomes the controlling terminal; -1: none does
  std::span<const int> sockets{};    ///< passed on from descriptor 3 on
  std::string_view socket_names{};   ///< LISTEN_FDNAMES, joined by colons
  std::string_view notify_socket{};  ///< NOTIFY_SOCKET; empty: none
  std::string_view control{};        ///< ONIT_SOCKET; empty: none
  Millis watchdog{0};                ///< WATCHDOG_USEC and WATCHDOG_PID; 0: neither
  int readiness = -1;                ///< becomes descriptor `readiness_fd`; -1: nothing does
  int readiness_fd = -1;
  int control_group = -1;                      ///< its cgroup.procs, open for writing; -1: stays in onit's
  std::span<const LimitSetting> own_limits{};  ///< what onit has changed of its own limits, as they were
  SignalSet mask{};                            ///< the signal mask that onit was started with
  bool ignore_child_exits = false;             ///< SIGCHLD was ignored then
};

/// A process of a service with its names looked up and its files read: everything exec needs, and the memory that it is
/// in. It is made for each start, so that a changed env file, account or secret counts.
class PreparedService {
 public:
  PreparedService();
  ~PreparedService();
  PreparedService(const PreparedService&) = delete;
  PreparedService& operator=(const PreparedService&) = delete;

  /// `command` is the service's own, or that of a probe or a hook, which run as the same user, in the same directory
  /// and with the same environment. All arguments must outlive this. A relative path of an env file or a secret is
  /// taken from onit's working directory, and never waited for. What onit itself was told by LISTEN_*, NOTIFY_SOCKET,
  /// WATCHDOG_* and ONIT_SOCKET is not passed on. Errors: name the key and the reason.
  Result<void, Complaint> prepare(const ServiceLaunch& launch, std::span<const std::string> command,
                                  const ServiceSurroundings& surroundings);

  /// May be used as long as this lives.
  const ExecPlan& exec() const;

 private:
  struct Rest;
  std::unique_ptr<Rest> rest_;
};

}  // namespace onit
