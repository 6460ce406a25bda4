#include "cli/values.hpp"

#include <csignal>

#include "base/limit_name.hpp"
#include "base/parse.hpp"
#include "base/signal.hpp"
#include "base/text.hpp"

namespace onit {
namespace {

Complaint not_a_limit() { return Complaint{filled("write it as NAME=SOFT[:HARD] with one of %", limit_names())}; }

}  // namespace

Result<Ulimit, Complaint> ulimit_value(std::string_view text) {
  std::size_t equals = text.find('=');
  if (equals == text.npos) return not_a_limit();
  auto values = limit_value(text.substr(equals + 1));
  if (!values.ok()) return values.error();
  auto resource = parse_limit_name(text.substr(0, equals));
  if (!resource) return not_a_limit();
  return Ulimit{*resource, values.value().soft, values.value().hard};
}

Result<void, Complaint> add_rewrite(SignalRewrites& rewrites, std::string_view text) {
  std::size_t colon = text.find(':');
  if (colon == text.npos) return Complaint{"write it as FROM:TO, such as TERM:QUIT or HUP:none"};
  auto from = parse_signal(text.substr(0, colon));
  std::string_view target = text.substr(colon + 1);
  auto to = target == "none" ? std::optional<int>{SignalRewrites::kDrop} : parse_signal(target);
  if (!from || !to) {
    return Complaint{filled("'%' is not a signal; write a name or number such as TERM, 15 or RTMIN+3",
                            from ? target : text.substr(0, colon))};
  }
  if (*from == SIGKILL || *from == SIGSTOP) return Complaint{"KILL and STOP cannot be caught, so not rewritten"};
  rewrites.set(*from, *to);
  return {};
}

Result<void, Complaint> add_exit_code(ExitCodeMap& map, std::string_view text) {
  std::size_t colon = text.find(':');
  auto code = parse_number(text.substr(0, colon), 255);
  auto by = colon == text.npos ? std::nullopt : parse_number(text.substr(colon + 1), 255);
  if (!code || !by) return Complaint{"write it as N:M, two exit codes from 0 to 255, such as 143:0"};
  map.replace(static_cast<int>(*code), static_cast<int>(*by));
  return {};
}

}  // namespace onit
