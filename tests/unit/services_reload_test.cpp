#include "app/services_reload.hpp"

#include <doctest/doctest.h>

#include <cstdint>

namespace onit {
namespace {

TEST_CASE("services that come and go have an end before their numbers do") {
  std::vector<ServiceRuntime> services(UINT16_MAX - 2);
  ServicesSpec now_said;
  for (const char* name : {"a", "b"}) now_said.services.emplace_back().name = name;
  CHECK(has_numbers_for(services, now_said));
  now_said.services.emplace_back().name = "c";
  CHECK_FALSE(has_numbers_for(services, now_said));
  services[7].spec.name = "c";
  CHECK(has_numbers_for(services, now_said));
}

}  // namespace
}  // namespace onit
