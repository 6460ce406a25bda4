#include "config/services_expected.hpp"

#include "base/panic.hpp"

namespace onit {

std::string_view kind_of(const toml::Value& value) {
  struct Names {
    std::string_view operator()(const std::string&) const { return "a text"; }
    std::string_view operator()(std::int64_t) const { return "a whole number"; }
    std::string_view operator()(const toml::Float&) const { return "a number with a point"; }
    std::string_view operator()(bool) const { return "a boolean"; }
    std::string_view operator()(const toml::Datetime&) const { return "a date or time"; }
    std::string_view operator()(const toml::Array&) const { return "an array"; }
    std::string_view operator()(const toml::Table&) const { return "a table"; }
  };
  return std::visit(Names{}, value.content);
}

std::string_view expected(KeyType type) {
  switch (type) {
    case KeyType::boolean:
      return "true or false";
    case KeyType::integer:
      return "a whole number";
    case KeyType::text:
    case KeyType::any_text:
      return "a text in quotes";
    case KeyType::choice:
      return "a word in quotes";
    case KeyType::duration:
      return "a duration in quotes, such as \"250ms\" or \"10s\"";
    case KeyType::size:
      return "bytes, or a text such as \"10MB\"";
    case KeyType::cpus:
      return "a number of CPUs, such as 1.5";
    case KeyType::octal:
      return "permissions in octal and in quotes, such as \"027\"";
    case KeyType::signal:
      return "a signal, such as \"SIGTERM\"";
    case KeyType::account:
      return "a name in quotes, or a number";
    case KeyType::accounts:
      return "an array of names or numbers";
    case KeyType::texts:
      return "an array of texts, or one text";
    case KeyType::command:
      return "an array of words, or one text";
    case KeyType::codes:
      return "an array of exit codes";
    case KeyType::capabilities:
      return "an array of capabilities, such as [\"NET_BIND_SERVICE\"]";
    case KeyType::variables:
      return "a table, such as { NAME = \"value\" }";
    case KeyType::limits:
      return "a table, such as { nofile = 65536 }";
    case KeyType::dependencies:
      return "an array of services, one service, or a table such as { db = \"ready\" }";
    case KeyType::section:
    case KeyType::services:
      return "a table";
    case KeyType::sections:
      return "an array of tables";
  }
  panic("a type of keys without words");
}

}  // namespace onit
