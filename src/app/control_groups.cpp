#include "app/control_groups.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/text.hpp"
#include "os/file.hpp"

namespace onit {
namespace {

/// Longer than any that a container has; the mount that is looked for is among the first.
constexpr std::size_t kMaxMountinfoBytes = 256 * 1024;
constexpr std::size_t kMaxCgroupBytes = 16 * 1024;

constexpr char kOnitGroup[] = "/onit";
constexpr char kServiceGroup[] = "/onit.";  // unlike the group above for whatever name of a service

// The quota is for each of these periods, in microseconds; the kernel's default, and its smallest quota.
constexpr std::uint64_t kPeriod = 100'000;
constexpr std::uint64_t kSmallestQuota = 1'000;

struct Limit {
  const char* controller;
  const char* file;
  std::string value;  // empty: none is asked for
};

std::array<Limit, 3> limits_of(const ControlGroupSpec& spec) {
  std::string memory = spec.memory_max ? std::to_string(*spec.memory_max) : "";
  std::string pids = spec.pids_max ? std::to_string(*spec.pids_max) : "";
  std::string cpu;
  if (spec.cpu_max) {
    std::uint64_t quota = std::max(kSmallestQuota, *spec.cpu_max * kPeriod / 1000);
    cpu = filled("% %", quota, kPeriod);
  }
  return {Limit{"memory", "memory.max", memory}, Limit{"cpu", "cpu.max", cpu}, Limit{"pids", "pids.max", pids}};
}

Complaint complaint(const std::string& path, int error) {
  if (error == EROFS) return {filled("% is read-only", path)};
  return {filled("%: %", path, std::strerror(error))};
}

Complaint lacks_controller(const ControlGroup& group, const std::string& controller) {
  return {filled("% has no % controller", group.path(), controller)};
}

bool has_controller(const ControlGroup& group, const std::string& controller) {
  return group.lists("cgroup.controllers", controller);
}

bool is_enabled(const ControlGroup& group, const std::string& controller) {
  return group.lists("cgroup.subtree_control", controller);
}

Result<void, Complaint> make_empty(const ControlGroup& group) {
  auto child = ControlGroup::make(group.path() + kOnitGroup);
  if (!child.ok()) return complaint(group.path() + kOnitGroup, child.error().code);
  auto moved = group.move_all(child.value());
  if (!moved.ok())
    return Complaint{filled("cannot move everybody to %: %", child.value().path(), std::strerror(moved.error().code))};
  return {};
}

}  // namespace

Result<void, Complaint> enable_controller(const ControlGroup& group, const std::string& controller) {
  if (is_enabled(group, controller)) return {};
  if (!has_controller(group, controller)) return lacks_controller(group, controller);
  constexpr char kFile[] = "cgroup.subtree_control";
  auto enabled = group.set(kFile, filled("+%", controller));
  if (!enabled.ok() && enabled.error().code == EBUSY) {
    auto emptied = make_empty(group);
    if (!emptied.ok()) return emptied;
    enabled = group.set(kFile, filled("+%", controller));
  }
  if (!enabled.ok()) return complaint(filled("%/%", group.path(), kFile), enabled.error().code);
  return {};
}

Result<ControlGroup, Complaint> ControlGroups::own_group() {
  if (own_path_.empty()) {
    auto cgroup = read_head((filled("%/proc/self/cgroup", root_)).c_str(), kMaxCgroupBytes);
    if (!cgroup.ok()) return complaint("/proc/self/cgroup", cgroup.error().code);
    auto mountinfo = read_head((filled("%/proc/self/mountinfo", root_)).c_str(), kMaxMountinfoBytes);
    if (!mountinfo.ok()) return complaint("/proc/self/mountinfo", mountinfo.error().code);
    auto found = find_control_group(cgroup.value(), mountinfo.value());
    if (!found.ok()) return found.error();
    own_path_ = root_ + found.value();
  }
  auto group = ControlGroup::open(own_path_);
  if (!group.ok()) return complaint(own_path_, group.error().code);
  return std::move(group.value());
}

Result<void, Complaint> ControlGroups::check(const ControlGroupSpec& limits) {
  auto own = own_group();
  if (!own.ok()) return own.error();
  const ControlGroup& group = own.value();
  for (const char* path : {"", "/cgroup.subtree_control"}) {
    std::string whole = group.path() + path;
    if (::access(whole.c_str(), W_OK) != 0) return complaint(whole, errno);
  }
  for (const Limit& limit : limits_of(limits)) {
    if (!limit.value.empty() && !has_controller(group, limit.controller)) {
      return lacks_controller(group, limit.controller);
    }
  }
  return {};
}

Result<ControlGroup, Complaint> ControlGroups::make(std::string_view service, const ControlGroupSpec& limits) {
  auto own = own_group();
  if (!own.ok()) return own.error();
  const ControlGroup& parent = own.value();
  std::array<Limit, 3> all = limits_of(limits);
  for (const Limit& limit : all) {
    if (limit.value.empty()) continue;
    auto enabled = enable_controller(parent, limit.controller);
    if (!enabled.ok()) return enabled.error();
  }

  std::string path = concat(parent.path(), kServiceGroup, service);
  auto group = ControlGroup::make(path);
  if (!group.ok()) return complaint(path, group.error().code);
  for (const Limit& limit : all) {
    if (limit.value.empty() && !is_enabled(parent, limit.controller)) continue;
    auto set = group.value().set(limit.file, limit.value.empty() ? "max" : limit.value);
    if (!set.ok()) return complaint(filled("%/%", path, limit.file), set.error().code);
  }
  return std::move(group.value());
}

}  // namespace onit
