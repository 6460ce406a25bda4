#include "base/value.hpp"

#include "base/parse.hpp"
#include "base/signal.hpp"
#include "base/text.hpp"

namespace onit {
namespace {

struct SizeUnit {
  char name[4];
  std::uint64_t bytes;
};

constexpr SizeUnit kSizeUnits[] = {
    {"", 1},
    {"B", 1},
    {"kB", 1'000},
    {"KB", 1'000},
    {"MB", 1'000'000},
    {"GB", 1'000'000'000},
    {"KiB", std::uint64_t{1} << 10},
    {"MiB", std::uint64_t{1} << 20},
    {"GiB", std::uint64_t{1} << 30},
};

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
    return Complaint{filled("a duration needs a unit; write %s or %ms", text, text)};
  }
  return Complaint{"not a duration; write one such as 250ms, 10s or 1m30s"};
}

Result<int, Complaint> integer_value(std::string_view text, int minimum, int maximum) {
  if (auto number = parse_signed(text, minimum, maximum)) return static_cast<int>(*number);
  return Complaint{filled("write a whole number from % to %", minimum, maximum)};
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

Result<std::uint64_t, Complaint> size_value(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  for (const SizeUnit& unit : kSizeUnits) {
    if (text.substr(digits) != unit.name) continue;
    if (auto count = parse_number(text.substr(0, digits), INT64_MAX / unit.bytes)) return *count * unit.bytes;
  }
  return Complaint{"not a size; write bytes, or a number with kB, MB, GB, KiB, MiB or GiB, such as 10MB"};
}

Result<LimitValues, Complaint> limit_value(std::string_view text) {
  std::size_t colon = text.find(':');
  auto soft = limit_number(text.substr(0, colon));
  auto hard = colon == text.npos ? soft : limit_number(text.substr(colon + 1));
  if (!soft || !hard) return Complaint{"a limit is a number or 'unlimited', as in nofile=1024:4096"};
  if (*soft > *hard) return Complaint{"the soft limit cannot be above the hard one"};
  return LimitValues{*soft, *hard};
}

}  // namespace onit
