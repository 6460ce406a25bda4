#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "config/services_foreign_words.hpp"
#include "config/services_keys.hpp"
#include "config/tree.hpp"

namespace onit {

/// Some words that are put together.
class WordList {
 public:
  explicit WordList(tree::Memory& memory) : memory_(&memory) {}

  void add(std::string_view word);
  void clear() { size_ = 0; }
  std::size_t size() const { return size_; }
  std::string_view& operator[](std::size_t i) const { return words_[i]; }
  std::string_view* begin() const { return words_; }
  std::string_view* end() const { return words_ + size_; }
  tree::Memory& memory() const { return *memory_; }

 private:
  tree::Memory* memory_;
  std::string_view* words_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// The file of services that is written: services with their keys, and comments on what the other tool says besides.
/// All texts have to outlive it.
class ImportOutput {
 public:
  ImportOutput(tree::Memory& memory, std::string_view path)
      : path_(path), head_(memory), problems_(memory), memory_(memory) {}

  tree::Memory& memory() { return memory_; }

  /// A problem of the other tool's file; '%' in it is `text` in quotes.
  void fail(toml::Position at, const char* pattern, std::string_view text = {});
  void fail_with(toml::Position at, std::string_view message);
  /// The same for a line that is complete.
  void fail_complete(std::string_view problem);
  /// A line for each; empty: none.
  std::string_view problems() const { return problems_.view(); }

  /// A line of comment at the head of the file; each '%' is a part.
  template <class... Parts>
  void tell(const char* pattern, const Parts&... parts) {
    head_.add("# ");
    head_.add(pattern, parts...);
    head_.add('\n');
  }
  /// A key that each service has that does not say it itself.
  void set_each(const char* key, const char* value);

  /// Begins a service; what follows belongs to it. A problem if there is one of that name.
  void begin(toml::Position at, std::string_view name);
  std::size_t service_count() const { return service_count_; }

  /// Sets a key of the service to a value of TOML, if it is not set yet.
  void set(const char* key, std::string_view value);
  /// The same for an entry of a key that is a table; what was there is replaced.
  void add(const char* key, std::string_view entry, std::string_view value);
  /// Sets `command`: a shell where there is one that the text needs, else an array of words.
  void set_command(const WordList& words);
  bool has(const char* key) const { return find(key, {}) != nullptr; }

  /// Converts what the other tool calls `word` to the type of our key. If that is not possible, it becomes a comment,
  /// and false is returned.
  bool take(const char* key, std::string_view word, std::string_view value);
  /// The same for a key that is a list.
  void take_list(const char* key, std::string_view word, const WordList& values);
  /// The same for a key of a table of the service. A limit of a container that is 0 or -1 is none, and left out.
  void take_entry(Section section, std::string_view key, std::string_view word, std::string_view value);
  /// Converts a word of the other tool by the table of foreign words, or tells what that says. Several values are a
  /// list.
  void convert(Tool tool, std::string_view word, const WordList& values);

  /// A comment about a word of the other tool.
  void note(std::string_view word, std::string_view value, const char* why);
  /// The word is the default here, or nothing that could be otherwise.
  void leave_out(std::string_view word);
  /// The word is for whoever runs the container.
  void leave_outside(std::string_view word);

  /// All of it.
  std::string_view text() const;

 private:
  /// One thing that is said of a service, or its beginning.
  struct Line {
    enum class Kind : std::uint8_t { begin, field, note, idle, outside };
    std::string_view key;
    std::string_view entry;  ///< of a key that is a table, or why
    std::string_view value;
    Line* next;
    Kind kind;
  };

  Line* put(Line::Kind kind, std::string_view key, std::string_view entry, std::string_view value);
  void misfit(std::string_view word, std::string_view value, std::string_view key);
  Line* find(std::string_view key, std::string_view entry) const;
  void print(tree::Text& out, const Line* service) const;
  void print_field(tree::Text& out, tree::Text& tables, const Line* service, std::string_view key) const;

  std::string_view path_;
  tree::Text head_;
  tree::Text problems_;
  tree::Memory& memory_;
  Line* first_ = nullptr;
  Line* last_ = nullptr;
  Line* service_ = nullptr;  // the beginning of the last one
  std::size_t service_count_ = 0;
  const char* each_key_ = "";
  const char* each_value_ = "";
};

/// What supervisord and Docker give who is to stop, unless told otherwise. Here it is less.
/// Sources: supervisord manual, "stopwaitsecs"; Compose specification, "stop_grace_period".
inline constexpr char kForeignGrace[] = "\"10s\"";

/// A reader of another tool's file.
struct Import {
  std::string_view text;
  std::string_view path;
  tree::Tree& tree;
  ImportOutput& out;
};

void import_supervisord(const Import& in);
void import_compose(const Import& in);
void import_procfile(const Import& in);

}  // namespace onit
