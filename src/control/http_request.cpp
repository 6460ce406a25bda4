#include "control/http_request.hpp"

#include <strings.h>

#include "base/text.hpp"
#include "control/http_status.hpp"

namespace onit {
namespace {

// What else than letters and digits may stand where.
constexpr std::string_view kInPath = "-._/";
constexpr std::string_view kInQuery = "-._/=&";
constexpr std::string_view kInFieldName = "!#$%&'*+-.^_`|~";

bool consists_of(std::string_view text, std::string_view marks) {
  for (char c : text) {
    if (!is_letter(c) && !is_digit(c) && marks.find(c) == marks.npos) return false;
  }
  return true;
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

bool is_name(std::string_view field, std::string_view name) {
  return field.size() == name.size() && ::strncasecmp(field.data(), name.data(), name.size()) == 0;
}

HttpRequest malformed(int status) {
  HttpRequest request;
  request.state = HttpRequest::State::malformed;
  request.status = status;
  return request;
}

/// Cuts off the next line, without its end; nothing if it has not come to its end yet.
std::optional<std::string_view> take_line(std::string_view& text) {
  std::size_t end = text.find('\n');
  if (end == text.npos) return std::nullopt;
  std::string_view line = text.substr(0, end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  text.remove_prefix(end + 1);
  return line;
}

/// Returns the status of the refusal; 0: it can be understood.
int read_request_line(std::string_view line, HttpRequest& request) {
  std::string_view method = take_until(line, ' ');
  std::string_view target = take_until(line, ' ');
  if (method.empty() || !consists_of(method, kInFieldName) || !target.starts_with('/')) return kHttpBadRequest;
  bool is_version = line.size() == 8 && line.starts_with("HTTP/") && is_digit(line[5]) && line[6] == '.';
  if (!is_version || !is_digit(line[7])) return kHttpBadRequest;
  if (line[5] != '1') return kHttpVersionNotSupported;
  request.knows_chunks = line[7] != '0';
  if (method != "GET" && method != "POST") return kHttpMethodNotAllowed;
  request.method = method == "GET" ? HttpMethod::get : HttpMethod::post;

  request.path = target.substr(0, target.find('?'));
  if (request.path.size() < target.size()) request.query = target.substr(request.path.size() + 1);
  return consists_of(request.path, kInPath) && consists_of(request.query, kInQuery) ? 0 : kHttpBadRequest;
}

/// Returns the status of the refusal; 0: it can be understood. A line that goes on in the next one is refused.
int read_field(std::string_view line, int& hosts) {
  std::size_t colon = line.find(':');
  std::string_view name = line.substr(0, colon);
  if (colon == line.npos || name.empty() || !consists_of(name, kInFieldName)) return kHttpBadRequest;
  std::string_view value = line.substr(colon + 1);
  for (char c : value) {
    if (is_control(c) && c != '\t') return kHttpBadRequest;
  }
  if (is_name(name, "Host")) ++hosts;
  if (is_name(name, "Transfer-Encoding")) return kHttpContentTooLarge;
  if (!is_name(name, "Content-Length")) return 0;
  while (!value.empty() && is_blank(value.front())) value.remove_prefix(1);
  while (!value.empty() && is_blank(value.back())) value.remove_suffix(1);
  if (value.empty()) return kHttpBadRequest;
  bool is_none = true;
  for (char c : value) {
    if (!is_digit(c)) return kHttpBadRequest;
    is_none = is_none && c == '0';
  }
  return is_none ? 0 : kHttpContentTooLarge;
}

}  // namespace

HttpRequest read_http_request(std::string_view received) {
  bool is_full = received.size() >= kMaxRequestBytes;
  std::string_view rest = received.substr(0, kMaxRequestBytes);
  HttpRequest unfinished = is_full ? malformed(kHttpHeadersTooLarge) : HttpRequest{};
  HttpRequest request;
  auto line = take_line(rest);
  // Some clients end the request before this one with a line too much; section 2.2.
  if (line && line->empty()) line = take_line(rest);
  if (!line) return unfinished;
  int refusal = read_request_line(*line, request);
  if (refusal != 0) return malformed(refusal);
  for (int hosts = 0;;) {
    line = take_line(rest);
    if (!line) return unfinished;
    if (line->empty()) {
      // Section 3.2; HTTP/1.0 knows no Host.
      if (hosts > 1 || (hosts == 0 && request.knows_chunks)) return malformed(kHttpBadRequest);
      request.state = HttpRequest::State::complete;
      return request;
    }
    refusal = read_field(*line, hosts);
    if (refusal != 0) return malformed(refusal);
  }
}

std::optional<std::string_view> find_parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    std::string_view parameter = query.substr(0, query.find('&'));
    query.remove_prefix(parameter.size() < query.size() ? parameter.size() + 1 : parameter.size());
    std::string_view found = parameter.substr(0, parameter.find('='));
    if (found == name) return parameter.substr(found.size() < parameter.size() ? found.size() + 1 : found.size());
  }
  return std::nullopt;
}

}  // namespace onit
