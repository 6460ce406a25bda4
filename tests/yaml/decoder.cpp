// Reads YAML documents from stdin, with a NUL between them. Writes a line for each: JSON whose values are all texts, or
// null for what means that; or '!' and the problem.

#include <rapidjson/ostreamwrapper.h>
#include <rapidjson/writer.h>

#include <iostream>
#include <iterator>
#include <string>

#include "config/yaml.hpp"

namespace onit {
namespace {

using Json = rapidjson::Writer<rapidjson::OStreamWrapper>;

void text(Json& json, std::string_view text, bool is_key) {
  auto size = static_cast<rapidjson::SizeType>(text.size());
  const char* begin = text.empty() ? "" : text.data();
  is_key ? json.Key(begin, size) : json.String(begin, size);
}

void write(Json& json, const tree::Node* value) {
  if (is(value, tree::Kind::sequence)) {
    json.StartArray();
    for (const tree::Node* item = value->first; item; item = item->next) write(json, item);
    json.EndArray();
  } else if (is(value, tree::Kind::mapping)) {
    json.StartObject();
    for (const tree::Node* key = value->first; key; key = key->next->next) {
      text(json, key->text, true);
      write(json, key->next);
    }
    json.EndObject();
  } else if (is_null(value)) {
    json.Null();
  } else {
    text(json, value->text, false);
  }
}

}  // namespace
}  // namespace onit

int main() {
  std::string input{std::istreambuf_iterator<char>(std::cin), {}};
  std::string_view rest = input;
  for (bool is_last = false; !is_last;) {
    std::size_t end = rest.find('\0');
    is_last = end == rest.npos;
    onit::tree::Tree tree;
    onit::parse_yaml(rest.substr(0, end), tree);
    rest.remove_prefix(is_last ? rest.size() : end + 1);
    if (!tree.root) {
      const auto& problem = tree.problem;
      std::cout << "!" << problem.at.line << ":" << problem.at.column << ": " << problem.text << "\n";
      continue;
    }
    rapidjson::OStreamWrapper out(std::cout);
    onit::Json json(out);
    onit::write(json, tree.root);
    out.Flush();
    std::cout << "\n";
  }
}
