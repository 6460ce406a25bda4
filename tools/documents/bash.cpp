#include "cli/onitctl_table.hpp"
#include "cli/option_table.hpp"
#include "documents/documents.hpp"

namespace onit {
namespace {

// What is not generated. `=` ends a word of bash's: `--file=x` is three of them.

constexpr char kValue[] = R"BASH(
# Prints what is to be completed: the word at the cursor, without what stands in front of a '='.
_PROGRAM_word() {
  local word=${COMP_WORDS[COMP_CWORD]}
  [[ $word == = ]] && word=
  printf '%s' "$word"
}

# Prints the option whose value that is, if it is one.
_PROGRAM_option() {
  local i=$((COMP_CWORD - 1))
  [[ ${COMP_WORDS[COMP_CWORD]} == = || ${COMP_WORDS[i]} != = ]] || ((i--))
  [[ $_PROGRAM_takes == *" ${COMP_WORDS[i]} "* ]] && printf '%s' "${COMP_WORDS[i]}"
}

# Sets `at` to the first word from there on that belongs to no option.
_PROGRAM_skip() {
  for ((at = $1; at < COMP_CWORD; at++)); do
    case ${COMP_WORDS[at]} in
      --) ((at++)); return ;;
      -?*)
        [[ $_PROGRAM_takes == *" ${COMP_WORDS[at]} "* ]] || continue
        ((at++))
        [[ ${COMP_WORDS[at]} != = ]] || ((at++)) ;;
      *) return ;;
    esac
  done
}

_PROGRAM_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "$2")
}

_PROGRAM_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2"); }
)BASH";

constexpr char kOnit[] = R"BASH(
_onit() {
  local word option at
  word=$(_onit_word)
  option=$(_onit_option)
  COMPREPLY=()
  case $option in
OPTIONS
    ?*) return ;;
  esac
  _onit_skip 1
  if ((at < COMP_CWORD)); then
    # What follows COMMAND is for it.
    if declare -F _command_offset >/dev/null; then _command_offset "$at"; else _onit_files -f "$word"; fi
  elif [[ $word == -* ]]; then
    _onit_words 'ALL' "$word"
  else
    _onit_files -c "$word"
  fi
}
complete -F _onit onit
)BASH";

constexpr char kOnitctl[] = R"BASH(
# The services of the onit that is asked; nothing if none answers.
_onitctl_services() {
  local line i ask=(status --json --timeout 1s)
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ ${COMP_WORDS[i]} == --socket ]] || continue
    [[ ${COMP_WORDS[i + 1]} == = ]] && ((i++))
    ask+=(--socket "${COMP_WORDS[i + 1]}")
  done
  while IFS= read -r line; do
    # Nothing else is a name: bash expands what it is offered.
    if [[ $line =~ \"name\":\ *\"([A-Za-z0-9_.-]+)\" ]]; then printf '%s\n' "${BASH_REMATCH[1]}"; fi
  done < <("${COMP_WORDS[0]}" "${ask[@]}" 2>/dev/null)
}

_onitctl() {
  local word option at verb number=0
  word=$(_onitctl_word)
  option=$(_onitctl_option)
  COMPREPLY=()
  case $option in
OPTIONS
    ?*) return ;;
  esac
  _onitctl_skip 1
  if ((at >= COMP_CWORD)); then
    if [[ $word == -* ]]; then _onitctl_words '--socket --help --version' "$word"
    else _onitctl_words 'ALL' "$word"; fi
    return
  fi
  verb=${COMP_WORDS[at]}
  # How many words there are behind it.
  while _onitctl_skip $((at + 1)); ((at < COMP_CWORD)); do ((number++)); done
  case $verb,$word in
VERBS
  esac
  case $verb,$number in
WORDS
  esac
}
complete -F _onitctl onitctl
)BASH";

/// A line of a case: `    PATTERN) ACTION ;;`
std::string line(const std::string& pattern, const std::string& action) {
  return "    " + pattern + ") " + action + " ;;\n";
}

