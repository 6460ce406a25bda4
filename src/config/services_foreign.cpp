#include "config/services_foreign.hpp"

#include "base/panic.hpp"
#include "base/suggest.hpp"
#include "base/text.hpp"
#include "config/services_foreign_words.hpp"

namespace onit {
namespace {

std::string_view tool_name(Tool tool) {
  switch (tool) {
    case Tool::supervisord:
      return "supervisord";
    case Tool::systemd:
      return "systemd";
    case Tool::compose:
      return "Compose";
    case Tool::kubernetes:
      return "Kubernetes";
  }
  panic("a tool without name");
}

/// What words have in common that differ in case, '_' and '-' only.
std::string folded(std::string_view word) {
  std::string result;
  for (char c : word) {
    if (c == '_' || c == '-') continue;
    result += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return result;
}

std::string explain(const ForeignWord& foreign) {
  std::string text = filled("; that is a word of %", tool_name(foreign.tool));
  switch (foreign.advice) {
    case Advice::key:
      return filled("%, here it is '%'", text, foreign.text);
    case Advice::hint:
      return filled("%; %", text, foreign.text);
    case Advice::outside:
      return filled("%; it belongs to the definition of the container, not to that of what runs inside", text);
    case Advice::foreground:
      return filled("%; services run in the foreground, so it is not needed", text);
  }
  panic("an advice without text");
}

std::string explain_foreign(std::span<const ForeignWord> words, const std::string& word) {
  for (const ForeignWord& foreign : words) {
    if (std::string_view{word} == foreign.word) return explain(foreign);
  }
  return {};
}

/// The sections that have this key, as a list; empty if none has.
std::string other_sections(std::string_view word) {
  std::string sections;
  for (const Key& key : services_keys()) {
    if (word == key.name) sections.append(sections.empty() ? "" : ", ").append(section_title(key.section));
  }
  return sections;
}

/// `key:` or `key: value`, which TOML never has.
bool is_yaml_entry(std::string_view line) {
  std::size_t colon = line.find(':');
  if (colon == line.npos || colon == 0) return false;
  for (char c : line.substr(0, colon)) {
    if (!is_letter(c) && !is_digit(c) && c != '_' && c != '-') return false;
  }
  return colon + 1 == line.size() || line[colon + 1] == ' ';
}

}  // namespace

const ForeignWord* find_foreign_key(Tool tool, std::string_view word) {
  std::string plain = folded(word);
  for (const ForeignWord& foreign : foreign_keys()) {
    if (foreign.tool == tool && std::string_view{foreign.word} == plain) return &foreign;
  }
  return nullptr;
}

void Suggestion::consider(std::string_view name) {
  if (!is_likely_typo(word_, name)) return;
  std::size_t distance = edit_distance(word_, name);
  if (distance >= distance_) return;
  distance_ = distance;
  best_ = name;
}

std::string Suggestion::text() const { return best_.empty() ? std::string{} : filled("; did you mean '%'?", best_); }

std::string explain_unknown_key(Section section, std::string_view word) {
  std::string text = filled("unknown key %", quoted(word));
  std::string plain = folded(word);
  Suggestion suggestion{word};
  for (const Key& key : services_keys()) {
    if (!belongs(key, section)) continue;
    if (folded(key.name) == plain) return filled("%; write '%'", text, key.name);
    suggestion.consider(key.name);
  }
  std::string foreign = explain_foreign(foreign_keys(), plain);
  if (!foreign.empty()) return text + foreign;
  std::string sections = other_sections(word);
  if (!sections.empty()) return filled("% in %; it belongs to %", text, section_title(section), sections);
  return text + suggestion.text();
}

std::string_view explain_foreign_file(std::string_view text) {
  bool is_first = true;
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#') || line.starts_with(';')) continue;
    if (line == "[supervisord]" || line.starts_with("[program:")) {
      return "this looks like supervisord.conf; 'onitctl import' makes TOML of it";
    }
    if (line == "[Unit]" || line == "[Service]") {
      return "this looks like a unit of systemd; onit reads TOML, see docs/services.md";
    }
    if (is_first && (line == "---" || is_yaml_entry(line))) {
      return "this looks like YAML; 'onitctl import' makes TOML of a Compose file";
    }
    is_first = false;
  }
  return {};
}

std::string explain_unknown_choice(std::string_view choices, std::string_view word) {
  std::string list;
  std::string meant;
  std::string plain = folded(word);
  Suggestion suggestion{word};
  for_each_word(choices, [&](std::string_view choice) {
    list.append(list.empty() ? "" : ", ").append(choice);
    if (folded(choice) == plain) meant = filled("; write '%'", choice);
    suggestion.consider(choice);
  });
  if (meant.empty()) meant = explain_foreign(foreign_choices(), plain);
  if (meant.empty()) meant = suggestion.text();
  return filled("% is none of %%", quoted(word), list, meant);
}

}  // namespace onit
