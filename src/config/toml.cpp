#include "config/toml.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/text.hpp"
#include "base/utf8.hpp"
#include "config/toml_scanner.hpp"

namespace onit::toml {
namespace {

struct Key {
  std::string name;
  Position at;
};
using Path = std::vector<Key>;

Value* find(Table& table, std::string_view key) { return const_cast<Value*>(std::as_const(table).find(key)); }

Value& add(Table& table, const Key& key, Value value) { return table.add({key.name, key.at, std::move(value)}); }

Value new_table(Position at, Table::Origin origin) {
  Table table;
  table.origin = origin;
  return Value{at, std::move(table)};
}

std::string line_of(const Value& value) { return filled("line %", value.at.line); }

class Parser {
 public:
  Parser(std::string_view text, Document& document) : document_(document), scanner_(text, document.problems) {}

  void run() {
    current_ = &document_.root;
    for (;;) {
      scanner_.skip_lines();
      if (scanner_.at_end()) return;
      bool is_read = scanner_.peek() == '[' ? header() : statement();
      if (!is_read) recover();
    }
  }

 private:
  bool header();
  bool statement();
  std::optional<Path> path();
  std::optional<Value> value();
  std::optional<Value> array();
  std::optional<Value> inline_table();
  void skip_in_braces(Position begin, bool is_behind_value, bool& is_spread);
  bool key_and_value(Table& table);

  Table* walk_header(const Path& path);
  Table* open_table(const Path& path);
  Table* open_table_array(const Path& path);
  Table* walk_dotted(Table& table, const Path& path);
  void recover();

  std::nullopt_t fail(Position at, std::string text) { return scanner_.fail(at, std::move(text)); }
  Table* refuse(Position at, std::string text) {
    fail(at, std::move(text));
    return nullptr;
  }

  Document& document_;
  Scanner scanner_;
  Table* current_ = nullptr;
  Table lost_;  // what is below a header that is wrong
  int depth_ = 0;
  bool brackets_are_broken_ = false;
};

/// `[a.b]` or `[[a.b]]`.
bool Parser::header() {
  lost_ = {};
  current_ = &lost_;
  bool is_array = scanner_.take("[[");
  if (!is_array) scanner_.take("[");
  scanner_.skip_blanks();
  auto keys = path();
  if (!keys) return false;
  scanner_.skip_blanks();
  if (!scanner_.take(is_array ? "]]" : "]")) {
    fail(scanner_.position(), filled("% belongs here, not %", is_array ? "']]'" : "']'", scanner_.here()));
    return false;
  }
  Table* opened = is_array ? open_table_array(*keys) : open_table(*keys);
  if (opened) current_ = opened;
  if (scanner_.take_line_end()) return true;
  fail(scanner_.position(), filled("nothing can follow a header on its line, but there is %", scanner_.here()));
  return false;
}

bool Parser::statement() {
  if (!key_and_value(*current_)) return false;
  if (scanner_.take_line_end()) return true;
  fail(scanner_.position(), filled("nothing can follow a value on its line, but there is %", scanner_.here()));
  return false;
}

std::optional<Path> Parser::path() {
  Path keys;
  for (;;) {
    Position at = scanner_.position();
    if (keys.size() == static_cast<std::size_t>(kDeepest)) return fail(at, "this key has too many parts");
    auto name = scanner_.key();
    if (!name) return std::nullopt;
    keys.push_back({std::move(*name), at});
    scanner_.skip_blanks();
    if (!scanner_.take(".")) return keys;
    scanner_.skip_blanks();
  }
}

bool Parser::key_and_value(Table& table) {
  auto keys = path();
  if (!keys) return false;
  if (!scanner_.take("=")) {
    fail(scanner_.position(), filled("'=' belongs here, not %", scanner_.here()));
    return false;
  }
  scanner_.skip_blanks();
  auto content = value();
  if (!content) return false;
  // A key that is not welcome is no reason not to go on behind its value.
  Table* inner = walk_dotted(table, *keys);
  if (!inner) return true;
  const Key& last = keys->back();
  if (const Value* there = find(*inner, last.name)) {
    fail(last.at, filled("% is there already, in %", quoted(last.name), line_of(*there)));
  } else {
    add(*inner, last, std::move(*content));
  }
  return true;
}

/// The table that the last part of a dotted key is for.
Table* Parser::walk_dotted(Table& table, const Path& path) {
  Table* at = &table;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    Value* there = find(*at, path[i].name);
    if (!there) there = &add(*at, path[i], new_table(path[i].at, Table::Origin::dotted));
    Table* inner = std::get_if<Table>(&there->content);
    if (!inner) return refuse(path[i].at, filled("% is no table, see %", quoted(path[i].name), line_of(*there)));
    if (inner->origin != Table::Origin::dotted) {
      return refuse(path[i].at, filled("% is a table already, see %", quoted(path[i].name), line_of(*there)));
    }
    at = inner;
  }
  return at;
}

/// All parts of a header but the last.
Table* Parser::walk_header(const Path& path) {
  Table* at = &document_.root;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    Value* there = find(*at, path[i].name);
    if (!there) there = &add(*at, path[i], new_table(path[i].at, Table::Origin::implied));
    Table* inner = std::get_if<Table>(&there->content);
    if (there->is_table_array) inner = std::get_if<Table>(&std::get_if<Array>(&there->content)->back().content);
    if (!inner) return refuse(path[i].at, filled("% is no table, see %", quoted(path[i].name), line_of(*there)));
    if (inner->origin == Table::Origin::braces) {
      return refuse(path[i].at, filled("% is complete, see %", quoted(path[i].name), line_of(*there)));
    }
    at = inner;
  }
  return at;
}

