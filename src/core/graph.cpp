#include "core/graph.hpp"

#include <cstdint>
#include <utility>

namespace onit {
namespace {

/// Walks through a graph, depth first. It keeps its own stack, for a chain can be as long as there are nodes.
class Walk {
 public:
  Walk(const Graph& graph, std::size_t most_cycles)
      : graph_(graph), most_cycles_(most_cycles), marks_(graph.size(), Mark::unseen) {
    for (std::size_t node = 0; node < graph.size(); ++node) {
      if (marks_[node] == Mark::unseen) from(node);
    }
  }

  std::vector<std::vector<std::size_t>>& cycles() { return cycles_; }
  std::vector<std::size_t>& order() { return order_; }

 private:
  enum class Mark : std::uint8_t { unseen, on_path, done };
  struct Step {
    std::size_t node;
    std::size_t next;  ///< which of its dependencies is looked at next
  };

  void from(std::size_t root) {
    enter(root);
    while (!path_.empty()) {
      Step& step = path_.back();
      if (step.next == graph_[step.node].size()) {
        leave();
        continue;
      }
      std::size_t target = graph_[step.node][step.next++];
      if (marks_[target] == Mark::unseen) {
        enter(target);
      } else if (marks_[target] == Mark::on_path) {
        close_cycle(target);
      }
    }
  }

  void enter(std::size_t node) {
    marks_[node] = Mark::on_path;
    path_.push_back({node, 0});
  }

  void leave() {
    marks_[path_.back().node] = Mark::done;
    order_.push_back(path_.back().node);
    path_.pop_back();
  }

  /// The path has come back to `node`, which is on it.
  void close_cycle(std::size_t node) {
    if (cycles_.size() == most_cycles_) return;
    std::size_t start = path_.size();
    while (path_[start - 1].node != node) --start;
    auto& cycle = cycles_.emplace_back();
    for (std::size_t i = start - 1; i < path_.size(); ++i) cycle.push_back(path_[i].node);
  }

  const Graph& graph_;
  std::size_t most_cycles_;
  std::vector<Mark> marks_;
  std::vector<Step> path_;
  std::vector<std::vector<std::size_t>> cycles_;
  std::vector<std::size_t> order_;
};

}  // namespace

std::vector<std::vector<std::size_t>> find_cycles(const Graph& graph, std::size_t limit) {
  return std::move(Walk{graph, limit}.cycles());
}

std::vector<std::size_t> dependency_order(const Graph& graph) { return std::move(Walk{graph, 0}.order()); }

}  // namespace onit
