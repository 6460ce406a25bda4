#include "config/import_output.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "base/parse.hpp"
#include "base/text.hpp"
#include "config/import_words.hpp"
#include "config/services_foreign.hpp"
#include "core/service_spec.hpp"

namespace onit {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kMostOnOneLine = 110;
/// What is wrong with a file that is none of ours need not be told line by line.
constexpr std::size_t kMostProblemBytes = 4096;
/// Without a line in [init] all are killed after this.
constexpr Millis kDefaultGrace{9000};
constexpr char kHead[] =
    "# Made by 'onitctl import'. Comments tell what has no counterpart, and what is left to decide.\n";
constexpr char kNobodyEssential[] =
    "# onit ends when nothing is left to run. If one service is what the container is for, write essential = true "
    "into\n"
    "# it: then everything ends when it has ended for good, with its exit code.\n";

}  // namespace

void WordList::add(std::string_view word) {
  if (size_ == capacity_) {
    std::size_t capacity = capacity_ * 2 + 8;
    auto* words = static_cast<std::string_view*>(memory_->allocate(capacity * sizeof word));
    if (!words) return;
    if (size_ > 0) std::memcpy(static_cast<void*>(words), words_, size_ * sizeof word);
    words_ = words;
    capacity_ = capacity;
  }
  words_[size_++] = word;
}

void ImportOutput::fail_complete(std::string_view problem) {
  bool is_first = problems_.empty();
  if (problems_.view().size() < kMostProblemBytes) problems_.add(is_first ? "%" : "\n%", problem);
}

void ImportOutput::fail(toml::Position at, const char* pattern, std::string_view text) {
  tree::Text message{memory_};
  message.add(pattern, quoted(text));
  fail_with(at, message.view());
}

void ImportOutput::fail_with(toml::Position at, std::string_view message) {
  tree::Text problem{memory_};
  problem.add("%:%:%: %", path_, memory_.number(at.line), memory_.number(at.column), message);
  fail_complete(problem.view());
}

void ImportOutput::set_each(const char* key, const char* value) {
  each_key_ = key;
  each_value_ = value;
}

ImportOutput::Line* ImportOutput::put(Line::Kind kind, std::string_view key, std::string_view entry,
                                      std::string_view value) {
  void* place = memory_.allocate(sizeof(Line));
  if (!place) return nullptr;
  Line* line = new (place) Line{key, entry, value, nullptr, kind};
  (last_ ? last_->next : first_) = line;
  last_ = line;
  return line;
}

void ImportOutput::begin(toml::Position at, std::string_view name) {
  std::string_view own = imported_name(memory_, name);
  for (const Line* line = first_; line; line = line->next) {
    if (line->kind == Line::Kind::begin && line->key == own) fail(at, "service % is there already", own);
  }
  if (service_count_++ == kMostServices) fail(at, "there are too many services");
  service_ = put(Line::Kind::begin, own, {}, {});
  if (own != name) note("name"sv, name, "");
}

ImportOutput::Line* ImportOutput::find(std::string_view key, std::string_view entry) const {
  for (Line* line = service_; line; line = line->next) {
    if (line->kind == Line::Kind::field && line->key == key && line->entry == entry) return line;
  }
  return nullptr;
}

void ImportOutput::add(const char* key, std::string_view entry, std::string_view value) {
  Line* there = find(key, entry);
  if (!there) there = put(Line::Kind::field, key, entry, value);
  if (there) there->value = value;
}

void ImportOutput::set(const char* key, std::string_view value) {
  if (!has(key)) put(Line::Kind::field, key, {}, value);
}

void ImportOutput::set_command(const WordList& words) {
  bool is_shell = words.size() == 3 && is_one_of("/bin/sh|sh", words[0]) && words[1] == "-c"sv;
  WordList plain{memory_};
  if (is_shell && !split_plain_text(words[2], plain)) {
    set("command", toml_text(memory_, replaced(memory_, words[2], "$$", "$")));
    return set("shell", "true");
  }
  set("command", toml_array(is_shell ? plain : words));
}

void ImportOutput::misfit(std::string_view word, std::string_view value, std::string_view key) {
  put(Line::Kind::note, word, memory_.filled("this is nothing that '%' can be", key), one_line(memory_, value));
}

bool ImportOutput::take(const char* key, std::string_view word, std::string_view value) {
  const Key& known = *find_key(Section::service, key);
  std::string_view written = toml_value(memory_, known, value);
  if (written.empty()) {
    misfit(word, value, key);
    return false;
  }
  bool is_default = has_literal_default(known) && written == std::string_view{known.fallback};
  is_default ? leave_out(word) : set(key, written);
  return true;
}

void ImportOutput::take_list(const char* key, std::string_view word, const WordList& values) {
  KeyType type = find_key(Section::service, key)->type;
  bool is_list = type == KeyType::texts || type == KeyType::accounts || type == KeyType::capabilities;
  if (is_list) return set(key, toml_array(values));
  if (values.size() != 1) return misfit(word, joined(values), key);
  take(key, word, *values.begin());
}

