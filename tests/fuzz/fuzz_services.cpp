#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "config/services_file.hpp"
#include "core/graph.hpp"
#include "fuzz/checks.hpp"

// Any bytes as a file of services, and as one that includes itself under another name: it ends, every problem has a
// place, and what is good holds what its readers rely on.

namespace {

using namespace onit;

std::optional<std::string_view> find_in_fuzz_environment(const void*, std::string_view name) {
  if (name == "HOST") return "outside";
  if (name == "E") return "";
  if (name == "D") return "$HOST ${E:-'\"\\";
  return std::nullopt;
}

/// Each file has the same text.
Result<std::string, Complaint> read_same(const void* text, const std::string& path) {
  if (path.size() > 16) return Complaint{"File name too long"};
  return std::string{*static_cast<const std::string_view*>(text)};
}

std::vector<std::string> expand_to_three(const void*, const std::string& pattern, std::size_t&) {
  return {pattern + "1", pattern + "2", pattern + "3"};
}

/// `FILE:LINE:COLUMN: message`. Only a file may be too long to be read, and has no place then.
void check_problem(std::string_view problem) {
  require(problem.find(": ") != problem.npos && !problem.ends_with(": "));
  require(problem.find('\0') == problem.npos);
}

void check_service(const ServicesSpec& spec, const ServiceSpec& service) {
  require(!service.name.empty() && service.name.size() <= 64);
  require(!service.launch.command.empty() && !service.launch.command[0].empty());
  for (const std::string& word : service.launch.command) require(word.find('\0') == word.npos);
  for (const Dependency& dependency : service.policy.depends_on) require(dependency.service < spec.services.size());
  require(service.ready.has_value() == service.policy.ready.has_value());
  require(service.health.has_value() == service.policy.health.has_value());
  require(service.schedule.has_value() == service.policy.schedule.has_value());
  require(service.policy.restart_delay <= service.policy.restart_max_delay);
  require(service.policy.has_pre_stop == !service.launch.pre_stop.empty());
}

void check_spec(const ServicesSpec& spec) {
  require(!spec.services.empty() && spec.services.size() <= kMostServices);
  Graph graph;
  for (const ServiceSpec& service : spec.services) {
    check_service(spec, service);
    auto& dependencies = graph.emplace_back();
    for (const Dependency& dependency : service.policy.depends_on) dependencies.push_back(dependency.service);
  }
  require(find_cycles(graph, 1).empty());
  require(dependency_order(graph).size() == spec.services.size());
  require(!spec.policy.exit_code_from || *spec.policy.exit_code_from < spec.services.size());
}

void check_file(std::string_view text, std::string path) {
  ServicesRequest request{std::move(path), {read_same, expand_to_three, &text}, {find_in_fuzz_environment, nullptr}};
  request.profiles = {"active"};
  ServicesRead result = read_services(request);
  for (const std::string& problem : result.problems) check_problem(problem);
  for (const std::string& warning : result.warnings) check_problem(warning);
  if (result.problems.empty()) check_spec(result.spec);
}

/// The C library compiles regular expressions, and takes its time for nested repetitions. That is not looked at here.
bool has_repetitions(std::string_view text) {
  for (std::size_t at = text.find('{'); at != text.npos; at = text.find('{', at + 1)) {
    if (at + 1 < text.size() && (text[at + 1] == ',' || (text[at + 1] >= '0' && text[at + 1] <= '9'))) return true;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  if (has_repetitions(text)) return 0;
  check_file(text, "services.toml");
  check_file(text, "Procfile");
  return 0;
}
