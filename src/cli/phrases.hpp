#pragma once

#include "base/panic.hpp"
#include "core/plan.hpp"

namespace onit {

/// onit's own words: those of text, which begins the line with `onit: `, and of json.
constexpr Phrase onit_phrase(What what) {
  switch (what) {
    case What::failure:
      return {Verbosity::errors, "%t"};
    case What::warning:
      return {Verbosity::warnings, "%t"};
    case What::cannot_adopt:
      return {Verbosity::warnings, "not PID 1 and no child subreaper, so orphans go to somebody else"};
    case What::started:
      return {Verbosity::info, "started '%t' as process %p"};
    case What::session_made:
    case What::told_at_end:
      return {Verbosity::info, nullptr};
    case What::exec_failed:
      return {Verbosity::errors, "exec '%t': %e"};
    case What::received:
    case What::child_news:
      return {Verbosity::debug, nullptr};
    case What::passed_on:
      return {Verbosity::info, "sending %S to the %t"};
    case What::rewritten:
      return {Verbosity::info, "%S becomes %O, as --rewrite says"};
    case What::dropped:
      return {Verbosity::info, "dropped %S, as --rewrite says"};
    case What::draining:
      return {Verbosity::info, "holding %S back while load balancers take notice"};
    case What::drain_over:
      return {Verbosity::info, "the drain is over"};
    case What::command_exited:
      return {Verbosity::info, "command %p ended with exit code %c"};
    case What::command_killed:
      return {Verbosity::info, "command %p was killed by %S"};
    case What::orphan_exited:
      return {Verbosity::info, "reaped orphan %p, exit code %c"};
    case What::orphan_killed:
      return {Verbosity::info, "reaped orphan %p, killed by %S"};
    case What::cascading:
      return {Verbosity::info, "a process has ended, so %S goes to the others"};
    case What::stopped:
      return {Verbosity::info, "process %p was stopped by %S"};
    case What::continued:
      return {Verbosity::info, "process %p was continued"};
    case What::suspending:
      return {Verbosity::info, "stopping, as the command was asked to"};
    case What::sent_to_rest:
      return {Verbosity::info, "sent %S to %c that outlived the command"};
    case What::overrun:
      return {Verbosity::warnings, "the time to end is over, sending SIGKILL"};
    case What::rest_killed:
      return {Verbosity::warnings, "killed '%t' (process %p), which outlived the command"};
    case What::more_killed:
      return {Verbosity::warnings, "killed more that outlived the command"};
    case What::unkillable:
      return {Verbosity::warnings, "some process does not end even of SIGKILL; leaving it behind"};
    case What::not_permitted:
      return {Verbosity::warnings,
              "cannot send %S: not permitted; the command runs as another user, so onit needs capability KILL"};
    case What::rest_unknown:
      return {Verbosity::warnings, "/proc cannot be read: what outlived the command cannot be found"};
    case What::leaving:
    case What::leaving_others:
      return {Verbosity::info, "exiting with code %c"};
    case What::service_news:
      return {Verbosity::info, "%t"};
  }
  panic("a fact without words");
}

}  // namespace onit
