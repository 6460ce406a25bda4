#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/accounts.hpp"
#include "core/plan.hpp"

namespace onit {

/// The environment of the command: an ordered list of `K=V`, in which a new value takes the place of the old one.
class Environment {
 public:
  explicit Environment(char* const* entries);

  void set(std::string_view name, std::string_view value);
  std::optional<std::string_view> find(std::string_view name) const;
  const std::vector<std::string>& entries() const { return entries_; }

 private:
  std::vector<std::string> entries_;
};

/// Builds the environment as `launch` asks: what onit has itself (or nothing), what login tools set for a named user,
/// the env files in their order, --env, and the secrets. Reads the files.
/// Errors: name the file and the line, or the variable.
Result<Environment, Complaint> build_environment(const Launch& launch, char* const* own,
                                                 const std::optional<Account>& account);

}  // namespace onit
