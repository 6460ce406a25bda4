#include "client/onitctl.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/text.hpp"
#include "base/variable.hpp"
#include "client/analysis.hpp"
#include "client/output.hpp"
#include "client/target.hpp"
#include "client/tree.hpp"
#include "client/watch.hpp"
#include "control/client.hpp"
#include "core/exit_code.hpp"
#include "os/clock.hpp"

namespace onit {
namespace {

constexpr int kNotSo = 1;

/// So many services are acted on side by side; onit serves more clients than that.
constexpr std::size_t kAtOnce = 8;

/// What an answer's error may say.
constexpr std::size_t kMaxErrorBytes = 4096;

bool is_good(int status) { return status >= 200 && status < 300; }

/// Where onit may listen, in the order in which it is looked for there.
std::vector<std::string> places_of(const ControlCommand& command, char* const* environment) {
  const char* named = find_variable(environment, "ONIT_SOCKET");
  if (command.socket != nullptr) named = command.socket;
  if (named != nullptr && *named != '\0') return {named};
  std::vector<std::string> places{"/run/onit.sock"};
  const char* runtime = find_variable(environment, "XDG_RUNTIME_DIR");
  if (runtime != nullptr && *runtime != '\0') places.push_back(concat({runtime, "/onit.sock"}));
  places.push_back(kSharedControlPlace);
  return places;
}

/// What an error says, in words or as {"error": "words"}.
std::string_view words_of(std::string_view error) {
  std::size_t begin = error.find(": \"");
  std::size_t end = error.rfind('"');
  return error.starts_with('{') && begin < end ? error.substr(begin + 3, end - begin - 3) : error;
}

class Asking {
 public:
  Asking(const ControlCommand& command, std::vector<std::string> places, char* const* environment)
      : command_(command),
        places_(std::move(places)),
        has_colour_(wants_colour(environment)),
        is_probe_(command.verb == ControlVerb::health) {
    if (command.timeout) deadline_ = monotonic_now() + *command.timeout;
  }

  int run();

 private:
  using Connection = Result<ControlConnection, NoAnswer>;

  static bool take(void* context, int status, std::string_view bytes);
  int look_for_all();
  int ask_about(std::size_t first, std::size_t end);
  Connection begin(const char* service);
  int finish(Connection connection);
  int fail(const NoAnswer& failure);

  const ControlCommand& command_;
  std::vector<std::string> places_;
  Deadline deadline_{};
  bool has_colour_;
  bool is_probe_;
  bool is_quiet_ = false;  ///< only what is wrong is told
  std::string error_{};
};

/// Copies what was asked for to stdout, and keeps an error.
bool Asking::take(void* context, int status, std::string_view bytes) {
  Asking& self = *static_cast<Asking*>(context);
  constexpr int kUnavailable = 503;
  if (!is_good(status) && !(self.is_probe_ && status == kUnavailable)) {
    self.error_.append(bytes.substr(0, kMaxErrorBytes - std::min(self.error_.size(), kMaxErrorBytes)));
    return true;
  }
  if (self.is_quiet_ || print_all(STDOUT_FILENO, bytes)) return true;
  self.error_ = concat({"stdout: ", std::strerror(errno)});
  return false;
}

int Asking::fail(const NoAnswer& failure) {
  tell(failure.text);
  if (is_probe_) return kNotSo;
  return failure.is_late ? kLateExitCode : kUsageExitCode;
}

Asking::Connection Asking::begin(const char* service) {
  return begin_asking(places_, method_of(command_.verb), target_of(command_, service, has_colour_), deadline_);
}

/// Waits for the answer and prints it. Returns the exit code.
int Asking::finish(Connection connection) {
  if (!connection.ok()) return fail(connection.error());
  error_.clear();
  auto answer = take_answer(std::move(connection.value()), deadline_, {take, this});
  if (!answer.ok()) return fail(answer.error());
  if (!error_.empty()) tell(words_of(error_));
  if (!is_good(answer.value().status)) return kNotSo;
  if (!error_.empty()) return kUsageExitCode;
  // What is followed ends when onit does.
  if (answer.value().is_whole || command_.follow) return 0;
  tell("the answer is not complete: onit has ended the connection");
  return kUsageExitCode;
}

/// Before anything is done to one of the services, each that is not there is told. Returns the exit code.
int Asking::look_for_all() {
  ControlCommand look;
  is_quiet_ = true;
  int highest = 0;
  for (const char* service : command_.services) {
    // Without an answer there is none about the others either.
    if (highest > kNotSo) break;
    int code = finish(begin_asking(places_, HttpMethod::get, target_of(look, service, false), deadline_));
    highest = std::max(highest, code);
  }
  is_quiet_ = false;
  return highest;
}

/// Asks about some of the services side by side. Returns the highest of the exit codes.
int Asking::ask_about(std::size_t first, std::size_t end) {
  std::array<std::optional<Connection>, kAtOnce> connections;
  for (std::size_t i = first; i < end; ++i) connections[i - first].emplace(begin(command_.services[i]));
  int highest = 0;
  for (std::size_t i = first; i < end; ++i) highest = std::max(highest, finish(std::move(*connections[i - first])));
  return highest;
}

int Asking::run() {
  std::size_t count = command_.services.size();
  bool is_order = count > 1 && method_of(command_.verb) == HttpMethod::post;
  int highest = command_.watch || is_order ? look_for_all() : 0;
  if (highest != 0) return highest;
  if (command_.watch) return watch_status(command_, places_, has_colour_);
  if (count == 0 || named_by(command_.verb) != NamedBy::path) return finish(begin(nullptr));
  for (std::size_t i = 0; i < count; i += kAtOnce) {
    highest = std::max(highest, ask_about(i, std::min(count, i + kAtOnce)));
  }
  return highest;
}

}  // namespace

int run_onitctl(const ControlCommand& command, char* const* environment) {
  std::vector<std::string> places = places_of(command, environment);
  if (command.verb == ControlVerb::tree) return show_tree(command, places);
  if (command.verb == ControlVerb::analyze) return show_analysis(command, places);
  return Asking(command, std::move(places), environment).run();
}

}  // namespace onit
