#include "config/import_words.hpp"

#include <cstring>

#include "base/json_text.hpp"
#include "base/parse.hpp"
#include "base/signal.hpp"
#include "base/text.hpp"
#include "base/value.hpp"
#include "base/words.hpp"
#include "core/service_name.hpp"

namespace onit {
namespace {

using namespace std::string_view_literals;

/// A line that is longer is broken, if it can be.
constexpr std::size_t kMostOnOneLine = 90;
/// What is not converted is shown up to so much.
constexpr std::size_t kShownBytes = 160;

constexpr std::string_view kNo{};

constexpr char kInQuotes[] = "\"%\"";

/// What a shell does itself, and no program can, or does otherwise.
constexpr char kBuiltins[] =
    ".|:|alias|cd|command|eval|exec|exit|export|hash|read|return|set|shift|source|times|trap|type|ulimit|umask|unset|"
    "wait";

}  // namespace

bool is_word_of(std::string_view words, std::string_view word) {
  bool is_found = false;
  for_each_word(words, [&](std::string_view each) {
    bool is_same = each.size() == word.size();
    for (std::size_t i = 0; is_same && i < each.size(); ++i) {
      is_same = each[i] == (is_letter(word[i]) ? static_cast<char>(word[i] | 0x20) : word[i]);
    }
    is_found = is_found || is_same;
  });
  return is_found;
}

bool split_text(std::string_view text, WordList& words) {
  tree::Text copy{words.memory()};
  copy.add(text);
  copy.add('\0');
  if (copy.view().size() <= text.size()) return true;  // there is no room for it, which is told at the end
  auto split = split_words(const_cast<char*>(copy.view().data()));
  if (!split.ok()) return false;
  for (const char* word : split.value()) words.add(word);
  return true;
}

bool split_plain_text(std::string_view text, WordList& words) {
  constexpr std::string_view kExec = "exec ";
  if (text.starts_with(kExec)) text.remove_prefix(kExec.size());
  for (char c : text) {
    if (!is_letter(c) && !is_digit(c) && !std::strchr(" _-./:=@%+,", c)) return false;
  }
  if (!split_text(text, words) || words.size() == 0) return false;
  std::string_view program = words[0];
  return !program.empty() && program.find('=') == kNo.npos && !is_one_of(kBuiltins, program);
}

std::string_view toml_text(tree::Memory& memory, std::string_view text) {
  bool has_control = false;
  for (char c : text) has_control = has_control || (is_control(c) && c != '\n');
  bool is_long = text.find('\n') != text.npos;
  bool has_special = text.find_first_of("\"\\") != text.npos;
  bool has_quote = text.find('\'') != text.npos;
  bool is_block = is_long && !has_control && text.find("'''"sv) == text.npos && !text.ends_with('\'');
  if (is_block) return memory.filled("'''\n%'''", text);
  if (has_special && !has_quote && !has_control && !is_long) return memory.filled("'%'", text);
  if (!has_special && !has_control && !is_long) return memory.filled(kInQuotes, text);
  // As JSON, which has the same escapes.
  tree::Text result{memory};
  while (!text.empty()) {
    JsonCharacter character = json_character(text);
    text[0] == '\x7f' ? result.add("\\u007f") : result.add(character.view());
    text.remove_prefix(character.consumed);
  }
  return memory.filled(kInQuotes, result.view());
}

std::string_view toml_key(tree::Memory& memory, std::string_view key) {
  for (char c : key) {
    if (!is_letter(c) && !is_digit(c) && c != '_' && c != '-') return toml_text(memory, key);
  }
  return key;
}

std::string_view toml_array(const WordList& words) {
  tree::Memory& memory = words.memory();
  tree::Text line{memory};
  tree::Text lines{memory};
  for (std::string_view word : words) {
    std::string_view written = toml_text(memory, word);
    line.add(line.empty() ? "%" : ", %", written);
    lines.add("\n  %,", written);
  }
  bool is_short = line.view().size() < kMostOnOneLine && line.view().find('\n') == kNo.npos;
  return memory.filled(is_short ? "[%]" : "[%\n]", (is_short ? line : lines).view());
}

std::string_view toml_value(tree::Memory& memory, const Key& key, std::string_view text) {
  bool is_good = !text.empty();
  // What a variable holds is seen later.
  if (text.find('$') != text.npos) return toml_text(memory, text);
  switch (key.type) {
    case KeyType::boolean:
      if (is_yes(text)) return "true";
      return is_no(text) ? "false" : kNo;
    case KeyType::integer: {
      auto number = parse_signed(text, key.minimum, key.maximum > 0 ? key.maximum : INT32_MAX);
      return number ? memory.number(*number) : kNo;
    }
    case KeyType::duration: {
      if (parse_number(text, UINT32_MAX) && text != "0"sv) text = memory.filled("%s", text);
      auto duration = parse_duration(text);
      is_good = duration && duration->count() >= key.minimum;
      break;
    }
    case KeyType::signal: {
      auto signal = parse_signal(text);
      return signal ? memory.filled(kInQuotes, SignalName{*signal}.view()) : kNo;
    }
    case KeyType::octal:
      is_good = umask_value(text).ok();
      break;
    case KeyType::size:
      return binary_size(memory, text);
    case KeyType::cpus:
    case KeyType::text:
    case KeyType::any_text:
    case KeyType::choice:
    case KeyType::account:
      break;
    case KeyType::texts:
    case KeyType::accounts:
    case KeyType::command:
    case KeyType::codes:
    case KeyType::capabilities:
    case KeyType::variables:
    case KeyType::limits:
    case KeyType::dependencies:
    case KeyType::section:
    case KeyType::sections:
    case KeyType::services:
      is_good = false;
      break;
  }
  return is_good ? toml_text(memory, text) : kNo;
}

std::string_view binary_size(tree::Memory& memory, std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  std::string_view unit = text.substr(digits);
  if (!parse_number(text.substr(0, digits), UINT32_MAX) || unit.size() > 2) return {};
  if (unit.ends_with('b') || unit.ends_with('B')) unit.remove_suffix(1);
  constexpr std::string_view kUnits = "kKmMgG";
  constexpr char kNames[] = "KKMMGG";
  std::size_t found = unit.size() == 1 ? kUnits.find(unit[0]) : kUnits.npos;
  bool is_unit = found != kUnits.npos;
  if (!is_unit && !unit.empty()) return {};
  text = text.substr(0, digits);
  return is_unit ? memory.filled("\"%%iB\"", text, kNames[found]) : memory.filled(kInQuotes, text);
}

std::string_view imported_name(tree::Memory& memory, std::string_view name) {
  tree::Text result{memory};
  name = name.substr(0, kMaxServiceName - 1);
  bool is_good = !name.empty() && name[0] != '-' && name[0] != '.' && name != kMainService;
  if (!is_good) result.add('_');
  for (char c : name) result.add(is_letter(c) || is_digit(c) || c == '-' || c == '.' ? c : '_');
  return result.view();
}

std::string_view one_line(tree::Memory& memory, std::string_view text) {
  std::size_t length = std::min(text.size(), kShownBytes);
  // Not in the middle of a UTF-8 character.
  while (length > 0 && length < text.size() && (text[length] & 0xC0) == 0x80) --length;
  tree::Text shown{memory};
  for (char c : text.substr(0, length)) shown.add(is_control(c) ? ' ' : c);
  if (length < text.size()) shown.add("...");
  return shown.view();
}

std::string_view joined(const WordList& words) {
  tree::Text all{words.memory()};
  for (std::string_view word : words) all.add(all.empty() ? "%" : ", %", word);
  return all.view();
}

std::string_view replaced(tree::Memory& memory, std::string_view text, std::string_view from, std::string_view to) {
  tree::Text result{memory};
  for (;;) {
    std::size_t at = text.find(from);
    result.add(text.substr(0, at));
    if (at == text.npos) return result.view();
    result.add(to);
    text.remove_prefix(at + from.size());
  }
}

}  // namespace onit
