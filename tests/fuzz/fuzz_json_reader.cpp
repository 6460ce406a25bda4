#include <cstddef>
#include <cstdint>
#include <string>

#include "base/json_reader.hpp"
#include "base/utf8.hpp"
#include "fuzz/checks.hpp"

// Any bytes as JSON: it ends, every value can be reached once and no more, and texts are UTF-8.

namespace {

using onit::JsonValue;
using Kind = JsonValue::Kind;

std::size_t count(JsonValue value, std::size_t depth) {
  require(depth <= onit::JsonDocument::kDeepest);
  std::size_t all = 1;
  for (JsonValue item = value.first(); item.kind() != Kind::none; item = item.next()) {
    all += count(item, depth + 1);
    require(all <= onit::JsonDocument::kMostValues);
  }
  require((value.kind() == Kind::text || value.kind() >= Kind::array) || !value.written().empty());
  if (value.integer()) require(value.kind() == Kind::number);
  std::string text = value.text();
  for (std::string_view rest = text; !rest.empty();) {
    std::size_t length = onit::utf8_length(rest);
    require(length != 0);
    rest.remove_prefix(length);
  }
  JsonValue member = value["a"];
  if (member.kind() != Kind::none) all += count(member, depth + 1);
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto document = onit::read_json(std::string{reinterpret_cast<const char*>(data), size});
  if (document) count(document->root(), 0);
  return 0;
}
