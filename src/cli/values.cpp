#include "cli/values.hpp"

#include <csignal>

#include "base/limit_name.hpp"
#include "base/parse.hpp"
#include "base/signal.hpp"

namespace onit {
namespace {

Complaint not_a_limit() { return Complaint{"write it as NAME=SOFT[:HARD] with one of " + limit_names()}; }

std::optional<std::uint64_t> limit_number(std::string_view text) {
  if (text == "unlimited" || text == "-1") return kUnlimited;
  return parse_number(text, kUnlimited - 1);
}

}  // namespace

Result<int, Complaint> signal_value(std::string_view text) {
  if (auto signal = parse_signal(text)) return *signal;
  return Complaint{"not a signal; write a name or number such as TERM, SIGUSR1, 15 or RTMIN+3"};
}

Result<Millis, Complaint> duration_value(std::string_view text) {
  if (auto duration = parse_duration(text)) return *duration;
  if (parse_number(text, UINT64_MAX)) {
    return Complaint{"a duration needs a unit; write " + std::string{text} + "s or " + std::string{text} + "ms"};
  }
  return Complaint{"not a duration; write one such as 250ms, 10s or 1m30s"};
}

Result<int, Complaint> integer_value(std::string_view text, int minimum, int maximum) {
  if (auto number = parse_signed(text, minimum, maximum)) return static_cast<int>(*number);
  return Complaint{"write a whole number from " + std::to_string(minimum) + " to " + std::to_string(maximum)};
}

Result<std::uint32_t, Complaint> umask_value(std::string_view text) {
  std::uint32_t mask = 0;
  bool good = !text.empty() && text.size() <= 4;
  for (char c : text) {
    good = good && c >= '0' && c <= '7';
    mask = mask * 8 + static_cast<std::uint32_t>(c - '0');
  }
  if (!good || mask > 0777) return Complaint{"write an octal number from 0 to 777, such as 022"};
  return mask;
}

Result<Ulimit, Complaint> ulimit_value(std::string_view text) {
  std::size_t equals = text.find('=');
  if (equals == text.npos) return not_a_limit();
  std::string_view values = text.substr(equals + 1);
  std::size_t colon = values.find(':');
  auto soft = limit_number(values.substr(0, colon));
  auto hard = colon == values.npos ? soft : limit_number(values.substr(colon + 1));
  if (!soft || !hard) return Complaint{"a limit is a number or 'unlimited', as in nofile=1024:4096"};
  if (*soft > *hard) return Complaint{"the soft limit cannot be above the hard one"};
  auto resource = parse_limit_name(text.substr(0, equals));
  if (!resource) return not_a_limit();
  return Ulimit{*resource, *soft, *hard};
}

Result<void, Complaint> add_rewrite(SignalRewrites& rewrites, std::string_view text) {
  std::size_t colon = text.find(':');
  if (colon == text.npos) return Complaint{"write it as FROM:TO, such as TERM:QUIT or HUP:none"};
  auto from = parse_signal(text.substr(0, colon));
  std::string_view target = text.substr(colon + 1);
  auto to = target == "none" ? std::optional<int>{SignalRewrites::kDrop} : parse_signal(target);
  if (!from || !to) {
    return Complaint{"'" + std::string{from ? target : text.substr(0, colon)} +
                     "' is not a signal; write a name or number such as TERM, 15 or RTMIN+3"};
  }
  if (*from == SIGKILL || *from == SIGSTOP) return Complaint{"KILL and STOP cannot be caught, so not rewritten"};
  rewrites.set(*from, *to);
  return {};
}

Result<void, Complaint> add_exit_code(ExitCodeMap& map, std::string_view text) {
  std::size_t colon = text.find(':');
  auto code = parse_number(text.substr(0, colon), 255);
  auto by = colon == text.npos ? std::nullopt : parse_number(text.substr(colon + 1), 255);
  if (!code || !by) return Complaint{"write it as N:M, two exit codes from 0 to 255, such as 143:0"};
  map.replace(static_cast<int>(*code), static_cast<int>(*by));
  return {};
}

}  // namespace onit
