#pragma once

#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "unit/services_text.hpp"

/// What is wrong with a file of services, and how it is told.
namespace onit::services_wrong {

/// Lines below `[services.a]` and `command = "x"`, which are lines 1 and 2, and the problem without the file's name.
struct Wrong {
  const char* lines;
  const char* problem;
};

inline void check(const Wrong& wrong) {
  CAPTURE(wrong.lines);
  CHECK(ServicesText{std::string{"[services.a]\ncommand = 'x'\n"} + wrong.lines}.problem() ==
        std::string{"s.toml:"} + wrong.problem);
}

/// All problems of a whole file, a line each, without the file's name.
inline std::string problems(std::string text) {
  std::string all;
  for (const std::string& problem : ServicesText{std::move(text)}.problems()) all += problem.substr(7) + "\n";
  return all;
}

}  // namespace onit::services_wrong
