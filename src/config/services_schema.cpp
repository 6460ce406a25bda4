#include "config/services_schema.hpp"

#include "base/json_writer.hpp"
#include "base/limit_name.hpp"
#include "base/panic.hpp"
#include "base/text.hpp"
#include "config/services_keys.hpp"
#include "config/services_service.hpp"

namespace onit {
namespace {

/// A number or a boolean may come from a variable, too.
constexpr char kVariable[] = "\\$";
// As is_service_name() has it.
constexpr char kName[] = "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$";

void member(JsonWriter& json, const char* name, std::string_view value) {
  json.key(name);
  json.text(value);
}

/// `{"type": TYPE}` without its braces.
void type(JsonWriter& json, const char* name) { member(json, "type", name); }

/// One of the alternatives of anyOf.
void alternative(JsonWriter& json, const char* name, const char* pattern = nullptr) {
  json.open_object();
  type(json, name);
  if (pattern) member(json, "pattern", pattern);
  json.close();
}

void any_of(JsonWriter& json, const char* first, const char* second, const char* pattern_of_second = nullptr) {
  json.open_array("anyOf");
  alternative(json, first);
  alternative(json, second, pattern_of_second);
  json.close();
}

void items(JsonWriter& json, const char* name) {
  type(json, "array");
  json.key("items");
  alternative(json, name);
}

/// The name of the definition of a section; it is its own key where it can be.
const char* definition(Section section) {
  switch (section) {
    case Section::top:
      return "file";
    case Section::init:
      return "init";
    case Section::log:
      return "log";
    case Section::service:
      return "service";
    case Section::ready:
      return "ready";
    case Section::healthcheck:
      return "healthcheck";
    case Section::schedule:
      return "schedule";
    case Section::service_log:
      return "service_log";
    case Section::socket:
      return "socket";
    case Section::cgroup:
      return "cgroup";
  }
  panic("a section without definition");
}

void reference(JsonWriter& json, Section section) { member(json, "$ref", filled("#/$defs/%", definition(section))); }

void choice(JsonWriter& json, std::string_view choices) {
  json.open_array("enum");
  for_each_word(choices, [&](std::string_view word) { json.text(word); });
  json.close();
}

void write_integer(JsonWriter& json, const Key& key) {
  if (key.minimum == key.maximum) {
    json.key("const");
    json.number(key.minimum);
    return;
  }
  json.open_array("anyOf");
  json.open_object();
  type(json, "integer");
  json.key("minimum");
  json.number(key.minimum);
  if (key.maximum > 0) {
    json.key("maximum");
    json.number(key.maximum);
  }
  json.close();
  alternative(json, "string", kVariable);
  json.close();
}

void write_codes(JsonWriter& json) {
  type(json, "array");
  json.open_object("items");
  type(json, "integer");
  json.key("minimum");
  json.number(0);
  json.key("maximum");
  json.number(255);
  json.close();
}

void write_limits(JsonWriter& json) {
  type(json, "object");
  json.open_object("propertyNames");
  std::string names = limit_names();
  for (char& c : names) c = c == ' ' ? '|' : c;
  choice(json, names);
  json.close();
  json.open_object("additionalProperties");
  json.open_array("type");
  for (std::string_view kind : {"integer", "string", "object"}) json.text(kind);
  json.close();
  json.close();
}

void write_dependencies(JsonWriter& json) {
  json.open_array("anyOf");
  alternative(json, "string");
  json.open_object();
  items(json, "string");
  json.close();
  json.open_object();
  type(json, "object");
  json.open_object("additionalProperties");
  choice(json, kConditions);
  json.close();
  json.close();
  json.close();
}

/// An array of texts, or one.
void write_texts(JsonWriter& json) {
  json.open_array("anyOf");
  alternative(json, "string");
  json.open_object();
  items(json, "string");
  json.close();
  json.close();
}

void write_variables(JsonWriter& json) {
  type(json, "object");
  json.open_object("additionalProperties");
  json.open_array("type");
  for (std::string_view kind : {"string", "integer", "boolean"}) json.text(kind);
  json.close();
  json.close();
}

void write_accounts(JsonWriter& json) {
  type(json, "array");
  json.open_object("items");
  any_of(json, "string", "integer");
  json.close();
}

void write_sections(JsonWriter& json, const Key& key) {
  type(json, "array");
  json.open_object("items");
  reference(json, key.opens);
  json.close();
}

void write_services(JsonWriter& json, const Key& key) {
  type(json, "object");
  json.open_object("propertyNames");
  member(json, "pattern", kName);
  json.close();
  json.open_object("additionalProperties");
  reference(json, key.opens);
  json.close();
}

void write_type(JsonWriter& json, const Key& key) {
  switch (key.type) {
    case KeyType::boolean:
      return any_of(json, "boolean", "string", kVariable);
    case KeyType::integer:
      return write_integer(json, key);
    case KeyType::text:
    case KeyType::any_text:
    case KeyType::duration:
    case KeyType::octal:
      return type(json, "string");
    case KeyType::choice:
      return choice(json, key.choices);
    case KeyType::size:
    case KeyType::signal:
    case KeyType::account:
      return any_of(json, "string", "integer");
    case KeyType::cpus:
      return any_of(json, "number", "string");
    case KeyType::accounts:
      return write_accounts(json);
    case KeyType::texts:
    case KeyType::command:
      return write_texts(json);
    case KeyType::codes:
      return write_codes(json);
    case KeyType::capabilities:
      return items(json, "string");
    case KeyType::variables:
      return write_variables(json);
    case KeyType::limits:
      return write_limits(json);
    case KeyType::dependencies:
      return write_dependencies(json);
    case KeyType::section:
      return reference(json, key.opens);
    case KeyType::sections:
      return write_sections(json, key);
    case KeyType::services:
      return write_services(json, key);
  }
  panic("a type of keys without schema");
}

void write_key(JsonWriter& json, const Key& key) {
  json.key(key.name.c_str());
  json.open_object();
  std::string meaning{key.meaning};
  std::string_view fallback = key.fallback;
  bool is_told = fallback.starts_with('(') && fallback != kRequired;
  if (is_told) meaning.append("; default: ").append(fallback.substr(1, fallback.size() - 2));
  member(json, "description", meaning);
  write_type(json, key);
  if (has_literal_default(key)) {
    // All defaults of the table are written alike in TOML and in JSON.
    json.key("default");
    json.raw(fallback);
  }
  json.close();
}

void write_section(JsonWriter& json, Section section) {
  type(json, "object");
  json.key("additionalProperties");
  json.boolean(false);
  json.open_object("properties");
  for (const Key& key : services_keys()) {
    if (belongs(key, section)) write_key(json, key);
  }
  json.close();
  json.open_array("required");
  for (const Key& key : services_keys()) {
    if (belongs(key, section) && key.fallback == kRequired) json.text(key.name);
  }
  json.close();
}

}  // namespace

std::string services_schema() {
  JsonWriter json;
  json.open_object();
  member(json, "$schema", "https://json-schema.org/draft/2020-12/schema");
  member(json, "title", "A file of services of onit");
  write_section(json, Section::top);
  json.open_object("$defs");
  for (Section section : kSections) {
    if (section == Section::top) continue;
    json.open_object(definition(section));
    write_section(json, section);
    json.close();
  }
  json.close();
  json.close();
  return json.take();
}

}  // namespace onit
