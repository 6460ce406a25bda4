#include "base/suggest.hpp"

#include <algorithm>
#include <array>

namespace onit {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  constexpr std::size_t kLongest = 64;
  if (a.size() > kLongest || b.size() > kLongest) return std::max(a.size(), b.size());
  std::array<std::size_t, kLongest + 1> row;
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

bool is_likely_typo(std::string_view word, std::string_view candidate) {
  if (word.size() >= 3 && (candidate.starts_with(word) || candidate.ends_with(word))) return true;
  std::size_t most = std::max<std::size_t>(1, candidate.size() / 3);
  std::size_t lengths_apart = std::max(word.size(), candidate.size()) - std::min(word.size(), candidate.size());
  return lengths_apart <= most && edit_distance(word, candidate) <= most;
}

}  // namespace onit
