#include "cli/onitctl_table.hpp"
#include "cli/option_table.hpp"
#include "documents/documents.hpp"

namespace onit {
namespace {

constexpr char kOnit[] = R"FISH(
# Whether COMMAND is still to come: from there on the words are its own.
function __onit_has_no_command
    set -l words (commandline -opc)
    set -e words[1]
    while set -q words[1]
        switch $words[1]
            case --
                return 1
            case TAKES
                set -e words[1]
            case '-*'
            case '*'
                return 1
        end
        set -e words[1]
    end
end

complete -c onit -n 'not __onit_has_no_command' -xa '(__fish_complete_subcommand -- TAKES)'
complete -c onit -n __onit_has_no_command -xa '(__fish_complete_command)'
)FISH";

constexpr char kOnitctl[] = R"FISH(
# The verb and the words behind it, without options.
function __onitctl_words
    set -l words (commandline -opc)
    set -e words[1]
    while set -q words[1]
        switch $words[1]
            case TAKES
                set -e words[1]
            case '-*'
            case '*'
                echo $words[1]
        end
        set -e words[1]
    end
end

# Whether one of these is the verb.
function __onitctl_is
    set -l words (__onitctl_words)
    contains -- "$words[1]" $argv
end

# Whether so many words, at least and at most, are behind the verb.
function __onitctl_behind
    set -l count (count (__onitctl_words))
    test $count -gt $argv[1] -a $count -le (math $argv[2] + 1)
end

# The services of the onit that is asked; nothing if none answers.
function __onitctl_services
    set -l words (commandline -opc)
    set -l ask status --json --timeout 1s
    if set -l at (contains -i -- --socket $words)
        set -a ask --socket $words[(math $at + 1)]
    else
        set -a ask (string match -- '--socket=*' $words)
    end
    $words[1] $ask 2>/dev/null | string replace -rf '.*"name": *"([A-Za-z0-9_.-]+)".*' '$1'
end

complete -c onitctl -f
)FISH";

/// `-l name -s n -d 'meaning' -xa 'words'`
std::string flags(char letter, std::string_view name, std::string_view argument, std::string_view meaning) {
  std::string text = " -l " + std::string{name};
  if (letter != '\0') text += std::string{" -s "} + letter;
  Hint hint = hint_of(name, argument);
  if (hint == Hint::choice) text += " -xa '" + joined(choices_of(argument), " ") + "'";
  if (hint == Hint::signal) text += " -xa '" + joined(signal_names(), " ") + "'";
  if (hint == Hint::format) text += " -xa '" + joined(import_formats(), " ") + "'";
  if (hint == Hint::tool) text += " -xa '" + joined(tool_names(), " ") + "'";
  if (hint == Hint::directory) text += " -xa '(__fish_complete_directories)'";
  if (hint == Hint::file) text += " -rF";
  if (hint == Hint::profile || (hint == Hint::nothing && !argument.empty())) text += " -x";
  return text + " -d " + shell_quoted(meaning) + "\n";
}

/// The names of the options that have a value, as patterns.
template <class Table>
std::string takes(const Table& table) {
  std::string names;
  for (const auto& option : table) {
    if (option.argument.empty()) continue;
    if (option.short_name != '\0') names += std::string{"-"} + option.short_name + " ";
    names += "--" + std::string{option.name} + " ";
  }
  names.pop_back();
  return names;
}

std::string head(const std::string& program) {
  return "# fish completion for " + program + ". Written by tools/documents; `make documents` writes it anew.\n";
}

/// The words behind a verb.
std::string words_of(const Verb& verb) {
  std::string start = "complete -c onitctl -n '__onitctl_is " + std::string{verb.name} + "; and __onitctl_behind ";
  std::string text;
  int first = 0;
  if (verb.first == FirstOperand::signal || verb.first == FirstOperand::choice) {
    bool is_signal = verb.first == FirstOperand::signal;
    text = start + "0 0' -a '" + joined(is_signal ? signal_names() : choices_of(verb.choices), " ") + "'\n";
    first = 1;
  }
  if (verb.most <= first) return text;
  int last = verb.most == kAnyNumber ? 999 : verb.most - 1;
  text += start + std::to_string(first) + " " + std::to_string(last) + "'";
  return text + (verb.first == FirstOperand::file ? " -F\n" : " -a '(__onitctl_services)'\n");
}

}  // namespace

std::string fish_for_onit() {
  std::string text = head("onit") + replaced(kOnit, "TAKES", takes(option_table()));
  for (const Option& option : option_table()) {
    text += "complete -c onit -n __onit_has_no_command" +
            flags(option.short_name, option.name, option.argument, option.meaning);
  }
  return text;
}

std::string fish_for_onitctl() {
  std::string text = head("onitctl") + replaced(kOnitctl, "TAKES", takes(verb_option_table()));
  text +=
      "complete -c onitctl -n 'not count (__onitctl_words) >/dev/null' -l version -s V -d 'print the version and "
      "exit'\n";
  for (const Verb& verb : verb_table()) {
    text += "complete -c onitctl -n 'not count (__onitctl_words) >/dev/null' -a " + std::string{verb.name} + " -d " +
            shell_quoted(verb.summary) + "\n" + words_of(verb);
  }
  for (const VerbOption& option : verb_option_table()) {
    if (option.id == VerbOptionId::version) continue;
    std::string verbs;
    for (const Verb& verb : verb_table()) {
      if (has_option(verb, option.id)) verbs += " " + std::string{verb.name};
    }
    bool is_early = option.id == VerbOptionId::socket || option.id == VerbOptionId::help;
    text += "complete -c onitctl -n '" + std::string{is_early ? "not count (__onitctl_words) >/dev/null; or " : ""} +
            "__onitctl_is" + verbs + "'" + flags(option.short_name, option.name, option.argument, option.meaning);
  }
  return text;
}

}  // namespace onit
