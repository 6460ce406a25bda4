#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "config/import.hpp"
#include "config/services_file.hpp"
#include "services_text.hpp"

// What becomes of files of other tools.

namespace onit {

/// The result, or the problems.
inline std::string imported(std::string_view text, ImportFormat format) {
  auto result = import_services("f", text, format);
  return result.ok() ? result.value() : result.error().text;
}

/// The services of the result, which has to be good.
inline std::vector<ServiceSpec> services_of(std::string_view text, ImportFormat format) {
  auto result = import_services("f", text, format);
  if (!result.ok()) FAIL_CHECK(result.error().text);
  return ServicesText{result.ok() ? result.value() : std::string{}}.spec().services;
}

inline bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace onit
