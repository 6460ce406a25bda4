#pragma once

#include <string>

namespace onit {

/// The JSON Schema of a file of services, for editors.
std::string services_schema();

/// The reference of a file of services, in Markdown.
std::string services_reference();

}  // namespace onit
