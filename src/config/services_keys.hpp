#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/text.hpp"

namespace onit {

/// A table of a file of services.
enum class Section : std::uint8_t {
  top,
  init,
  log,  ///< [log]
  service,
  ready,
  healthcheck,
  schedule,
  service_log,  ///< log of a service: the keys of [log], and its own
  socket,       ///< one of sockets
  cgroup,
};

inline constexpr Section kSections[] = {Section::top,    Section::init,        Section::log,      Section::service,
                                        Section::ready,  Section::healthcheck, Section::schedule, Section::service_log,
                                        Section::socket, Section::cgroup};

/// What a key takes.
enum class KeyType : std::uint8_t {
  boolean,
  integer,       ///< from minimum to maximum
  text,          ///< not empty
  any_text,      ///< it may be empty
  choice,        ///< one of the words of `choices`
  duration,      ///< from `minimum` milliseconds on
  size,          ///< bytes
  cpus,          ///< a number of CPUs
  octal,         ///< permissions, in octal
  signal,        ///< a name or number
  account,       ///< a name or number
  accounts,      ///< an array of those
  texts,         ///< an array of texts, or one
  command,       ///< an array of words, or one text that is split into them
  codes,         ///< an array of exit codes
  capabilities,  ///< an array of names
  variables,     ///< a table of NAME = value
  limits,        ///< a table of NAME = limit
  dependencies,  ///< an array of services, or one, or a table of SERVICE = condition
  section,       ///< a table: `section`
  sections,      ///< an array of such tables
  services,      ///< a table of such tables, by name
};

/// A text of the table of keys.
class KeyText {
 public:
  constexpr explicit KeyText(std::uint16_t at) : at_(at) {}

  const char* c_str() const;
  operator std::string_view() const { return c_str(); }

 private:
  std::uint16_t at_;  ///< see TextPool
};

/// One key: what the reader, the schema, the reference and the tests know of it.
struct Key {
  Section section;
  KeyType type;
  Section opens;  ///< what a section, or each of sections or services, is
  KeyText name;
  KeyText fallback;  ///< the default as TOML, or words in brackets; empty: none
  KeyText meaning;
  KeyText choices;  ///< the words of a choice in the order of the enumerators, with '|' between them
  int minimum;      ///< of an integer, or of a duration in milliseconds
  int maximum;      ///< of an integer
};

std::span<const Key> services_keys();

/// Whether a key can stand in a section.
bool belongs(const Key& key, Section section);

/// The key of that name in a section; null if there is none.
const Key* find_key(Section section, std::string_view name);

/// The title of a section, such as `[init]` or `ready`.
std::string_view section_title(Section section);

/// The default of a key that has to be there.
inline constexpr std::string_view kRequired = "(required)";

/// Whether the default of a key is a value of TOML, and not words about it.
bool has_literal_default(const Key& key);

/// Calls `visit(word)` for each word of `choices`.
template <class Visit>
void for_each_word(std::string_view choices, Visit visit) {
  while (!choices.empty()) visit(take_until(choices, '|'));
}

}  // namespace onit
