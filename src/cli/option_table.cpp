#include "cli/option_table.hpp"

#include <string_view>

namespace onit {
namespace {

constexpr Option kOptions[] = {
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

constexpr std::size_t kMeaningColumn = 34;

}  // namespace

std::span<const Option> option_table() { return kOptions; }

std::string help_text() {
  std::string text =
      "Usage: onit [OPTION]... [--] COMMAND [ARG]...\n"
      "Runs COMMAND as the first process of a container should be run: passes signals\n"
      "on, reaps orphans, hands the terminal over, exits with COMMAND's status.\n\n";
  for (const Option& option : kOptions) {
    std::string line = option.short_name ? std::string{"  -"} + option.short_name + ", --" : "      --";
    line += option.name;
    if (option.argument[0] != '\0') line.append(" ").append(option.argument);
    line.append(line.size() < kMeaningColumn - 1 ? kMeaningColumn - line.size() : 2, ' ');
    text.append(line).append(option.meaning).append("\n");
  }
  text +=
      "\nD is a duration (250ms, 10s, 1m30s), SIG a signal's name or number (TERM, 15,\n"
      "RTMIN+3). --rewrite, --map-exit, --group-add, --ulimit, --env and --env-file may\n"
      "be repeated. Exit status: COMMAND's, or 128 + the signal that killed it; 125 if\n"
      "onit itself failed, 126 if COMMAND cannot be executed, 127 if it is not found.\n"
      "Called tini, docker-init, dumb-init, catatonit, podman-init, run or run-multi,\n"
      "onit is that tool. $ONIT_OPTIONS adds options, whatever it is called.\n";
  return text;
}

// The form in which dockerd looks for the version of its --init-path.
std::string version_text() { return "onit " ONIT_VERSION " - git." ONIT_COMMIT "\n"; }

}  // namespace onit
