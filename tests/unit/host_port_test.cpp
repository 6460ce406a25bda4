#include "base/host_port.hpp"

#include <doctest/doctest.h>

#include <string>

namespace onit {
namespace {

/// `host port`, or `-`.
std::string place(std::string_view text) {
  auto where = parse_host_port(text);
  return where ? std::string{where->host} + " " + std::to_string(where->port) : "-";
}

/// `host port authority path`, or `-`.
std::string url(std::string_view text) {
  auto parsed = parse_http_url(text);
  if (!parsed) return "-";
  return std::string{parsed->server.host} + " " + std::to_string(parsed->server.port) + " " +
         std::string{parsed->authority} + " " + std::string{parsed->path};
}

TEST_CASE("a host and a port are addresses in brackets or without, names, or a port alone") {
  CHECK(place("127.0.0.1:5432") == "127.0.0.1 5432");
  CHECK(place("[::1]:80") == "::1 80");
  CHECK(place("[fe80::1:2]:65535") == "fe80::1:2 65535");
  CHECK(place("[::ffff:127.0.0.1]:1") == "::ffff:127.0.0.1 1");
  CHECK(place("localhost:80") == "localhost 80");
  CHECK(place("my-db_1.internal:80") == "my-db_1.internal 80");
  CHECK(place("9lives:80") == "9lives 80");
  CHECK(place(":5432") == " 5432");
}

TEST_CASE("a port is a number from 1 to 65535") {
  for (auto text : {"a", "a:", "a:0", "a:65536", "a:-1", "a:+1", "a: 1", "a:1 ", "a:http", "a:1:2", "80", ":", "",
                    "a:99999999999999999999", "[::1]", "[::1]80", "[::1]:"}) {
    CAPTURE(text);
    CHECK(place(text) == "-");
  }
}

TEST_CASE("what is neither an address nor a name is no host") {
  for (auto text :
       {"::1:80",         "[127.0.0.1]:80", "[]:80",        "[::1:80", "::1]:80", "[:::]:80",    "[fe80::1%eth0]:80",
        "127.0.0.256:80", "127.0.0:80",     "1.2.3.4.5:80", "1234:80", "*:80",    "a b:80",      "a/b:80",
        "/run/x.sock",    "/run/x.sock:80", "-a:80",        ".a:80",   "a@b:80",  "\xc3\xa4:80", "a\n:80",
        "http://a:80"}) {
    CAPTURE(text);
    CHECK(place(text) == "-");
  }
  CHECK(place(std::string(253, 'a') + ":80") != "-");
  CHECK(place(std::string(254, 'a') + ":80") == "-");
  CHECK(place("[" + std::string(60, ':') + "]:80") == "-");
}

TEST_CASE("a URL has a host, a port if it is not 80, a path and a query") {
  CHECK(url("http://localhost") == "localhost 80 localhost /");
  CHECK(url("http://127.0.0.1:8080/healthz") == "127.0.0.1 8080 127.0.0.1:8080 /healthz");
  CHECK(url("http://[::1]:8080/a/b?c=d&e=%20") == "::1 8080 [::1]:8080 /a/b?c=d&e=%20");
  CHECK(url("http://[::1]/") == "::1 80 [::1] /");
  CHECK(url("http://web/a:b@c") == "web 80 web /a:b@c");
}

TEST_CASE("a URL that cannot be asked for as it is written is none") {
  for (auto text : {"https://a/",        "HTTP://a/",         "a/",          "//a/",
                    "http:/a",           "http://",           "http:///x",   "http://:80/",
                    "http://a:/",        "http://a:0/",       "http://a:x/", "http://u@a/",
                    "http://u:p@a/",     "http://a?q",        "http://a#f",  "http://a/#f",
                    "http://a/ b",       "http://a/\r\nX: y", "http://a/\t", "http://a/\x7f",
                    "http://a/\xc3\xa4", "http://::1/"}) {
    CAPTURE(text);
    CHECK(url(text) == "-");
  }
  CHECK(url("http://a/" + std::string(kMaxUrlPath - 1, 'x')) != "-");
  CHECK(url("http://a/" + std::string(kMaxUrlPath, 'x')) == "-");
}

}  // namespace
}  // namespace onit
