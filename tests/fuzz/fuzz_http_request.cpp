#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/text.hpp"
#include "control/http_request.hpp"
#include "fuzz/checks.hpp"

// What a client sends. It comes in pieces of any size, so each beginning of it is read too.

namespace {

using namespace onit;
using State = HttpRequest::State;

bool is_same(const HttpRequest& a, const HttpRequest& b) {
  return a.state == b.state && a.status == b.status && a.method == b.method && a.knows_chunks == b.knows_chunks &&
         a.path == b.path && a.query == b.query;
}

bool consists_of(std::string_view text, std::string_view marks) {
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_letter(c) || is_digit(c) || marks.find(c) != marks.npos; });
}

bool is_inside(std::string_view part, std::string_view text) {
  return part.empty() || (part.data() >= text.data() && part.data() + part.size() <= text.data() + text.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  HttpRequest whole = read_http_request(text);
  require(size < kMaxRequestBytes || whole.state != State::incomplete);
  require((whole.state == State::malformed) == (whole.status >= 400 && whole.status <= 505));
  if (whole.state == State::complete) {
    require(whole.path.starts_with('/') && consists_of(whole.path, "-._/") && consists_of(whole.query, "-._/=&"));
    require(is_inside(whole.path, text) && is_inside(whole.query, text));
    for (std::string_view name : {"service", "", "a"}) {
      auto value = find_parameter(whole.query, name);
      require(!value || is_inside(*value, whole.query));
    }
  }

  // What is known once does not change with what comes after it.
  for (std::size_t length = 0; length < size; ++length) {
    HttpRequest begun = read_http_request(text.substr(0, length));
    require(begun.state == State::incomplete || is_same(begun, whole));
  }
  return 0;
}
