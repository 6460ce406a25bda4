#include "app/environment.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/text.hpp"
#include "base/variable.hpp"
#include "config/env_file.hpp"
#include "config/secrets.hpp"
#include "os/file.hpp"

namespace onit {
namespace {

constexpr std::size_t kLargestFile = 4 * 1024 * 1024;

using Built = Result<void, Complaint>;

std::optional<std::string_view> find_in(char* const* entries, std::string_view name) {
  const char* value = find_variable(entries, name);
  return value ? std::optional<std::string_view>{value} : std::nullopt;
}

Lookup lookup_in(char* const* const& own) {
  return {[](const void* context, std::string_view name) {
            return find_in(*static_cast<char* const* const*>(context), name);
          },
          &own};
}

void add_option(Environment& environment, std::string_view option, char* const* own) {
  std::size_t equals = option.find('=');
  std::string_view name = option.substr(0, equals);
  if (equals != option.npos) return environment.set(name, option.substr(equals + 1));
  if (auto inherited = find_in(own, name)) environment.set(name, *inherited);
}

}  // namespace

Built add_env_file(Environment& environment, const char* path, char* const* own, const SettingNames& names,
                   Millis patience, std::vector<std::string>* warnings) {
  std::string file = filled("% '%': ", names.env_file, path);
  auto text = read_file(path, kLargestFile, patience);
  if (!text.ok()) {
    bool is_elsewhere = text.error().code == ENOENT && *path != '/';
    return Complaint{
        concat(file, std::strerror(text.error().code), is_elsewhere ? "; looked for in onit's working directory" : "")};
  }
  auto variables = parse_env_file(text.value(), lookup_in(own), {warnings, path});
  if (!variables.ok()) return Complaint{filled("%line %", file, variables.error().text)};
  for (const Variable& variable : variables.value()) environment.set(variable.name, variable.value);
  return {};
}

Built add_secrets(Environment& environment, const SettingNames& names, Millis patience) {
  const std::vector<std::string> entries = environment.entries();
  for (const std::string& entry : entries) {
    auto secret = secret_file(entry);
    if (!secret) continue;
    std::string name{secret->name};
    std::string which = filled("%: %_FILE='%': ", names.secrets, name, secret->path);
    if (environment.find(name)) {
      return Complaint{filled("%% is set, too; set only one of the two", which, name)};
    }
    auto content = read_file(std::string{secret->path}.c_str(), kMaxEntryBytes, patience);
    if (!content.ok()) return Complaint{which + std::strerror(content.error().code)};
    auto value = secret_value(name, content.value());
    if (!value.ok()) return Complaint{which + value.error().text};
    environment.set(name, value.value());
  }
  return {};
}

void add_account(Environment& environment, const Account& account) {
  environment.set("HOME", account.home);
  environment.set("USER", account.name);
  environment.set("LOGNAME", account.name);
}

Environment::Environment(char* const* entries) {
  for (; *entries != nullptr; ++entries) entries_.push_back(*entries);
}

void Environment::set(std::string_view name, std::string_view value) {
  std::string entry;
  entry.append(name).append("=").append(value);
  // Of duplicates some programs take the first and some the last, so none may stay.
  auto is_it = [&](const std::string& old) { return is_entry_of(old, name); };
  auto place = std::ranges::find_if(entries_, is_it);
  if (place == entries_.end()) {
    entries_.push_back(std::move(entry));
    return;
  }
  *place = std::move(entry);
  entries_.erase(std::remove_if(place + 1, entries_.end(), is_it), entries_.end());
}

void Environment::remove(std::string_view name) {
  std::erase_if(entries_, [&](const std::string& entry) { return is_entry_of(entry, name); });
}

std::optional<std::string_view> Environment::find(std::string_view name) const {
  for (const std::string& entry : entries_) {
    if (is_entry_of(entry, name)) return std::string_view{entry}.substr(name.size() + 1);
  }
  return std::nullopt;
}

Result<Environment, Complaint> build_environment(const Launch& launch, char* const* own,
                                                 const std::optional<Account>& account,
                                                 std::vector<std::string>& warnings) {
  char* const none[] = {nullptr};
  Environment environment(launch.clear_env ? none : own);
  if (account) add_account(environment, *account);
  for (const char* path : launch.env_files) {
    Built added = add_env_file(environment, path, own, kOptionNames, kFilePatience, &warnings);
    if (!added.ok()) return added.error();
  }
  for (std::string_view option : launch.env) add_option(environment, option, own);
  if (launch.secrets) {
    Built added = add_secrets(environment, kOptionNames, kFilePatience);
    if (!added.ok()) return added.error();
  }
  return environment;
}

}  // namespace onit
