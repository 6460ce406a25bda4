#include "core/graph.hpp"

#include <doctest/doctest.h>

namespace onit {

using Nodes = std::vector<std::size_t>;

TEST_CASE("a graph without cycles has none, and an order") {
  Graph graph{{1, 2}, {3}, {3}, {}};
  CHECK(find_cycles(graph, 10).empty());
  CHECK(dependency_order(graph) == Nodes{3, 1, 2, 0});
  CHECK(dependency_order({}).empty());
}

TEST_CASE("nodes without dependencies keep their order") { CHECK(dependency_order({{}, {}, {}}) == Nodes{0, 1, 2}); }

TEST_CASE("a node that depends on itself is a cycle of one") {
  CHECK(find_cycles({{}, {1}}, 10) == std::vector<Nodes>{{1}});
}

TEST_CASE("a cycle begins where the walk met it first, and leaves out what only leads to it") {
  Graph graph{{1}, {2}, {3}, {1}};
  CHECK(find_cycles(graph, 10) == std::vector<Nodes>{{1, 2, 3}});
}

TEST_CASE("cycles that have nothing to do with each other are all found, up to the limit") {
  Graph graph{{1}, {0}, {3}, {2}, {4}};
  CHECK(find_cycles(graph, 10) == std::vector<Nodes>{{0, 1}, {2, 3}, {4}});
  CHECK(find_cycles(graph, 2).size() == 2);
}

TEST_CASE("a diamond is no cycle") { CHECK(find_cycles({{1, 2}, {3}, {3}, {}}, 10).empty()); }

TEST_CASE("a chain may be as long as there are nodes") {
  constexpr std::size_t kNodes = 200'000;
  Graph graph(kNodes);
  for (std::size_t i = 0; i + 1 < kNodes; ++i) graph[i].push_back(i + 1);
  CHECK(dependency_order(graph).front() == kNodes - 1);
  graph[kNodes - 1].push_back(0);
  CHECK(find_cycles(graph, 1)[0].size() == kNodes);
}

}  // namespace onit
