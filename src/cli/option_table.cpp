#include "cli/option_table.hpp"

#include <array>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "base/text_pool.hpp"

namespace onit {
namespace {

/// An option as it is written here, before its texts are packed.
struct Row {
  OptionId id;
  char short_name;
  std::string_view name;
  std::string_view argument;
  std::string_view meaning;
};

constexpr Row kRows[] = {
    {OptionId::file, 'f', "file", "FILE", "run the services of a file [/etc/onit.toml]"},
    {OptionId::service, 0, "service", "NAME=COMMAND", "one more service; COMMAND is split into words"},
    {OptionId::profile, 0, "profile", "NAME", "and those services that are of this profile"},
    {OptionId::forward, 0, "forward", "child|group|all", "who gets signals [group]"},
    {OptionId::rewrite, 0, "rewrite", "FROM:TO", "pass on TO in place of a signal; none drops it"},
    {OptionId::stop_signal, 0, "stop-signal", "SIG", "for what remains after COMMAND ended [TERM]"},
    {OptionId::stop_grace_period, 0, "stop-grace-period", "D", "until KILL follows; 0: KILL at once [5s]"},
    {OptionId::on_exit, 0, "on-exit", "stop|wait|leave", "what to do with what remains [stop]"},
    {OptionId::kill_after, 0, "kill-after", "D", "KILL everything D after a TERM was passed on"},
    {OptionId::drain, 0, "drain", "D", "hold a TERM back for D; a second one skips it"},
    {OptionId::exit_code, 0, "exit-code", "main|first|max", "whose: COMMAND's, first not 0, highest [main]"},
    {OptionId::map_exit, 0, "map-exit", "N:M", "exit with M in place of N"},
    {OptionId::pdeathsig, 0, "pdeathsig", "SIG", "what onit gets when its parent dies"},
    {OptionId::user, 0, "user", "U[:G]", "run COMMAND as this user and group"},
    {OptionId::group_add, 0, "group-add", "G", "a further group for COMMAND"},
    {OptionId::chdir, 0, "chdir", "DIR", "its working directory"},
    {OptionId::umask, 0, "umask", "M", "its umask, in octal"},
    {OptionId::nice, 0, "nice", "N", "its nice value, -20..19"},
    {OptionId::oom_score_adj, 0, "oom-score-adj", "N", "its OOM score adjustment, -1000..1000"},
    {OptionId::ulimit, 0, "ulimit", "NAME=S[:H]", "a limit, such as nofile=1024:4096"},
    {OptionId::no_new_privs, 0, "no-new-privs", "", "it cannot gain privileges by exec"},
    {OptionId::env, 0, "env", "K=V", "set a variable; K alone keeps onit's"},
    {OptionId::env_file, 0, "env-file", "FILE", "set variables from a file as Compose reads it"},
    {OptionId::clear_env, 0, "clear-env", "", "start from an empty environment"},
    {OptionId::secrets, 0, "secrets", "", "set K to what is in the file that K_FILE names"},
    {OptionId::verbose, 'v', "verbose", "", "tell on stderr what onit does"},
    {OptionId::quiet, 'q', "quiet", "", "no warnings"},
    {OptionId::log_format, 0, "log-format", "text|json", "of onit's own messages [text]"},
    {OptionId::dry_run, 0, "dry-run", "", "print the plan as JSON and exit"},
    {OptionId::as, 0, "as", "NAME", "be that tool; its command line follows"},
    {OptionId::link, 0, "link", "DIR", "lay links to onit under those tools' names"},
    {OptionId::help, 'h', "help", "", "print this and exit"},
    {OptionId::version, 'V', "version", "", "print the version and exit"},
};

constexpr std::size_t text_bytes() {
  std::size_t size = 1;
  for (const Row& row : kRows) size += row.name.size() + row.argument.size() + row.meaning.size() + 3;
  return size;
}

struct PackedOptions {
  TextPool<text_bytes()> texts;
  std::array<Option, std::size(kRows)> options;
};

template <std::size_t... Index>
constexpr PackedOptions pack(std::index_sequence<Index...>) {
  TextPool<text_bytes()> texts;
  auto option = [&texts](const Row& row) {
    return Option{row.id, row.short_name, OptionText{texts.add(row.name)}, OptionText{texts.add(row.argument)},
                  OptionText{texts.add(row.meaning)}};
  };
  std::array<Option, sizeof...(Index)> options{option(kRows[Index])...};
  return {texts, options};
}

constexpr PackedOptions kPacked = pack(std::make_index_sequence<std::size(kRows)>{});

constexpr std::size_t kMeaningColumn = 34;

}  // namespace

// Not inline: GCC 12 would warn of a text without end, as it looks at no more than one piece of the pool.
[[gnu::noinline]] const char* OptionText::c_str() const { return kPacked.texts.bytes + at_; }

std::span<const Option> option_table() { return kPacked.options; }

std::string help_text() {
  std::string text =
      "Usage: onit [OPTION]... [--] COMMAND [ARG]...\n"
      "       onit [OPTION]... -f FILE [-- COMMAND [ARG]...]\n"
      "       onit [OPTION]... --service NAME=COMMAND...\n"
      "       onitctl VERB...\n"
      "The first process of a container: of one command, or of several services.\n\n";
  for (const Option& option : kPacked.options) {
    std::string line = option.short_name ? filled("  -%, --", option.short_name) : "      --";
    line.append(option.name);
    if (!option.argument.empty()) line.append(" ").append(option.argument);
    line.append(line.size() < kMeaningColumn - 1 ? kMeaningColumn - line.size() : 2, ' ');
    text.append(line).append(option.meaning).append("\n");
  }
  text +=
      "\nD is a duration (250ms, 1m30s), SIG a signal (TERM, 15, RTMIN+3). May be given\n"
      "again: service, profile, rewrite, map-exit, group-add, ulimit, env, env-file.\n"
      "Exit status: COMMAND's, or 128 + the signal that killed it; 125 if onit itself\n"
      "failed, 126 if COMMAND cannot be executed, 127 if it is not found. Called tini,\n"
      "dumb-init, catatonit or run, onit is that tool. $ONIT_OPTIONS adds options.\n";
  return text;
}

// The form in which dockerd looks for the version of its --init-path.
std::string version_text() { return "onit " ONIT_VERSION " - git." ONIT_COMMIT "\n"; }

}  // namespace onit
