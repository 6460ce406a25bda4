#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <variant>
#include <vector>

#include "cli/command_line.hpp"
#include "unit/plan_words.hpp"

/// Command lines of onit and of the tools that it stands in for, and what becomes of them.
namespace onit::personality_line {

using Strings = std::vector<const char*>;

/// How onit is called, in a test.
struct Line {
  const char* name;
  Strings arguments;
  Strings environment{};
  pid_t pid = 42;
  const char* more = nullptr;  ///< ONIT_OPTIONS
};

/// What became of it.
struct Outcome {
  std::vector<std::string> plan;  ///< one fact each, in words
  std::string answer;
  bool on_stderr = false;
  int exit_code = -1;
  std::string complaint;
  bool operator==(const Outcome&) const = default;
};

inline std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> found;
  for (std::string& string : strings) found.push_back(string.data());
  found.push_back(nullptr);
  return found;
}

inline Outcome read_once(const Line& line) {
  std::vector<std::string> arguments{line.name};
  arguments.insert(arguments.end(), line.arguments.begin(), line.arguments.end());
  std::vector<std::string> environment(line.environment.begin(), line.environment.end());
  std::vector<char*> argv = pointers(arguments);
  const std::vector<char*> argv_before = argv;
  std::vector<char*> envp = pointers(environment);
  std::string more = line.more == nullptr ? "" : line.more;
  auto read = read_command_line({line.name, static_cast<int>(arguments.size()), argv.data(), envp.data(), line.pid,
                                 line.more == nullptr ? nullptr : more.data()});
  CHECK_MESSAGE(argv == argv_before, "the arguments were put into another order");
  Outcome outcome;
  if (!read.ok()) {
    outcome.complaint = read.error().text;
  } else if (const auto* plan = std::get_if<Plan>(&read.value())) {
    outcome.plan = plan_words::describe(*plan);
  } else if (const auto* answer = std::get_if<Answer>(&read.value())) {
    outcome.answer = answer->text;
    outcome.on_stderr = answer->on_stderr;
    outcome.exit_code = answer->exit_code;
  }
  return outcome;
}

/// Reads the line twice: getopt(3) looks for POSIXLY_CORRECT, and must not care here.
inline Outcome read(const Line& line) {
  ::unsetenv("POSIXLY_CORRECT");
  Outcome outcome = read_once(line);
  ::setenv("POSIXLY_CORRECT", "1", 1);
  bool is_same = read_once(line) == outcome;
  ::unsetenv("POSIXLY_CORRECT");
  CHECK_MESSAGE(is_same, "POSIXLY_CORRECT makes a difference");
  return outcome;
}

/// What two plans do not have in common: what the second one says, in its order.
inline std::string changes(const std::vector<std::string>& from, const std::vector<std::string>& to) {
  std::string changed;
  for (const std::string& line : to) {
    if (std::find(from.begin(), from.end(), line) == from.end()) {
      changed.append(changed.empty() ? "" : "; ").append(line);
    }
  }
  return changed;
}

/// What makes this line different from the tool's name with the command `c`.
inline std::string changes(const Line& line) {
  Outcome outcome = read(line);
  if (outcome.plan.empty()) return "no plan: " + outcome.answer + outcome.complaint;
  return changes(read({line.name, {"c"}, {}, line.pid}).plan, outcome.plan);
}

/// ... and from onit under its own name.
inline std::string different_from_onit(const Line& line) {
  return changes(read({"onit", {"c"}}).plan, read(line).plan);
}

struct Row {
  Strings arguments;
  std::string changes;
  Strings environment{};
};

template <std::size_t N>
void check_rows(const char* name, const Row (&rows)[N]) {
  for (const Row& row : rows) {
    std::string shown = name;
    for (const char* variable : row.environment) shown = std::string{variable} + " " + shown;
    for (const char* argument : row.arguments) shown.append(" ").append(argument);
    CAPTURE(shown);
    CHECK(changes({name, row.arguments, row.environment}) == row.changes);
  }
}

enum class On { out, err };

struct Reply {
  Strings arguments;
  On on;
  int exit_code;
  std::string beginning;
};

template <std::size_t N>
void check_replies(const char* name, const Reply (&replies)[N]) {
  for (const Reply& reply : replies) {
    Outcome outcome = read({name, reply.arguments});
    std::string shown = name;
    for (const char* argument : reply.arguments) shown.append(" ").append(argument);
    CAPTURE(shown);
    CAPTURE(outcome.complaint);
    CHECK(outcome.answer.substr(0, reply.beginning.size()) == reply.beginning);
    CHECK(outcome.answer.ends_with("\n"));
    CHECK(outcome.on_stderr == (reply.on == On::err));
    CHECK(outcome.exit_code == reply.exit_code);
  }
}

inline auto lines_in(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

}  // namespace onit::personality_line
