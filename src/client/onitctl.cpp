#include "client/onitctl.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/text.hpp"
#include "base/variable.hpp"
#include "client/analysis.hpp"
#include "client/failure.hpp"
#include "client/json_page.hpp"
#include "client/output.hpp"
#include "client/target.hpp"
#include "client/tree.hpp"
#include "client/watch.hpp"
#include "control/client.hpp"
#include "control/http_status.hpp"
#include "control/places.hpp"
#include "core/exit_code.hpp"
#include "core/service_spec.hpp"
#include "os/clock.hpp"

namespace onit {
namespace {

/// So many services are acted on side by side; onit serves more clients than that.
constexpr std::size_t kAtOnce = 8;

/// What an answer's error may say.
constexpr std::size_t kMaxErrorBytes = 4096;

/// Where onit may listen, in the order in which it is looked for there.
std::vector<std::string> places_of(const ControlCommand& command, char* const* environment) {
  const char* named = find_variable(environment, "ONIT_SOCKET");
  if (command.socket != nullptr) named = command.socket;
  if (named != nullptr && *named != '\0') return {named};
  return control_places(kDefaultControlPlace, environment);
}

class Asking {
 public:
  Asking(const ControlCommand& command, std::vector<std::string> places, char* const* environment)
      : command_(command),
        places_(std::move(places)),
        has_colour_(wants_colour(environment)),
        is_probe_(command.verb == VerbId::health) {
    if (command.timeout) deadline_ = monotonic_now() + *command.timeout;
  }

  int run();

 private:
  using Connection = Result<ControlConnection, NoAnswer>;

  bool is_page(int status) const;
  static bool take(void* context, int status, std::string_view bytes);
  int look_for_all();
  int ask_about(std::size_t first, std::size_t end);
  Connection begin(const char* service);
  int end_of_following(const std::string& place);
  int finish(Connection connection, const char* service = nullptr);

  const ControlCommand& command_;
  std::vector<std::string> places_;
  Deadline deadline_{};
  bool has_colour_;
  bool is_probe_;
  bool is_quiet_ = false;  ///< only what is wrong is told
  std::string error_{};
};

/// Whether what comes is to be printed as it is. In JSON that something is not well is data as well, of any length.
bool Asking::is_page(int status) const {
  int finding = is_probe_ ? kHttpServiceUnavailable : kHttpUnprocessableContent;
  return is_good_status(status) || (command_.json && status == finding);
}

/// Copies what was asked for to stdout, and keeps an error.
bool Asking::take(void* context, int status, std::string_view bytes) {
  Asking& self = *static_cast<Asking*>(context);
  if (!self.is_page(status)) {
    self.error_.append(bytes.substr(0, kMaxErrorBytes - std::min(self.error_.size(), kMaxErrorBytes)));
    return true;
  }
  if (self.is_quiet_ || print_all(STDOUT_FILENO, bytes)) return true;
  self.error_ = concat("stdout: ", std::strerror(errno));
  return false;
}

Asking::Connection Asking::begin(const char* service) {
  return begin_asking(places_, method_of(command_.verb), target_of(command_, service, has_colour_), deadline_);
}

/// What is followed ends when onit does. If that is still there, it has let go of who did not keep up. Returns the exit
/// code.
int Asking::end_of_following(const std::string& place) {
  Deadline deadline = earlier(deadline_, monotonic_now() + kAnswerPatience);
  auto connection = begin_asking({place}, HttpMethod::get, "/livez", deadline);
  // A connection is no proof: onit's socket is closed after those of its clients.
  bool is_there = connection.ok() && take_answer(std::move(connection.value()), deadline).ok();
  if (!is_there) return 0;
  tell(filled("onit at % has ended this, and goes on: it was not read in time, or too many ask at once", place));
  return kNotSoExitCode;
}

/// Waits for the answer and prints it. `service` is the one that it is about, null if it is about several. Returns the
/// exit code.
int Asking::finish(Connection connection, const char* service) {
  if (!connection.ok()) return fail(command_, connection.error());
  error_.clear();
  auto answer = take_answer(std::move(connection.value()), deadline_, {take, this});
  if (!answer.ok()) {
    NoAnswer failure = answer.error();
    // onit is not slow: it has nothing to say before it is so.
    if (failure.is_late && service != nullptr && command_.verb == VerbId::wait) {
      failure.text = filled("% is not %", service, command_.word);
    } else if (failure.is_late && service != nullptr && command_.wait) {
      failure.text = filled("%: not done", service);
    }
    return fail(command_, failure);
  }
  int status = answer.value().status;
  if (is_probe_ && status == kHttpServiceUnavailable && !command_.json) {
    // To be told that it is not well is no failure.
    std::string finding = words_of(error_);
    print_page(finding.ends_with('\n') ? finding : concat(finding, "\n"));
    return kNotSoExitCode;
  }
  bool is_turned_away = status == kHttpForbidden || status == kHttpRequestTimeout || status == kHttpServiceUnavailable;
  if (!error_.empty()) tell(concat(is_turned_away ? answer.value().place + ": " : "", words_of(error_)));
  if (!is_good_status(status)) return kNotSoExitCode;
  int broken = is_probe_ ? kNotSoExitCode : kUsageExitCode;
  if (!error_.empty()) return broken;
  if (command_.follow) return end_of_following(answer.value().place);
  if (answer.value().is_whole) return 0;
  tell(filled("the answer from % is not complete: onit has ended the connection", answer.value().place));
  return broken;
}

/// Before anything is done to one of the services, each that is not there is told. Returns the exit code.
int Asking::look_for_all() {
  ControlCommand look;
  is_quiet_ = true;
  int highest = 0;
  for (const char* service : command_.services) {
    // Without an answer there is none about the others either.
    if (highest > kNotSoExitCode) break;
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
  for (std::size_t i = first; i < end; ++i)
    highest = std::max(highest, finish(std::move(*connections[i - first]), command_.services[i]));
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
  if (command.verb == VerbId::tree) return show_tree(command, places);
  if (command.verb == VerbId::analyze) return show_analysis(command, places);
  return Asking(command, std::move(places), environment).run();
}

}  // namespace onit
