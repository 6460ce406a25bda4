#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>

namespace onit {

/// Something that happened and that a person, or a script that reads the log, may want to know. What each comes with
/// is in brackets, named as in Fact.
enum class What : std::uint8_t {
  failure,         ///< onit cannot do its work [text]
  warning,         ///< something to look into [text]
  cannot_adopt,    ///< orphans will go to somebody else
  started,         ///< the command was forked [pid, text: its name]
  session_made,    ///< the command gets a session of its own
  exec_failed,     ///< the command could not be executed [pid, text: its name, code: errno]
  received,        ///< a signal came [signal]
  child_news,      ///< a SIGCHLD of the kernel's: a child has ended, stopped or continued [pid, signal]
  passed_on,       ///< a signal was sent to the command [signal, pid: the command, text: who else got it]
  told_at_end,     ///< the command has ended, and its process group gets the stop signal [signal, pid]
  rewritten,       ///< a signal becomes another before it is passed on [signal, to]
  dropped,         ///< a signal is not passed on, as a rewrite asks [signal]
  draining,        ///< a request to end is held back [signal]
  drain_over,      ///< ... and is passed on now [signal]
  command_exited,  ///< [pid, code]
  command_killed,  ///< [pid, signal]
  orphan_exited,   ///< an adopted process ended and was reaped [pid, code]
  orphan_killed,   ///< [pid, signal]
  cascading,       ///< a process has ended, and others have to follow it [signal: what they get]
  stopped,         ///< a child was stopped [pid, signal]
  continued,       ///< [pid]
  suspending,      ///< onit stops itself, as the command was
  sent_to_rest,    ///< a signal was sent to what outlived the command [signal, code: to how many]
  overrun,         ///< KILL follows, the time is over
  rest_killed,     ///< one of those that outlived the command was killed [pid, text: its name]
  more_killed,     ///< ... and there are too many to name them all
  unkillable,      ///< something does not even die of KILL; onit leaves
  not_permitted,   ///< a signal could not be sent [signal]
  rest_unknown,    ///< what outlived the command cannot be found, for lack of /proc
  leaving,         ///< onit exits [code]
  leaving_others,  ///< ... while some of its children are still there [code]
  service_news,    ///< something has happened to a service [text]
};
inline constexpr int kFactKinds = static_cast<int>(What::service_news) + 1;

struct Fact {
  What what;
  pid_t pid = 0;
  int signal = 0;
  int to = 0;  ///< a signal
  int code = 0;
  std::string_view text{};
};

}  // namespace onit
