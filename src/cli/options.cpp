#include "cli/options.hpp"

#include <getopt.h>

#include <array>
#include <string>

#include "base/panic.hpp"
#include "base/suggest.hpp"
#include "base/text.hpp"
#include "cli/option_table.hpp"
#include "cli/services.hpp"
#include "cli/values.hpp"

namespace onit {
namespace {

using Applied = Result<void, Complaint>;

constexpr int kFirstLongOption = 256;  // above every character, which stand for the short options
constexpr std::size_t kMostOptions = 40;

/// Stores a value that was understood; passes on the complaint about one that was not.
template <class T, class Target>
Applied store(Target& target, const Result<T, Complaint>& value) {
  if (!value.ok()) return value.error();
  target = value.value();
  return {};
}

template <class T>
struct Choice {
  std::string_view word;
  T value;
};

template <class T, std::size_t N>
Applied choose(T& target, std::string_view text, const Choice<T> (&choices)[N]) {
  std::string words;
  for (const Choice<T>& choice : choices) {
    if (choice.word == text) {
      target = choice.value;
      return {};
    }
    words.append(words.empty() ? "" : ", ").append(choice.word);
  }
  return Complaint{filled("write one of %", words)};
}

Applied apply_to_services(ServicesAsked& services, OptionId id, const char* value);
Applied apply_to_policy(CommandPolicy& policy, OptionId id, const char* value);
Applied apply_to_launch(Launch& launch, OptionId id, const char* value);

/// Whether an option, as it has been applied, has no sense unless orphans come to onit.
bool speaks_of_orphans(OptionId id, const CommandPolicy& policy) {
  if (id == OptionId::forward) return policy.forward == Target::all;
  if (id == OptionId::on_exit) return policy.on_exit != OnExit::leave;
  return id == OptionId::exit_code && policy.exit_code_from != ExitCodeFrom::main;
}

[[gnu::cold]] Applied apply(Plan& plan, OptionId id, const char* value) {
  switch (id) {
    case OptionId::verbose:
      plan.messages.verbosity = Verbosity::info;
      return {};
    case OptionId::quiet:
      plan.messages.verbosity = Verbosity::errors;
      return {};
    case OptionId::log_format:
      return choose<LogFormat>(plan.messages.format.emplace(), value,
                               {{"text", LogFormat::text}, {"json", LogFormat::json}});
    case OptionId::pdeathsig:
      return store(plan.parent_death_signal, signal_value(value));
    case OptionId::dry_run:
      plan.dry_run = true;
      return {};
    case OptionId::file:
    case OptionId::service:
    case OptionId::profile:
      if (!plan.services) plan.services.emplace();
      return apply_to_services(*plan.services, id, value);
    case OptionId::forward:
    case OptionId::on_exit:
    case OptionId::exit_code:
    case OptionId::rewrite:
    case OptionId::stop_signal:
    case OptionId::stop_grace_period:
    case OptionId::kill_after:
    case OptionId::drain:
    case OptionId::map_exit: {
      Applied applied = apply_to_policy(plan.policy, id, value);
      if (speaks_of_orphans(id, plan.policy)) plan.adopts_orphans = true;
      return applied;
    }
    case OptionId::user:
    case OptionId::group_add:
    case OptionId::chdir:
    case OptionId::umask:
    case OptionId::nice:
    case OptionId::oom_score_adj:
    case OptionId::ulimit:
    case OptionId::no_new_privs:
    case OptionId::env:
    case OptionId::env_file:
    case OptionId::clear_env:
    case OptionId::secrets:
      return apply_to_launch(plan.launch, id, value);
    case OptionId::as:
    case OptionId::link:
    case OptionId::help:
    case OptionId::version:
      break;
  }
  panic("an option that nobody applies");
}

[[gnu::cold]] Applied apply_to_services(ServicesAsked& services, OptionId id, const char* value) {
  if (value[0] == '\0') return Complaint{"is empty"};
  if (id == OptionId::file) services.file = value;
  if (id == OptionId::profile) services.profiles.push_back(value);
  if (id == OptionId::service) {
    auto service = service_from_words(value);
    if (!service.ok()) return service.error();
    services.services.push_back(value);
  }
  return {};
}

[[gnu::cold]] Applied apply_to_policy(CommandPolicy& policy, OptionId id, const char* value) {
  if (id == OptionId::forward) {
    return choose<Target>(policy.forward, value,
                          {{"child", Target::child}, {"group", Target::group}, {"all", Target::all}});
  }
  if (id == OptionId::on_exit) {
    return choose<OnExit>(policy.on_exit, value,
                          {{"stop", OnExit::stop}, {"wait", OnExit::wait}, {"leave", OnExit::leave}});
  }
  if (id == OptionId::exit_code) {
    return choose<ExitCodeFrom>(
        policy.exit_code_from, value,
        {{"main", ExitCodeFrom::main}, {"first", ExitCodeFrom::first}, {"max", ExitCodeFrom::max}});
  }
  if (id == OptionId::rewrite) return add_rewrite(policy.rewrites, value);
  if (id == OptionId::map_exit) return add_exit_code(policy.exit_code_map, value);
  if (id == OptionId::stop_signal) return store(policy.stop_signal, signal_value(value));
  if (id == OptionId::stop_grace_period) return store(policy.stop_grace_period, duration_value(value));
  if (id == OptionId::kill_after) return store(policy.kill_after, duration_value(value));
  if (id == OptionId::drain) return store(policy.drain, duration_value(value));
  panic("not an option of the policy");
}

/// A variable's name cannot be empty, and what is not `K=V` or `K` is most likely a forgotten quote.
Applied add_variable(Launch& launch, const char* value) {
  if (value[0] == '=' || value[0] == '\0') return Complaint{"write it as K=V, or K to keep onit's own"};
  launch.env.push_back(value);
  return {};
}

Applied add_ulimit(Launch& launch, const char* value) {
  auto limit = ulimit_value(value);
  if (!limit.ok()) return limit.error();
  launch.ulimits.push_back(limit.value());
  return {};
}

[[gnu::cold]] Applied apply_to_launch(Launch& launch, OptionId id, const char* value) {
  if (id == OptionId::umask) return store(launch.umask, umask_value(value));
  if (id == OptionId::nice) return store(launch.nice, integer_value(value, -20, 19));
  if (id == OptionId::oom_score_adj) return store(launch.oom_score_adj, integer_value(value, -1000, 1000));
  if (id == OptionId::ulimit) return add_ulimit(launch, value);
  if (id == OptionId::env) return add_variable(launch, value);
  if (id == OptionId::user) launch.user = value;
  if (id == OptionId::group_add) launch.group_add.push_back(value);
  if (id == OptionId::chdir) launch.working_dir = value;
  if (id == OptionId::env_file) launch.env_files.push_back(value);
  if (id == OptionId::no_new_privs) launch.no_new_privs = true;
  if (id == OptionId::clear_env) launch.clear_env = true;
  if (id == OptionId::secrets) launch.secrets = true;
  return {};
}

Complaint see_help(std::string what) { return Complaint{filled("%; 'onit --help' lists the options", what)}; }

/// getopt said '?': an option that is unknown or ambiguous, or one with an argument that it does not take.
[[gnu::cold]] Complaint unusable_option(std::string_view written) {
  // A byte that is no ASCII comes back negative (glibc) or as U+FFFD (musl).
  bool is_long =
      optopt == 0 || (optopt >= kFirstLongOption && optopt < kFirstLongOption + static_cast<int>(kMostOptions));
  if (!is_long) {
    char letter = optopt > 0 && optopt < 0x80 ? static_cast<char>(optopt) : '?';
    return see_help(filled("unknown option '-%'", letter));
  }
  std::string_view name = written.substr(2, written.find('=') - 2);
  std::string quoted = filled("'--%'", name);
  std::string matches;
  for (const Option& option : option_table()) {
    if (name == option.name) return Complaint{filled("% takes no value", quoted)};
    if (!name.empty() && std::string_view{option.name}.starts_with(name)) {
      matches.append(matches.empty() ? "--" : ", --").append(option.name);
    }
  }
  if (!matches.empty()) return Complaint{filled("option % is ambiguous; write one of %", quoted, matches)};
  for (const Option& option : option_table()) {
    if (is_likely_typo(name, option.name)) {
      return Complaint{filled("unknown option %; did you mean '--%'?", quoted, option.name)};
    }
  }
  return see_help(filled("unknown option %", quoted));
}

const Option& option_of(int result) {
  if (result >= kFirstLongOption) return option_table()[static_cast<std::size_t>(result - kFirstLongOption)];
  for (const Option& option : option_table()) {
    if (option.short_name == result) return option;
  }
  panic("getopt returned an option of its own");
}

void fill_for_getopt(std::array<option, kMostOptions + 1>& options) {
  int index = 0;
  for (const Option& known : option_table()) {
    int takes_argument = !known.argument.empty() ? required_argument : no_argument;
    options[static_cast<std::size_t>(index)] = {known.name.c_str(), takes_argument, nullptr, kFirstLongOption + index};
    ++index;
  }
  options[static_cast<std::size_t>(index)] = {};
}

bool is_request(OptionId id) {
  return id == OptionId::help || id == OptionId::version || id == OptionId::as || id == OptionId::link;
}

}  // namespace

Result<OptionsRead, Complaint> apply_options(Plan& plan, int argc, char* const* argv) {
  std::array<option, kMostOptions + 1> options;
  fill_for_getopt(options);
  opterr = 0;
  optind = 0;  // getopt starts anew
  OptionSet given;
  for (int result; (result = ::getopt_long(argc, argv, "+:f:vqhV", options.data(), nullptr)) != -1;) {
    if (result == '?') return unusable_option(argv[optind - 1]);
    if (result == ':') return Complaint{filled("'%' needs a value", argv[argc - 1])};  // the last word
    const Option& option = option_of(result);
    auto bit = static_cast<std::size_t>(option.id);
    if (is_request(option.id)) return OptionsRead{optind, given, option.id, optarg};
    if (option.id == OptionId::file && given[bit]) {
      return Complaint{"--file is given twice; a file takes in others by 'include'"};
    }
    Applied applied = apply(plan, option.id, optarg);
    if (!applied.ok()) {
      return Complaint{filled("--% '%': %", option.name, optarg, applied.error().text)};
    }
    given.set(bit);
  }
  return OptionsRead{optind, given};
}

}  // namespace onit
