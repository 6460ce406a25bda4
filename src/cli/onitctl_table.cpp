#include "cli/onitctl_table.hpp"

#include <array>
#include <utility>

#include "base/text.hpp"
#include "base/text_pool.hpp"

namespace onit {
namespace {

using enum VerbOptionId;

/// A verb as it is written here, before its texts are packed.
struct VerbRow {
  VerbId id;
  FirstOperand first;
  std::uint8_t fewest;
  std::uint8_t most;
  std::uint16_t options;
  std::string_view name;
  std::string_view operands;
  std::string_view summary;
  std::string_view details;
  std::string_view choices;
};

struct OptionRow {
  VerbOptionId id;
  char short_name;
  std::string_view name;
  std::string_view argument;
  std::string_view meaning;
};

constexpr OptionRow kOptionRows[] = {
    {json, 0, "json", "", "print JSON"},
    {watch, 0, "watch", "", "show them anew whenever something happens; q leaves"},
    {live, 0, "live", "", "only whether it is not unhealthy; it may be starting"},
    {wait, 0, "wait", "", "wait until it is done, or has failed"},
    {follow, 'f', "follow", "", "and what is still to come, until Ctrl-C"},
    {lines, 'n', "lines", "N", "only the last N lines"},
    {timestamps, 't', "timestamps", "", "begin each line with the time"},
    {exit_code, 0, "exit-code", "N", "what onit exits with, 0 to 255"},
    {profile, 0, "profile", "NAME", "and those services that are of this profile"},
    {format, 0, "format", "NAME", "supervisord, compose or procfile [by its name]"},
    {timeout, 0, "timeout", "D", "give up after that time, such as 500ms or 1m30s"},
    {socket, 0, "socket", "PATH", "where onit listens [$ONIT_SOCKET, or /run/onit.sock]"},
    {help, 'h', "help", "", "print this and exit"},
    {version, 'V', "version", "", "print the version and exit"},
};

constexpr std::uint16_t bit(VerbOptionId id) { return static_cast<std::uint16_t>(1U << static_cast<unsigned>(id)); }
constexpr std::uint16_t bits(auto... ids) { return static_cast<std::uint16_t>((0U | ... | bit(ids))); }

/// Of each verb that asks onit.
constexpr std::uint16_t asks(auto... ids) { return bits(ids..., timeout, socket, help); }

constexpr VerbRow kVerbRows[] = {
    {VerbId::status, FirstOperand::service, 0, kAnyNumber, asks(json, watch), "status", "[NAME]...", "how services are",
     "A line for each: its state, whether it is ready and healthy, its process, for\n"
     "how long, how often it was restarted, how it last ended, and why.",
     ""},
    {VerbId::start, FirstOperand::service, 1, kAnyNumber, asks(wait, json), "start", "NAME...", "start services",
     "What they depend on is started as well, unless it was stopped by hand.", ""},
    {VerbId::stop, FirstOperand::service, 1, kAnyNumber, asks(wait, json), "stop", "NAME...", "stop services",
     "What needs them is stopped before them. They stay down until they are started.", ""},
    {VerbId::restart, FirstOperand::service, 1, kAnyNumber, asks(wait, json), "restart", "NAME...",
     "stop services and start them again",
     "What needs them is stopped before them, and started again behind them. It does\n"
     "not count as a restart for 'max_restarts'.",
     ""},
    {VerbId::signal, FirstOperand::signal, 2, kAnyNumber, asks(), "signal", "SIG NAME...", "send a signal to services",
     "SIG is a name or a number: HUP, SIGUSR1, 15, RTMIN+3.", ""},
    {VerbId::logs, FirstOperand::service, 0, kAnyNumber, asks(follow, lines, timestamps, json), "logs", "[NAME]...",
     "what services have written", "onit remembers the last 64 KiB of each.", ""},
    {VerbId::events, FirstOperand::service, 0, kAnyNumber, asks(follow, json), "events", "[NAME]...",
     "what has happened to services", "Starts, ends, restarts, and what they were caused by.", ""},
    {VerbId::health, FirstOperand::service, 0, 1, asks(live, json), "health", "[NAME]",
     "whether all is well, or one service is",
     "For HEALTHCHECK and probes: one line, and an exit status that is 0 or 1.\n"
     "A probe that has the container killed when it fails wants --live.",
     ""},
    {VerbId::wait, FirstOperand::choice, 2, 2, asks(json), "wait", "CONDITION NAME",
     "wait until a service is ready, or so",
     "CONDITION is started, ready, healthy, completed (ended well), exited (ended) or\n"
     "stopped. What can never come true is not waited for.",
     "started|ready|healthy|completed|exited|stopped"},
    {VerbId::explain, FirstOperand::service, 0, kAnyNumber, asks(json), "explain", "[NAME]...",
     "why services are as they are", "Without NAME only those that are not simply up.", ""},
    {VerbId::tree, FirstOperand::service, 0, 0, asks(json), "tree", "", "the processes, and whose they are",
     "Each with its service; zombies with the parent that does not reap them.", ""},
    {VerbId::analyze, FirstOperand::choice, 0, 1, asks(json), "analyze", "[blame|critical-chain|plot]",
     "how the start went",
     "blame lists services by the time they took, critical-chain what the last one\n"
     "has waited for; plot draws all that as SVG.",
     "blame|critical-chain|plot"},
    {VerbId::metrics, FirstOperand::service, 0, 0, asks(), "metrics", "", "numbers for Prometheus", "", ""},
    {VerbId::reload, FirstOperand::service, 0, 0, asks(json), "reload", "", "read the file of services again",
     "If it has no error, services whose definition has changed are restarted, and\n"
     "what needs them.",
     ""},
    {VerbId::shutdown, FirstOperand::service, 0, 0, asks(exit_code), "shutdown", "", "stop everything, and onit", "",
     ""},
    {VerbId::check, FirstOperand::file, 1, kAnyNumber, bits(profile, help), "check", "FILE...",
     "tell what is wrong with files of services", "Or, if nothing is, in which order their services start.", ""},
    {VerbId::schema, FirstOperand::file, 0, 0, bits(help), "schema", "", "print the JSON Schema of such a file",
     "Editors complete and check with it.", ""},
    {VerbId::import, FirstOperand::file, 1, 1, bits(format, help), "import", "FILE",
     "turn a file of another tool into one",
     "FILE is a supervisord.conf, a Compose file or a Procfile; - is standard input.\n"
     "What has no equal is said in comments.",
     ""},
};

constexpr std::size_t text_bytes() {
  std::size_t size = 1;
  for (const VerbRow& row : kVerbRows) {
    size += row.name.size() + row.operands.size() + row.summary.size() + row.details.size() + row.choices.size() + 5;
  }
  for (const OptionRow& row : kOptionRows) size += row.name.size() + row.argument.size() + row.meaning.size() + 3;
  return size;
}

struct Packed {
  TextPool<text_bytes()> texts;
  std::array<Verb, std::size(kVerbRows)> verbs;
  std::array<VerbOption, std::size(kOptionRows)> options;
};

template <std::size_t... V, std::size_t... O>
constexpr Packed pack(std::index_sequence<V...>, std::index_sequence<O...>) {
  TextPool<text_bytes()> texts;
  auto text = [&texts](std::string_view written) { return VerbText{texts.add(written)}; };
  auto verb = [&text](const VerbRow& row) {
    return Verb{row.id,         row.first,          row.fewest,        row.most,          row.options,
                text(row.name), text(row.operands), text(row.summary), text(row.details), text(row.choices)};
  };
  auto option = [&text](const OptionRow& row) {
    return VerbOption{row.id, row.short_name, text(row.name), text(row.argument), text(row.meaning)};
  };
  std::array<Verb, sizeof...(V)> verbs{verb(kVerbRows[V])...};
  std::array<VerbOption, sizeof...(O)> options{option(kOptionRows[O])...};
  return {texts, verbs, options};
}

constexpr Packed kPacked =
    pack(std::make_index_sequence<std::size(kVerbRows)>{}, std::make_index_sequence<std::size(kOptionRows)>{});

/// Where the meanings begin.
constexpr std::size_t kVerbColumn = 39;
constexpr std::size_t kOptionColumn = 24;

void append_line(std::string& text, std::string line, std::size_t column, std::string_view meaning) {
  line.append(line.size() < column - 1 ? column - line.size() : 2, ' ');
  text.append(line).append(meaning).append("\n");
}

}  // namespace

// Not inline, as in the table of options.
[[gnu::noinline]] const char* VerbText::c_str() const { return kPacked.texts.bytes + at_; }

std::span<const Verb> verb_table() { return kPacked.verbs; }

std::span<const VerbOption> verb_option_table() { return kPacked.options; }

const char* exit_codes_of(VerbId id) {
  if (id == VerbId::health) return "  0    healthy\n  1    not, or no onit answers\n";
  if (!needs_onit(id)) return "  0    done, and nothing is wrong\n  125  something is wrong\n";
  return "  0    done, or true\n"
         "  1    failed, refused or not true; no such service\n"
         "  124  --timeout is over\n"
         "  125  a mistake in the command line, no onit answers, or stdout takes nothing\n";
}

std::string synopsis_of(const Verb& verb) {
  return concat("onitctl ", verb.name, " [OPTION]...", verb.operands.empty() ? "" : " ", verb.operands);
}

std::string onitctl_help_text() {
  std::string text =
      "Usage: onitctl VERB [OPTION]... [ARG]...\n"
      "Asks the onit that runs services here, and looks at files of services.\n\n";
  for (const Verb& verb : verb_table()) {
    append_line(text, concat("  ", verb.name, " ", verb.operands), kVerbColumn, verb.summary);
  }
  text += "\n'onitctl VERB --help' tells more of each. Exit status:\n\n";
  text += exit_codes_of(VerbId::status);
  return text;
}

std::string verb_help_text(const Verb& verb) {
  std::string text = filled("Usage: %\n%.\n%\n", synopsis_of(verb), verb.summary, verb.details);
  char& first = text[text.find('\n') + 1];
  first = static_cast<char>(first - 'a' + 'A');
  if (!verb.details.empty()) text += "\n";
  for (const VerbOption& option : verb_option_table()) {
    if (!has_option(verb, option.id)) continue;
    std::string line = option.short_name ? filled("  -%, --", option.short_name) : "      --";
    line.append(option.name).append(option.argument.empty() ? "" : " ").append(option.argument);
    append_line(text, std::move(line), kOptionColumn, option.meaning);
  }
  return text.append("\nExit status:\n\n").append(exit_codes_of(verb.id));
}

}  // namespace onit