/// What completes a word; empty: nothing.
std::string action_for(Hint hint, std::string_view choices, const std::string& program) {
  switch (hint) {
    case Hint::choice:
      return "_" + program + "_words '" + joined(choices_of(choices), " ") + "' \"$word\"; return";
    case Hint::file:
      return "_" + program + "_files -f \"$word\"; return";
    case Hint::directory:
      return "_" + program + "_files -d \"$word\"; return";
    case Hint::signal:
      return "_" + program + "_words '" + joined(signal_names(), " ") + "' \"$word\"; return";
    case Hint::service:
      return "_" + program + "_words \"$(_" + program + "_services)\" \"$word\"; return";
    case Hint::tool:
      return "_" + program + "_words '" + joined(tool_names(), " ") + "' \"$word\"; return";
    case Hint::format:
      return "_" + program + "_words '" + joined(import_formats(), " ") + "' \"$word\"; return";
    case Hint::nothing:
    case Hint::profile:
      return {};
  }
  return {};
}

/// Of one option with a value: under both of its names.
std::string names_of(char letter, std::string_view name) {
  std::string names = "--" + std::string{name};
  return letter == '\0' ? names : std::string{"-"} + letter + "|" + names;
}

struct Options {
  std::string takes = " ";  ///< those with a value
  std::string cases{};      ///< what completes it
  std::string all{};        ///< by their long names

  void add(char letter, std::string_view name, std::string_view argument, const std::string& program) {
    all += (all.empty() ? "--" : " --") + std::string{name};
    if (argument.empty()) return;
    takes += replaced(names_of(letter, name), "|", " ") + " ";
    std::string action = action_for(hint_of(name, argument), argument, program);
    if (!action.empty()) cases += line(names_of(letter, name), action);
  }
};

std::string page(const std::string& program, const Options& options, std::string_view body) {
  std::string text =
      "# bash completion for " + program + ". Written by tools/documents; `make documents` writes it anew.\n";
  text += "\n_PROGRAM_takes='" + options.takes + "'\n" + kValue + std::string{body};
  text = replaced(text, "OPTIONS\n", options.cases);
  return replaced(text, "PROGRAM", program);
}

}  // namespace

std::string bash_for_onit() {
  Options options;
  for (const Option& option : option_table()) options.add(option.short_name, option.name, option.argument, "onit");
  return replaced(page("onit", options, kOnit), "ALL", options.all);
}

std::string bash_for_onitctl() {
  Options options;
  for (const VerbOption& option : verb_option_table()) {
    options.add(option.short_name, option.name, option.argument, "onitctl");
  }
  std::string all;
  std::string verbs;
  std::string words;
  for (const Verb& verb : verb_table()) {
    std::string name{verb.name};
    all += (all.empty() ? "" : " ") + name;
    std::string known;
    for (const VerbOption& option : verb_option_table()) {
      if (has_option(verb, option.id)) known += (known.empty() ? "--" : " --") + std::string{option.name};
    }
    verbs += line(name + ",-*", "_onitctl_words '" + known + "' \"$word\"; return");
    bool has_first = verb.first == FirstOperand::signal || verb.first == FirstOperand::choice;
    if (has_first) {
      Hint hint = verb.first == FirstOperand::signal ? Hint::signal : Hint::choice;
      words += line(name + ",0", action_for(hint, verb.choices, "onitctl"));
    }
    if (verb.most <= (has_first ? 1 : 0)) continue;
    Hint hint = verb.first == FirstOperand::file ? Hint::file : Hint::service;
    std::string pattern = verb.most == kAnyNumber ? "*" : std::to_string(verb.most - 1);
    words += line(name + "," + pattern, action_for(hint, {}, "onitctl"));
  }
  std::string text = page("onitctl", options, kOnitctl);
  text = replaced(replaced(text, "VERBS\n", verbs), "WORDS\n", words);
  return replaced(text, "ALL", all);
}

}  // namespace onit
