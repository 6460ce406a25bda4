#include "client/json_page.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.hpp"
#include "client/failure.hpp"
#include "client/output.hpp"
#include "control/client.hpp"
#include "control/http_status.hpp"
#include "core/exit_code.hpp"
#include "core/service_name.hpp"

namespace onit {

int print_page(std::string_view text) {
  if (print_all(STDOUT_FILENO, text)) return 0;
  tell(concat("stdout: ", std::strerror(errno)));
  return kUsageExitCode;
}

std::string_view name_of(JsonValue service) {
  std::string_view name = service["name"].written();
  return is_service_name(name) ? name : "?";
}

JsonPage ask_for_json(const ControlCommand& command, const std::vector<std::string>& places, const char* target) {
  auto answer = ask_onit(places, HttpMethod::get, target, command.timeout);
  if (!answer.ok()) return {{}, 0, fail(command, answer.error())};
  JsonPage page{read_json(std::move(answer.value().body)), answer.value().server, kNotSoExitCode};
  if (page.document && answer.value().status == kHttpOk) return page;
  std::string error = page.document ? page.document->root()["error"].text() : std::string{};
  page.document.reset();
  if (error.empty()) error = filled("the answer from % is not whole, or of another version", answer.value().place);
  tell(error);
  return page;
}

}  // namespace onit
