#include "app/start_order.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "app/services_dry_run.hpp"

namespace onit {
namespace {

ServiceSpec service(const char* name, std::vector<ServiceId> depends_on) {
  ServiceSpec spec;
  spec.name = name;
  spec.launch.command = {name, "\xff"};
  for (ServiceId id : depends_on) spec.policy.depends_on.push_back({id, Condition::completed});
  return spec;
}

}  // namespace

TEST_CASE("services start as in the file, but behind what they depend on") {
  std::vector<ServiceSpec> free{service("a", {}), service("b", {}), service("c", {})};
  CHECK(start_order(free) == std::vector<ServiceId>{0, 1, 2});
  std::vector<ServiceSpec> bound{service("web", {2, 1}), service("db", {}), service("migrate", {1}), service("x", {})};
  CHECK(start_order(bound) == std::vector<ServiceId>{1, 2, 0, 3});
  CHECK(start_order({}).empty());
}

TEST_CASE("a chain may be as long as there are services") {
  std::vector<ServiceSpec> chain;
  for (ServiceId id = 0; id < kMostServices; ++id) {
    chain.push_back(service("s", id + 1 < kMostServices ? std::vector<ServiceId>{id + 1} : std::vector<ServiceId>{}));
  }
  std::vector<ServiceId> order = start_order(chain);
  REQUIRE(order.size() == kMostServices);
  CHECK(order.front() == kMostServices - 1);
  CHECK(order.back() == 0);
}

TEST_CASE("the plan of services is JSON in the order of their start") {
  ServicesSpec spec;
  spec.services = {service("web", {1}), service("db", {})};
  std::string text = services_dry_run_text(spec);
  std::size_t db = text.find("\"name\": \"db\""), web = text.find("\"name\": \"web\"");
  REQUIRE(web != std::string::npos);
  CHECK(db < web);
  CHECK(text.find("\"db\": \"completed\"") != std::string::npos);
  CHECK(text.find("\\u00ff") != std::string::npos);
  CHECK(text.back() == '\n');
}

}  // namespace onit
