#pragma once

#include <cstddef>
#include <vector>

namespace onit {

/// For each node those that it depends on, by their places in the list.
using Graph = std::vector<std::vector<std::size_t>>;

/// The cycles that a walk through the nodes in their order meets: each node depends on the next, and the last one on
/// the first. At most `limit`; none means that the graph has no cycle.
std::vector<std::vector<std::size_t>> find_cycles(const Graph& graph, std::size_t limit);

/// All nodes, each behind those that it depends on, and otherwise as they come. The graph has no cycle.
std::vector<std::size_t> dependency_order(const Graph& graph);

}  // namespace onit
