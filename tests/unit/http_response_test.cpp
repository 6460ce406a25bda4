#include "control/http_response.hpp"

#include <doctest/doctest.h>

#include <string>

namespace onit {
namespace {

/// `CODE reason`, `more` or `bad`.
std::string read(std::string_view received) {
  HttpAnswer answer = read_http_answer(received);
  switch (answer.state) {
    case HttpAnswer::State::incomplete:
      return "more";
    case HttpAnswer::State::malformed:
      return "bad";
    case HttpAnswer::State::complete:
      break;
  }
  return std::to_string(answer.code) + " " + std::string{answer.reason};
}

TEST_CASE("the status of an answer is its code and its reason") {
  CHECK(read("HTTP/1.1 200 OK\r\n") == "200 OK");
  CHECK(read("HTTP/1.0 503 Service Unavailable\r\nServer: x\r\n\r\nbody") == "503 Service Unavailable");
  CHECK(read("HTTP/1.1 404 \r\n") == "404 ");
  CHECK(read("HTTP/1.1 599 a\tb \xc3\xa4\r\n") == "599 a\tb \xc3\xa4");
  CHECK(read("HTTP/1.9 302 Found\r\n") == "302 Found");
}

TEST_CASE("a line may end without the CR, and have nothing behind the code") {
  CHECK(read("HTTP/1.1 200 OK\n") == "200 OK");
  CHECK(read("HTTP/1.1 200\r\n") == "200 ");
  CHECK(read("HTTP/1.1 200\n") == "200 ");
}

TEST_CASE("a status line is read at its end, however it is cut into pieces") {
  std::string_view answer = "HTTP/1.1 200 OK\r\n";
  for (std::size_t length = 0; length < answer.size(); ++length) CHECK(read(answer.substr(0, length)) == "more");
  std::string_view short_answer = "HTTP/1.1 200\r\n";
  for (std::size_t length = 0; length < short_answer.size(); ++length) {
    CHECK(read(short_answer.substr(0, length)) == "more");
  }
}

TEST_CASE("interim answers are passed over, but for a switch of protocols") {
  CHECK(read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n") == "200 OK");
  CHECK(read("HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 100\n\nHTTP/1.1 500 No\r\n") == "500 No");
  CHECK(read("HTTP/1.1 103 Early Hints\r\nLink: a\r\n") == "more");
  CHECK(read("HTTP/1.1 100 Continue\r\n\r\n") == "more");
  CHECK(read("HTTP/1.1 100 Continue\r\n\r\nHello") == "bad");
  CHECK(read("HTTP/1.1 101 Switching Protocols\r\n") == "101 Switching Protocols");
}

TEST_CASE("what is not HTTP/1 is known by its first wrong byte") {
  for (auto text : {"S",
                    "SSH-2.0-OpenSSH",
                    "HTTP/2",
                    "HTTP/1.x",
                    "http/1.1 200",
                    "HTTP/1.1  200",
                    "HTTP/1.1 2x",
                    "HTTP/1.1 600 ",
                    "HTTP/1.1 099 ",
                    "HTTP/1.1 2000",
                    "HTTP/1.1 200\tOK",
                    "HTTP/1.1 200-OK",
                    "HTTP/1.1 200 a\x01",
                    "HTTP/1.1 200 a\rb",
                    "HTTP/1.1 200 \x1b[31m",
                    "HTTP/1.1 20\r\n",
                    "\r\n",
                    "\n",
                    "HTTP/1.1\r\n",
                    " HTTP/1.1 200 OK\r\n",
                    "<html>"}) {
    CAPTURE(text);
    CHECK(read(text) == "bad");
  }
  CHECK(read(std::string_view{"HTTP/1.1 200 a\0b", 16}) == "bad");
}

TEST_CASE("a status line that is not over after 512 bytes is none") {
  std::string longest = "HTTP/1.1 200 " + std::string(kMaxAnswerBytes - 15, 'x') + "\r\n";
  REQUIRE(longest.size() == kMaxAnswerBytes);
  CHECK(read(longest) == "200 " + std::string(kMaxAnswerBytes - 15, 'x'));
  CHECK(read(longest.substr(0, kMaxAnswerBytes - 1)) == "more");
  CHECK(read("HTTP/1.1 200 " + std::string(kMaxAnswerBytes - 13, 'x')) == "bad");
  CHECK(read("HTTP/1.1 200 " + std::string(kMaxAnswerBytes, 'x') + "\r\n") == "bad");
  CHECK(read("HTTP/1.1 100 \r\nA: " + std::string(kMaxAnswerBytes, 'x')) == "bad");
}

}  // namespace
}  // namespace onit
