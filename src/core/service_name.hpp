#pragma once

#include <cstddef>
#include <string_view>

#include "base/text.hpp"

namespace onit {

/// The name of the service that the command line's COMMAND becomes.
inline constexpr char kMainService[] = "main";

/// The longest name: it stands in front of each line of output.
inline constexpr std::size_t kMaxServiceName = 64;

/// The rule of is_service_name(), behind `write`.
inline constexpr char kServiceNameRule[] =
    "letters, digits, '_', '-' and '.', at most 64, with a letter, a digit or '_' first";

/// Whether a service can be called so: letters, digits, '_', '-' and '.', with a letter, a digit or '_' first. Such a
/// name needs no quotes in a message, a URL or a path.
constexpr bool is_service_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxServiceName || name[0] == '-' || name[0] == '.') return false;
  for (char c : name) {
    if (!is_letter(c) && !is_digit(c) && c != '_' && c != '-' && c != '.') return false;
  }
  return true;
}

}  // namespace onit
