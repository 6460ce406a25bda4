#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/json_reader.hpp"

namespace onit {

/// A process that is onit, came from it, or came into its container from outside.
struct SeenProcess {
  /// What it is to onit. In the order in which the children of onit are shown.
  enum class Role : std::uint8_t {
    onit,
    main,       ///< of a service
    member,     ///< of a service, by descent
    orphan,     ///< its parent has ended, and onit has adopted it
    auxiliary,  ///< a check or a hook of a service, or what came from one
    outside,    ///< came into the container from outside, as `docker exec` does, or from such a process
  };
  static constexpr std::uint32_t kNone = UINT32_MAX;

  pid_t pid;
  pid_t parent;
  Role role;
  char state;             ///< as ps(1) shows it; Z only if all of it is dead
  std::uint32_t service;  ///< its place in the list of services; kNone: it cannot be told
  // Indices; kNone: there is none.
  std::uint32_t above;  ///< its parent
  std::uint32_t first;  ///< the first of its children
  std::uint32_t next;   ///< the next of its parent's children
  std::string command;  ///< its arguments, or what it shows in their place; fit for a terminal
};

/// What /proc shows of the processes around an onit.
struct ProcessTree {
  std::vector<SeenProcess> processes;  ///< onit first, parents before their children
  std::uint32_t first_outside = SeenProcess::kNone;
  bool is_complete = true;   ///< false: there were more than can be shown, or they came faster than they could be seen
  bool has_unknown = false;  ///< somebody descends from onit, and nothing tells from which service
  const char* problem = nullptr;  ///< why nothing could be seen
};

/// The one with that index of the array of /v1/services.
JsonValue service_at(JsonValue services, std::uint32_t index);

/// Looks at the processes around the onit with pid `onit`; 0: it is in no pid namespace that we see. `services` is the
/// array of /v1/services.
ProcessTree look_at_processes(JsonValue services, pid_t onit);

}  // namespace onit
