#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace onit {

/// The longest `NAME=value` that a program can be given, its final NUL included.
/// Source: execve(2), MAX_ARG_STRLEN, with the smallest page size.
inline constexpr std::size_t kMaxEntryBytes = 128 * 1024;

/// How deep `${A:-${B:-${C}}}` may go.
inline constexpr int kMaxNesting = 16;

/// Where a name gets its value: a function and its context, which must outlive the calls.
struct Lookup {
  std::optional<std::string_view> (*find)(const void* context, std::string_view name);
  const void* context;

  std::optional<std::string_view> operator()(std::string_view name) const { return find(context, name); }
};

/// Whether a backslash means something: inside of double quotes it does.
enum class Escapes : std::uint8_t { none, backslash };

/// What is wrong, and at which byte.
struct Fault {
  std::size_t at = 0;
  std::string text;
};

/// So many variables of one text are named that are not set.
inline constexpr std::size_t kMostUnset = 8;

/// Replaces $VAR, ${VAR}, ${VAR:-word}, ${VAR-word}, ${VAR:?message}, ${VAR?message}, ${VAR:+word},
/// ${VAR+word} and $$ in text. A variable that is not set is empty. A word may nest and is evaluated only if
/// it is used. What became empty because it is not set is added to `unset`, each once and as it is written: `$VAR` or
/// `${VAR}`, but not `${VAR:-}`, where somebody thought of it.
/// Errors: a '$' that begins none of these, a required variable without a value, more than kMaxNesting
/// levels, a result of kMaxEntryBytes or more.
/// Source: Compose specification, interpolation; POSIX XCU 2.6.2 for what ':' means.
Result<std::string, Fault> interpolate(std::string_view text, Escapes escapes, Lookup variables,
                                       std::vector<std::string>* unset = nullptr);

/// What is to be told of one of `unset` in the value of `name`.
std::string unset_text(std::string_view name, std::string_view variable);

}  // namespace onit
