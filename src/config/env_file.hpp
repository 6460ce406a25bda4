#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/interpolate.hpp"

namespace onit {

/// The longest environment that can be counted on, and more names than anyone has. Both keep a file in which
/// each line doubles the one before from filling the memory.
/// Source: execve(2), a quarter of the usual stack limit of 8 MiB.
inline constexpr std::size_t kMaxEnvironmentBytes = 2 * 1024 * 1024;
inline constexpr std::size_t kMaxVariables = 4096;

/// Warnings that are given at most: the place of each is counted out from the first line.
inline constexpr std::size_t kMaxEnvFileWarnings = 100;

struct Variable {
  std::string name;
  std::string value;
};

/// Where warnings go, and what they call the file. Null: nowhere.
struct EnvFileWarnings {
  std::vector<std::string>* all = nullptr;
  std::string_view file{};
};

/// Whether a file may define this name: letters, digits, '_', '.' and '-', and no digit or '.' or '-' first.
/// Wider than POSIX, because Compose is and Java's `spring.datasource.url` needs it.
bool is_variable_name(std::string_view name);

/// Reads an env file in Docker Compose's dialect: its variables, in the order of their first line, the last
/// value of each. Names in values are looked up in the environment first, then in the lines above. A line
/// with nothing but a NAME takes the environment's value, and is skipped if there is none.
/// Errors: bad names, unterminated quotes, NUL bytes, those of interpolate(), values over the limits above.
/// The text begins with the line's number, so that a caller can put the file's name and ':' in front.
/// Adds to `warnings.all`, unless null, which variables in values are not set: `FILE:LINE:COLUMN: text`, with the place
/// of the value, as long as there are fewer than kMaxEnvFileWarnings.
/// Source: Docker manual, ".env file syntax"; compose-go, dotenv/. Unlike its code, `A= # note` is empty
/// here, and text behind a closing quote and a name that begins with a digit are errors.
Result<std::vector<Variable>, Complaint> parse_env_file(std::string_view text, Lookup environment,
                                                        EnvFileWarnings warnings = {});

}  // namespace onit
