#include <doctest/doctest.h>

#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/onitctl_table.hpp"
#include "unit/mentions.hpp"

namespace onit {
namespace {

using Strings = std::vector<const char*>;

/// A command line of onitctl, and what became of it.
class Called {
 public:
  explicit Called(const Strings& words) {
    for (const char* word : words) words_.emplace_back(word);
    for (std::string& word : words_) argv_.push_back(word.data());
    argv_.push_back(nullptr);
    char* const none[] = {nullptr};
    result_.emplace(read_command_line({words_[0].c_str(), static_cast<int>(words_.size()), argv_.data(), none, 42}));
  }

  template <class T>
  const T& get() const {
    REQUIRE(result_->ok());
    REQUIRE(std::holds_alternative<T>(result_->value()));
    return *std::get_if<T>(&result_->value());
  }
  const ControlCommand& command() const { return get<ControlCommand>(); }
  const Answer& answer() const { return get<Answer>(); }

 private:
  std::vector<std::string> words_;
  std::vector<char*> argv_;
  std::optional<Result<Request, Complaint>> result_;
};

Called onitctl(Strings words) {
  words.insert(words.begin(), "onitctl");
  return Called(words);
}

std::vector<std::string> strings(const Strings& words) { return {words.begin(), words.end()}; }

/// The longest line of a text, in bytes.
std::size_t width_of(const std::string& text) {
  std::size_t width = 0;
  for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != text.npos; begin = end + 1) {
    width = std::max(width, end - begin);
  }
  return width;
}

}  // namespace

TEST_CASE("each verb that asks onit becomes a command with what was said to it") {
  struct Case {
    Strings words;
    VerbId verb;
    std::vector<std::string> services;
  };
  const Case cases[] = {
      {{"status"}, VerbId::status, {}},
      {{"status", "a", "b.c"}, VerbId::status, {"a", "b.c"}},
      {{"start", "a", "b"}, VerbId::start, {"a", "b"}},
      {{"stop", "a"}, VerbId::stop, {"a"}},
      {{"restart", "a"}, VerbId::restart, {"a"}},
      {{"signal", "HUP", "a", "b"}, VerbId::signal, {"a", "b"}},
      {{"logs", "a"}, VerbId::logs, {"a"}},
      {{"events"}, VerbId::events, {}},
      {{"health"}, VerbId::health, {}},
      {{"health", "a"}, VerbId::health, {"a"}},
      {{"wait", "ready", "a"}, VerbId::wait, {"a"}},
      {{"explain", "a", "a"}, VerbId::explain, {"a", "a"}},
      {{"tree"}, VerbId::tree, {}},
      {{"analyze"}, VerbId::analyze, {}},
      {{"metrics"}, VerbId::metrics, {}},
      {{"reload"}, VerbId::reload, {}},
      {{"shutdown"}, VerbId::shutdown, {}},
  };
  for (const Case& each : cases) {
    Called called = onitctl(each.words);
    CAPTURE(each.words[0]);
    CHECK(called.command().verb == each.verb);
    CHECK(strings(called.command().services) == each.services);
    CHECK_FALSE(called.command().json);
    CHECK_FALSE(called.command().timeout);
    CHECK(called.command().socket == nullptr);
  }
}

