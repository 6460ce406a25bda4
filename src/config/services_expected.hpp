#pragma once

#include <string_view>

#include "config/services_keys.hpp"
#include "config/toml.hpp"

namespace onit {

/// What a value is, in words: `a text`, `a whole number`.
std::string_view kind_of(const toml::Value& value);

/// What a key of this type takes, for whoever wrote something else.
std::string_view expected(KeyType type);

}  // namespace onit
