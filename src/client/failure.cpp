#include "client/failure.hpp"

#include "base/json_reader.hpp"
#include "base/text.hpp"
#include "client/output.hpp"
#include "core/exit_code.hpp"

namespace onit {

std::string words_of(std::string_view error) {
  std::string text{error};
  auto document = error.starts_with('{') ? read_json(text) : std::nullopt;
  std::string words = document ? document->root()["error"].text() : std::string{};
  return words.empty() ? text : words;
}

std::string words_of(const NoAnswer& failure, std::optional<Millis> timeout) {
  return failure.is_late && timeout ? filled("% after %", failure.text, *timeout) : failure.text;
}

int fail(const ControlCommand& command, const NoAnswer& failure) {
  tell(words_of(failure, command.timeout));
  if (command.verb == VerbId::health) return kNotSoExitCode;
  return failure.is_late ? kLateExitCode : kUsageExitCode;
}

}  // namespace onit
