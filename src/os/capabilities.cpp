#include "os/capabilities.hpp"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bit>
#include <cerrno>

namespace onit {
namespace {

// The halves of the 64 bits, in the order of the kernel.
using Sets = __user_cap_data_struct[_LINUX_CAPABILITY_U32S_3];

bool has(std::uint64_t set, unsigned capability) { return (set >> capability & 1) != 0; }

bool write_sets(const Sets& sets) noexcept {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  return ::syscall(SYS_capset, &header, sets) == 0;
}

}  // namespace

bool drop_capabilities() noexcept {
  Sets none{};
  return write_sets(none);
}

std::optional<unsigned> first_missing_capability(std::uint64_t set) noexcept {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  Sets sets{};
  if (::syscall(SYS_capget, &header, sets) != 0) return 0;
  std::uint64_t permitted = std::uint64_t{sets[1].permitted} << 32 | sets[0].permitted;
  std::uint64_t missing = set & ~permitted;
  errno = EPERM;
  if (missing == 0) return std::nullopt;
  return static_cast<unsigned>(std::countr_zero(missing));
}

bool reduce_bounding_set(std::uint64_t kept) noexcept {
  for (unsigned capability = 0; capability < 64; ++capability) {
    int is_in_set = ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0);
    if (is_in_set < 0) break;  // EINVAL: the last one that the kernel knows was the one before
    if (is_in_set == 0 || has(kept, capability)) continue;
    if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return false;
  }
  return true;
}

bool keep_capabilities_over_user_change() noexcept { return ::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0; }

bool set_capabilities(std::uint64_t set) noexcept {
  auto low = static_cast<std::uint32_t>(set);
  auto high = static_cast<std::uint32_t>(set >> 32);
  return write_sets({{low, low, low}, {high, high, high}});
}

std::optional<unsigned> raise_ambient_capabilities(std::uint64_t set) noexcept {
  for (unsigned capability = 0; capability < 64; ++capability) {
    if (!has(set, capability)) continue;
    if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0) return capability;
  }
  return std::nullopt;
}

}  // namespace onit
