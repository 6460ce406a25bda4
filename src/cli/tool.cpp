#include "cli/tool.hpp"

#include <getopt.h>

#include <algorithm>
#include <csignal>

#include "base/signal.hpp"
#include "base/text.hpp"

namespace onit {

std::string getopt_complaint(const Invocation& invocation, int result) {
  // Behind a value that is missing musl's optind is past the end.
  std::string written = invocation.argv[std::min(optind, invocation.argc) - 1];
  bool is_long = written.starts_with("--");
  if (is_long && written.find('=') != written.npos && optopt != 0)
    return filled("option '%' takes no argument", written);
  char shown = optopt > 0 && optopt < 0x80 ? static_cast<char>(optopt) : '?';  // C libraries differ on other bytes
  std::string letter = filled("'%'", shown);
  if (result == ':') return filled("option requires an argument -- %", letter);
  if (optopt != 0) return filled("invalid option -- %", letter);
  return filled("unrecognized option '%'", written);
}

void drop_own_signals(SignalRewrites& rewrites) {
  for (int signal : {SIGCHLD, SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGABRT, SIGTRAP, SIGSYS, SIGTTIN, SIGTTOU}) {
    rewrites.set(signal, SignalRewrites::kDrop);
  }
}

void pass_on_only(SignalRewrites& rewrites, std::span<const int> signals) {
  for (int signal = 1; signal <= kLastSignal; ++signal) rewrites.set(signal, SignalRewrites::kDrop);
  for (int signal : signals) rewrites.set(signal, signal);
}

OnExit on_exit_of(const Invocation& invocation) { return invocation.pid == 1 ? OnExit::stop : OnExit::leave; }

}  // namespace onit
