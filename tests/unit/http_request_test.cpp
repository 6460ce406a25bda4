#include "control/http_request.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/text.hpp"

namespace onit {
namespace {

using State = HttpRequest::State;

constexpr char kHost[] = "Host: onit\r\n";

HttpRequest read_line(std::string_view line) {
  static std::string text;
  text = concat(line, "\r\n", kHost, "\r\n");
  return read_http_request(text);
}

HttpRequest read_field(std::string_view field) {
  static std::string text;
  text = concat("GET / HTTP/1.1\r\n", kHost, field, "\r\n\r\n");
  return read_http_request(text);
}

int refusal(const HttpRequest& request) { return request.state == State::malformed ? request.status : 0; }

}  // namespace

TEST_CASE("a request says what is asked for, and how") {
  HttpRequest request = read_line("POST /v1/services/db-1.x_y/signal?signal=HUP&x= HTTP/1.1");
  CHECK(request.state == State::complete);
  CHECK(request.method == HttpMethod::post);
  CHECK(request.path == "/v1/services/db-1.x_y/signal");
  CHECK(request.query == "signal=HUP&x=");
  CHECK(request.knows_chunks);

  request = read_line("GET / HTTP/1.0");
  CHECK(request.state == State::complete);
  CHECK(request.method == HttpMethod::get);
  CHECK(request.path == "/");
  CHECK(request.query.empty());
  CHECK_FALSE(request.knows_chunks);
}

TEST_CASE("a request is known when its empty line has come, and not before") {
  const std::string text = "\r\nGET /livez?a=b HTTP/1.1\r\nhOST:\r\nAccept: */*; q=\"\xc3\xa4\"\r\n\r\n";
  for (std::size_t length = 0; length < text.size(); ++length) {
    CAPTURE(length);
    CHECK(read_http_request(text.substr(0, length)).state == State::incomplete);
  }
  CHECK(read_http_request(text).state == State::complete);
  CHECK(read_http_request(text + "GET / HTTP/9.9 and whatever else").path == "/livez");
}

TEST_CASE("lines may end without the CR") {
  HttpRequest request = read_http_request("GET /livez HTTP/1.1\nHost: x\n\n");
  CHECK(request.state == State::complete);
  CHECK(request.path == "/livez");
}

TEST_CASE("what is no request is refused as soon as its line is there") {
  constexpr const char* kBad[] = {"GET",
                                  "GET /",
                                  "GET  / HTTP/1.1",
                                  "GET /  HTTP/1.1",
                                  " GET / HTTP/1.1",
                                  "GET / HTTP/1.1 ",
                                  "GET / HTTP/1.",
                                  "GET / HTTP/11",
                                  "GET / HTTP/1.x",
                                  "GET / http/1.1",
                                  "GET x HTTP/1.1",
                                  "GET http://onit/ HTTP/1.1",
                                  "GET * HTTP/1.1",
                                  "GET\t/\tHTTP/1.1",
                                  "GET /\r HTTP/1.1",
                                  "G(T / HTTP/1.1",
                                  "GET /a%20b HTTP/1.1",
                                  "GET /a\"b HTTP/1.1",
                                  "GET /\xc3\xa4 HTTP/1.1",
                                  "GET /?a=%41 HTTP/1.1",
                                  "GET /?a?b HTTP/1.1",
                                  "GET /#x HTTP/1.1",
                                  "GET /a=b HTTP/1.1",
                                  "\x16\x03\x01"};
  for (const char* line : kBad) {
    CAPTURE(line);
    CHECK(refusal(read_line(line)) == 400);
    CHECK(refusal(read_http_request(concat(line, "\n"))) == 400);
  }
  CHECK(refusal(read_http_request("\n\nGET / HTTP/1.0\n\n")) == 400);
}

TEST_CASE("another version and another method are refused as what they are") {
  CHECK(refusal(read_line("GET / HTTP/2.0")) == 505);
  CHECK(refusal(read_line("PRI * HTTP/2.0")) == 400);
  CHECK(refusal(read_line("GET / HTTP/0.9")) == 505);
  CHECK(refusal(read_line("GET / HTTP/1.2")) == 0);
  CHECK(refusal(read_line("HEAD / HTTP/1.1")) == 405);
  CHECK(refusal(read_line("get / HTTP/1.1")) == 405);
  CHECK(refusal(read_line("PUT / HTTP/1.0")) == 405);
}

TEST_CASE("fields that are none are refused") {
  constexpr const char* kBad[] = {"x", ": x", "a b: x", "a : x", " a: x", "\ta: x", "a: \x01", "a: x\ry", "a: \x7f"};
  for (const char* field : kBad) {
    CAPTURE(field);
    CHECK(refusal(read_field(field)) == 400);
  }
  CHECK(refusal(read_field("a:")) == 0);
  CHECK(refusal(read_field("a: \t x \t")) == 0);
  const std::string with_zero("a: \0", 4);
  CHECK(refusal(read_field(with_zero)) == 400);
}

TEST_CASE("HTTP/1.1 names its host once, HTTP/1.0 at most once") {
  CHECK(refusal(read_http_request("GET / HTTP/1.1\r\n\r\n")) == 400);
  CHECK(refusal(read_field("Host: other")) == 400);
  CHECK(refusal(read_http_request("GET / HTTP/1.0\r\n\r\n")) == 0);
  CHECK(refusal(read_http_request("GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n")) == 400);
}

TEST_CASE("a request has no body") {
  CHECK(refusal(read_field("Content-Length: 0")) == 0);
  CHECK(refusal(read_field("content-length:\t00 ")) == 0);
  CHECK(refusal(read_field("Content-Length: 1")) == 413);
  CHECK(refusal(read_field("Content-Length: 99999999999999999999")) == 413);
  CHECK(refusal(read_field("Content-Length: 0x1")) == 400);
  CHECK(refusal(read_field("Content-Length:")) == 400);
  CHECK(refusal(read_field("Content-Length: -1")) == 400);
  CHECK(refusal(read_field("Content-Length: 0 0")) == 400);
  CHECK(refusal(read_field("transfer-encoding: chunked")) == 413);
}

TEST_CASE("a request has its limit, and what comes behind it does not matter") {
  const std::string head = concat("GET / HTTP/1.1\r\n", kHost, "X: ");
  auto of_size = [&](std::size_t size) { return head + std::string(size - head.size() - 4, 'x') + "\r\n\r\n"; };
  CHECK(read_http_request(of_size(kMaxRequestBytes)).state == State::complete);
  CHECK(read_http_request(of_size(kMaxRequestBytes) + "more").state == State::complete);
  CHECK(refusal(read_http_request(of_size(kMaxRequestBytes + 1))) == 431);
  CHECK(refusal(read_http_request(std::string(kMaxRequestBytes, 'x'))) == 431);
  CHECK(read_http_request(std::string(kMaxRequestBytes - 1, 'x')).state == State::incomplete);
}

TEST_CASE("a parameter is found by its name, with or without a value") {
  CHECK(find_parameter("a=1&bc=2&d&e=", "a") == "1");
  CHECK(find_parameter("a=1&bc=2&d&e=", "bc") == "2");
  CHECK(find_parameter("a=1&bc=2&d&e=", "d") == "");
  CHECK(find_parameter("a=1&bc=2&d&e=", "e") == "");
  CHECK(find_parameter("a=b=c", "a") == "b=c");
  CHECK(find_parameter("&&a=1", "a") == "1");
  CHECK_FALSE(find_parameter("a=1&bc=2&d&e=", "b"));
  CHECK_FALSE(find_parameter("a=1", "a=1"));
  CHECK_FALSE(find_parameter("", "a"));
}

}  // namespace onit
