#include "os/glob.hpp"

#include <dirent.h>
#include <limits.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.hpp"

namespace onit {
namespace {

/// A set of characters, of which `pattern` begins with the '['.
struct Bracket {
  std::size_t length;  ///< 0: it is not closed, so the '[' stands for itself
  bool holds;          ///< whether the character is in it
};

Bracket look_into_bracket(std::string_view pattern, char c) {
  std::size_t at = 1;
  bool is_negated = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (is_negated) ++at;
  bool is_in = false;
  // A ']' in the first place is one of the characters.
  for (std::size_t first = at; at < pattern.size() && (pattern[at] != ']' || at == first); ++at) {
    char low = pattern[at];
    bool is_range = at + 2 < pattern.size() && pattern[at + 1] == '-' && pattern[at + 2] != ']';
    if (is_range) at += 2;
    is_in = is_in || (low <= c && c <= pattern[at]);
  }
  if (at >= pattern.size()) return {0, false};
  return {at + 1, is_in != is_negated};
}

/// How much of the pattern stands for the character `c`; 0: it does not.
std::size_t match_one(std::string_view pattern, char c) {
  if (pattern.empty()) return 0;
  if (pattern[0] == '?') return 1;
  if (pattern[0] == '[') {
    Bracket bracket = look_into_bracket(pattern, c);
    if (bracket.length > 0) return bracket.holds ? bracket.length : 0;
  }
  if (pattern[0] == '\\' && pattern.size() > 1) return pattern[1] == c ? 2 : 0;
  return pattern[0] == c ? 1 : 0;
}

bool has_wildcard(std::string_view pattern) { return pattern.find_first_of("*?[\\") != pattern.npos; }

/// Whether there was a step left. A long part of a pattern takes more of them, for it takes time to be compared.
bool take_step(std::size_t& steps, std::string_view part) {
  std::size_t price = 1 + part.size() / 64;
  steps = steps > price ? steps - price : 0;
  return steps > 0;
}

/// The names in a directory that match a pattern.
std::vector<std::string> matching_names(const std::string& directory, std::string_view pattern, std::size_t& steps) {
  std::vector<std::string> names;
  DIR* entries = ::opendir(directory.empty() ? "." : directory.c_str());
  if (entries == nullptr) return names;
  while (const dirent* entry = take_step(steps, pattern) ? ::readdir(entries) : nullptr) {
    if (names.size() < kMaxGlobPaths && matches_pattern(entry->d_name, pattern)) names.push_back(entry->d_name);
  }
  ::closedir(entries);
  return names;
}

/// Each of the paths, which end with '/' or are empty, with each name in it that `part` of a pattern matches.
std::vector<std::string> extend(const std::vector<std::string>& paths, std::string_view part, std::size_t& steps) {
  std::vector<std::string> longer;
  for (const std::string& path : paths) {
    if (!take_step(steps, part)) break;
    // Nothing longer can be opened. Source: path_resolution(7).
    if (path.size() + part.size() > PATH_MAX) continue;
    if (!has_wildcard(part)) {
      longer.push_back(concat(path, part));
      continue;
    }
    for (const std::string& name : matching_names(path, part, steps)) {
      if (longer.size() < kMaxGlobPaths) longer.push_back(path + name);
    }
  }
  return longer;
}

}  // namespace

bool matches_pattern(std::string_view name, std::string_view pattern) {
  if (name.starts_with('.') && !pattern.starts_with('.')) return false;
  // Where to go on if what is tried turns out wrong: behind the last '*', which then takes one character more. It is
  // never of use to go back to an earlier one.
  std::size_t at = 0, in_pattern = 0, taken = 0, behind_star = std::string_view::npos;
  while (at < name.size()) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
      behind_star = ++in_pattern;
      taken = at;
      continue;
    }
    std::size_t length = match_one(pattern.substr(in_pattern), name[at]);
    if (length > 0) {
      in_pattern += length;
      ++at;
    } else if (behind_star != pattern.npos) {
      in_pattern = behind_star;
      at = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', in_pattern) == pattern.npos;
}

std::vector<std::string> glob_paths(std::string_view pattern, std::size_t& steps) {
  std::vector<std::string> paths{""};
  while (!pattern.empty() && !paths.empty()) {
    std::size_t slash = pattern.find('/');
    paths = extend(paths, pattern.substr(0, slash), steps);
    if (slash == pattern.npos) break;
    for (std::string& path : paths) path += '/';
    pattern.remove_prefix(slash + 1);
  }
  std::vector<std::string> found;
  if (steps == 0) return found;
  for (std::string& path : paths) {
    if (::access(path.c_str(), F_OK) != 0) continue;
    found.insert(std::ranges::upper_bound(found, path), std::move(path));
  }
  return found;
}

}  // namespace onit
