#include "cli/phrases.hpp"

#include <doctest/doctest.h>

#include <string>
#include <variant>

#include "cli/command_line.hpp"
#include "unit/mentions.hpp"

namespace onit {
namespace {

/// What a fact comes with, as core/fact.hpp has it: the placeholders that may stand for it.
std::string placeholders_of(What what) {
  switch (what) {
    case What::failure:
    case What::warning:
    case What::service_news:
      return "t";
    case What::started:
    case What::rest_killed:
      return "pt";
    case What::exec_failed:
      return "pte";
    case What::passed_on:
    case What::told_at_end:
      return "psSt";
    case What::rewritten:
      return "sSoO";
    case What::sent_to_rest:
      return "sSc";
    case What::command_exited:
    case What::orphan_exited:
      return "pc";
    case What::command_killed:
    case What::orphan_killed:
    case What::stopped:
      return "psS";
    case What::continued:
      return "p";
    case What::received:
    case What::child_news:
    case What::dropped:
    case What::draining:
    case What::drain_over:
    case What::cascading:
    case What::not_permitted:
      return "sS";
    case What::leaving:
    case What::leaving_others:
      return "c";
    case What::cannot_adopt:
    case What::session_made:
    case What::suspending:
    case What::overrun:
    case What::more_killed:
    case What::unkillable:
    case What::rest_unknown:
      return "";
  }
  return "";
}

void check_phrases(const std::string& name, Phrasebook phrasebook) {
  for (int kind = 0; kind < kFactKinds; ++kind) {
    Phrase phrase = phrasebook(static_cast<What>(kind));
    if (phrase.text == nullptr) continue;
    std::string text = phrase.text;
    CAPTURE(std::string{name});
    CAPTURE(std::string{text});
    CHECK_FALSE(mentions(text, "\n"));
    std::string allowed = placeholders_of(static_cast<What>(kind)) + "P";
    for (std::size_t at = 0; (at = text.find('%', at)) != std::string::npos; at += 2) {
      REQUIRE(at + 1 < text.size());
      CHECK(allowed.find(text[at + 1]) != std::string::npos);
    }
  }
}

/// The words that the plan of this line comes with.
Phrasebook phrasebook_of(const char* name, const char* option) {
  std::string words[] = {name, option, "c"};
  char* argv[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
  char* none[] = {nullptr};
  auto read = read_command_line({name, 3, argv, none, 42});
  REQUIRE(read.ok());
  REQUIRE(std::holds_alternative<Plan>(read.value()));
  return std::get_if<Plan>(&read.value())->messages.phrasebook;
}

TEST_CASE("all words that facts are told in speak only of what the facts come with") {
  check_phrases("onit", onit_phrase);
  check_phrases("tini", phrasebook_of("tini", "--"));
  check_phrases("tini -w", phrasebook_of("tini", "-w"));
  check_phrases("dumb-init", phrasebook_of("dumb-init", "--"));
  check_phrases("catatonit", phrasebook_of("catatonit", "--"));
  check_phrases("run", phrasebook_of("run", "--"));
  check_phrases("run-multi", phrasebook_of("run-multi", "--"));
}

TEST_CASE("the lines that scripts look for") {
  struct Wanted {
    const char* name;
    What what;
    const char* text;
    Verbosity level;
  };
  const Wanted lines[] = {
      {"tini", What::exec_failed, "[FATAL tini (%p)] exec %t failed: %e", Verbosity::errors},
      {"tini", What::child_news, "[DEBUG tini (%P)] Received SIGCHLD", Verbosity::debug},
      {"tini", What::orphan_exited, "[DEBUG tini (%P)] Reaped zombie process with pid=%p", Verbosity::debug},
      {"dumb-init", What::exec_failed, "[dumb-init] %t: %e", Verbosity::errors},
      {"dumb-init", What::started, "[dumb-init] Child spawned with PID %p.", Verbosity::info},
      {"dumb-init", What::received, "[dumb-init] Received signal %s.", Verbosity::info},
      {"dumb-init", What::child_news, "[dumb-init] Received signal %s.", Verbosity::info},
      {"dumb-init", What::passed_on, "[dumb-init] Forwarded signal %s to children.", Verbosity::info},
      {"dumb-init", What::command_exited, "[dumb-init] A child with PID %p exited with exit status %c.",
       Verbosity::info},
      {"dumb-init", What::orphan_exited, "[dumb-init] A child with PID %p exited with exit status %c.",
       Verbosity::info},
      {"dumb-init", What::command_killed, "[dumb-init] A child with PID %p was terminated by signal %s.",
       Verbosity::info},
      {"dumb-init", What::leaving, "[dumb-init] Child exited with status %c. Goodbye.", Verbosity::info},
      {"run", What::started, "run: [info] pid %p: command `%t`", Verbosity::info},
      {"run", What::command_exited, "run: [info] pid %p: exited with code %c", Verbosity::info},
      {"run", What::orphan_exited, "run: [info] pid %p: exited with code %c", Verbosity::info},
      {"run", What::command_killed, "run: [info] pid %p: killed by %S(%s)", Verbosity::info},
      {"run", What::orphan_killed, "run: [info] pid %p: killed by %S(%s)", Verbosity::info},
      {"run", What::passed_on, "run: [info] signal %S(%s) sent to group %p", Verbosity::info},
      {"run", What::cascading, "run: [info] shutting down", Verbosity::info},
      {"run", What::leaving, "run: [info] exit code %c", Verbosity::info},
      {"run", What::warning, "run: [warn] %t", Verbosity::warnings},
  };
  for (const Wanted& line : lines) {
    Phrase phrase = phrasebook_of(line.name, "--")(line.what);
    REQUIRE(static_cast<bool>(phrase.text));
    CHECK(std::string{phrase.text} == line.text);
    CHECK(phrase.level == line.level);
  }
  CHECK(mentions(phrasebook_of("tini", "--")(What::cannot_adopt).text, "Tini is not running as PID 1"));
  CHECK(phrasebook_of("tini", "--")(What::cannot_adopt).level == Verbosity::warnings);
}

}  // namespace
}  // namespace onit
