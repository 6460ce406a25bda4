#include "base/signal.hpp"

#include <csignal>
#include <cstring>

#include "base/parse.hpp"

namespace onit {
namespace {

// The names are arrays, not pointers: a table of pointers would have to be relocated at every start.
struct Entry {
  std::uint8_t number;
  char name[8];
};

constexpr Entry kNames[] = {
    {SIGHUP, "HUP"},
    {SIGINT, "INT"},
    {SIGQUIT, "QUIT"},
    {SIGILL, "ILL"},
    {SIGTRAP, "TRAP"},
    {SIGABRT, "ABRT"},
    {SIGBUS, "BUS"},
    {SIGFPE, "FPE"},
    {SIGKILL, "KILL"},
    {SIGUSR1, "USR1"},
    {SIGSEGV, "SEGV"},
    {SIGUSR2, "USR2"},
    {SIGPIPE, "PIPE"},
    {SIGALRM, "ALRM"},
    {SIGTERM, "TERM"},
    {SIGCHLD, "CHLD"},
    {SIGSTKFLT, "STKFLT"},
    {SIGCONT, "CONT"},
    {SIGSTOP, "STOP"},
    {SIGTSTP, "TSTP"},
    {SIGTTIN, "TTIN"},
    {SIGTTOU, "TTOU"},
    {SIGURG, "URG"},
    {SIGXCPU, "XCPU"},
    {SIGXFSZ, "XFSZ"},
    {SIGPROF, "PROF"},
    {SIGWINCH, "WINCH"},
    {SIGIO, "IO"},
    {SIGPWR, "PWR"},
    {SIGSYS, "SYS"},
    {SIGVTALRM, "VTALRM"},
    // Other names of the same numbers; only the first is ever shown.
    {SIGABRT, "IOT"},
    {SIGCHLD, "CLD"},
    {SIGIO, "POLL"},
};

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (upper(a[i]) != upper(b[i])) return false;
  }
  return true;
}

std::optional<int> parse_real_time(std::string_view text) {
  if (text.size() < 5) return std::nullopt;
  bool from_first = equal_ignoring_case(text.substr(0, 5), "RTMIN");
  if (!from_first && !equal_ignoring_case(text.substr(0, 5), "RTMAX")) return std::nullopt;
  int base = from_first ? kFirstRealTimeSignal : kLastSignal;
  text.remove_prefix(5);
  if (text.empty()) return base;
  if (text[0] != (from_first ? '+' : '-')) return std::nullopt;
  auto offset = parse_number(text.substr(1), kLastSignal - kFirstRealTimeSignal);
  if (!offset) return std::nullopt;
  return from_first ? base + static_cast<int>(*offset) : base - static_cast<int>(*offset);
}

}  // namespace

SignalName::SignalName(int signal) {
  for (const Entry& entry : kNames) {
    if (entry.number != signal) continue;
    append("SIG");
    append(entry.name);
    return;
  }
  if (signal >= kFirstRealTimeSignal && signal <= kLastSignal) {
    append("SIGRTMIN");
    if (signal == kFirstRealTimeSignal) return;
    append("+");
    append(signal - kFirstRealTimeSignal);
    return;
  }
  append(signal);
}

void SignalName::append(std::string_view text) {
  std::memcpy(text_ + length_, text.data(), text.size());
  length_ += text.size();
}

void SignalName::append(int number) {
  if (number < 0 || number > 999) return append("?");
  if (number >= 10) append(number / 10);
  text_[length_++] = static_cast<char>('0' + number % 10);
}

std::optional<int> parse_signal(std::string_view text) {
  if (auto number = parse_number(text, kLastSignal)) {
    if (*number == 0) return std::nullopt;
    return static_cast<int>(*number);
  }
  if (text.size() > 3 && equal_ignoring_case(text.substr(0, 3), "SIG")) text.remove_prefix(3);
  for (const Entry& entry : kNames) {
    if (equal_ignoring_case(text, entry.name)) return entry.number;
  }
  return parse_real_time(text);
}

}  // namespace onit
