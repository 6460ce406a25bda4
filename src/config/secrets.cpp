#include "config/secrets.hpp"

#include <string>

#include "base/text.hpp"
#include "config/env_file.hpp"

namespace onit {
namespace {

/// Libraries read these files themselves: a bundle of certificates is larger than any variable, and a token is replaced
/// in its file before it expires, which in a variable it would be. Source: X509_get_default_cert_file(3ssl); Nix's
/// manual, "Environment Variables"; AWS SDKs and Tools Reference Guide; azure-identity,
/// WorkloadIdentityCredential.
constexpr char kReadByLibraries[] =
    "SSL_CERT|NIX_SSL_CERT|AWS_WEB_IDENTITY_TOKEN|AWS_CONFIG|AWS_SHARED_CREDENTIALS|AWS_CONTAINER_AUTHORIZATION_TOKEN|"
    "AZURE_FEDERATED_TOKEN";

}  // namespace

std::optional<SecretFile> secret_file(std::string_view entry) {
  constexpr std::string_view kSuffix = "_FILE";
  std::size_t equals = entry.find('=');
  if (equals == std::string_view::npos || equals + 1 == entry.size()) return std::nullopt;
  std::string_view variable = entry.substr(0, equals);
  if (!variable.ends_with(kSuffix)) return std::nullopt;
  std::string_view name = variable.substr(0, variable.size() - kSuffix.size());
  if (!is_variable_name(name) || is_one_of(kReadByLibraries, name)) return std::nullopt;
  return SecretFile{name, entry.substr(equals + 1)};
}

Result<std::string_view, Complaint> secret_value(std::string_view name, std::string_view content) {
  std::string_view value = content;
  if (value.ends_with('\n')) {
    value.remove_suffix(1);
    if (value.ends_with('\r')) value.remove_suffix(1);
  }
  std::string secret = filled("secret '%' ", name);
  if (value.find('\0') != std::string_view::npos) {
    return Complaint{filled("%has a NUL byte, which no variable can hold: encode it, or pass the file's name", secret)};
  }
  if (name.size() + 1 + value.size() + 1 > kMaxEntryBytes) {  // '=' and the final NUL
    return Complaint{filled("%is longer than 128 KiB, the limit of execve(2): pass the file's name instead", secret)};
  }
  return value;
}

}  // namespace onit
