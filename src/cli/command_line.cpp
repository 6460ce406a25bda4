#include "cli/command_line.hpp"

#include <string>

#include "base/words.hpp"
#include "cli/option_table.hpp"
#include "cli/options.hpp"
#include "cli/personality.hpp"

namespace onit {
namespace {

using Read = Result<Request, Complaint>;

/// `arguments` begin with what stands in the place of the tool's name.
[[gnu::cold]] Read read_as(const Invocation& invocation, const char* name, int argc, char* const* arguments) {
  Reader reader = find_personality(name);
  if (reader != nullptr) {
    return reader({name, argc, arguments, invocation.environment, invocation.pid});
  }
  std::string names;
  for (std::size_t i = 0; personality_name(i); ++i) names.append(i == 0 ? "" : ", ").append(personality_name(i));
  return Complaint{std::string{"--as '"} + name + "': write one of " + names};
}

/// onit's own options in front of --as are for the tool's plan as well.
[[gnu::cold]] Read read_as(const Invocation& invocation, const OptionsRead& read) {
  int before = read.value == invocation.argv[read.next - 1] ? read.next - 2 : read.next - 1;
  Read request = read_as(invocation, read.value, invocation.argc - read.next + 1, invocation.argv + read.next - 1);
  Plan* plan = request.ok() ? std::get_if<Plan>(&request.value()) : nullptr;
  if (plan == nullptr) return request;
  auto applied = apply_options(*plan, before, invocation.argv);
  if (!applied.ok()) return applied.error();
  return request;
}

[[gnu::cold]] Read answer(const Invocation& invocation, const OptionsRead& read) {
  OptionId asked = *read.request;
  if (asked == OptionId::help) return Request{Answer{help_text(), false, 0}};
  if (asked == OptionId::version) return Request{Answer{version_text(), false, 0}};
  if (asked == OptionId::link) return Request{Links{read.value, invocation.argv + read.next}};
  return read_as(invocation, read);
}

Read read_own(const Invocation& invocation) {
  // A bare command, or one behind `--` as engines write it, needs none of the machinery, and none of its pages.
  std::string_view first = invocation.argc > 1 ? invocation.argv[1] : "";
  Plan plan;
  int next = first == "--" ? 2 : 1;
  if (first.starts_with('-') && first != "--") {
    auto read = apply_options(plan, invocation.argc, invocation.argv);
    if (!read.ok()) return read.error();
    if (read.value().request) return answer(invocation, read.value());
    next = read.value().next;
  }
  if (next >= invocation.argc) {
    return Complaint{
        "no command; name the program to run, as in 'onit nginx -g \"daemon off;\"'; 'onit --help' lists the options"};
  }
  plan.launch.argv = invocation.argv + next;
  return Request{std::move(plan)};
}

/// Engines give no way to pass options to the init that they bring along; the environment is one.
[[gnu::cold]] Result<void, Complaint> apply_more_options(Plan& plan, char* text) {
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

}  // namespace

Result<Request, Complaint> read_command_line(const Invocation& invocation) {
  Reader reader = find_personality(invocation.name);
  Read request = reader ? Read{reader(invocation)} : read_own(invocation);
  Plan* plan = request.ok() ? std::get_if<Plan>(&request.value()) : nullptr;
  if (plan == nullptr || invocation.more_options == nullptr) return request;
  auto applied = apply_more_options(*plan, invocation.more_options);
  if (!applied.ok()) return Complaint{"ONIT_OPTIONS: " + applied.error().text};
  return request;
}

}  // namespace onit
