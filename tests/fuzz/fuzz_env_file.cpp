#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/env_file.hpp"
#include "fuzz/checks.hpp"

// Any bytes as an env file, and as a value that is quoted in both ways and read back.

namespace {

using namespace onit;

std::optional<std::string_view> find_in_fuzz_environment(const void*, std::string_view name) {
  if (name == "HOST") return "outside";
  if (name == "E") return "";
  if (name == "D") return "$HOST ${E:-'\"\\";
  return std::nullopt;
}

constexpr Lookup kEnvironment{find_in_fuzz_environment, nullptr};

void check_variables(const std::vector<Variable>& variables) {
  require(variables.size() <= kMaxVariables);
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const Variable& variable = variables[i];
    require(is_variable_name(variable.name));
    require(variable.value.find('\0') == std::string::npos);
    require(variable.name.size() + variable.value.size() + 2 <= kMaxEntryBytes);
    for (std::size_t j = 0; j < i; ++j) require(variables[j].name != variable.name);
  }
}

/// A complaint is `LINE: text`, of a line that the file has.
void check_complaint(std::string_view complaint, std::string_view text) {
  std::size_t lines = 1;
  for (char c : text) lines += c == '\n' ? 1 : 0;
  std::size_t line = 0;
  std::size_t at = 0;
  while (at < complaint.size() && complaint[at] >= '0' && complaint[at] <= '9') {
    line = line * 10 + static_cast<std::size_t>(complaint[at++] - '0');
  }
  require(line >= 1 && line <= lines);
  require(complaint.substr(at, 2) == ": " && complaint.size() > at + 2);
}

void check_file(std::string_view text) {
  std::vector<std::string> warnings;
  auto variables = parse_env_file(text, kEnvironment, {&warnings, ""});
  require(warnings.size() <= kMaxEnvFileWarnings);
  for (const std::string& warning : warnings) {
    std::size_t line_end = warning.find(':', 1);
    check_complaint(warning.substr(1, line_end - 1) + warning.substr(warning.find(": ")), text);
  }
  if (variables.ok()) {
    check_variables(variables.value());
  } else {
    check_complaint(variables.error().text, text);
  }
}

void check_round_trip(const std::string& file, std::string_view value) {
  auto variables = parse_env_file(file, kEnvironment);
  require(variables.ok());
  require(variables.value().size() == 2);
  require(variables.value()[0].value == value);
  require(variables.value()[1].value == value);
}

/// Escapes every byte of `special` in value with a backslash.
std::string escaped(std::string_view value, std::string_view special) {
  std::string result;
  for (char c : value) {
    if (special.find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  check_file(text);

  bool fits = text.find('\0') == std::string_view::npos && size < 10'000;
  if (!fits) return 0;
  // COPY reads VALUE through interpolation, which must not interpret it again.
  check_round_trip("VALUE=\"" + escaped(text, "\\\"$") + "\" # note\nCOPY=\"${VALUE:-}\"", text);
  // Single quotes cannot hold a backslash in front of a quote or at the end.
  bool single = !text.ends_with('\\') && text.find("\\'") == std::string_view::npos;
  if (single) check_round_trip("VALUE='" + escaped(text, "'") + "'\r\nCOPY=\"$VALUE\"", text);
  return 0;
}
