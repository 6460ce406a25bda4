#include "app/control_routes.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "app/explain.hpp"
#include "app/service_words.hpp"
#include "base/json_writer.hpp"
#include "base/parse.hpp"
#include "base/signal.hpp"
#include "base/suggest.hpp"
#include "base/text.hpp"
#include "control/http_status.hpp"

namespace onit {
namespace {

constexpr int kMaxExitCode = 255;

/// The name that was meant is looked for among so many: that takes about a millisecond.
constexpr std::size_t kMostCompared = 256;

// The parameters that a path knows, a bit for each.
enum Parameter : std::uint16_t {
  kFormat = 1 << 0,
  kColour = 1 << 1,
  kFollow = 1 << 2,
  kLines = 1 << 3,
  kService = 1 << 4,
  kWait = 1 << 5,
  kFor = 1 << 6,
  kSignal = 1 << 7,
  kExitCode = 1 << 8,
  kTimestamps = 1 << 9,
  kLive = 1 << 10,
};
constexpr char kParameterNames[][11] = {"format", "colour", "follow",    "lines",      "service", "wait",
                                        "for",    "signal", "exit_code", "timestamps", "live"};

struct Path {
  char pattern[24];  ///< '*' stands for the name of a service
  Route route;
  HttpMethod method;
  std::uint16_t parameters;
};

/// Where everything is that is not for everybody.
constexpr std::string_view kPrivatePrefix = "/v1/";
constexpr HttpMethod kGet = HttpMethod::get;
constexpr HttpMethod kPost = HttpMethod::post;

constexpr Path kPaths[] = {
    {"/v1/services", Route::services, kGet, kFormat | kColour | kService},
    {"/v1/services/*", Route::service, kGet, kFormat | kColour},
    {"/v1/services/*/start", Route::start, kPost, kFormat | kWait},
    {"/v1/services/*/stop", Route::stop, kPost, kFormat | kWait},
    {"/v1/services/*/restart", Route::restart, kPost, kFormat | kWait},
    {"/v1/services/*/signal", Route::signal, kPost, kFormat | kSignal},
    {"/v1/services/*/wait", Route::wait, kGet, kFormat | kFor},
    {"/v1/explain", Route::explanations, kGet, kFormat | kService},
    {"/v1/health", Route::health, kGet, kFormat | kLive | kService},
    {"/v1/events", Route::events, kGet, kFormat | kFollow | kService},
    {"/v1/logs", Route::logs, kGet, kFormat | kColour | kFollow | kLines | kTimestamps | kService},
    {"/v1/analysis", Route::analysis, kGet, 0},
    {"/v1/reload", Route::reload, kPost, kFormat},
    {"/v1/shutdown", Route::shutdown, kPost, kFormat | kExitCode},
    {"/metrics", Route::metrics, kGet, 0},
    {"/livez", Route::alive, kGet, 0},
    {"/readyz", Route::ready, kGet, 0},
};

/// Whether the path is of this pattern; `name` is what is at the place of its '*'.
bool matches(std::string_view path, const char* pattern, std::string_view& name) {
  std::string_view front{pattern};
  std::size_t star = front.find('*');
  if (star == std::string_view::npos) return path == front;
  std::string_view back = front.substr(star + 1);
  front = front.substr(0, star);
  if (path.size() <= front.size() + back.size() || !path.starts_with(front) || !path.ends_with(back)) return false;
  name = path.substr(front.size(), path.size() - front.size() - back.size());
  return name.find('/') == std::string_view::npos;
}

class Reader {
 public:
  Reader(const HttpRequest& request, const ServicesView& view) : request_(request), view_(view) {}

  Asked take(bool is_public);

 private:
  bool take_path(const Path& path, std::string_view name);
  bool take_parameters(const Path& path);
  bool take_parameter(const Path& path, std::string_view name, std::string_view value);
  bool take_service(std::string_view name, ServiceId& found);
  bool take_number(bool is_of_lines, std::string_view value);
  bool take_format(const Path& path, std::string_view format);
  bool take_condition(std::string_view word);
  bool refuse(int status, std::string_view text) {
    asked_.route = Route::refused;
    answer_with(asked_.reply, status, text);
    return false;
  }

