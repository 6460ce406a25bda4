#include "config/services_keys.hpp"

#include <rapidjson/document.h>

#include "config/services_schema.hpp"
#include "documents/reference.hpp"
#include "unit/services_text.hpp"

// Each row of the table of keys against the reader, the schema and the reference.

namespace onit {
namespace {

/// A value of a key that is not its default; empty: there is none.
std::string sample(const Key& key) {
  std::string_view name = key.name;
  if (name == "exit_code_from") return "\"x\"";
  if (name == "control" || name == "file" || name == "working_dir") return "\"/there\"";
  if (name == "listen" || name == "tcp") return "\"127.0.0.1:99\"";
  if (name == "http") return "\"http://127.0.0.1/\"";
  if (name == "cron") return "\"1 2 3 4 5\"";
  switch (key.type) {
    case KeyType::boolean:
      return key.fallback == std::string_view{"true"} || name == "stdout" ? "false" : "true";
    case KeyType::integer:
      return std::to_string(key.minimum + 1);
    case KeyType::text:
    case KeyType::any_text:
    case KeyType::account:
      return "\"some\"";
    case KeyType::choice: {
      std::string last;
      for_each_word(key.choices, [&](std::string_view word) { last = word; });
      return "\"" + last + "\"";
    }
    case KeyType::duration:
      return "\"77s\"";
    case KeyType::size:
      return "\"7MB\"";
    case KeyType::cpus:
      return "0.5";
    case KeyType::octal:
      return "\"027\"";
    case KeyType::signal:
      return "\"QUIT\"";
    case KeyType::accounts:
      return "[\"some\", 7]";
    case KeyType::texts:
      return "[\"some\"]";
    case KeyType::command:
      return "[\"some\", \"words\"]";
    case KeyType::codes:
      return "[7]";
    case KeyType::capabilities:
      return "[\"CHOWN\"]";
    case KeyType::variables:
      return "{ A = \"b\" }";
    case KeyType::limits:
      return "{ nofile = 7 }";
    case KeyType::dependencies:
      return "[\"other\"]";
    case KeyType::section:
    case KeyType::sections:
    case KeyType::services:
      return "";
  }
  return "";
}

/// A file in which `line` stands in a section, with whatever else has to be there.
std::string file_with(Section section, const std::string& line) {
  std::string_view key = std::string_view{line}.substr(0, line.find(' '));
  std::string services = "[services.other]\ncommand = \"o\"\n";
  std::string service = services + "[services.x]\n" + (key == "command" ? "" : "command = \"c\"\n");
  bool is_probe_kind =
      key == "tcp" || key == "http" || key == "exec" || key == "file" || key == "log" || key == "notify" || key == "fd";
  std::string probe = is_probe_kind ? "" : "tcp = \"h:1\"\n";
  switch (section) {
    case Section::top:
      return line + "\n" + service;
    case Section::init:
      return "[init]\n" + line + "\n" + service;
    case Section::log:
      return "[log]\n" + line + "\n" + service;
    case Section::service:
      if (key == "timeout") service += "type = \"oneshot\"\n";
      if (key.starts_with("restart_") || key == "max_restarts") service += "restart = \"always\"\n";
      if (key == "stop_grace_period") service = "[init]\nstop_grace_period = \"2m\"\n" + service;
      return service + line + "\n";
    case Section::ready:
      return service + "[services.x.ready]\n" + probe + line + "\n";
    case Section::healthcheck:
      return service + "[services.x.healthcheck]\n" + probe + line + "\n";
    case Section::schedule:
      return service + "[services.x.schedule]\n" + (key == "cron" ? "" : "cron = \"0 2 * * *\"\n") + line + "\n";
    case Section::service_log:
      return service + "[services.x.log]\n" + line + "\n";
    case Section::socket:
      return service + "[[services.x.sockets]]\n" +
             (key == "listen"                                    ? ""
              : key == "mode" || key == "owner" || key == "type" ? "listen = \"/s\"\n"
                                                                 : "listen = \"[::]:1\"\n") +
             line + "\n";
    case Section::cgroup:
      return service + "[services.x.cgroup]\n" + line + "\n";
  }
  return "";
}

/// The same file without any such line, but with the same around it.
std::string file_without(Section section, const Key& key) {
  std::string name{key.name};
  std::string text = file_with(section, name + " = 1");
  std::size_t at = text.rfind(name + " = 1");
  return text.erase(at, name.size() + 4);
}

}  // namespace

TEST_CASE("every key of the table is read: it changes what the file says") {
  for (const Key& key : services_keys()) {
    std::string value = sample(key);
    std::string_view name = key.name;
    // What these do is shown by tests of their own.
    bool is_special = value.empty() || name == "version" || name == "include" || name == "profiles" ||
                      name == "shell" || (key.section == Section::service && name == "command");
    if (is_special) continue;
    CAPTURE(section_title(key.section));
    CAPTURE(name);
    ServicesRead with = ServicesText{file_with(key.section, std::string{name} + " = " + value)}.read();
    ServicesRead without = ServicesText{file_without(key.section, key)}.read();
    for (const std::string& problem : with.problems) FAIL_CHECK(problem);
    CHECK(!(with.spec == without.spec));
  }
}

TEST_CASE("the defaults in the table are those of the reader") {
  for (const Key& key : services_keys()) {
    if (!has_literal_default(key)) continue;
    CAPTURE(section_title(key.section));
    CAPTURE(key.name.c_str());
    std::string line = std::string{key.name} + " = " + key.fallback.c_str();
    ServicesRead with = ServicesText{file_with(key.section, line)}.read();
    ServicesRead without = ServicesText{file_without(key.section, key)}.read();
    for (const std::string& problem : with.problems) FAIL_CHECK(problem);
    CHECK(with.spec == without.spec);
  }
}

TEST_CASE("a value of a wrong type is told with what belongs there, whatever the key") {
  for (const Key& key : services_keys()) {
    CAPTURE(section_title(key.section));
    CAPTURE(key.name.c_str());
    auto problems = ServicesText{file_with(key.section, std::string{key.name} + " = 1979-05-27")}.problems();
    REQUIRE(!problems.empty());
    bool is_told = false;
    for (const std::string& problem : problems) is_told = is_told || problem.find(key.name) != problem.npos;
    CHECK(is_told);
  }
}

TEST_CASE("no section has a key twice") {
  for (const Key& key : services_keys()) CHECK(find_key(key.section, key.name) == &key);
}

TEST_CASE("the schema is JSON, and has every key, its meaning and its default") {
  rapidjson::Document schema;
  std::string text = services_schema();
  schema.Parse(text.data(), text.size());
  REQUIRE(!schema.HasParseError());
  REQUIRE(schema.IsObject());
  CHECK(std::string{schema["$schema"].GetString()} == "https://json-schema.org/draft/2020-12/schema");
  CHECK(!schema["additionalProperties"].GetBool());
  CHECK(schema["properties"]["services"].HasMember("additionalProperties"));
  const auto& service = schema["$defs"]["service"];
  CHECK(!service["additionalProperties"].GetBool());
  CHECK(service["properties"]["restart"]["enum"].Size() == 3);
  CHECK(service["required"][0].GetString() == std::string{"command"});
  for (const Key& key : services_keys()) {
    CAPTURE(key.name.c_str());
    bool is_found = schema["properties"].HasMember(key.name.c_str());
    const auto& definitions = schema["$defs"];
    for (auto definition = definitions.MemberBegin(); definition < definitions.MemberEnd(); ++definition) {
      const auto& properties = definition->value["properties"];
      if (!properties.HasMember(key.name.c_str())) continue;
      is_found = true;
      CHECK(properties[key.name.c_str()].HasMember("description"));
    }
    CHECK(is_found);
  }
}

TEST_CASE("the reference has a line for each key, in the table of its section") {
  std::string page = services_reference();
  for (const Key& key : services_keys()) {
    CAPTURE(key.name.c_str());
    std::string title{key.section == Section::top ? "The top level" : section_title(key.section)};
    std::size_t section = page.find("\n## " + title + "\n");
    REQUIRE(section != page.npos);
    std::size_t end = std::min(page.find("\n## ", section + 1), page.size());
    CHECK(page.substr(section, end - section).find("| `" + std::string{key.name} + "` |") != page.npos);
  }
}

}  // namespace onit
