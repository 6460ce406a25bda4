#include "base/host_port.hpp"

#include <arpa/inet.h>

#include <algorithm>

#include "base/parse.hpp"
#include "base/text.hpp"

namespace onit {
namespace {

constexpr std::size_t kMaxNameBytes = 253;  // RFC 1035, section 2.3.4, without the length octets of both ends
constexpr std::uint16_t kHttpPort = 80;

bool is_address(int family, std::string_view text) {
  char copy[INET6_ADDRSTRLEN] = {};
  unsigned char address[16];
  if (text.size() >= sizeof copy) return false;
  text.copy(copy, text.size());
  return ::inet_pton(family, copy, address) == 1;
}

bool is_name_char(char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.'; }

/// A name or an IPv4 address. What ends in a number is meant to be an address.
bool is_name_or_ipv4(std::string_view text) {
  if (text.empty() || text.size() > kMaxNameBytes || text.front() == '.' || text.front() == '-') return false;
  if (!std::ranges::all_of(text, is_name_char)) return false;
  std::string_view last = text.substr(text.rfind('.') + 1);
  return !std::ranges::all_of(last, is_digit) || is_address(AF_INET, text);
}

struct Split {
  std::string_view host;
  std::string_view rest;  ///< from the ':' on
};

/// Cuts off the host; nothing if it is none.
std::optional<Split> split_host(std::string_view text) {
  if (text.starts_with('[')) {
    std::size_t close = text.find(']');
    if (close == text.npos || !is_address(AF_INET6, text.substr(1, close - 1))) return std::nullopt;
    return Split{text.substr(1, close - 1), text.substr(close + 1)};
  }
  std::size_t colon = std::min(text.find(':'), text.size());
  std::string_view host = text.substr(0, colon);
  if (!host.empty() && !is_name_or_ipv4(host)) return std::nullopt;
  return Split{host, text.substr(colon)};
}

std::optional<std::uint16_t> parse_port(std::string_view rest) {
  if (!rest.starts_with(':')) return std::nullopt;
  auto port = parse_number(rest.substr(1), UINT16_MAX);
  if (!port || *port == 0) return std::nullopt;
  return static_cast<std::uint16_t>(*port);
}

bool may_be_sent(char c) { return c > ' ' && c < '\x7f' && c != '#'; }

}  // namespace

std::optional<HostPort> parse_host_port(std::string_view text) {
  auto split = split_host(text);
  if (!split) return std::nullopt;
  auto port = parse_port(split->rest);
  if (!port) return std::nullopt;
  return HostPort{split->host, *port};
}

std::optional<HttpUrl> parse_http_url(std::string_view text) {
  constexpr std::string_view kScheme = "http://";
  if (!text.starts_with(kScheme)) return std::nullopt;
  text.remove_prefix(kScheme.size());

  std::size_t slash = std::min(text.find('/'), text.size());
  HttpUrl url{{}, text.substr(0, slash), text.substr(slash)};
  auto split = split_host(url.authority);
  if (!split || split->host.empty()) return std::nullopt;
  auto port = split->rest.empty() ? kHttpPort : parse_port(split->rest);
  if (!port) return std::nullopt;
  url.server = {split->host, *port};

  if (url.path.empty()) url.path = "/";
  if (url.path.size() > kMaxUrlPath || !std::ranges::all_of(url.path, may_be_sent)) return std::nullopt;
  return url;
}

}  // namespace onit
