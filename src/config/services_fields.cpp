#include "config/services_fields.hpp"

#include <algorithm>
#include <utility>

#include "base/panic.hpp"
#include "base/parse.hpp"
#include "base/shell_text.hpp"
#include "base/text.hpp"
#include "base/value.hpp"
#include "base/words.hpp"
#include "config/services_expected.hpp"
#include "config/services_foreign.hpp"

namespace onit {
namespace {

/// More CPUs than any machine has, in thousandths.
constexpr std::uint32_t kMostCpuThousandths = 1'000'000'000;

/// A number of CPUs with at most three decimals, in thousandths.
std::optional<std::uint32_t> parse_thousandths(std::string_view text) {
  std::size_t point = text.find('.');
  std::string digits{text.substr(0, point)};
  std::string_view decimals = point == text.npos ? std::string_view{} : text.substr(point + 1);
  bool is_short = digits.size() <= 6 && decimals.size() <= 3 && (point == text.npos || !decimals.empty());
  if (digits.empty() || !is_short) return std::nullopt;
  digits.append(decimals).append(3 - decimals.size(), '0');
  auto number = parse_number(digits, kMostCpuThousandths);
  if (!number || *number == 0) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

/// The same for a number as TOML writes it, of any precision; it is rounded.
std::optional<std::uint32_t> thousandths_of(const toml::Float& cpus) {
  constexpr std::uint64_t kMost = std::uint64_t{kMostCpuThousandths} * 10;
  std::string_view text = cpus.text;
  std::size_t end = std::min(text.find('e'), text.size());
  auto exponent = parse_signed(end < text.size() ? text.substr(end + 1) : "0", -1000, 1000);
  if (!exponent) return std::nullopt;
  // A further digit is kept to round by.
  std::int64_t power = *exponent + 4;
  std::uint64_t value = 0;
  bool is_fraction = false;
  for (char c : text.substr(0, end)) {
    if (c == '.') {
      is_fraction = true;
      continue;
    }
    if (!is_digit(c)) return std::nullopt;
    bool is_kept = value < UINT64_MAX / 100;
    if (is_kept) value = value * 10 + static_cast<std::uint64_t>(c - '0');
    if (is_kept == is_fraction) power += is_fraction ? -1 : 1;
  }
  for (; power > 0 && value <= kMost; --power) value *= 10;
  for (; power < 0; ++power) value /= 10;
  if (value < 10 || value > kMost) return std::nullopt;
  return static_cast<std::uint32_t>((value + 5) / 10);
}

}  // namespace

void Reading::fail_with(const toml::Value& value, const char* pattern, PartKinds kinds, ...) {
  std::va_list parts;
  va_start(parts, kinds);
  std::string text;
  append_parts(text, pattern, kinds, parts);
  va_end(parts);
  fail(value, text);
}

std::optional<std::string> read_text(Reading& in, std::string_view name, const toml::Value& value,
                                     Variables variables) {
  std::string prefix = filled("%: ", name);
  const auto* written = std::get_if<std::string>(&value.content);
  if (!written) {
    in.fail(value, "%a text in quotes belongs here, not %", prefix, kind_of(value));
    return std::nullopt;
  }
  if (written->find('\0') != std::string::npos) {
    in.fail(value, "%a NUL character, which cannot be passed on", prefix);
    return std::nullopt;
  }
  std::string text = *written;
  if (variables == Variables::replaced) {
    std::vector<std::string> unset;
    auto replaced = interpolate(*written, Escapes::none, in.variables, &unset);
    for (const std::string& variable : unset) in.warn(value, unset_text(name, variable));
    if (!replaced.ok()) {
      in.fail(value, prefix + replaced.error().text);
      return std::nullopt;
    }
    text = std::move(replaced.value());
  }
  if (in.text_bytes + text.size() > kMaxTextBytes) {
    // Once: the rest would only say the same.
    if (in.text_bytes <= kMaxTextBytes) in.fail(value, "%all texts together are longer than 16 MiB", prefix);
    in.text_bytes = kMaxTextBytes + 1;
    return std::nullopt;
  }
  in.text_bytes += text.size();
  return text;
}

Fields::Fields(Reading& in, Section section, const toml::Table& table) : in_(in), section_(section), table_(table) {
  for (const toml::Entry& entry : table.entries) {
    if (find_key(section, entry.key)) continue;
    in.problems.add({in.file, entry.at}, explain_unknown_key(section, entry.key));
  }
}

std::optional<Fields::Field> Fields::field(const char* name) const {
  const Key* key = find_key(section_, name);
  if (!key) panic("a key that is not in the table");
  const toml::Value* value = find(name);
  if (!value) return std::nullopt;
  return Field{*key, *value};
}

void Fields::fail_with(const char* name, const char* pattern, PartKinds kinds, ...) const {
  std::va_list parts;
  va_start(parts, kinds);
  std::string text;
  append_parts(text, pattern, kinds, parts);
  va_end(parts);
  fail(name, text);
}

bool Fields::mistyped(const Field& field) const {
  std::string text = concat(field.key.name, ": it takes ", expected(field.key.type));
  bool is_probe = field.key.opens == Section::ready || field.key.opens == Section::healthcheck;
  if (is_probe) text += ", such as { tcp = \"127.0.0.1:5432\" }";
  char separator = ':';
  for_each_word(field.key.choices, [&](std::string_view word) {
    text.append(1, separator).append(" ").append(word);
    separator = ',';
  });
  text.append("; this is ").append(kind_of(field.value));
  const auto* number = std::get_if<std::int64_t>(&field.value.content);
  bool is_natural = number && *number >= 0;
  if (is_natural && field.key.type == KeyType::duration) text.append(concat("; write \"", *number, "s\""));
  in_.fail(field.value, text);
  return false;
}

bool Fields::refuse(const Field& field, std::string_view shown, std::string_view why) const {
  in_.fail(field.value, "% = %: %", field.key.name, quoted(shown), why);
  return false;
}

std::optional<std::string> Fields::text(const Field& field) const {
  if (!std::holds_alternative<std::string>(field.value.content)) {
    mistyped(field);
    return std::nullopt;
  }
  return read_text(in_, field.key.name, field.value);
}

bool Fields::read(const char* name, bool& out) const {
  auto found = field(name);
  if (!found) return false;
  if (const auto* value = std::get_if<bool>(&found->value.content)) {
    out = *value;
    return true;
  }
  // A text is welcome if it comes from a variable.
  auto written = text(*found);
  if (!written) return false;
  if (*written != "true" && *written != "false") return refuse(*found, *written, "write true or false");
  out = *written == "true";
  return true;
}

bool Fields::read_number(const Field& field, std::int64_t& out) const {
  const auto* number = std::get_if<std::int64_t>(&field.value.content);
  auto written = number ? std::to_string(*number) : text(field);
  if (!written) return false;
  int maximum = field.key.maximum > 0 ? field.key.maximum : INT32_MAX;
  auto value = integer_value(*written, field.key.minimum, maximum);
  if (!value.ok()) return refuse(field, *written, value.error().text);
  out = value.value();
  return true;
}

bool Fields::read(const char* name, int& out) const {
  auto found = field(name);
  if (!found) return false;
  std::int64_t number = 0;
  if (found->key.type == KeyType::integer) {
    if (!read_number(*found, number)) return false;
    out = static_cast<int>(number);
    return true;
  }
  const auto* written_number = std::get_if<std::int64_t>(&found->value.content);
  auto written = written_number ? std::to_string(*written_number) : text(*found);
  if (!written) return false;
  auto signal = signal_value(*written);
  if (!signal.ok()) return refuse(*found, *written, signal.error().text);
  out = signal.value();
  return true;
}

bool Fields::read(const char* name, std::uint32_t& out) const {
  auto found = field(name);
  if (!found) return false;
  if (found->key.type == KeyType::octal) {
    auto written = text(*found);
    if (!written) return false;
    auto mask = umask_value(*written);
    if (!mask.ok()) return refuse(*found, *written, mask.error().text);
    out = mask.value();
    return true;
  }
  const auto* fraction = std::get_if<toml::Float>(&found->value.content);
  const auto* whole = std::get_if<std::int64_t>(&found->value.content);
  std::optional<std::string> written;
  if (!fraction) written = whole ? std::to_string(*whole) : text(*found);
  if (!fraction && !written) return false;
  auto value = fraction ? thousandths_of(*fraction) : parse_thousandths(*written);
  if (!value) return refuse(*found, written.value_or("..."), "write a number above 0 and up to 1000000, such as 1.5");
  out = *value;
  return true;
}

bool Fields::read(const char* name, std::uint64_t& out) const {
  auto found = field(name);
  if (!found) return false;
  if (found->key.type == KeyType::integer) {
    std::int64_t number = 0;
    if (!read_number(*found, number)) return false;
    out = static_cast<std::uint64_t>(number);
    return true;
  }
  const auto* number = std::get_if<std::int64_t>(&found->value.content);
  auto written = number ? std::to_string(*number) : text(*found);
  if (!written) return false;
  auto size = size_value(*written);
  if (!size.ok()) return refuse(*found, *written, size.error().text);
  out = size.value();
  return true;
}

bool Fields::read(const char* name, Millis& out) const {
  auto found = field(name);
  if (!found) return false;
  auto written = text(*found);
  if (!written) return false;
  auto duration = duration_value(*written);
  if (!duration.ok()) return refuse(*found, *written, duration.error().text);
  if (duration.value() < Millis{found->key.minimum}) {
    return refuse(*found, *written, filled("it is at least %ms", found->key.minimum));
  }
  out = duration.value();
  return true;
}

bool Fields::read(const char* name, std::string& out) const {
  auto found = field(name);
  if (!found) return false;
  const auto* number = std::get_if<std::int64_t>(&found->value.content);
  bool is_id = number && found->key.type == KeyType::account;
  auto written = is_id ? std::to_string(*number) : text(*found);
  if (!written) return false;
  if (written->empty() && found->key.type != KeyType::any_text) return refuse(*found, *written, "it cannot be empty");
  std::size_t colon = written->find(':');
  bool is_account = colon != 0 && (colon == written->npos || colon + 1 < written->size());
  if (found->key.type == KeyType::account && !is_account) return refuse(*found, *written, "write USER or USER:GROUP");
  out = std::move(*written);
  return true;
}

std::optional<std::string> Fields::element(const Field& field, const toml::Value& value) const {
  const auto* number = std::get_if<std::int64_t>(&value.content);
  if (number && field.key.type == KeyType::accounts) return std::to_string(*number);
  auto written = read_text(in_, field.key.name, value);
  if (written && written->empty() && field.key.type != KeyType::command) {
    in_.fail(value, "%: an empty text means nothing here", field.key.name);
    return std::nullopt;
  }
  return written;
}

bool Fields::read(const char* name, std::vector<std::string>& out) const {
  auto found = field(name);
  if (!found) return false;
  const auto* array = std::get_if<toml::Array>(&found->value.content);
  bool is_text = std::holds_alternative<std::string>(found->value.content);
  if (!array && !(is_text && found->key.type != KeyType::accounts)) return mistyped(*found);
  if (!array && found->key.type == KeyType::command) return read_words(*found, out);

  std::vector<std::string> texts;
  bool is_good = true;
  auto add = [&](const toml::Value& value) {
    auto text = element(*found, value);
    is_good = is_good && text;
    if (text) texts.push_back(std::move(*text));
  };
  if (!array) add(found->value);
  for (std::size_t i = 0; array && i < array->size(); ++i) add((*array)[i]);
  if (is_good) out = std::move(texts);
  return is_good;
}

/// A text is split first, and the variables of each word are replaced then, so that a value with blanks stays one word.
bool Fields::read_words(const Field& field, std::vector<std::string>& out) const {
  auto written = read_text(in_, field.key.name, field.value, Variables::kept);
  if (!written) return false;
  const std::string& whole = *std::get_if<std::string>(&field.value.content);
  if (is_shell_text(whole)) {
    std::string_view remedy = section_ == Section::service ? "shell = true" : "[\"/bin/sh\", \"-c\", \"...\"]";
    return refuse(field, whole, concat("no shell runs it; write ", remedy, ", or an array to mean it as it is"));
  }
  auto split = split_words(written->data());
  if (!split.ok()) return refuse(field, whole, split.error().text);
  std::vector<std::string> words;
  for (const char* word : split.value()) {
    auto replaced = read_text(in_, field.key.name, toml::Value{field.value.at, std::string{word}});
    if (!replaced) return false;
    words.push_back(std::move(*replaced));
  }
  out = std::move(words);
  return true;
}

std::optional<int> Fields::read_choice(const char* name) const {
  auto found = field(name);
  if (!found) return std::nullopt;
  auto written = text(*found);
  if (!written) return std::nullopt;
  int index = -1;
  int count = 0;
  for_each_word(found->key.choices, [&](std::string_view word) {
    if (word == *written) index = count;
    ++count;
  });
  if (index >= 0) return index;
  in_.fail(found->value, "%: %", found->key.name, explain_unknown_choice(found->key.choices, *written));
  return std::nullopt;
}

const toml::Array* Fields::read_array(const char* name) const {
  auto found = field(name);
  if (!found) return nullptr;
  const auto* array = std::get_if<toml::Array>(&found->value.content);
  if (!array) mistyped(*found);
  return array;
}

const toml::Table* Fields::read_table(const char* name) const {
  auto found = field(name);
  if (!found) return nullptr;
  const auto* table = std::get_if<toml::Table>(&found->value.content);
  if (!table) mistyped(*found);
  return table;
}

std::vector<const toml::Value*> Fields::read_sections(const char* name) const {
  std::vector<const toml::Value*> tables;
  const toml::Array* array = read_array(name);
  for (std::size_t i = 0; array && i < array->size(); ++i) {
    const toml::Value& value = (*array)[i];
    if (std::holds_alternative<toml::Table>(value.content)) {
      tables.push_back(&value);
    } else {
      in_.fail(value, "%: a table belongs here, not %", name, kind_of(value));
    }
  }
  return tables;
}

}  // namespace onit
