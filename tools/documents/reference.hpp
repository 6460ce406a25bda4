#pragma once

#include <string>

#include "config/services_keys.hpp"

namespace onit {

/// What there is to know about a file of services besides its keys, in Markdown: paragraphs, with **bold** and `code`.
extern const char kIntroduction[];

/// What a key takes, and what holds without it, in Markdown.
std::string type_text(const Key& key);
std::string default_text(const Key& key);

/// docs/services-reference.md
std::string services_reference();

}  // namespace onit
