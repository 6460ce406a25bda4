#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "core/import_format.hpp"

namespace onit {

/// Converts the services of another tool into a file of services, TOML, with comments on what has no counterpart.
/// `path` is for messages, and with `automatic` for the format: a name with `.yml`, `.yaml`, `.conf` or `.ini` at its
/// end or that of a Procfile says it, else the text does, but not that it is a Procfile. The caller limits the size of
/// the text.
/// Errors: a format that nothing tells; what cannot be read or meant, a line `FILE:LINE:COLUMN: message` for each. What
/// `onitctl check` refuses of the result is what the other tool would have refused too: unknown users or required
/// variables without a value. Sources: supervisord manual, "Configuration File"; Compose specification; foreman(1),
/// "Procfile".
Result<std::string, Complaint> import_services(std::string_view path, std::string_view text, ImportFormat format);

}  // namespace onit
