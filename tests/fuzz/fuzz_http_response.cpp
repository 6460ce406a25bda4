#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/text.hpp"
#include "control/http_response.hpp"
#include "fuzz/checks.hpp"

// What a server sends. It comes in pieces of any size, so each beginning of it is read too.

namespace {

using namespace onit;

bool is_same(const HttpAnswer& a, const HttpAnswer& b) {
  return a.state == b.state && a.code == b.code && a.reason == b.reason;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  HttpAnswer whole = read_http_answer(text);
  require(size < kMaxAnswerBytes || whole.state != HttpAnswer::State::incomplete);
  if (whole.state == HttpAnswer::State::complete) {
    require(whole.code == 101 || (whole.code >= 200 && whole.code <= 599));
    require(std::none_of(whole.reason.begin(), whole.reason.end(), [](char c) { return is_control(c) && c != '\t'; }));
  }

  // What is known once does not change with what comes after it.
  for (std::size_t length = 0; length < size; ++length) {
    HttpAnswer begun = read_http_answer(text.substr(0, length));
    require(begun.state == HttpAnswer::State::incomplete || is_same(begun, whole));
  }
  return 0;
}
