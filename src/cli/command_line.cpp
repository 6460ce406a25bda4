#include "cli/command_line.hpp"

#include <cstring>
#include <string>

#include "base/text.hpp"
#include "base/variable.hpp"
#include "base/words.hpp"
#include "cli/option_table.hpp"
#include "cli/options.hpp"
#include "cli/personality.hpp"
#include "cli/services.hpp"

namespace onit {
namespace {

using Read = Result<Request, Complaint>;

/// Engines give no way to pass options to the init that they bring along; the environment is one.
[[gnu::cold]] Result<OptionSet, Complaint> apply_words(Plan& plan, char* text) {
  auto words = split_words(text);
  if (!words.ok()) return words.error();
  std::vector<char*>& argv = words.value();
  argv.insert(argv.begin(), text);
  int argc = static_cast<int>(argv.size());
  argv.push_back(nullptr);
  auto read = apply_options(plan, argc, argv.data());
  if (!read.ok()) return read.error();
  if (read.value().request) return Complaint{"--help, --version, --as and --link are for the command line"};
  if (read.value().next < argc) {
    return Complaint{filled("'%' is no option", argv[static_cast<std::size_t>(read.value().next)])};
  }
  return read.value().given;
}

/// Returns which options there were.
[[gnu::cold]] Result<OptionSet, Complaint> apply_more_options(Plan& plan, const Invocation& invocation) {
  if (invocation.more_options == nullptr) return OptionSet{};
  auto applied = apply_words(plan, invocation.more_options);
  if (!applied.ok()) return Complaint{concat("ONIT_OPTIONS: ", applied.error().text)};
  return applied;
}

/// A tool that onit stands in for runs what its own command line names.
[[gnu::cold]] Read without_services(Read request, const char* name) {
  const Plan* plan = request.ok() ? std::get_if<Plan>(&request.value()) : nullptr;
  if (plan == nullptr || !plan->services) return request;
  return Complaint{
      filled("--file, --service and --profile are not for %; call onit by its own name to run services", name)};
}

/// A tool's command line says nothing in onit's own options, so these come on top of it.
[[gnu::cold]] Read read_tool(Reader reader, const Invocation& invocation) {
  Read request = reader(invocation);
  Plan* plan = std::get_if<Plan>(&request.value());
  if (plan == nullptr) return request;
  auto applied = apply_more_options(*plan, invocation);
  if (!applied.ok()) return applied.error();
  return without_services(std::move(request), invocation.name);
}

/// `--as NAME`: its command line is what follows. onit's own options in front of it are for the tool's plan as well.
[[gnu::cold]] Read read_as(const Invocation& invocation, const OptionsRead& read) {
  Reader reader = find_personality(read.value);
  if (reader == nullptr) {
    std::string names;
    for (std::size_t i = 0; personality_name(i); ++i) names.append(i == 0 ? "" : ", ").append(personality_name(i));
    return Complaint{filled("--as '%': write one of %", read.value, names)};
  }
  Invocation tool = invocation;
  tool.name = read.value;
  tool.argc = invocation.argc - read.next + 1;
  tool.argv = invocation.argv + read.next - 1;  // what is first stands in the place of argv[0]
  Read request = read_tool(reader, tool);
  Plan* plan = request.ok() ? std::get_if<Plan>(&request.value()) : nullptr;
  if (plan == nullptr) return request;
  int end = read.value == invocation.argv[read.next - 1] ? read.next - 2 : read.next - 1;
  auto applied = apply_options(*plan, end, invocation.argv);
  if (!applied.ok()) return applied.error();
  return without_services(std::move(request), read.value);
}

[[gnu::cold]] Read read_request(const Invocation& invocation, const OptionsRead& read) {
  OptionId asked = *read.request;
  if (asked == OptionId::help) return Request{Answer{help_text(), false, 0}};
  if (asked == OptionId::version) return Request{Answer{version_text(), false, 0}};
  if (asked == OptionId::link) return Request{Links{read.value, invocation.argv + read.next}};
  return read_as(invocation, read);
}

/// Whether a plan with services holds together; without a command there have to be some.
[[gnu::cold]] Result<void, Complaint> complete_services(Plan& plan, const OptionSet& given, char* const* environment) {
  bool has_command = plan.launch.argv != nullptr;
  if (!has_command && !plan.services) plan.services.emplace();
  if (!plan.services) return {};
  ServicesAsked& services = *plan.services;
  bool has_services = services.file != nullptr || !services.services.empty();
  if (!has_services && has_command) return Complaint{"--profile is for services; name their file with --file"};
  if (!has_services) {
    const char* named = find_variable(environment, "ONIT_FILE");
    services.is_file_named = named != nullptr && named[0] != '\0';
    services.file = services.is_file_named ? named : kDefaultFile;
  }
  return check_options_for_services(given, has_command);
}

[[gnu::cold]] Read read_with_options(const Invocation& invocation) {
  Plan plan;
  auto read = apply_options(plan, invocation.argc, invocation.argv);
  if (!read.ok()) return read.error();
  if (read.value().request) return read_request(invocation, read.value());
  OptionSet given = read.value().given;
  if (invocation.more_options != nullptr) {
    // Once more, and the environment first, as the command line has the last word.
    plan = Plan{};
    auto more = apply_more_options(plan, invocation);
    if (!more.ok()) return more.error();
    given |= more.value();
    auto again = apply_options(plan, invocation.argc, invocation.argv);
    if (!again.ok()) return again.error();
  }
  int next = read.value().next;
  if (next < invocation.argc) plan.launch.argv = invocation.argv + next;
  auto complete = complete_services(plan, given, invocation.environment);
  if (!complete.ok()) return complete.error();
  return Request{std::move(plan)};
}

Read read_own(const Invocation& invocation) {
  // A bare command, or one behind `--` as engines write it, needs none of the machinery, and none of its pages.
  const char* first = invocation.argc > 1 ? invocation.argv[1] : "";
  bool ends_options = std::strcmp(first, "--") == 0;
  int next = ends_options ? 2 : 1;
  bool is_bare = next < invocation.argc && (first[0] != '-' || ends_options) && invocation.more_options == nullptr;
  if (!is_bare) return read_with_options(invocation);
  Plan plan;
  plan.launch.argv = invocation.argv + next;
  return Request{std::move(plan)};
}

}  // namespace

Complaint no_command() {
  return Complaint{
      "no command; name the program to run, as in 'onit nginx -g \"daemon off;\"', or services, as in 'onit -f FILE'; "
      "'onit --help' lists the options"};
}

Result<Request, Complaint> read_command_line(const Invocation& invocation) {
  Reader reader = find_personality(invocation.name);
  return reader ? read_tool(reader, invocation) : read_own(invocation);
}

}  // namespace onit