  const HttpRequest& request_;
  const ServicesView& view_;
  Asked asked_;
  bool has_condition_ = false;
};

Asked Reader::take(bool is_public) {
  Reply& reply = asked_.reply;
  reply.as_text = find_parameter(request_.query, "format") == "text";
  bool is_hidden = is_public && request_.path.starts_with(kPrivatePrefix);
  for (const Path& path : kPaths) {
    std::string_view name;
    if (is_hidden || !matches(request_.path, path.pattern, name)) continue;
    // Lines for people, unless somebody says otherwise.
    bool is_for_people = path.route >= Route::explanations;
    if (is_for_people) reply.as_text = find_parameter(request_.query, "format") != "json";
    asked_.route = path.route;
    (void)take_path(path, name);
    return std::move(asked_);
  }
  refuse(kHttpNotFound, filled("there is no %", quoted(request_.path)));
  return std::move(asked_);
}

bool Reader::take_path(const Path& path, std::string_view name) {
  if (request_.method != path.method) {
    return refuse(kHttpMethodNotAllowed,
                  filled("% is asked for by %", request_.path, path.method == kGet ? "GET" : "POST"));
  }
  if (!name.empty() && !take_service(name, asked_.service)) return false;
  if (!take_parameters(path)) return false;
  bool has_all = (path.route != Route::signal || asked_.number) && (path.route != Route::wait || has_condition_);
  return has_all || refuse(kHttpBadRequest, path.route == Route::wait ? "which condition is missing: ?for=ready"
                                                                      : "which signal is missing: ?signal=HUP");
}

bool Reader::take_service(std::string_view name, ServiceId& found) {
  for (found = 0; found < view_.supervisor.count(); ++found) {
    if (view_.services[found].spec.name == name && !name.empty()) return true;  // who has none is no longer in the file
  }
  std::string text = filled("there is no service %", quoted(name));
  std::size_t compared = std::min(found, kMostCompared);
  for (found = 0; found < compared; ++found) {
    const std::string& known = view_.services[found].spec.name;
    if (known.empty() || !is_likely_typo(name, known)) continue;
    text += filled("; did you mean '%'?", known);
    break;
  }
  return refuse(kHttpNotFound, text);
}

// --- Parameters -----------------------------------------------------------------------------------------------------

bool Reader::take_parameters(const Path& path) {
  std::string_view query = request_.query;
  while (!query.empty()) {
    std::string_view value = take_until(query, '&');
    if (value.empty()) continue;
    std::string_view name = take_until(value, '=');
    if (!take_parameter(path, name, value)) return false;
  }
  return true;
}

bool Reader::take_parameter(const Path& path, std::string_view name, std::string_view value) {
  unsigned bit = 1;
  for (const char* known : kParameterNames) {
    if (name == known) break;
    bit <<= 1;
  }
  if ((path.parameters & bit) == 0) {
    // Probes come with whatever their senders are used to.
    if (!request_.path.starts_with(kPrivatePrefix)) return true;
    return refuse(kHttpBadRequest, filled("% has no parameter %", request_.path, quoted(name)));
  }
  Reply& reply = asked_.reply;
  bool is_set = value != "0";
  switch (bit) {
    case kFormat:
      return take_format(path, value);
    case kColour:
      reply.has_colour = is_set;
      return true;
    case kFollow:
      reply.follows = is_set;
      return true;
    case kTimestamps:
      reply.has_times = is_set;
      return true;
    case kWait:
      asked_.waits = is_set;
      return true;
    case kLive:
      asked_.question = is_set ? HealthQuestion::alive : HealthQuestion::ready;
      return true;
    case kLines:
    case kExitCode:
      return take_number(bit == kLines, value);
    case kService: {
      ServiceId id = 0;
      if (!take_service(value, id)) return false;
      bool is_named = std::ranges::find(reply.services, id) != reply.services.end();
      if (!is_named) reply.services.push_back(id);
      return true;
    }
    case kFor:
      has_condition_ = true;
      return take_condition(value);
    case kSignal:
      asked_.number = parse_signal(value);
      return asked_.number || refuse(kHttpBadRequest, filled("there is no signal %", quoted(value)));
  }
  return true;
}

bool Reader::take_number(bool is_of_lines, std::string_view value) {
  auto number = parse_number(value, is_of_lines ? UINT32_MAX : kMaxExitCode);
  if (!number) {
    return refuse(kHttpBadRequest, is_of_lines ? "'lines' must be a number" : "'exit_code' must be from 0 to 255");
  }
  if (is_of_lines) {
    asked_.reply.last_lines = *number;
  } else {
    asked_.number = static_cast<int>(*number);
  }
  return true;
}

bool Reader::take_format(const Path& path, std::string_view format) {
  bool is_of_logs = path.route == Route::logs;
  constexpr const char* kStyles[] = {"raw", "prefix", "json"};
  for (std::size_t i = 0; is_of_logs && i < std::size(kStyles); ++i) {
    if (format != kStyles[i]) continue;
    asked_.reply.log_style = static_cast<LogStyle>(i);
    return true;
  }
  if (format == "text" || format == "json") return true;
  return refuse(kHttpBadRequest,
                filled("'format' must be %", is_of_logs ? "'raw', 'prefix' or 'json'" : "'text' or 'json'"));
}

bool Reader::take_condition(std::string_view word) {
  asked_.reply.awaits_rest = word == "stopped";
  if (asked_.reply.awaits_rest) return true;
  for (Condition condition :
       {Condition::started, Condition::ready, Condition::healthy, Condition::completed, Condition::exited}) {
    if (word != condition_name(condition)) continue;
    asked_.reply.awaited = condition;
    return true;
  }
  return refuse(kHttpBadRequest, "'for' must be started, ready, healthy, completed, exited or stopped");
}

}  // namespace

Asked understand(const HttpRequest& request, bool is_public, const ServicesView& view) {
  return Reader{request, view}.take(is_public);
}

void answer_with(Reply& reply, int status, std::string_view text) {
  bool is_error = status >= kHttpBadRequest;
  reply.page = Page::none;
  reply.status = status;
  reply.type = reply.as_text ? kPlainType : kJsonType;
  if (reply.as_text) {
    reply.text = concat(text, "\n");
    return;
  }
  JsonWriter json(JsonWriter::Layout::one_line);
  json.open_object();
  json.text(is_error ? "error" : "text", text);
  json.close();
  reply.text = json.take();
}

}  // namespace onit
