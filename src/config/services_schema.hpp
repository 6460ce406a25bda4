#pragma once

#include <string>

namespace onit {

/// The JSON Schema of a file of services, for editors.
std::string services_schema();

}  // namespace onit
