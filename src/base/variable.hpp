#pragma once

#include <string_view>

namespace onit {

// Environments as exec has them: entries `NAME=value`, ending with a null pointer (environ(7)).

/// Whether an entry is that of the variable `name`.
bool is_entry_of(std::string_view entry, std::string_view name);

/// Where the first entry of the variable is; null if it is not set.
char* const* find_entry(char* const* entries, std::string_view name);

/// The variable's value; null if it is not set.
char* find_variable(char* const* entries, std::string_view name);

}  // namespace onit
