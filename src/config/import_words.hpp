#pragma once

#include <string_view>

#include "config/import_output.hpp"

namespace onit {

// WordList and values as other tools write them, and as TOML does. In all texts '$' begins a variable and "$$" stands
// for itself, as in a file of services and in Compose.

/// Splits a text as a shell does. Returns whether each quote was closed.
bool split_text(std::string_view text, WordList& words);

/// The words of a shell's text, if that has nothing that means something to a shell; else false.
bool split_plain_text(std::string_view text, WordList& words);

/// A text as a person would write it in TOML: in double quotes, unless others save backslashes.
std::string_view toml_text(tree::Memory& memory, std::string_view text);
/// A key of a table: in quotes if it needs them.
std::string_view toml_key(tree::Memory& memory, std::string_view key);
/// An array of texts, on one line if it is not too long.
std::string_view toml_array(const WordList& words);

/// Whether a word is one of some with '|' between them; those are small, and the word's case does not count.
bool is_word_of(std::string_view words, std::string_view word);

// supervisord's words for yes and no. Source: supervisor/datatypes.py, boolean().
inline bool is_yes(std::string_view word) { return is_word_of("true|yes|on|1", word); }
inline bool is_no(std::string_view word) { return is_word_of("false|no|off|0", word); }

/// The value of TOML that a text becomes as the value of a key; empty if it is none.
std::string_view toml_value(tree::Memory& memory, const Key& key, std::string_view text);

/// A size whose units are powers of 1024, as `50MB`, `512m` or `1g`: as a text of TOML, such as "50MiB". Empty if it
/// is none. Sources: supervisord manual, "stdout_logfile_maxbytes"; Compose specification, "Specifying byte values".
std::string_view binary_size(tree::Memory& memory, std::string_view text);

/// The name of a service for what another tool calls so.
std::string_view imported_name(tree::Memory& memory, std::string_view name);

/// A text for a comment: on one line, and not too long.
std::string_view one_line(tree::Memory& memory, std::string_view text);

/// The words with commas between them.
std::string_view joined(const WordList& words);

/// Replaces all of one text by another.
std::string_view replaced(tree::Memory& memory, std::string_view text, std::string_view from, std::string_view to);

}  // namespace onit
