#include "core/service_spec.hpp"

namespace onit {

ProbeSpec::ProbeSpec() = default;
ProbeSpec::ProbeSpec(const ProbeSpec&) = default;
ProbeSpec::ProbeSpec(ProbeSpec&&) noexcept = default;
ProbeSpec& ProbeSpec::operator=(const ProbeSpec&) = default;
ProbeSpec& ProbeSpec::operator=(ProbeSpec&&) noexcept = default;
ProbeSpec::~ProbeSpec() = default;
bool ProbeSpec::operator==(const ProbeSpec&) const = default;

ServiceLaunch::ServiceLaunch() = default;
ServiceLaunch::ServiceLaunch(const ServiceLaunch&) = default;
ServiceLaunch::ServiceLaunch(ServiceLaunch&&) noexcept = default;
ServiceLaunch& ServiceLaunch::operator=(const ServiceLaunch&) = default;
ServiceLaunch& ServiceLaunch::operator=(ServiceLaunch&&) noexcept = default;
ServiceLaunch::~ServiceLaunch() = default;
bool ServiceLaunch::operator==(const ServiceLaunch&) const = default;

ServiceSpec::ServiceSpec() = default;
ServiceSpec::ServiceSpec(const ServiceSpec&) = default;
ServiceSpec::ServiceSpec(ServiceSpec&&) noexcept = default;
ServiceSpec& ServiceSpec::operator=(const ServiceSpec&) = default;
ServiceSpec& ServiceSpec::operator=(ServiceSpec&&) noexcept = default;
ServiceSpec::~ServiceSpec() = default;
bool ServiceSpec::operator==(const ServiceSpec&) const = default;

ServicePolicy::ServicePolicy() = default;
ServicePolicy::ServicePolicy(const ServicePolicy&) = default;
ServicePolicy::ServicePolicy(ServicePolicy&&) noexcept = default;
ServicePolicy& ServicePolicy::operator=(const ServicePolicy&) = default;
ServicePolicy& ServicePolicy::operator=(ServicePolicy&&) noexcept = default;
ServicePolicy::~ServicePolicy() = default;
bool ServicePolicy::operator==(const ServicePolicy&) const = default;

std::vector<std::string> shell_command(std::string_view script) { return {"/bin/sh", "-c", std::string{script}}; }

}  // namespace onit
