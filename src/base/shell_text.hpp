#pragma once

#include <string_view>

namespace onit {

/// Whether a command that is one text was probably written for a shell: it has a word such as `&&`, `|`, `>file` or
/// `$(...)` outside of quotes, one that ends with ';', or begins with NAME=value. Source: POSIX XCU 2.10, the
/// operators.
bool is_shell_text(std::string_view text);

}  // namespace onit
