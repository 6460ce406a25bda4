#include <unistd.h>

#include <cstdint>
#include <string>

#include "base/json_reader.hpp"
#include "base/json_writer.hpp"

// What the JSON reader makes of each of many texts, for tests/integration/test_json_reader.py. On stdin: a length as a
// line, then so many bytes, again and again. On stdout: for each a line with the length of the answer, and the answer:
// the text in a form of its own, or nothing if it was refused.

namespace {

using namespace onit;
using Kind = JsonValue::Kind;

void write(JsonWriter& json, JsonValue value) {
  switch (value.kind()) {
    case Kind::none:
    case Kind::null:
    case Kind::boolean:
    case Kind::number:
      return json.raw(value.written());
    case Kind::text:
      return json.text(value.text());
    case Kind::array:
      json.open_array();
      for (JsonValue item = value.first(); item.kind() != Kind::none; item = item.next()) write(json, item);
      return json.close();
    case Kind::object:
      // Keys are looked up, never listed: these are the ones that the texts have.
      json.open_object();
      for (const char* key : {"", "a", "b", "\"", "\xc3\xa9"}) {
        if (value[key].kind() == Kind::none) continue;
        json.key(key);
        write(json, value[key]);
      }
      return json.close();
  }
}

std::string take(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t at = 0; at < size;) {
    ssize_t got = ::read(STDIN_FILENO, text.data() + at, size - at);
    if (got <= 0) return {};
    at += static_cast<std::size_t>(got);
  }
  return text;
}

}  // namespace

int main() {
  for (;;) {
    std::size_t size = 0;
    std::string c = take(1);
    if (c.empty()) return 0;
    for (; c != "\n"; c = take(1)) size = size * 10 + static_cast<std::size_t>(c[0] - '0');
    auto document = read_json(take(size));
    std::string answer;
    if (document) {
      JsonWriter json;
      write(json, document->root());
      answer = json.take();
    }
    answer = std::to_string(answer.size()) + "\n" + answer;
    if (::write(STDOUT_FILENO, answer.data(), answer.size()) < 0) return 1;
  }
}
