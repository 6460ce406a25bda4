#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/json_reader.hpp"
#include "cli/request.hpp"
#include "client/process_tree.hpp"

namespace onit {

/// How a tree is drawn.
struct TreeStyle {
  std::size_t width = 0;  ///< commands are cut so that lines fit, in characters; 0: they are not
  bool colour = false;
};

/// The tree as pstree(1) draws one, services by name. `services` is the array of /v1/services that it was made with.
std::string tree_text(const ProcessTree& tree, JsonValue services, const TreeStyle& style);

/// The tree as JSON: a list of processes, parents before their children.
std::string tree_json(const ProcessTree& tree, JsonValue services);

/// onitctl tree: asks the onit at one of the places for its services, and prints the processes around it. Returns the
/// exit code.
int show_tree(const ControlCommand& command, const std::vector<std::string>& places);

}  // namespace onit
