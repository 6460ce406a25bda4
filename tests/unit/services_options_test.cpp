#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/services.hpp"
#include "unit/mentions.hpp"

namespace onit {
namespace {

using Strings = std::vector<const char*>;

/// How onit is called, in a test, and what became of it.
class Called {
 public:
  explicit Called(Strings words, Strings environment = {}, const char* more = nullptr)
      : name_(words.front()), environment_(std::move(environment)), more_(more ? more : "") {
    for (const char* word : words) words_.emplace_back(word);
    for (std::string& word : words_) argv_.push_back(word.data());
    argv_.push_back(nullptr);
    for (const char* entry : environment_) entries_.push_back(const_cast<char*>(entry));
    entries_.push_back(nullptr);
    result_.emplace(read_command_line({name_.c_str(), static_cast<int>(words_.size()), argv_.data(), entries_.data(),
                                       42, more ? more_.data() : nullptr}));
  }

  const Plan& plan() const {
    REQUIRE_MESSAGE(result_->ok(), (result_->ok() ? "" : result_->error().text));
    REQUIRE(std::holds_alternative<Plan>(result_->value()));
    return *std::get_if<Plan>(&result_->value());
  }
  const ServicesAsked& services() const {
    REQUIRE(plan().services);
    return *plan().services;
  }
  template <class T>
  const T& get() const {
    REQUIRE(result_->ok());
    REQUIRE(std::holds_alternative<T>(result_->value()));
    return *std::get_if<T>(&result_->value());
  }
  std::string complaint() const { return result_->ok() ? "" : result_->error().text; }

