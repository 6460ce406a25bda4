#pragma once

#include <cstddef>
#include <string_view>

namespace onit {

/// The length in bytes of the character that `text` begins with; 0 if it does not begin with a well-formed one (or is
/// empty). Overlong forms, surrogates and what is above U+10FFFF are not. Source: RFC 3629, section 4.
std::size_t utf8_length(std::string_view text);

}  // namespace onit
