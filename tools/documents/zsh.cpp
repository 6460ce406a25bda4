#include "cli/onitctl_table.hpp"
#include "cli/option_table.hpp"
#include "documents/documents.hpp"

namespace onit {
namespace {

constexpr char kOnitctl[] = R"ZSH(
# The services of the onit that is asked; nothing if none answers.
_onitctl_services() {
  local line
  local -a names ask=(status --json --timeout 1s)
  local -i at=${_onitctl_line[(i)--socket]}
  (( at < $#_onitctl_line )) && ask+=(--socket ${(Q)_onitctl_line[at + 1]})
  ask+=(${(Q)${(M)_onitctl_line:#--socket=*}})
  for line in ${(f)"$(_call_program services $_onitctl_line[1] ${(q)ask} 2>/dev/null)"}; do
    [[ $line =~ '"name": *"([A-Za-z0-9_.-]+)"' ]] && names+=($match[1])
  done
  _wanted services expl service compadd -a names
}

_onitctl() {
  local curcontext=$curcontext state line expl
  local -a _onitctl_line=("${words[@]}")
  typeset -A opt_args
  _arguments -C -A '-*' \
    COMMON
    '(- *)'{-h,--help}'[print this and exit]' \
    '(- *)'{-V,--version}'[print the version and exit]' \
    '1: :->verb' '*:: :->rest' && return
  case $state in
    verb)
      local -a verbs=(
VERBS
      )
      _describe -t verbs verb verbs ;;
    rest)
      case $words[1] in
CASES
      esac ;;
  esac
}

_onitctl "$@"
)ZSH";

/// A text between brackets or colons of _arguments.
std::string escaped(std::string_view text) {
  std::string written{text};
  for (const char* special : {"[", "]", ":"}) written = replaced(written, special, std::string{"\\"} + special);
  return written;
}

/// What completes a word: `message:action`.
std::string action_for(Hint hint, std::string_view argument, std::string_view choices) {
  std::string message = escaped(argument);
  switch (hint) {
    case Hint::choice:
      return message + ":(" + joined(choices_of(choices), " ") + ")";
    case Hint::file:
      return message + ":_files";
    case Hint::directory:
      return message + ":_files -/";
    case Hint::signal:
      return message + ":(" + joined(signal_names(), " ") + ")";
    case Hint::service:
      return message + ":_onitctl_services";
    case Hint::tool:
      return message + ":(" + joined(tool_names(), " ") + ")";
    case Hint::format:
      return message + ":(" + joined(import_formats(), " ") + ")";
    case Hint::nothing:
    case Hint::profile:
      return message + ": ";
  }
  return {};
}

/// One option for _arguments, quoted: with both names it excludes itself by the other.
std::string option_spec(char letter, std::string_view name, std::string_view argument, std::string_view meaning,
                        bool is_repeatable) {
  std::string what = "[" + escaped(meaning) + "]";
  std::string value = argument.empty() ? "" : ":" + action_for(hint_of(name, argument), argument, argument);
  std::string full = "--" + std::string{name};
  std::string equals = argument.empty() ? "" : "=";
  std::string star = is_repeatable ? "*" : "";
  if (letter == '\0') return shell_quoted(star + full + equals + what + value);
  std::string brief = std::string{"-"} + letter;
  std::string group = is_repeatable ? "'*'" : shell_quoted("(" + brief + " " + full + ")");
  return group + "{" + brief + (argument.empty() ? "" : "+") + "," + full + equals + "}" + shell_quoted(what + value);
}

std::string head(const std::string& program) {
  return "#compdef " + program + "\n# Written by tools/documents; `make documents` writes it anew.\n";
}

}  // namespace

std::string zsh_for_onit() {
  std::string text = head("onit") + "\n_arguments -S \\\n";
  for (const Option& option : option_table()) {
    bool is_repeatable = false;
    for (const char* name : {"service", "profile", "rewrite", "map-exit", "group-add", "ulimit", "env", "env-file"}) {
      is_repeatable = is_repeatable || std::string_view{option.name} == name;
    }
    text +=
        "  " + option_spec(option.short_name, option.name, option.argument, option.meaning, is_repeatable) + " \\\n";
  }
  return text + "  '(-)1:command:_command_names -e' '*::argument:_normal'\n";
}

std::string zsh_for_onitctl() {
  std::string verbs;
  std::string cases;
  std::string common;
  for (const Verb& verb : verb_table()) {
    std::string name{verb.name};
    verbs += "        " + shell_quoted(name + ":" + escaped(verb.summary)) + "\n";
    cases += "        " + name + ")\n          _arguments";
    for (const VerbOption& option : verb_option_table()) {
      if (!has_option(verb, option.id)) continue;
      std::string spec = option_spec(option.short_name, option.name, option.argument, option.meaning,
                                     option.id == VerbOptionId::profile);
      if (option.id == VerbOptionId::socket) common = spec + " \\";
      cases += " \\\n            " + spec;
    }
    int position = 1;
    if (verb.first == FirstOperand::signal || verb.first == FirstOperand::choice) {
      Hint hint = verb.first == FirstOperand::signal ? Hint::signal : Hint::choice;
      const char* message = hint == Hint::signal ? "signal" : "word";
      cases += " \\\n            " + shell_quoted("1:" + action_for(hint, message, verb.choices));
      ++position;
    }
    if (verb.most >= position) {
      Hint hint = verb.first == FirstOperand::file ? Hint::file : Hint::service;
      std::string place = verb.most == kAnyNumber ? "*" : std::to_string(position);
      cases += " \\\n            " +
               shell_quoted(place + ":" + action_for(hint, hint == Hint::file ? "file" : "service", {}));
    }
    cases += " ;;\n";
  }
  std::string text = head("onitctl") + kOnitctl;
  text = replaced(replaced(text, "VERBS\n", verbs), "CASES\n", cases);
  return replaced(text, "COMMON", common);
}

}  // namespace onit
