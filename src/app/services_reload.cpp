#include "app/services_reload.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace onit {
namespace {

/// Numbers are kept in 16 bits, which say whose a process is (PidTable).
constexpr std::size_t kMostNumbers = UINT16_MAX;

/// The number of the service with this name; that of none if there is none.
ServiceId find(const std::vector<ServiceRuntime>& services, const std::string& name) {
  auto it = std::ranges::find_if(services, [&](const auto& known) { return known.spec.name == name; });
  return static_cast<ServiceId>(it - services.begin());
}

}  // namespace

bool has_numbers_for(const std::vector<ServiceRuntime>& services, const ServicesSpec& now_said) {
  std::size_t room = kMostNumbers - services.size();
  if (now_said.services.size() <= room) return true;
  auto is_new = [&](const ServiceSpec& said) { return find(services, said.name) == services.size(); };
  return static_cast<std::size_t>(std::ranges::count_if(now_said.services, is_new)) <= room;
}

Redefinition redefine(ServicesSpec& spec, std::vector<ServiceRuntime>& services, ServicesSpec now_said) {
  std::vector<ServiceSpec> said = std::exchange(now_said.services, {});
  std::vector<ServiceId> numbers;
  std::size_t next = services.size();
  for (const ServiceSpec& service : said) {
    ServiceId known = find(services, service.name);
    numbers.push_back(known < services.size() ? known : next++);
  }
  // The file numbers its services as they come.
  for (ServiceSpec& service : said) {
    for (Dependency& dependency : service.policy.depends_on) dependency.service = numbers[dependency.service];
  }
  auto renumber = [&](std::optional<ServiceId>& service) {
    if (service) service = numbers[*service];
  };
  renumber(now_said.policy.exit_code_from);
  renumber(now_said.policy.main);

  Redefinition result;
  result.policy = now_said.policy;
  for (ServiceId id = 0; id < services.size(); ++id) {
    bool is_there = std::ranges::find(numbers, id) != numbers.end();
    if (services[id].spec.name.empty() || is_there || services[id].is_removed) continue;
    services[id].is_removed = true;
    result.removed.push_back(id);
  }
  for (std::size_t i = 0; i < said.size(); ++i) {
    ServiceId id = numbers[i];
    bool is_new = id >= services.size();
    if (is_new) services.emplace_back();
    ServiceRuntime& service = services[id];
    bool is_back = std::exchange(service.is_removed, false);
    if (!is_new && !is_back && (service.next_spec ? *service.next_spec : service.spec) == said[i]) continue;
    result.changed.push_back({id, said[i].policy});
    if (is_new) service.spec.name = said[i].name;
    service.next_spec = std::make_unique<ServiceSpec>(std::move(said[i]));
  }
  spec = std::move(now_said);
  return result;
}

}  // namespace onit
