#include "app/members.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <bit>

#include "app/service_launch.hpp"

namespace onit {
namespace {

constexpr std::size_t kTableBytes = kHighestPid * sizeof(std::uint16_t);
static_assert(kMostServices < UINT16_MAX);

/// A list of marks that is longer was not written by a few onits inside of one another.
constexpr std::size_t kLongestMarks = 1024;

constexpr std::size_t kLongestPipeName = 64;  // pipe:[NUMBER]; what is longer is a file

/// FNV-1a. The tokens in the table are onit's own, so nobody can choose them to collide.
std::size_t hash_of(std::string_view text) {
  std::uint64_t hash = 14695981039346656037U;
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return static_cast<std::size_t>(hash ^ hash >> 32);
}

}  // namespace

PidTable::PidTable() {
  void* memory =
      ::mmap(nullptr, kTableBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory != MAP_FAILED) values_ = static_cast<std::uint16_t*>(memory);
}

PidTable::~PidTable() {
  if (values_) ::munmap(values_, kTableBytes);
}

void PidTable::set(pid_t pid, ServiceId service) {
  if (values_ && pid > 0 && pid < kHighestPid) values_[pid] = static_cast<std::uint16_t>(service + 1);
}

std::optional<ServiceId> PidTable::find(pid_t pid) const {
  if (!values_ || pid <= 0 || pid >= kHighestPid || values_[pid] == 0) return std::nullopt;
  return ServiceId{values_[pid]} - 1;
}

TokenTable::TokenTable(std::span<const ServiceTrace> traces) : traces_(traces) {
  slots_.resize(std::bit_ceil(2 * traces.size() + 1));
  for (std::size_t i = 0; i < traces.size(); ++i) {
    std::size_t slot = slot_of(traces[i].token);
    if (!traces[i].token.empty() && slots_[slot] == 0) slots_[slot] = static_cast<std::uint32_t>(i + 1);
  }
}

/// Where the token is, or would be: at least half of the slots are free, so there is an end.
std::size_t TokenTable::slot_of(std::string_view token) const {
  std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash_of(token) & mask;
  while (slots_[slot] != 0 && traces_[slots_[slot] - 1].token != token) slot = (slot + 1) & mask;
  return slot;
}

std::optional<ServiceId> TokenTable::find(std::string_view token) const {
  std::uint32_t entry = slots_[slot_of(token)];
  if (entry == 0) return std::nullopt;
  return traces_[entry - 1].service;
}

Members::Members(std::span<const ServiceTrace> traces, std::span<const pid_t> strangers, pid_t root)
    : search_(strangers, root), tokens_(traces) {
  for (const ServiceTrace& trace : traces) sessions_.set(trace.session, trace.service);
}

std::optional<Member> Members::next() {
  if (!possible()) return std::nullopt;
  auto process = search_.next();
  if (!process) return std::nullopt;
  auto service = service_of(*process);
  if (service) services_.set(process->pid(), *service);
  return Member{std::move(*process), service};
}

std::optional<ServiceId> Members::service_of(const Process& process) const {
  if (auto service = services_.find(process.parent())) return service;
  if (auto service = sessions_.find(process.session())) return service;
  if (auto service = service_by_mark(process)) return service;
  return service_by_output(process);
}

std::optional<ServiceId> Members::service_by_mark(const Process& process) const {
  std::array<char, kLongestMarks> room;
  auto marks = process.read_variable(kMarkVariable, room);
  if (!marks) return std::nullopt;
  for (std::string_view rest = *marks;;) {
    std::size_t comma = rest.find(',');
    if (auto service = tokens_.find(rest.substr(0, comma))) return service;
    if (comma == rest.npos) return std::nullopt;
    rest.remove_prefix(comma + 1);
  }
}

/// Programs that write over their environment to show what they do lose the mark. PostgreSQL is one, and its children
/// have sessions of their own. Where they write stays.
std::optional<ServiceId> Members::service_by_output(const Process& process) const {
  std::array<char, kLongestPipeName> room;
  for (int fd : {STDERR_FILENO, STDOUT_FILENO}) {
    if (auto service = tokens_.find(process.descriptor(fd, room))) return service;
  }
  return std::nullopt;
}

}  // namespace onit
