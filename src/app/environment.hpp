#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/setting_names.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "config/accounts.hpp"
#include "core/plan.hpp"

namespace onit {

/// The environment of a command: an ordered list of `K=V`, in which a new value takes the place of the old one.
class Environment {
 public:
  explicit Environment(char* const* entries);

  void set(std::string_view name, std::string_view value);
  void remove(std::string_view name);
  std::optional<std::string_view> find(std::string_view name) const;
  const std::vector<std::string>& entries() const { return entries_; }

 private:
  std::vector<std::string> entries_;
};

/// Sets what login tools set for a named user.
void add_account(Environment& environment, const Account& account);

/// Sets the variables of an env file. `own` is where it takes values from that are not its own; `patience` is for a
/// pipe in place of a file (read_file()). Adds to `warnings`, unless null, what is hardly meant: `FILE:LINE:COLUMN:
/// text`. Errors: name the setting, the file and the line.
Result<void, Complaint> add_env_file(Environment& environment, const char* path, char* const* own,
                                     const SettingNames& names, Millis patience,
                                     std::vector<std::string>* warnings = nullptr);

/// Sets K to the content of the file for each K_FILE=path. Errors: name the setting, the variable and the file.
Result<void, Complaint> add_secrets(Environment& environment, const SettingNames& names, Millis patience);

/// Builds the environment as `launch` asks: what onit has itself (or nothing), what login tools set for a named user,
/// the env files in their order, --env, and the secrets. Reads the files.
/// Adds to `warnings` what add_env_file() does. Errors: name the file and the line, or the variable.
Result<Environment, Complaint> build_environment(const Launch& launch, char* const* own,
                                                 const std::optional<Account>& account,
                                                 std::vector<std::string>& warnings);

}  // namespace onit
