#pragma once

#include <string_view>

#include "config/tree.hpp"

namespace onit {

/// Reads the YAML that configuration files use into an empty tree: one document of block and flow collections, all
/// kinds of scalars, comments, anchors, aliases and merge keys, which are resolved. Scalars keep their text: what is a
/// number or a boolean is for the reader to decide. Refused, and never misread: tags, tabs outside of scalars, keys
/// that are no scalars or there twice, pairs in sequences without braces, and what is above the limits of trees. The
/// caller limits the size. Source: YAML 1.2.2; merge keys: yaml.org/type/merge.html.
void parse_yaml(std::string_view text, tree::Tree& tree);

}  // namespace onit
