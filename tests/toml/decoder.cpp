// Reads TOML from stdin and writes it as the tagged JSON of toml-test, or its problems and exits with 1.

#include <rapidjson/ostreamwrapper.h>
#include <rapidjson/writer.h>

#include <iostream>
#include <iterator>
#include <string>

#include "config/toml.hpp"

namespace onit::toml {
namespace {

using Json = rapidjson::Writer<rapidjson::OStreamWrapper>;

void write(Json& json, const Value& value);

void text(Json& json, const std::string& text) {
  json.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void tagged(Json& json, const char* type, const std::string& value) {
  json.StartObject();
  json.Key("type");
  json.String(type);
  json.Key("value");
  text(json, value);
  json.EndObject();
}

void write(Json& json, const Table& table) {
  json.StartObject();
  for (const Entry& entry : table.entries) {
    text(json, entry.key);
    write(json, entry.value);
  }
  json.EndObject();
}

const char* name(Datetime::Kind kind) {
  switch (kind) {
    case Datetime::Kind::offset:
      return "datetime";
    case Datetime::Kind::local:
      return "datetime-local";
    case Datetime::Kind::date:
      return "date-local";
    case Datetime::Kind::time:
      return "time-local";
  }
  return "";
}

void write(Json& json, const Value& value) {
  if (const auto* table = std::get_if<Table>(&value.content)) return write(json, *table);
  if (const auto* items = std::get_if<Array>(&value.content)) {
    json.StartArray();
    for (const Value& item : *items) write(json, item);
    json.EndArray();
    return;
  }
  if (const auto* string = std::get_if<std::string>(&value.content)) tagged(json, "string", *string);
  if (const auto* integer = std::get_if<std::int64_t>(&value.content)) {
    tagged(json, "integer", std::to_string(*integer));
  }
  if (const auto* number = std::get_if<Float>(&value.content)) tagged(json, "float", number->text);
  if (const auto* boolean = std::get_if<bool>(&value.content)) tagged(json, "bool", *boolean ? "true" : "false");
  if (const auto* when = std::get_if<Datetime>(&value.content)) tagged(json, name(when->kind), when->text);
}

}  // namespace
}  // namespace onit::toml

int main() {
  std::string input{std::istreambuf_iterator<char>(std::cin), {}};
  auto document = onit::toml::parse(input);
  for (const auto& problem : document.problems) {
    std::cerr << problem.at.line << ":" << problem.at.column << ": " << problem.text << "\n";
  }
  if (!document.problems.empty()) return 1;
  rapidjson::OStreamWrapper out(std::cout);
  onit::toml::Json json(out);
  onit::toml::write(json, document.root);
  std::cout << "\n";
}
