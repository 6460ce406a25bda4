#pragma once

#include <string_view>

namespace onit {

/// Whether the part is in the text.
inline bool mentions(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace onit
