#include "app/start_order.hpp"

#include "core/graph.hpp"

namespace onit {

std::vector<ServiceId> start_order(std::span<const ServiceSpec> services) {
  Graph graph(services.size());
  for (ServiceId id = 0; id < services.size(); ++id) {
    for (const Dependency& dependency : services[id].policy.depends_on) graph[id].push_back(dependency.service);
  }
  return dependency_order(graph);
}

}  // namespace onit
