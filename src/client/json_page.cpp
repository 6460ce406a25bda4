#include "client/json_page.hpp"

#include <unistd.h>

#include "client/output.hpp"
#include "control/client.hpp"
#include "core/exit_code.hpp"
#include "core/service_name.hpp"

namespace onit {
namespace {

constexpr int kRefused = 1;

}  // namespace

int print_page(std::string_view text) { return print_all(STDOUT_FILENO, text) ? 0 : kUsageExitCode; }

std::string_view name_of(JsonValue service) {
  std::string_view name = service["name"].written();
  return is_service_name(name) ? name : "?";
}

JsonPage ask_for_json(const ControlCommand& command, const std::vector<std::string>& places, const char* target) {
  auto answer = ask_onit(places, HttpMethod::get, target, command.timeout);
  if (!answer.ok()) {
    tell(answer.error().text);
    return {{}, 0, answer.error().is_late ? kLateExitCode : kUsageExitCode};
  }
  JsonPage page{read_json(std::move(answer.value().body)), answer.value().server, kRefused};
  if (page.document && answer.value().status == 200) return page;
  std::string error = page.document ? page.document->root()["error"].text() : std::string{};
  page.document.reset();
  tell(error.empty() ? std::string_view{"onit's answer is not whole, or of another version"} : error);
  return page;
}

}  // namespace onit
