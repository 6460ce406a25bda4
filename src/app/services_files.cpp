#include "app/services_files.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "app/control_groups.hpp"
#include "app/start_order.hpp"
#include "base/panic.hpp"
#include "base/text.hpp"
#include "base/variable.hpp"
#include "cli/command_line.hpp"
#include "cli/services.hpp"
#include "os/file.hpp"
#include "os/glob.hpp"
#include "os/time_zone.hpp"

namespace onit {
namespace {

/// More than the definitions of kMostServices services take; nobody writes that by hand.
constexpr std::size_t kLargestFile = 1024 * 1024;

Result<std::string, Complaint> read_text(const void* /*context*/, const std::string& path) {
  // A pipe among them is not waited for: it is read again while services run.
  auto text = read_file(path.c_str(), kLargestFile, Millis{0});
  if (!text.ok()) return Complaint{std::strerror(text.error().code)};
  return text.value();
}

Result<std::string, Complaint> peek_at_text(const void* context, const std::string& path) {
  return is_regular_file(path.c_str()) ? read_text(context, path) : Complaint{};
}

std::vector<std::string> expand_pattern(const void* /*context*/, const std::string& pattern, std::size_t& steps) {
  return glob_paths(pattern, steps);
}

std::string zone_fault(const std::string& zone) {
  auto loaded = load_time_zone(zone);
  return loaded.ok() ? std::string{} : loaded.error().text;
}

std::optional<std::string_view> find_own(const void* context, std::string_view name) {
  const char* value = find_variable(static_cast<char* const*>(context), name);
  return value ? std::optional<std::string_view>{value} : std::nullopt;
}

ServicesRequest request_for(const char* path, char* const* own_environment, const std::vector<const char*>& profiles) {
  ServicesRequest request{path, {read_text, expand_pattern, nullptr, peek_at_text}, {find_own, own_environment}};
  for (std::string_view profile : profiles) request.profiles.emplace_back(profile);
  request.zone_fault = zone_fault;
  return request;
}

bool is_missing(const char* path) { return ::access(path, F_OK) != 0 && errno == ENOENT; }

/// The line about a file that can be used.
std::string summary(const char* path, const std::vector<ServiceSpec>& services) {
  std::string line = filled("%: ok, %", path, services.size());
  line += services.size() == 1 ? " service: " : " services: ";
  bool is_first = true;
  for (ServiceId id : start_order(services)) {
    line.append(is_first ? "" : ", ").append(services[id].name);
    is_first = false;
  }
  return line + (services.size() == 1 ? "\n" : " (starts in this order)\n");
}

/// A warning for each service whose limits could not be applied if the file were run here.
void add_missing_groups(std::string& text, const char* path, const std::vector<ServiceSpec>& services) {
  ControlGroups groups;
  for (const ServiceSpec& service : services) {
    if (service.launch.control_group.is_empty()) continue;
    auto checked = groups.check(service.launch.control_group);
    if (checked.ok()) continue;
    add_filled(text, "warning: %: service '%': cgroup limits cannot be applied here: %\n", path, service.name,
               checked.error().text);
  }
}

}  // namespace

ServicesRead load_services(const Plan& plan, char* const* own_environment) {
  const ServicesAsked& asked = *plan.services;
  if (!asked.is_file_named && is_missing(asked.file)) return {{}, {no_command().text}, {}};
  ServicesRequest request = request_for(asked.file ? asked.file : "", own_environment, asked.profiles);
  for (const char* words : asked.services) {
    auto service = service_from_words(words);
    if (!service.ok()) panic("a service that the command line let pass");
    request.more.push_back(std::move(service.value()));
  }
  if (plan.launch.argv != nullptr) request.more.push_back(make_main_service(plan.launch, plan.policy, own_environment));
  ServicesRead read = read_services(std::move(request));
  if (plan.policy.drain != Millis{0}) read.spec.policy.drain = plan.policy.drain;
  return read;
}

CheckReport check_files(const FilesToCheck& files, char* const* own_environment) {
  CheckReport report;
  for (const char* path : files.paths) {
    ServicesRead read = read_services(request_for(path, own_environment, files.profiles));
    if (read.problems.empty()) report.good += summary(path, read.spec.services);
    for (const std::string& warning : read.warnings) report.bad.append("warning: ").append(warning).append("\n");
    if (read.problems.empty()) add_missing_groups(report.bad, path, read.spec.services);
    for (const std::string& problem : read.problems) report.bad.append(problem).append("\n");
    report.problems += read.problems.size();
  }
  if (report.problems == 0) return report;
  report.bad += concat(report.problems, report.problems == 1 ? " problem\n" : " problems\n");
  return report;
}

}  // namespace onit
