#include "cli/onitctl.hpp"

#include <getopt.h>

#include <string_view>

#include "base/suggest.hpp"
#include "base/text.hpp"
#include "cli/option_table.hpp"
#include "cli/tool.hpp"
#include "core/exit_code.hpp"

namespace onit {
namespace {

constexpr char kHelp[] =
    "Usage: onitctl check [--profile NAME]... FILE...\n"
    "       onitctl schema\n"
    "       onitctl --help | --version\n"
    "Checks files of services, and tells what can be written into them.\n"
    "\n"
    "  check      tell all that is wrong with each FILE, or in which order its services\n"
    "             start; --profile includes those of a profile. Exit status: 125 if\n"
    "             anything is wrong\n"
    "  schema     print the JSON Schema of such a file, for editors\n"
    "  reference  print its keys with their defaults, in Markdown\n";

/// Those that people call; a manual is what `reference` is for.
constexpr char kVerbs[][12] = {"check", "schema"};

Answer mistake(const std::string& text) { return {filled("onitctl: %\n", {text}), true, kUsageExitCode}; }

/// What is wrong, the verbs that there are, and maybe the one that was meant.
Answer wrong_verb(const std::string& what, std::string_view written) {
  std::string text = filled("%; there are", {what});
  for (const char* verb : kVerbs) text.append(verb == kVerbs[0] ? " " : ", ").append(verb);
  for (const char* verb : kVerbs) {
    if (is_likely_typo(written, verb)) return mistake(filled("%; did you mean '%'?", {text, verb}));
  }
  return mistake(filled("%; 'onitctl --help' says what they do", {text}));
}

/// What follows `check`: argv[0] is that word.
Request read_check(const Invocation& invocation) {
  constexpr int kProfile = 256;
  const option options[] = {{"profile", required_argument, nullptr, kProfile}, {}};
  FilesToCheck files{};
  opterr = 0;
  optind = 0;  // getopt starts anew
  for (int result; (result = ::getopt_long(invocation.argc, invocation.argv, "+:", options, nullptr)) != -1;) {
    if (result == ':') return mistake("check: '--profile' needs a value");
    if (result != kProfile) return mistake(filled("check: %", {getopt_complaint(invocation, result)}));
    files.profiles.push_back(optarg);
  }
  if (optind >= invocation.argc) return mistake("check: no file; write 'onitctl check /etc/onit.toml'");
  files.paths = invocation.argv + optind;
  return files;
}

}  // namespace

Request onitctl_request(const Invocation& invocation) {
  if (invocation.argc < 2) return wrong_verb("no verb", "");
  std::string_view verb = invocation.argv[1];
  if (verb == "--help" || verb == "-h" || verb == "help") return Answer{kHelp, false, 0};
  if (verb == "--version" || verb == "-V") return Answer{version_text(), false, 0};
  if (verb == "check") {
    Invocation rest = invocation;
    --rest.argc;
    ++rest.argv;
    return read_check(rest);
  }
  bool is_schema = verb == "schema";
  if (!is_schema && verb != "reference") return wrong_verb(filled("% is no verb", {quoted(verb)}), verb);
  if (invocation.argc > 2) return mistake(filled("% takes no arguments", {verb}));
  return is_schema ? Document::schema : Document::reference;
}

}  // namespace onit
