#include "base/json_writer.hpp"

#include <utility>

#include "base/json_text.hpp"

namespace onit {

void JsonWriter::open_object(const char* name) {
  key(name);
  open_object();
}

void JsonWriter::open_array(const char* name) {
  key(name);
  open_array();
}

void JsonWriter::open(char bracket, char closing) {
  begin_value();
  text_ += bracket;
  closing_ += closing;
  is_first_ = true;
}

void JsonWriter::close() {
  char bracket = closing_.back();
  closing_.pop_back();
  if (!is_first_) begin_line();
  text_ += bracket;
  is_first_ = false;
}

void JsonWriter::key(std::string_view name) {
  text(name);
  text_.append(": ");
  has_key_ = true;
}

void JsonWriter::key(const char* name) { key(std::string_view{name}); }

void JsonWriter::text(std::string_view text) {
  begin_value();
  text_ += '"';
  while (!text.empty()) {
    JsonCharacter character = json_character(text);
    text_.append(character.view());
    text.remove_prefix(character.consumed);
  }
  text_ += '"';
}

void JsonWriter::number(long number) { raw(std::to_string(number)); }

void JsonWriter::text(const char* name, std::string_view value) {
  key(name);
  text(value);
}

void JsonWriter::number(const char* name, long value) {
  key(name);
  number(value);
}

void JsonWriter::boolean(const char* name, bool value) {
  key(name);
  boolean(value);
}

void JsonWriter::null(const char* name) {
  key(name);
  null();
}

void JsonWriter::raw(std::string_view value) {
  begin_value();
  text_.append(value);
}

std::string JsonWriter::take() {
  text_ += '\n';
  return std::move(text_);
}

void JsonWriter::begin_value() {
  if (!has_key_ && !closing_.empty()) {
    if (!is_first_) text_ += ',';
    begin_line();
  }
  has_key_ = false;
  is_first_ = false;
}

void JsonWriter::begin_line() {
  if (layout_ == Layout::one_line) {
    if (text_.back() == ',') text_ += ' ';
    return;
  }
  text_ += '\n';
  text_.append(2 * closing_.size(), ' ');
}

}  // namespace onit
