#pragma once

#include <cstddef>
#include <string_view>

namespace onit {

/// How many characters must be inserted, removed or replaced to make one word the other (Levenshtein's distance).
/// Words of more than 64 characters are as far apart as they are long.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// Whether a person who wrote `word` may well have meant `candidate`.
bool is_likely_typo(std::string_view word, std::string_view candidate);

}  // namespace onit
