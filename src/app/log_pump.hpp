#pragma once

#include <unistd.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "app/reporter.hpp"
#include "base/result.hpp"
#include "core/service_spec.hpp"
#include "log/tail.hpp"
#include "os/poller.hpp"

namespace onit {

/// Takes what services write, line by line, to onit's stdout and stderr and to files. It never waits for a reader.
/// While one is slow, services whose lines are not to be dropped are not read, so their pipes fill and they wait; that
/// goes for the file of such a service too. Once a reader is gone, or a disk full, lines for it are dropped and
/// counted.
class LogPump {
 public:
  /// `out` and `err` are onit's stdout and stderr, and stay open as long as this lives.
  LogPump(Poller& poller, const Reporter& reporter, int out = STDOUT_FILENO, int err = STDERR_FILENO);
  ~LogPump();
  LogPump(const LogPump&) = delete;
  LogPump& operator=(const LogPump&) = delete;

  /// Adds a service, or gives one a new name or other rules.
  void define(ServiceId service, std::string_view name, const LogSpec& log);

  /// Where a new process of the service is to write. Both stay onit's, and the same at each start. Errors: no more
  /// descriptors; a log file that cannot be opened (the text names it).
  struct Ends {
    int out;
    int err;
  };
  Result<Ends, Complaint> ends(ServiceId service);

  /// Looks for a line that matches an extended regular expression (base/pattern.hpp), once; nothing: looks no more.
  /// Errors: the expression is none.
  Result<void, Complaint> look_for(ServiceId service, const char* expression);
  /// A service that has written such a line since this was called last.
  std::optional<ServiceId> next_match();

  /// A source (Source::output) or a sink (Source::sink) has something to read, or room. Does a bounded share of work.
  void on_ready(const PollerEvent& event);

  /// What the service has written so far is all of it, so its last line is complete without a newline. It is taken up
  /// at once, unless the sink is full: then it is as soon as there is room, and is_idle() says no until then.
  void finish(ServiceId service);

  /// Closes the pipes and forgets the rules of a service that is gone for good, and has finished. What has no room yet
  /// goes out before.
  void remove(ServiceId service);

  /// Opens the files anew, after somebody has renamed them.
  void reopen_files();

  /// Lines of onit's own for its stdout (1) or stderr (2), behind what is on its way there, so that none is torn. Those
  /// that do not fit behind it are dropped, and all if nobody reads.
  void say(int fd, std::string_view text);

  /// Whether nothing is left that has been taken up and not written yet.
  bool is_idle() const;

  /// The last line that goes out gets its end, as far as there is room: nothing more will be pumped. To be called
  /// before others write to the same places.
  void end();

  /// Whole lines that services, or onit, have written and that are not out, in the pipes of services too.
  std::uint64_t unwritten_lines() const;

  struct Counts {
    std::uint64_t lines = 0;
    std::uint64_t bytes = 0;
    std::uint64_t dropped = 0;  ///< lines; one that two places did not take counts twice
  };
  Counts counts(ServiceId service) const;

  /// For what the service waits with its output, if it does: the name of the stream of onit that has no room, and when
  /// somebody has taken something there last.
  struct Wait {
    std::string_view stream;
    Instant since;
  };
  std::optional<Wait> find_wait(ServiceId service) const;

  /// The last of what the service wrote, valid until the service is removed; null if there is no such service.
  const Tail* find_tail(ServiceId service) const;
  /// The TailMark::order of what is read next, of any service.
  std::uint64_t next_order() const;

 private:
  struct Rest;
  std::unique_ptr<Rest> rest_;
};

}  // namespace onit
