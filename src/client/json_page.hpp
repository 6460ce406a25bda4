#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_reader.hpp"
#include "cli/request.hpp"

namespace onit {

/// An answer of onit, to be shown in another way.
struct JsonPage {
  std::optional<JsonDocument> document;  ///< nothing: what went wrong was printed
  pid_t server;                          ///< onit's pid; 0: it is not in our pid namespace
  int exit_code;                         ///< without a document
};

/// Asks for a page of JSON. Prints on stderr why there is none.
JsonPage ask_for_json(const ControlCommand& command, const std::vector<std::string>& places, const char* target);

/// The name of a service; "?" if it has one that no service can have.
std::string_view name_of(JsonValue service);

/// Prints a text on stdout, or on stderr why that fails. Returns the exit code.
int print_page(std::string_view text);

}  // namespace onit
