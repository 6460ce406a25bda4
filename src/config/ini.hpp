#pragma once

#include <string_view>

#include "config/tree.hpp"

namespace onit {

/// Reads the dialect of supervisord.conf into an empty tree, a mapping of sections that are mappings: `key = value` or
/// `key: value`, keys in small letters; comments behind ';' or '#', with a blank in front of it if they are not the
/// first on their line; lines that are indented more continue the value above, behind a '\n'; the last of a key counts,
/// and sections of one name are one. Texts are views of `text`, or of the tree. The caller limits the size.
/// Source: Python, configparser, as supervisor/options.py uses it (UnhosedConfigParser).
void parse_ini(std::string_view text, tree::Tree& tree);

}  // namespace onit
