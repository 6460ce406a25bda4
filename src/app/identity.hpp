#pragma once

#include <sys/types.h>

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "app/setting_names.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "config/accounts.hpp"

namespace onit {

/// Who a process is to become.
struct NewIdentity {
  Identity identity;
  std::vector<gid_t> groups;  ///< all supplementary ones that it is to have
  bool changes_groups;        ///< false: they are so already
};

/// Looks up a user `U[:G]` (nothing: who onit is) and more groups in /etc/passwd and /etc/group. Without a user the
/// groups come on top of onit's own. An image without these files has no accounts. `patience` is for read_file().
/// Errors: name the setting, and the file that cannot be read or the name that is not in it.
Result<NewIdentity, Complaint> look_up_identity(std::optional<std::string_view> user,
                                                std::span<const std::string_view> group_add, const SettingNames& names,
                                                Millis patience);

}  // namespace onit
