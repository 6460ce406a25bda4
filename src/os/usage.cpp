#include "os/usage.hpp"

#include <sys/auxv.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <string_view>

#include "base/parse.hpp"
#include "base/text.hpp"
#include "os/file.hpp"
#include "os/numbered_entries.hpp"

namespace onit {
namespace {

/// More than any of the files that are read here has; of cpu.stat the first lines are enough.
constexpr std::size_t kMaxBytes = 1024;

constexpr std::uint64_t kMicrosInSecond = 1'000'000;

// The numbers of fields of /proc/PID/stat, proc_pid_stat(5).
constexpr std::size_t kStateField = 3;
constexpr std::size_t kUserTimeField = 14;  // then the kernel's, and both of the children
constexpr std::size_t kMemoryField = 24;

std::string_view take_word(std::string_view& text) {
  std::size_t end = std::min(text.find_first_of(" \n"), text.size());
  std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

}  // namespace

std::optional<ProcessUsage> process_usage(pid_t pid) {
  auto content = read_head(filled("/proc/%/stat", pid).c_str(), kMaxBytes);
  if (!content.ok()) return std::nullopt;
  // The name, in parentheses, may itself have blanks and parentheses.
  std::string_view rest = content.value();
  rest.remove_prefix(std::min(rest.rfind(')'), rest.size()));
  take_word(rest);
  if (take_word(rest) == "Z") return std::nullopt;
  std::uint64_t ticks = 0;
  for (std::size_t field = kStateField + 1; field < kMemoryField; ++field) {
    std::string_view word = take_word(rest);
    bool is_time = field >= kUserTimeField && field < kUserTimeField + 4;
    if (is_time) ticks += parse_number(word, UINT64_MAX).value_or(0);
  }
  auto pages = parse_number(take_word(rest), UINT64_MAX);
  if (!pages) return std::nullopt;
  // Not sysconf(3), which knows much more and brings it along.
  return ProcessUsage{ticks * kMicrosInSecond / ::getauxval(AT_CLKTCK), *pages * ::getauxval(AT_PAGESZ)};
}

std::optional<std::uint64_t> group_cpu_us(const std::string& path) {
  auto content = read_head((path + "/cpu.stat").c_str(), kMaxBytes);
  if (!content.ok()) return std::nullopt;
  std::string_view rest = content.value();
  while (!rest.empty()) {
    if (take_word(rest) == "usage_usec") return parse_number(take_word(rest), UINT64_MAX);
  }
  return std::nullopt;
}

std::optional<std::uint64_t> group_memory_bytes(const std::string& path) {
  auto content = read_head((path + "/memory.current").c_str(), kMaxBytes);
  if (!content.ok()) return std::nullopt;
  std::string_view rest = content.value();
  return parse_number(take_word(rest), UINT64_MAX);
}

std::uint64_t own_cpu_us() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<std::uint64_t>(used.tv_sec) * kMicrosInSecond + static_cast<std::uint64_t>(used.tv_nsec) / 1'000;
}

std::optional<std::size_t> own_descriptors() {
  NumberedEntries descriptors("/proc/self/fd");
  if (!descriptors.valid()) return std::nullopt;
  std::size_t count = 0;
  while (descriptors.next()) ++count;
  return count - 1;  // without the one that looks
}

}  // namespace onit
