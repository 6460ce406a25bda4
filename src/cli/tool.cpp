#include "cli/tool.hpp"

#include <getopt.h>

#include <algorithm>

namespace onit {

const char* variable(char* const* environment, std::string_view name) {
  for (; *environment != nullptr; ++environment) {
    std::string_view entry{*environment};
    bool is_it = entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=';
    if (is_it) return *environment + name.size() + 1;
  }
  return nullptr;
}

std::string getopt_complaint(const Invocation& invocation, int result) {
  // Behind a value that is missing musl's optind is past the end.
  std::string written = invocation.argv[std::min(optind, invocation.argc) - 1];
  bool is_long = written.starts_with("--");
  if (is_long && written.find('=') != written.npos && optopt != 0) return "option '" + written + "' takes no argument";
  char shown = optopt > 0 && optopt < 0x80 ? static_cast<char>(optopt) : '?';  // C libraries differ on other bytes
  std::string letter = std::string{"'"} + shown + "'";
  if (result == ':') return "option requires an argument -- " + letter;
  if (optopt != 0) return "invalid option -- " + letter;
  return "unrecognized option '" + written + "'";
}

OnExit on_exit_of(const Invocation& invocation) { return invocation.pid == 1 ? OnExit::stop : OnExit::leave; }

}  // namespace onit
