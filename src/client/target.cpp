#include "client/target.hpp"

#include "base/text.hpp"

namespace onit {
namespace {

/// A verb as onit knows it. No pointers, as in the table of options.
struct Way {
  char page[16];    ///< what there is of all services
  char action[10];  ///< what there is of one, behind its name
  NamedBy named_by;
  HttpMethod method;
};

using enum NamedBy;
using enum HttpMethod;

/// In the order of VerbId.
constexpr Way kWays[] = {
    {"/v1/services", "", query, get},         // status
    {"", "/start", path, post},               // start
    {"", "/stop", path, post},                // stop
    {"", "/restart", path, post},             // restart
    {"", "/signal", path, post},              // signal
    {"/v1/logs", "", query, get},             // logs
    {"/v1/events", "", query, get},           // events
    {"/v1/health", "", query, get},           // health
    {"", "/wait", path, get},                 // wait
    {"/v1/explain", "", query, get},          // explain
    {"", "", NamedBy::nothing, get},          // tree
    {"", "", NamedBy::nothing, get},          // analyze
    {"/metrics", "", NamedBy::nothing, get},  // metrics
    {"/v1/reload", "", nothing, post},        // reload
    {"/v1/shutdown", "", nothing, post},      // shutdown
};
static_assert(std::size(kWays) == static_cast<std::size_t>(VerbId::shutdown) + 1);

const Way& way_of(VerbId verb) { return kWays[static_cast<std::size_t>(verb)]; }

void add(std::string& target, const char* name, std::string_view value) {
  target.append(target.find('?') == target.npos ? "?" : "&").append(name).append("=").append(value);
}

void add_flag(std::string& target, const char* name, bool is_set) {
  if (is_set) add(target, name, "1");
}

}  // namespace

NamedBy named_by(VerbId verb) { return way_of(verb).named_by; }

HttpMethod method_of(VerbId verb) { return way_of(verb).method; }

std::string target_of(const ControlCommand& command, const char* service, bool has_colour) {
  const Way& way = way_of(command.verb);
  bool is_logs = command.verb == VerbId::logs;
  if (command.verb == VerbId::metrics) return way.page;
  std::string target = service != nullptr ? concat("/v1/services/", service, way.action) : way.page;
  add(target, "format", command.json ? "json" : is_logs ? "prefix" : "text");
  add_flag(target, "colour", has_colour && !command.json && (is_logs || command.verb == VerbId::status));
  add_flag(target, "follow", command.follow);
  add_flag(target, "wait", command.wait);
  add_flag(target, "live", command.live);
  add_flag(target, "timestamps", command.timestamps);
  if (command.lines) add(target, "lines", std::to_string(*command.lines));
  if (command.exit_code) add(target, "exit_code", std::to_string(*command.exit_code));
  // By number: the name of a real-time signal has a '+'.
  if (command.signal != 0) add(target, "signal", std::to_string(command.signal));
  if (command.word != nullptr) add(target, "for", command.word);
  if (way.named_by == NamedBy::query) {
    for (const char* name : command.services) add(target, "service", name);
  }
  return target;
}

}  // namespace onit
