#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>
#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/option_table.hpp"
#include "unit/mentions.hpp"

namespace onit {
namespace {

/// A command line, and what became of it.
class Parsed {
 public:
  explicit Parsed(const std::vector<const char*>& arguments) {
    words_.emplace_back("onit");
    for (const char* argument : arguments) words_.emplace_back(argument);
    for (std::string& word : words_) argv_.push_back(word.data());
    argv_.push_back(nullptr);
    char* const none[] = {nullptr};
    result_.emplace(read_command_line({"onit", static_cast<int>(words_.size()), argv_.data(), none, 42}));
  }

  const Plan& plan() const {
    REQUIRE_MESSAGE(result_->ok(), (result_->ok() ? "" : result_->error().text));
    REQUIRE(std::holds_alternative<Plan>(result_->value()));
    return *std::get_if<Plan>(&result_->value());
  }
  std::string complaint() const { return result_->ok() ? "" : result_->error().text; }
  template <class T>
  bool is() const {
    return result_->ok() && std::holds_alternative<T>(result_->value());
  }

 private:
  std::vector<std::string> words_;
  std::vector<char*> argv_;
  std::optional<Result<Request, Complaint>> result_;
};

}  // namespace

TEST_CASE("a bare command has the documented defaults") {
  Parsed parsed({"cmd", "-v", "--forward"});
  const Plan& plan = parsed.plan();
  CHECK(std::string{plan.launch.argv[0]} == "cmd");
  CHECK(std::string{plan.launch.argv[1]} == "-v");
  CHECK(std::string{plan.launch.argv[2]} == "--forward");
  CHECK(plan.launch.argv[3] == nullptr);
  CHECK(plan.policy.forward == Target::group);
  CHECK(plan.policy.stop_signal == SIGTERM);
  CHECK(plan.policy.stop_grace_period == Millis{5000});
  CHECK(plan.policy.on_exit == OnExit::stop);
  CHECK(plan.policy.kill_after == Millis{0});
  CHECK(plan.policy.drain == Millis{0});
  CHECK(plan.policy.exit_code_from == ExitCodeFrom::main);
  CHECK(plan.messages.verbosity == Verbosity::warnings);
  CHECK_FALSE(plan.messages.format);
  CHECK(plan.parent_death_signal == 0);
  CHECK(plan.launch.user == nullptr);
  CHECK_FALSE(plan.launch.no_new_privs);
  CHECK_FALSE(plan.dry_run);
}

TEST_CASE("options end at the first argument that is none, and at --") {
  CHECK(std::string{Parsed({"-v", "cmd", "-q"}).plan().launch.argv[1]} == "-q");
  CHECK(std::string{Parsed({"-v", "--", "-q"}).plan().launch.argv[0]} == "-q");
  CHECK(std::string{Parsed({"--", "--", "x"}).plan().launch.argv[0]} == "--");
  CHECK(std::string{Parsed({"-", "x"}).plan().launch.argv[0]} == "-");
}

TEST_CASE("every option reaches the plan") {
  Parsed parsed({"--forward=all",
                 "--rewrite",
                 "TERM:QUIT",
                 "--rewrite=RTMIN+3:none",
                 "--stop-signal",
                 "int",
                 "--stop-grace-period",
                 "2s",
                 "--on-exit",
                 "wait",
                 "--kill-after",
                 "1m",
                 "--drain",
                 "250ms",
                 "--exit-code",
                 "max",
                 "--map-exit",
                 "143:0",
                 "--pdeathsig",
                 "9",
                 "--user",
                 "u:g",
                 "--group-add",
                 "a",
                 "--group-add",
                 "b",
                 "--chdir",
                 "/d",
                 "--umask",
                 "027",
                 "--nice",
                 "-5",
                 "--oom-score-adj",
                 "500",
                 "--ulimit",
                 "nofile=10:unlimited",
                 "--no-new-privs",
                 "--env",
                 "A=b",
                 "--env-file",
                 "f",
                 "--clear-env",
                 "--secrets",
                 "-v",
                 "--log-format",
                 "json",
                 "--dry-run",
                 "cmd"});
  const Plan& plan = parsed.plan();
  CHECK(plan.policy.forward == Target::all);
  CHECK(plan.policy.rewrites(SIGTERM) == SIGQUIT);
  CHECK(plan.policy.rewrites(37) == SignalRewrites::kDrop);
  CHECK(plan.policy.rewrites(SIGHUP) == SIGHUP);
  CHECK(plan.policy.stop_signal == SIGINT);
  CHECK(plan.policy.stop_grace_period == Millis{2000});
  CHECK(plan.policy.on_exit == OnExit::wait);
  CHECK(plan.policy.kill_after == Millis{60'000});
  CHECK(plan.policy.drain == Millis{250});
  CHECK(plan.policy.exit_code_from == ExitCodeFrom::max);
  CHECK(plan.policy.exit_code_map(143) == 0);
  CHECK(plan.parent_death_signal == SIGKILL);
  CHECK(std::string{plan.launch.user} == "u:g");
  CHECK(plan.launch.group_add == std::vector<std::string_view>{"a", "b"});
  CHECK(std::string{plan.launch.working_dir} == "/d");
  CHECK(plan.launch.umask == 027u);
  CHECK(plan.launch.nice == -5);
  CHECK(plan.launch.oom_score_adj == 500);
  REQUIRE(plan.launch.ulimits.size() == 1);
  CHECK(plan.launch.ulimits[0].resource == RLIMIT_NOFILE);
  CHECK(plan.launch.ulimits[0].soft == 10);
  CHECK(plan.launch.ulimits[0].hard == kUnlimited);
  CHECK(plan.launch.no_new_privs);
  CHECK(plan.launch.env == std::vector<std::string_view>{"A=b"});
  CHECK(plan.launch.env_files.size() == 1);
  CHECK(plan.launch.clear_env);
  CHECK(plan.launch.secrets);
  CHECK(plan.messages.verbosity == Verbosity::info);
  CHECK(plan.messages.format == LogFormat::json);
  CHECK(plan.dry_run);
}

TEST_CASE("a limit without a hard part has the soft one for both") {
  Parsed parsed({"--ulimit", "nproc=7", "c"});
  CHECK(parsed.plan().launch.ulimits[0].hard == 7);
}

TEST_CASE("an option that is no character is unknown like any other") {
  CHECK(mentions(Parsed({"-\xff"}).complaint(), "unknown option '-?'"));
  CHECK(mentions(Parsed({"-v\xc3", "--", "c"}).complaint(), "unknown option"));
}

TEST_CASE("a long option may be cut as long as it is unambiguous") {
  CHECK(Parsed({"--forw", "all", "c"}).plan().policy.forward == Target::all);
  CHECK(mentions(Parsed({"--no", "c"}).plan().launch.no_new_privs ? "yes" : "", "yes"));
  CHECK(mentions(Parsed({"--e", "c"}).complaint(), "ambiguous"));
}

TEST_CASE("help and version act at once") {
  CHECK(Parsed({"--help"}).is<Answer>());
  CHECK(Parsed({"-h", "--nonsense"}).is<Answer>());
  CHECK(Parsed({"--version"}).is<Answer>());
  CHECK(Parsed({"-V"}).is<Answer>());
}

TEST_CASE("a complaint names the option and what would be right") {
  struct Bad {
    std::vector<const char*> arguments;
    const char* names;
    const char* remedy;
  };
  const Bad bad[] = {
      {{"--profile", "p", "c"}, "--profile", "--file"},
      {{"-f", ""}, "--file ''", "empty"},
      {{"-f"}, "'-f'", "needs a value"},
      {{"-f", "a", "--file=b"}, "twice", "include"},
      {{"--foward", "child", "c"}, "'--foward'", "'--forward'"},
      {{"--xyzzy", "c"}, "'--xyzzy'", "onit --help"},
      {{"-x", "c"}, "'-x'", "onit --help"},
      {{"--user"}, "'--user'", "needs a value"},
      {{"--clear-env=yes", "c"}, "'--clear-env'", "takes no value"},
      {{"--forward", "everyone", "c"}, "--forward 'everyone'", "child, group, all"},
      {{"--on-exit", "x", "c"}, "--on-exit 'x'", "stop, wait, leave"},
      {{"--exit-code", "x", "c"}, "--exit-code 'x'", "main, first, max"},
      {{"--log-format", "x", "c"}, "--log-format 'x'", "text, json"},
      {{"--rewrite", "TERM", "c"}, "--rewrite 'TERM'", "FROM:TO"},
      {{"--rewrite", "FOO:TERM", "c"}, "'FOO' is not a signal", "RTMIN+3"},
      {{"--rewrite", "TERM:FOO", "c"}, "'FOO' is not a signal", "RTMIN+3"},
      {{"--rewrite", "KILL:TERM", "c"}, "--rewrite 'KILL:TERM'", "cannot be caught"},
      {{"--stop-signal", "0", "c"}, "--stop-signal '0'", "SIGUSR1"},
      {{"--stop-grace-period", "5", "c"}, "--stop-grace-period '5'", "5s"},
      {{"--kill-after", "soon", "c"}, "--kill-after 'soon'", "250ms"},
      {{"--drain", "-1s", "c"}, "--drain '-1s'", "250ms"},
      {{"--map-exit", "1", "c"}, "--map-exit '1'", "143:0"},
      {{"--map-exit", "1:256", "c"}, "--map-exit '1:256'", "0 to 255"},
      {{"--pdeathsig", "x", "c"}, "--pdeathsig 'x'", "TERM"},
      {{"--umask", "8", "c"}, "--umask '8'", "octal"},
      {{"--umask", "01777", "c"}, "--umask '01777'", "octal"},
      {{"--umask", "1777", "c"}, "--umask '1777'", "octal"},
      {{"--nice", "20", "c"}, "--nice '20'", "-20 to 19"},
      {{"--oom-score-adj", "-1001", "c"}, "--oom-score-adj '-1001'", "-1000 to 1000"},
      {{"--ulimit", "nofile", "c"}, "--ulimit 'nofile'", "NAME=SOFT"},
      {{"--ulimit", "files=1", "c"}, "--ulimit 'files=1'", "nofile"},
      {{"--ulimit", "nofile=x", "c"}, "--ulimit 'nofile=x'", "nofile=1024:4096"},
      {{"--ulimit", "nofile=5:4", "c"}, "--ulimit 'nofile=5:4'", "above the hard"},
      {{"--env", "=x", "c"}, "--env '=x'", "K=V"},
  };
  for (const Bad& line : bad) {
    std::string complaint = Parsed(line.arguments).complaint();
    CAPTURE(complaint);
    CHECK(mentions(complaint, line.names));
    CHECK(mentions(complaint, line.remedy));
    CHECK_FALSE(mentions(complaint, "\n"));
  }
}

TEST_CASE("help names every option and fits the screen") {
  std::string help = help_text();
  for (const Option& option : option_table()) CHECK(mentions(help, (std::string{"--"} + option.name.c_str()).c_str()));
  std::size_t lines = 0, start = 0;
  for (std::size_t end; (end = help.find('\n', start)) != std::string::npos; start = end + 1, ++lines) {
    CHECK(end - start <= 80);
  }
  CHECK(lines <= 45);
}

}  // namespace onit
