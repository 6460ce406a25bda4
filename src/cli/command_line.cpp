#include "cli/command_line.hpp"

#include <cstring>
#include <string>

#include "base/words.hpp"
#include "cli/option_table.hpp"
#include "cli/options.hpp"
#include "cli/personality.hpp"

namespace onit {
namespace {

using Read = Result<Request, Complaint>;

/// Engines give no way to pass options to the init that they bring along; the environment is one.
[[gnu::cold]] Result<void, Complaint> apply_words(Plan& plan, char* text) {
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
    return Complaint{"'" + std::string{argv[static_cast<std::size_t>(read.value().next)]} + "' is no option"};
  }
  return {};
}

[[gnu::cold]] Result<void, Complaint> apply_more_options(Plan& plan, const Invocation& invocation) {
  if (invocation.more_options == nullptr) return {};
  auto applied = apply_words(plan, invocation.more_options);
  if (!applied.ok()) return Complaint{"ONIT_OPTIONS: " + applied.error().text};
  return {};
}

/// A tool's command line says nothing in onit's own options, so these come on top of it.
[[gnu::cold]] Read read_tool(Reader reader, const Invocation& invocation) {
  Read request = reader(invocation);
  Plan* plan = std::get_if<Plan>(&request.value());
  if (plan == nullptr) return request;
  auto applied = apply_more_options(*plan, invocation);
  if (!applied.ok()) return applied.error();
  return request;
}

/// `--as NAME`: its command line is what follows. onit's own options in front of it are for the tool's plan as well.
[[gnu::cold]] Read read_as(const Invocation& invocation, const OptionsRead& read) {
  Reader reader = find_personality(read.value);
  if (reader == nullptr) {
    std::string names;
    for (std::size_t i = 0; personality_name(i); ++i) names.append(i == 0 ? "" : ", ").append(personality_name(i));
    return Complaint{std::string{"--as '"} + read.value + "': write one of " + names};
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
  return request;
}

[[gnu::cold]] Read read_request(const Invocation& invocation, const OptionsRead& read) {
  OptionId asked = *read.request;
  if (asked == OptionId::help) return Request{Answer{help_text(), false, 0}};
  if (asked == OptionId::version) return Request{Answer{version_text(), false, 0}};
  if (asked == OptionId::link) return Request{Links{read.value, invocation.argv + read.next}};
  return read_as(invocation, read);
}

/// The environment first, as the command line has the last word.
[[gnu::cold]] Result<Plan, Complaint> plan_with_more_options(const Invocation& invocation) {
  Plan plan;
  auto applied = apply_more_options(plan, invocation);
  if (!applied.ok()) return applied.error();
  auto read = apply_options(plan, invocation.argc, invocation.argv);
  if (!read.ok()) return read.error();
  return plan;
}

Read read_own(const Invocation& invocation) {
  // A bare command, or one behind `--` as engines write it, needs none of the machinery, and none of its pages.
  const char* first = invocation.argc > 1 ? invocation.argv[1] : "";
  bool ends_options = std::strcmp(first, "--") == 0;
  Plan plan;
  int next = ends_options ? 2 : 1;
  if (first[0] == '-' && !ends_options) {
    auto read = apply_options(plan, invocation.argc, invocation.argv);
    if (!read.ok()) return read.error();
    if (read.value().request) return read_request(invocation, read.value());
    next = read.value().next;
  }
  if (next >= invocation.argc) {
    return Complaint{
        "no command; name the program to run, as in 'onit nginx -g \"daemon off;\"'; 'onit --help' lists the options"};
  }
  if (invocation.more_options != nullptr) {
    auto with_more = plan_with_more_options(invocation);
    if (!with_more.ok()) return with_more.error();
    plan = std::move(with_more.value());
  }
  plan.launch.argv = invocation.argv + next;
  return Request{std::move(plan)};
}

}  // namespace

Result<Request, Complaint> read_command_line(const Invocation& invocation) {
  Reader reader = find_personality(invocation.name);
  return reader ? read_tool(reader, invocation) : read_own(invocation);
}

}  // namespace onit
