#include "cli/services.hpp"

#include <string>

#include "base/shell_text.hpp"
#include "base/text.hpp"
#include "base/variable.hpp"
#include "base/words.hpp"
#include "core/service_name.hpp"

namespace onit {
namespace {

// No pointers, as in the table of options.
struct Remedy {
  OptionId id;
  char text[64];
};

/// What is for one command only, and what there is in its place.
constexpr Remedy kRemedies[] = {
    {OptionId::forward, "each is stopped by its own 'stop_signal'"},
    {OptionId::on_exit, "what remains of one is always stopped"},
    {OptionId::exit_code, "write 'exit_code_from' into [init] of the file"},
    {OptionId::kill_after, "write 'stop_grace_period' into [init] of the file"},
};

/// What is for COMMAND, and which key says it of a service.
constexpr Remedy kKeys[] = {
    {OptionId::user, "user"},
    {OptionId::group_add, "group_add"},
    {OptionId::chdir, "working_dir"},
    {OptionId::umask, "umask"},
    {OptionId::nice, "nice"},
    {OptionId::oom_score_adj, "oom_score_adj"},
    {OptionId::ulimit, "ulimits"},
    {OptionId::no_new_privs, "no_new_privs"},
    {OptionId::env, "environment"},
    {OptionId::env_file, "env_file"},
    {OptionId::clear_env, "clear_env"},
    {OptionId::secrets, "secrets"},
    {OptionId::stop_signal, "stop_signal"},
    {OptionId::stop_grace_period, "stop_grace_period"},
};

std::string name_of(OptionId id) {
  for (const Option& option : option_table()) {
    if (option.id == id) return filled("--%", option.name);
  }
  return {};
}

ServiceSpec essential_service(std::string name) {
  ServiceSpec service;
  service.name = std::move(name);
  service.policy.essential = true;
  service.policy.on_give_up = OnGiveUp::shutdown;
  return service;
}

/// `K=V`, or `K` for onit's own value; without one there is nothing to set.
void add_variable(std::vector<VariableSpec>& variables, std::string_view option, char* const* own_environment) {
  std::size_t equals = option.find('=');
  std::string name{option.substr(0, equals)};
  if (equals != option.npos) {
    variables.push_back({std::move(name), std::string{option.substr(equals + 1)}});
  } else if (const char* value = find_variable(own_environment, name)) {
    variables.push_back({std::move(name), value});
  }
}

}  // namespace

Result<void, Complaint> check_options_for_services(const OptionSet& given, bool has_command) {
  for (const Remedy& remedy : kRemedies) {
    if (!given[static_cast<std::size_t>(remedy.id)]) continue;
    return Complaint{filled("% is for one command, not for services: %", name_of(remedy.id), remedy.text)};
  }
  for (const Remedy& key : kKeys) {
    if (has_command || !given[static_cast<std::size_t>(key.id)]) continue;
    return Complaint{filled("% is for a command, and there is no command; for a service write it as '%' into the file",
                            name_of(key.id), key.text)};
  }
  return {};
}

ServiceSpec make_main_service(const Launch& launch, const CommandPolicy& policy, char* const* own_environment) {
  ServiceSpec service = essential_service(kMainService);
  service.policy.stop_signal = policy.stop_signal;
  service.policy.stop_grace_period = policy.stop_grace_period;
  ServiceLaunch& to = service.launch;
  for (char* const* word = launch.argv; *word != nullptr; ++word) to.command.push_back(*word);
  to.inherits_stdin = true;
  if (launch.user != nullptr) to.user = launch.user;
  for (std::string_view group : launch.group_add) to.group_add.emplace_back(group);
  if (launch.working_dir != nullptr) to.working_dir = launch.working_dir;
  to.umask = launch.umask;
  to.nice = launch.nice;
  to.oom_score_adj = launch.oom_score_adj;
  to.ulimits = launch.ulimits;
  to.no_new_privs = launch.no_new_privs;
  to.clear_env = launch.clear_env;
  for (std::string_view file : launch.env_files) to.env_files.emplace_back(file);
  for (std::string_view option : launch.env) add_variable(to.environment, option, own_environment);
  to.secrets = launch.secrets;
  return service;
}

Result<ServiceSpec, Complaint> service_from_words(std::string_view text) {
  std::size_t equals = text.find('=');
  if (equals == text.npos) return Complaint{"write it as NAME=COMMAND, such as web='nginx -g \"daemon off;\"'"};
  std::string_view name = text.substr(0, equals);
  if (!is_service_name(name)) {
    return Complaint{filled("% is not the name of a service: write %", quoted(name), kServiceNameRule)};
  }
  if (name == kMainService) return Complaint{"'main' is the name of the command behind '--'; write another one"};
  std::string command{text.substr(equals + 1)};
  if (is_shell_text(command))
    return Complaint{"no shell runs it; write NAME='sh -c \"...\"', or quotes around a word to mean it as it is"};
  auto words = split_words(command.data());
  if (!words.ok()) return words.error();
  if (words.value().empty()) return Complaint{"there is no command behind '='"};
  ServiceSpec service = essential_service(std::string{name});
  for (std::string_view word : words.value()) service.launch.command.emplace_back(word);
  return service;
}

}  // namespace onit
