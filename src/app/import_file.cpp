#include "app/import_file.hpp"

#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/text.hpp"
#include "config/import.hpp"
#include "os/file.hpp"

namespace onit {
namespace {

/// As for a file of services.
constexpr std::size_t kLargestFile = 1024 * 1024;
/// Whoever writes into the pipe may be a person; who waits is no first process.
constexpr Millis kPatience{-1};

}  // namespace

Result<std::string, Complaint> import_file(const FileToImport& file) {
  bool is_stdin = std::string_view{file.path} == "-";
  auto text = read_file(is_stdin ? "/dev/stdin" : file.path, kLargestFile, kPatience);
  if (!text.ok()) {
    const char* hint = text.error().code == EISDIR ? "; for a tree of s6-overlay see docs/from-s6-overlay.md" : "";
    return Complaint{filled("%: %%", file.path, std::strerror(text.error().code), hint)};
  }
  return import_services(is_stdin ? "stdin" : file.path, text.value(), file.format);
}

}  // namespace onit
