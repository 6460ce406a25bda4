#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "core/service_spec.hpp"
#include "os/control_group.hpp"

namespace onit {

/// Makes the children of a group able to limit something: `controller` is memory, cpu or pids. The kernel wants nobody
/// to be in a group with such children, so, if it says that, all who are in it are moved to a child named `onit`, onit
/// itself included. Errors: say what cannot be done.
/// Source: cgroup-v2.rst, "No Internal Process Constraint".
Result<void, Complaint> enable_controller(const ControlGroup& group, const std::string& controller);

/// Control groups for the services that have limits, as children of the one that onit was started in.
class ControlGroups {
 public:
  /// `root` is put in front of the paths of /proc and of the mount.
  explicit ControlGroups(std::string root = "") : root_(std::move(root)) {}

  /// Whether make() can be expected to work; changes nothing. Errors: why not, such as "/sys/fs/cgroup is read-only".
  Result<void, Complaint> check(const ControlGroupSpec& limits);

  /// A group `onit.SERVICE` with these limits. One that is left from a former run is taken over; limits that it had and
  /// that are not asked for any more end. Once nobody is in it, it is for the caller to remove.
  /// Errors: why there can be none; text as above.
  Result<ControlGroup, Complaint> make(std::string_view service, const ControlGroupSpec& limits);

 private:
  Result<ControlGroup, Complaint> own_group();

  std::string root_;
  std::string own_path_;  // once it has been found: onit itself may be moved to another group then
};

}  // namespace onit