Table* Parser::open_table(const Path& path) {
  Table* outer = walk_header(path);
  if (!outer) return nullptr;
  const Key& last = path.back();
  Value* there = find(*outer, last.name);
  if (!there) return std::get_if<Table>(&add(*outer, last, new_table(last.at, Table::Origin::header)).content);
  Table* table = std::get_if<Table>(&there->content);
  if (!table || table->origin != Table::Origin::implied) {
    return refuse(last.at, filled("% is there already, in %", quoted(last.name), line_of(*there)));
  }
  table->origin = Table::Origin::header;
  there->at = last.at;
  return table;
}

Table* Parser::open_table_array(const Path& path) {
  Table* outer = walk_header(path);
  if (!outer) return nullptr;
  const Key& last = path.back();
  Value* there = find(*outer, last.name);
  if (!there) {
    there = &add(*outer, last, Value{last.at, Array{}});
    there->is_table_array = true;
  }
  if (!there->is_table_array) {
    return refuse(last.at, filled("% is there already, in %", quoted(last.name), line_of(*there)));
  }
  Array& tables = *std::get_if<Array>(&there->content);
  return std::get_if<Table>(&tables.emplace_back(new_table(last.at, Table::Origin::header)).content);
}

std::optional<Value> Parser::value() {
  bool is_nested = scanner_.peek() == '[' || scanner_.peek() == '{';
  if (!is_nested) return scanner_.scalar();
  if (depth_ == kDeepest) return fail(scanner_.position(), "this nests too deep");
  ++depth_;
  auto content = scanner_.peek() == '[' ? array() : inline_table();
  --depth_;
  if (!content) brackets_are_broken_ = true;
  return content;
}

std::optional<Value> Parser::array() {
  Value result{scanner_.position(), Array{}};
  Array& items = *std::get_if<Array>(&result.content);
  scanner_.take("[");
  for (;;) {
    scanner_.skip_lines();
    if (scanner_.take("]")) return result;
    auto item = value();
    if (!item) return std::nullopt;
    items.push_back(std::move(*item));
    scanner_.skip_lines();
    if (scanner_.take(",")) continue;
    if (scanner_.take("]")) return result;
    return fail(scanner_.position(), filled("',' or ']' belongs here, not %", scanner_.here()));
  }
}

/// What an inline table has on further lines is a problem, once, and is read nevertheless: keys that were left would
/// be taken for those of another table. But a '}' that is forgotten is none of those lines.
void Parser::skip_in_braces(Position begin, bool is_behind_value, bool& is_spread) {
  scanner_.skip_blanks();
  char next = scanner_.peek_behind_lines();
  bool goes_on = is_behind_value ? next == ',' || next == '}' : next != '\0' && next != '[';
  if (!goes_on) return;
  scanner_.skip_lines();
  if (std::exchange(is_spread, true)) return;
  fail(begin, "an inline table ends on the line where it begins; a table of its own, [a.b], may have several");
}

