#include "base/variable.hpp"

#include <cstring>

namespace onit {

bool is_entry_of(std::string_view entry, std::string_view name) {
  return entry.size() > name.size() && entry[name.size()] == '=' &&
         std::memcmp(entry.data(), name.data(), name.size()) == 0;
}

char* const* find_entry(char* const* entries, std::string_view name) {
  for (; *entries != nullptr; ++entries) {
    bool is_it = std::strncmp(*entries, name.data(), name.size()) == 0 && (*entries)[name.size()] == '=';
    if (is_it) return entries;
  }
  return nullptr;
}

char* find_variable(char* const* entries, std::string_view name) {
  char* const* entry = find_entry(entries, name);
  return entry ? *entry + name.size() + 1 : nullptr;
}

}  // namespace onit