void ImportOutput::take_entry(Section section, std::string_view key, std::string_view word, std::string_view value) {
  bool is_no_limit = section == Section::cgroup && is_one_of("0|-1", value);
  if (is_no_limit) return leave_out(word);
  const Key* known = find_key(section, key);
  std::string_view written = known ? toml_value(memory_, *known, value) : std::string_view{};
  written.empty() ? misfit(word, value, key) : add(section_title(section).data(), key, written);
}

void ImportOutput::convert(Tool tool, std::string_view word, const WordList& values) {
  constexpr std::string_view kGroup = "cgroup.";
  const ForeignWord* foreign = find_foreign_key(tool, word);
  std::string_view text = foreign ? std::string_view{foreign->text} : word;
  bool is_key = !foreign || foreign->advice == Advice::key;
  const Key* key = is_key ? find_key(Section::service, text) : nullptr;
  if (key) return take_list(key->name.c_str(), word, values);
  bool is_group = is_key && text.starts_with(kGroup);
  if (is_group) return take_entry(Section::cgroup, text.substr(kGroup.size()), word, joined(values));
  // Most of Compose is about containers.
  bool is_outside = foreign ? foreign->advice == Advice::outside : tool == Tool::compose;
  if (is_outside) return leave_outside(word);
  note(word, joined(values), foreign ? text.data() : "no counterpart");
}

void ImportOutput::note(std::string_view word, std::string_view value, const char* why) {
  put(Line::Kind::note, word, why, one_line(memory_, value));
}

void ImportOutput::leave_out(std::string_view word) { put(Line::Kind::idle, word, {}, {}); }

void ImportOutput::leave_outside(std::string_view word) { put(Line::Kind::outside, word, {}, {}); }

/// A key of the service; as a table of its own, into `tables`, if its line would be long.
void ImportOutput::print_field(tree::Text& out, tree::Text& tables, const Line* service, std::string_view key) const {
  tree::Text line{memory_};
  tree::Text table{memory_};
  for (const Line* each = service->next; each && each->kind != Line::Kind::begin; each = each->next) {
    if (each->kind != Line::Kind::field || each->key != key) continue;
    if (each->entry.empty()) return out.add("% = %\n", key, each->value);
    line.add("%% = %", line.empty() ? "{ " : ", ", each->entry, each->value);
    table.add("% = %\n", each->entry, each->value);
  }
  if (key == each_key_) return out.add("% = %\n", key, each_value_);
  if (line.empty()) return;
  bool is_short = line.view().size() + key.size() < kMostOnOneLine && line.view().find('\n') == key.npos;
  if (is_short) return out.add("% = % }\n", key, line.view());
  tables.add("\n[services.%.%]\n%", toml_key(memory_, service->key), key, table.view());
}

void ImportOutput::print(tree::Text& out, const Line* service) const {
  tree::Text tables{memory_};
  tree::Text idle{memory_};
  tree::Text outside{memory_};
  out.add("\n[services.%]\n", toml_key(memory_, service->key));
  for (const Key& key : services_keys()) {
    if (key.section == Section::service) print_field(out, tables, service, key.name);
  }
  for (const Line* line = service->next; line && line->kind != Line::Kind::begin; line = line->next) {
    if (line->kind == Line::Kind::field) continue;
    std::string_view word = one_line(memory_, line->key);
    if (line->kind == Line::Kind::note) {
      const char* equals = line->value.empty() ? "" : " = ";
      out.add("# %%%%%\n", word, equals, line->value, line->entry.empty() ? "" : ": ", line->entry);
      continue;
    }
    tree::Text& list = line->kind == Line::Kind::idle ? idle : outside;
    list.add("%%", list.empty() ? "" : ", ", word);
  }
  if (!outside.empty()) out.add("# Of the container, not of what runs in it: %.\n", outside.view());
  if (!idle.empty()) out.add("# The default here, or not needed: %.\n", idle.view());
  out.add(tables.view());
}

std::string_view ImportOutput::text() const {
  tree::Text out{memory_};
  out.add(kHead);
  out.add(head_.view());
  Millis longest = kDefaultGrace;
  bool has_essential = *each_key_ != '\0';
  for (const Line* line = first_; line; line = line->next) {
    has_essential = has_essential || line->key == "essential"sv;
    if (line->kind != Line::Kind::field || line->key != "stop_grace_period"sv) continue;
    longest = std::max(longest, parse_duration(line->value.substr(1, line->value.size() - 2)).value_or(longest));
  }
  if (!has_essential) out.add(kNobodyEssential);
  out.add("version = 1\n");
  if (longest > kDefaultGrace) {
    auto seconds = (longest.count() + 999) / 1000;
    out.add(
        "\n[init]\nstop_grace_period = \"%s\"   # whoever stops the container has to wait longer: docker stop -t %\n",
        memory_.number(seconds), memory_.number(seconds + 2));
  }
  for (const Line* line = first_; line; line = line->next) {
    if (line->kind == Line::Kind::begin) print(out, line);
  }
  return out.view();
}

}  // namespace onit