/// On one line, as TOML 1.0 has it.
std::optional<Value> Parser::inline_table() {
  Value result = new_table(scanner_.position(), Table::Origin::dotted);
  Table& table = *std::get_if<Table>(&result.content);
  Position begin = result.at;
  bool is_spread = false;
  scanner_.take("{");
  skip_in_braces(begin, false, is_spread);
  bool is_complete = scanner_.take("}");
  while (!is_complete) {
    skip_in_braces(begin, false, is_spread);
    if (is_spread && scanner_.take("}")) break;
    if (!key_and_value(table)) return std::nullopt;
    skip_in_braces(begin, true, is_spread);
    is_complete = scanner_.take("}");
    if (is_complete || scanner_.take(",")) continue;
    return fail(scanner_.position(), filled("',' or '}' belongs here, not %", scanner_.here()));
  }
  table.origin = Table::Origin::braces;
  return result;
}

/// Goes on with the next line; behind a value in brackets, which may have more, with the next one that looks like the
/// beginning of something.
void Parser::recover() {
  scanner_.skip_rest_of_line();
  if (!std::exchange(brackets_are_broken_, false)) return;
  for (;;) {
    scanner_.skip_lines();
    if (scanner_.at_end() || scanner_.peek() == '[') return;
    std::size_t ahead = 0;
    while (is_bare(scanner_.peek(ahead)) || scanner_.peek(ahead) == '.') ++ahead;
    while (scanner_.peek(ahead) == ' ' || scanner_.peek(ahead) == '\t') ++ahead;
    if (ahead > 0 && scanner_.peek(ahead) == '=') return;
    scanner_.skip_rest_of_line();
  }
}

/// What no part of a document may have: bytes that are not UTF-8, and control characters but tabs and ends of lines.
void find_bad_characters(std::string_view text, std::vector<Problem>& problems) {
  Position at;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(sizeof kByteOrderMark - 1);
  while (!text.empty() && problems.size() < kMostProblems) {
    std::size_t length = utf8_length(text);
    bool ends_line = text[0] == '\n' || text.starts_with("\r\n");
    bool is_forbidden = is_control(text[0]) && text[0] != '\t' && !ends_line;
    if (length == 0) problems.push_back({at, "this is not UTF-8"});
    if (is_forbidden) problems.push_back({at, "a control character; in quotes it can be written as \\u00XX"});
    if (text[0] == '\n') {
      ++at.line;
      at.column = 1;
    } else {
      ++at.column;
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
}

/// To look through so many takes no longer than a hash.
constexpr std::size_t kMostWithoutPlaces = 16;

/// Where the key is among the places of a table that has some, or where it would be. Source: FNV-1a, 32 bits.
std::size_t place_of(const Table& table, std::string_view key) {
  std::uint32_t hash = 2166136261U;
  for (char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  std::size_t place = hash & (table.places.size() - 1);
  while (table.places[place] > 0 && table.entries[table.places[place] - 1].key != key) {
    place = (place + 1) & (table.places.size() - 1);
  }
  return place;
}

}  // namespace

const Value* Table::find(std::string_view key) const {
  if (!places.empty()) {
    std::uint32_t number = places[place_of(*this, key)];
    return number > 0 ? &entries[number - 1].value : nullptr;
  }
  for (const Entry& entry : entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

Value& Table::add(Entry entry) {
  entries.push_back(std::move(entry));
  bool is_crowded = entries.size() > kMostWithoutPlaces && entries.size() * 2 > places.size();
  if (is_crowded) places.assign(std::bit_ceil(entries.size()) * 4, 0);
  std::size_t from = is_crowded ? 0 : entries.size() - 1;
  for (std::size_t i = from; !places.empty() && i < entries.size(); ++i) {
    places[place_of(*this, entries[i].key)] = static_cast<std::uint32_t>(i + 1);
  }
  return entries.back().value;
}

Document parse(std::string_view text) {
  Document document;
  find_bad_characters(text, document.problems);
  if (document.problems.empty()) Parser(text, document).run();
  return document;
}

}  // namespace onit::toml
