#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace onit {

/// The longest path of a URL that is taken: the request with it has to fit into the smallest send buffer at once.
inline constexpr std::size_t kMaxUrlPath = 2048;

/// Where somebody listens. The host is part of the text that was parsed.
struct HostPort {
  std::string_view host;  ///< an IPv4 address, an IPv6 address without its brackets, or a name; empty if none was given
  std::uint16_t port = 0;  ///< never 0
};

/// Takes `HOST:PORT`, `[IPV6]:PORT` or `:PORT` apart. Nothing for anything else: no port or port 0, an IPv6 address
/// without brackets, an IPv4 address that is none (`127.0.0.256`), a name with anything but letters, digits, '-', '_'
/// and '.'. Source: RFC 3986, section 3.2; RFC 1123, section 2.1.
std::optional<HostPort> parse_host_port(std::string_view text);

/// What an http:// URL says. The views are parts of the text that was parsed, or constants.
struct HttpUrl {
  HostPort server;             ///< with port 80 if none was given; the host is never empty
  std::string_view authority;  ///< host and port as they were written, for the Host header
  std::string_view path;       ///< with the query; begins with '/', and may be sent as it is
};

/// Takes `http://HOST[:PORT][/PATH][?QUERY]` apart. Nothing for anything else: another scheme, a user, a query without
/// a path, a fragment, bytes in the path that a request line must not contain, a path longer than kMaxUrlPath.
/// Source: RFC 3986, section 3; RFC 9110, section 4.2.1.
std::optional<HttpUrl> parse_http_url(std::string_view text);

}  // namespace onit