TEST_CASE("every option of a verb reaches the command, in front of its words or behind them") {
  CHECK(onitctl({"status", "--json"}).command().json);
  CHECK(onitctl({"status", "web", "--watch"}).command().watch);
  CHECK(onitctl({"stop", "--wait", "web"}).command().wait);
  CHECK(onitctl({"events", "-f"}).command().follow);
  CHECK(onitctl({"logs", "web", "--follow"}).command().follow);
  CHECK(onitctl({"logs", "-n", "5"}).command().lines == 5);
  CHECK(onitctl({"logs", "-n0"}).command().lines == 0);
  Called bundled = onitctl({"logs", "-fn7", "web"});
  CHECK(bundled.command().follow);
  CHECK(bundled.command().lines == 7);
  CHECK(onitctl({"logs", "--lines=1000000"}).command().lines == 1'000'000);
  CHECK(onitctl({"shutdown", "--exit-code", "255"}).command().exit_code == 255);
  CHECK(onitctl({"wait", "ready", "--timeout", "1m30s", "db"}).command().timeout == Millis{90'000});
  CHECK(std::string{onitctl({"wait", "ready", "db"}).command().word} == "ready");
  CHECK(std::string{onitctl({"analyze", "critical-chain"}).command().word} == "critical-chain");
  CHECK(onitctl({"analyze"}).command().word == nullptr);
  CHECK(onitctl({"signal", "sigusr1", "web"}).command().signal == SIGUSR1);
  CHECK(onitctl({"signal", "9", "web"}).command().signal == SIGKILL);
  CHECK(std::string{onitctl({"--socket", "/a", "status"}).command().socket} == "/a");
  CHECK(std::string{onitctl({"status", "--socket=/b"}).command().socket} == "/b");
}

TEST_CASE("behind -- a word is none of the options, and - alone never is one") {
  CHECK(onitctl({"status", "--", "web"}).command().services.size() == 1);
  CHECK(mentions(onitctl({"status", "--", "--json"}).answer().text, "'--json' is not the name of a service"));
  CHECK(mentions(onitctl({"status", "-"}).answer().text, "'-' is not the name of a service"));
}

TEST_CASE("onitctl check takes files and profiles, and import a file and its format") {
  Called called({"/usr/bin/onitctl", "check", "--profile", "p", "--profile=q", "--", "a.toml", "-b"});
  const auto& files = called.get<FilesToCheck>();
  CHECK(strings(files.paths) == std::vector<std::string>{"a.toml", "-b"});
  CHECK(strings(files.profiles) == std::vector<std::string>{"p", "q"});
  Called import = onitctl({"import", "--format", "compose", "x"});
  CHECK(std::string{import.get<FileToImport>().path} == "x");
  CHECK(import.get<FileToImport>().format == ImportFormat::compose);
  CHECK(onitctl({"import", "Procfile"}).get<FileToImport>().format == ImportFormat::automatic);
  CHECK(std::string{onitctl({"import", "-"}).get<FileToImport>().path} == "-");
}

TEST_CASE("onitctl prints the schema, its help and its version, also by way of --as") {
  onitctl({"schema"}).get<SchemaAsked>();
  Called({"onit", "--as", "onitctl", "schema"}).get<SchemaAsked>();
  CHECK(Called({"onit", "--as", "onitctl", "health"}).command().verb == VerbId::health);
  CHECK(mentions(onitctl({"--version"}).answer().text, "onit "));
  for (const char* word : {"--help", "-h", "help"}) {
    Called help = onitctl({word});
    CHECK(help.answer().exit_code == 0);
    CHECK_FALSE(help.answer().on_stderr);
    for (const Verb& verb : verb_table()) CHECK(mentions(help.answer().text, std::string{"\n  "} + verb.name.c_str()));
  }
}

TEST_CASE("the help of each verb names its options and what it is called with, in 80 columns") {
  CHECK(width_of(onitctl({"--help"}).answer().text) <= 80);
  CHECK_FALSE(mentions(onitctl({"--help"}).answer().text, " \n"));
  for (const Verb& verb : verb_table()) {
    Called called = onitctl({verb.name.c_str(), "--help"});
    const std::string& text = called.answer().text;
    CAPTURE(text);
    CHECK(width_of(text) <= 80);
    CHECK_FALSE(mentions(text, " \n"));
    CHECK(text.starts_with(std::string{"Usage: onitctl "} + verb.name.c_str() + " "));
    CHECK(mentions(text, verb.operands.c_str()));
    for (const VerbOption& option : verb_option_table()) {
      CHECK(mentions(text, std::string{" --"} + option.name.c_str() + " ") == has_option(verb, option.id));
    }
    CHECK(called.answer().exit_code == 0);
  }
}

TEST_CASE("a mistake in a command line of onitctl is told on stderr with what would be right") {
  struct Bad {
    Strings words;
    const char* part;
    int exit_code = 125;
  };
  const Bad bad[] = {
      {{}, "no verb; 'onitctl --help' lists them"},
      {{"chek"}, "'chek' is no verb; did you mean 'check'?"},
      {{"frobnicate"}, "'frobnicate' is no verb; 'onitctl --help' lists them"},
      {{"reference"}, "'reference' is no verb"},
      {{"a\nb"}, "'a?b' is no verb"},
      {{"-x"}, "unknown option '-x'; 'onitctl --help'"},
      {{"--json", "status"}, "unknown option '--json'; 'onitctl --help'"},
      {{"--sokcet", "x"}, "did you mean '--socket'?"},
      {{"--socket"}, "'--socket' needs a value"},
      {{"--socket="}, "'--socket' needs a value"},
      {{"status", "--jsn"}, "status: unknown option '--jsn'; did you mean '--json'?"},
      {{"status", "--json=yes"}, "'--json' takes no value"},
      {{"status", "-f"}, "unknown option '-f'; 'onitctl status --help' lists what there is"},
      {{"status", "we b"}, "'we b' is not the name of a service: it has letters"},
      {{"start"}, "start: something is missing; write 'onitctl start NAME...'"},
      {{"signal", "HUP"}, "write 'onitctl signal SIG NAME...'"},
      {{"signal", "FOO", "web"}, "'FOO': not a signal"},
      {{"wait", "redy", "web"}, "'redy' is none of started, ready, healthy, completed, exited, stopped"},
      {{"wait", "ready", "a", "b"}, "'b' is too much; write 'onitctl wait CONDITION NAME'"},
      {{"wait", "--timeout", "5", "ready", "a"}, "--timeout '5': a duration needs a unit"},
      {{"logs", "-n", "-1"}, "--lines '-1': write a whole number from 0 to"},
      {{"logs", "-n"}, "'--lines' needs a value"},
      {{"shutdown", "--exit-code=256"}, "--exit-code '256': write a whole number from 0 to 255"},
      {{"tree", "x"}, "'x' is too much; write 'onitctl tree'"},
      {{"check"}, "write 'onitctl check FILE...'"},
      {{"check", "--profile", "p"}, "something is missing"},
      {{"check", "--profile"}, "'--profile' needs a value"},
      {{"schema", "x"}, "schema: 'x' is too much"},
      {{"import", "--format", "x", "a"}, "--format 'x': write supervisord, compose or procfile"},
      {{"import", "a", "b"}, "'b' is too much; write 'onitctl import FILE'"},
      {{"health", "a", "b"}, "'b' is too much", 1},
      {{"health", "--follow"}, "unknown option '--follow'", 1},
      {{"signal", "--json", "HUP", "web"}, "unknown option '--json'"},
      {{"shutdown", "--json"}, "unknown option '--json'"},
  };
  for (const Bad& line : bad) {
    Called called = onitctl(line.words);
    const Answer& answer = called.answer();
    CAPTURE(answer.text);
    CHECK(answer.exit_code == line.exit_code);
    CHECK(answer.on_stderr);
    CHECK(answer.text.starts_with("onitctl: "));
    CHECK(answer.text.find('\n') == answer.text.size() - 1);
    CHECK(mentions(answer.text, line.part));
  }
}

}  // namespace onit
