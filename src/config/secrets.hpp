#pragma once

#include <optional>
#include <string_view>

#include "base/result.hpp"

namespace onit {

/// A secret in a file: the variable that gets its content, and where it is.
struct SecretFile {
  std::string_view name;
  std::string_view path;
};

/// Reads `K_FILE=path`, an entry of an environment; the views are into the entry. Nothing for other entries,
/// for a K that is not a variable name, for an empty path, which means not set, and where libraries are known to read
/// the file themselves (SSL_CERT_FILE and a few more).
/// Source: the convention of Docker's official images (postgres and mysql, "Docker Secrets").
std::optional<SecretFile> secret_file(std::string_view entry);

/// What the variable `name` becomes, given all of the file: the content without one final newline (LF or CR
/// LF), which editors and echo(1) add. A view into the content.
/// Errors: a NUL byte, an entry `name=value` that is longer than kMaxEntryBytes.
Result<std::string_view, Complaint> secret_value(std::string_view name, std::string_view content);

}  // namespace onit
