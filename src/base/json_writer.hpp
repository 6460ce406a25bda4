#pragma once

#include <string>
#include <string_view>

namespace onit {

/// Writes one JSON value, over several lines indented by 2, or on one. What is opened has to be closed, and a value
/// inside an object comes after its key. Source: RFC 8259.
class JsonWriter {
 public:
  enum class Layout : unsigned char { lines, one_line };

  explicit JsonWriter(Layout layout = Layout::lines) : layout_(layout) {}

  void open_object() { open('{', '}'); }
  void open_array() { open('[', ']'); }
  /// With their key, as members of an object.
  void open_object(const char* name);
  void open_array(const char* name);

  /// Ends the innermost object or array.
  void close();

  void key(std::string_view name);
  /// The same; a std::string_view made where it stands is code of its own, and most names are literals.
  void key(const char* name);

  /// A path or an argument may have bytes that are not UTF-8, which JSON must be; they are shown as Latin-1.
  void text(std::string_view text);
  void number(long number);
  void boolean(bool value) { raw(value ? "true" : "false"); }
  void null() { raw("null"); }

  // With their key: a call is less code than two.
  void text(const char* name, std::string_view text);
  void number(const char* name, long number);
  void boolean(const char* name, bool value);
  void null(const char* name);

  /// A value that is JSON already.
  void raw(std::string_view value);

  /// All that was written, with the end of its last line. It has to be complete.
  std::string take();

 private:
  void open(char bracket, char closing);
  void begin_value();
  void begin_line();

  Layout layout_;
  std::string text_;
  std::string closing_;   ///< the brackets of what is open, the innermost last
  bool is_first_ = true;  ///< of the innermost object or array
  bool has_key_ = false;  ///< the next value stands behind its key
};

}  // namespace onit
