#pragma once

#include <bitset>
#include <optional>

#include "base/result.hpp"
#include "cli/option_table.hpp"
#include "core/plan.hpp"

namespace onit {

/// A bit for each OptionId.
using OptionSet = std::bitset<64>;

/// How far options were read.
struct OptionsRead {
  int next;              ///< the index of the first argument behind them
  OptionSet given = {};  ///< which there were
  std::optional<OptionId>
      request{};                ///< one that asks for something else than a plan ends them: help, version, as, link
  const char* value = nullptr;  ///< its argument
};

/// Enters onit's own options into a plan. They stop at the first argument that is none (getopt(3), POSIXLY_CORRECT);
/// argv[0] is skipped. The Complaint names the option and what would be right.
Result<OptionsRead, Complaint> apply_options(Plan& plan, int argc, char* const* argv);

}  // namespace onit