 private:
  std::string name_;
  std::vector<std::string> words_;
  std::vector<char*> argv_;
  Strings environment_;
  std::vector<char*> entries_;
  std::string more_;
  std::optional<Result<Request, Complaint>> result_;
};

std::vector<std::string> strings(const Strings& words) { return {words.begin(), words.end()}; }

}  // namespace

TEST_CASE("a command alone asks for no services") {
  CHECK_FALSE(Called({"onit", "cmd"}).plan().services);
  CHECK_FALSE(Called({"onit", "--", "cmd", "-f", "x"}).plan().services);
  CHECK_FALSE(Called({"onit", "-v", "cmd"}, {"ONIT_FILE=/x.toml"}).plan().services);
}

TEST_CASE("-f names the file, with a command or without") {
  for (const Strings& words : {Strings{"onit", "-f", "a.toml"}, Strings{"onit", "--file=a.toml"},
                               Strings{"onit", "-vfa.toml"}, Strings{"onit", "-f", "a.toml", "--"}}) {
    Called called(words, {"ONIT_FILE=/other.toml"});
    CHECK(std::string{called.services().file} == "a.toml");
    CHECK(called.services().is_file_named);
    CHECK(called.plan().launch.argv == nullptr);
  }
  Called both({"onit", "-f", "a.toml", "--", "cmd", "-f"});
  CHECK(std::string{both.services().file} == "a.toml");
  CHECK(std::string{both.plan().launch.argv[0]} == "cmd");
  CHECK(std::string{both.plan().launch.argv[1]} == "-f");
}

TEST_CASE("--service and --profile may be repeated, and ONIT_OPTIONS adds to them") {
  Called called({"onit", "--service", "a=b", "--profile", "q"}, {}, "--service 'c=d e' --profile p");
  CHECK(strings(called.services().services) == std::vector<std::string>{"c=d e", "a=b"});
  CHECK(strings(called.services().profiles) == std::vector<std::string>{"p", "q"});
  CHECK(called.services().file == nullptr);
}

TEST_CASE("the command line's file goes before that of ONIT_OPTIONS") {
  CHECK(std::string{Called({"onit", "-f", "a"}, {}, "-f b").services().file} == "a");
  CHECK(std::string{Called({"onit"}, {}, "-f b").services().file} == "b");
}

TEST_CASE("without anything to run there is ONIT_FILE, or the default file") {
  for (const Strings& words : {Strings{"onit"}, Strings{"onit", "--"}, Strings{"onit", "-q", "--profile", "p"}}) {
    Called named(words, {"ONIT_FILE=/x.toml"});
    CHECK(std::string{named.services().file} == "/x.toml");
    CHECK(named.services().is_file_named);
    for (const Strings& environment : {Strings{}, Strings{"ONIT_FILE="}}) {
      Called called(words, environment);
      CHECK(std::string{called.services().file} == "/etc/onit.toml");
      CHECK_FALSE(called.services().is_file_named);
    }
  }
}

TEST_CASE("options for one command only are refused with services, and say what to write") {
  const Strings bad[] = {
      {"--forward", "child", "stop_signal"},
      {"--on-exit", "wait", "stopped"},
      {"--exit-code", "main", "exit_code_from"},
      {"--kill-after", "1s", "stop_grace_period"},
  };
  for (const Strings& line : bad) {
    for (const Strings& words :
         {Strings{"onit", line[0], line[1], "-f", "x"}, Strings{"onit", "-f", "x", line[0], line[1], "--", "cmd"}}) {
      std::string complaint = Called(words).complaint();
      CAPTURE(complaint);
      CHECK(complaint.starts_with(std::string{line[0]} + " is for one command"));
      CHECK(mentions(complaint, line[2]));
    }
  }
  CHECK(mentions(Called({"onit", "-f", "x"}, {}, "--kill-after 1s").complaint(), "--kill-after"));
}

TEST_CASE("options for the command are refused without one, and name the key of the file") {
  const Strings bad[] = {
      {"'user'", "--user", "u"},
      {"'group_add'", "--group-add", "g"},
      {"'working_dir'", "--chdir", "/"},
      {"'umask'", "--umask", "022"},
      {"'nice'", "--nice", "0"},
      {"'oom_score_adj'", "--oom-score-adj", "0"},
      {"'ulimits'", "--ulimit", "nofile=1"},
      {"'no_new_privs'", "--no-new-privs"},
      {"'environment'", "--env", "A=b"},
      {"'env_file'", "--env-file", "e"},
      {"'clear_env'", "--clear-env"},
      {"'secrets'", "--secrets"},
      {"'stop_signal'", "--stop-signal", "TERM"},
      {"'stop_grace_period'", "--stop-grace-period", "5s"},
  };
  for (const Strings& line : bad) {
    Strings words{"onit", "-f", "x"};
    words.insert(words.end(), line.begin() + 1, line.end());
    std::string complaint = Called(words).complaint();
    CAPTURE(complaint);
    CHECK(complaint.starts_with(std::string{line[1]} + " is for a command"));
    CHECK(mentions(complaint, line[0]));
    words.push_back("cmd");
    CHECK(Called(words).complaint().empty());
  }
}

TEST_CASE("options about onit itself stay with services") {
  Called called({"onit", "-v", "--log-format", "json", "--pdeathsig", "9", "--drain", "2s", "--rewrite", "TERM:INT",
                 "--map-exit", "143:0", "--dry-run", "-f", "x"});
  CHECK(called.plan().policy.drain == Millis{2000});
  CHECK(called.plan().policy.rewrites(SIGTERM) == SIGINT);
  CHECK(called.plan().policy.exit_code_map(143) == 0);
  CHECK(called.plan().parent_death_signal == SIGKILL);
  CHECK(called.plan().dry_run);
}

TEST_CASE("the tools that onit stands in for know nothing of services") {
  for (const char* option : {"-f x", "--service a=b", "--profile p"}) {
    for (const char* tool : {"tini", "dumb-init", "catatonit", "run", "run-multi"}) {
      CHECK(mentions(Called({tool, "cmd"}, {}, option).complaint(), tool));
    }
  }
  std::string complaint = Called({"onit", "-f", "x", "--as", "tini", "cmd"}).complaint();
  CHECK(mentions(complaint, "--file, --service and --profile are not for tini"));
}

TEST_CASE("the command becomes an essential service with onit's stdin and the options of the command line") {
  Called called({"onit",
                 "-f",
                 "x",
                 "--stop-signal",
                 "QUIT",
                 "--stop-grace-period",
                 "7s",
                 "--user",
                 "u:g",
                 "--group-add",
                 "a",
                 "--chdir",
                 "/d",
                 "--umask",
                 "027",
                 "--nice",
                 "-5",
                 "--oom-score-adj",
                 "500",
                 "--ulimit",
                 "nofile=10:20",
                 "--no-new-privs",
                 "--env",
                 "A=b=c",
                 "--env",
                 "KEPT",
                 "--env",
                 "MISSING",
                 "--env-file",
                 "f",
                 "--clear-env",
                 "--secrets",
                 "--",
                 "cmd",
                 "an arg"});
  char kept[] = "KEPT=old";
  char* const own[] = {kept, nullptr};
  ServiceSpec main = make_main_service(called.plan().launch, called.plan().policy, own);
  CHECK(main.name == "main");
  CHECK(main.policy.type == ServiceType::simple);
  CHECK(main.policy.essential);
  CHECK(main.policy.on_give_up == OnGiveUp::shutdown);
  CHECK(main.policy.restart == RestartPolicy::no);
  CHECK(main.policy.stop_signal == SIGQUIT);
  CHECK(main.policy.stop_grace_period == Millis{7000});
  const ServiceLaunch& launch = main.launch;
  CHECK(launch.command == std::vector<std::string>{"cmd", "an arg"});
  CHECK(launch.inherits_stdin);
  CHECK(launch.user == "u:g");
  CHECK(launch.group_add == std::vector<std::string>{"a"});
  CHECK(launch.working_dir == "/d");
  CHECK(launch.umask == 027u);
  CHECK(launch.nice == -5);
  CHECK(launch.oom_score_adj == 500);
  REQUIRE(launch.ulimits.size() == 1);
  CHECK(launch.ulimits[0].resource == RLIMIT_NOFILE);
  CHECK(launch.no_new_privs);
  CHECK(launch.clear_env);
  CHECK(launch.secrets);
  CHECK(launch.env_files == std::vector<std::string>{"f"});
  REQUIRE(launch.environment.size() == 2);
  CHECK(launch.environment[0].name == "A");
  CHECK(launch.environment[0].value == "b=c");
  CHECK(launch.environment[1].name == "KEPT");
  CHECK(launch.environment[1].value == "old");
}

TEST_CASE("a bare command as a service has nothing but what every service has") {
  Called called({"onit", "-f", "x", "cmd"});
  char* const none[] = {nullptr};
  ServiceSpec main = make_main_service(called.plan().launch, called.plan().policy, none);
  ServiceSpec any;
  CHECK(main.policy.stop_signal == any.policy.stop_signal);
  CHECK(main.policy.stop_grace_period == any.policy.stop_grace_period);
  CHECK(main.launch.user.empty());
  CHECK(main.launch.working_dir.empty());
  CHECK_FALSE(main.launch.clear_env);
}

TEST_CASE("NAME=COMMAND becomes an essential service, split as a shell splits words") {
  auto read = service_from_words("web-1.x=nginx -g 'daemon off;' A=b \"\"");
  REQUIRE(read.ok());
  CHECK(read.value().name == "web-1.x");
  CHECK(read.value().launch.command == std::vector<std::string>{"nginx", "-g", "daemon off;", "A=b", ""});
  CHECK(read.value().policy.essential);
  CHECK(read.value().policy.on_give_up == OnGiveUp::shutdown);
  CHECK_FALSE(read.value().launch.inherits_stdin);
}

TEST_CASE("a --service that is none says why") {
  const std::pair<const char*, const char*> bad[] = {
      {"web", "NAME=COMMAND"},
      {"=cmd", "'' is not the name"},
      {"a b=cmd", "'a b' is not the name"},
      {"-a=cmd", "'-a' is not the name"},
      {"a/b=cmd", "'a/b' is not the name"},
      {"web=", "no command"},
      {"main=x", "'main' is the name of the command"},
      {"web=  ", "no command"},
      {"web='x", "not closed"},
      {"web=x && y", "no shell runs it; write NAME='sh -c \"...\"', or quotes around a word to mean it as it is"},
      {"w\xc3\xb6=x", "is not the name"},
  };
  for (auto [text, part] : bad) {
    std::string complaint = Called({"onit", "--service", text}).complaint();
    CAPTURE(complaint);
    CHECK(complaint.starts_with("--service '"));
    CHECK(mentions(complaint, part));
  }
  std::string longest(64, 'n');
  CHECK(service_from_words(longest + "=x").ok());
  CHECK_FALSE(service_from_words(longest + "n=x").ok());
}

}  // namespace onit
