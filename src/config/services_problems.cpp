#include "config/services_problems.hpp"

#include <tuple>
#include <utility>

#include "base/text.hpp"

namespace onit {
namespace {

bool is_before(const Place& a, const Place& b) {
  return std::tie(a.file, a.at.line, a.at.column) < std::tie(b.file, b.at.line, b.at.column);
}

}  // namespace

std::size_t Problems::add_file(std::string_view name) {
  files_.emplace_back(name);
  return files_.size() - 1;
}

void Problems::add(Place place, std::string_view text) { add_complete(place, show(place).append(": ").append(text)); }

void Problems::add_with(Place place, const char* pattern, PartKinds kinds, ...) {
  std::va_list parts;
  va_start(parts, kinds);
  std::string text;
  append_parts(text, pattern, kinds, parts);
  va_end(parts);
  add(place, text);
}

void Problems::add_complete(Place place, std::string text) {
  if (entries_.size() == kMost && !is_before(place, entries_.back().place)) return;
  // From the end: most come in order.
  auto at = entries_.end();
  while (at != entries_.begin() && is_before(place, (at - 1)->place)) --at;
  if (at != entries_.begin() && (at - 1)->text == text) return;
  entries_.insert(at, Entry{place, std::move(text)});
  if (entries_.size() > kMost) entries_.pop_back();
}

std::string Problems::show(Place place) const {
  if (place.file == Place::kCommandLine) return "command line";
  return filled("%:%:%", files_[place.file], place.at.line, place.at.column);
}

std::vector<std::string> Problems::take() {
  std::vector<std::string> texts;
  for (Entry& entry : entries_) texts.push_back(std::move(entry.text));
  entries_.clear();
  return texts;
}

}  // namespace onit
