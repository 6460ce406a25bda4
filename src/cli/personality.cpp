#include "cli/personality.hpp"

#include <getopt.h>

#include <iterator>

namespace onit {
namespace {

constexpr char kNames[][12] = {"tini",      "tini-static", "docker-init", "dumb-init",
                               "catatonit", "podman-init", "run",         "run-multi"};

}  // namespace

Reader find_personality(std::string_view name) {
  name.remove_prefix(name.rfind('/') + 1);
  if (name == "tini" || name == "tini-static" || name == "docker-init") return tini_request;
  if (name == "dumb-init") return dumb_init_request;
  if (name == "catatonit" || name == "podman-init") return catatonit_request;
  if (name == "run") return run_request;
  if (name == "run-multi") return run_multi_request;
  return nullptr;
}

const char* personality_name(std::size_t index) { return index < std::size(kNames) ? kNames[index] : nullptr; }

const char* variable(char* const* environment, std::string_view name) {
  for (; *environment != nullptr; ++environment) {
    std::string_view entry{*environment};
    bool is_it = entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=';
    if (is_it) return *environment + name.size() + 1;
  }
  return nullptr;
}

std::string unusable_option(const Invocation& invocation, int result) {
  char shown =
      optopt > 0 && optopt < 0x80 ? static_cast<char>(optopt) : '?';  // getopt is of two minds about other bytes
  std::string letter = std::string{"'"} + shown + "'";
  if (result == ':') return "option requires an argument -- " + letter;
  if (optopt != 0) return "invalid option -- " + letter;
  return std::string{"unrecognized option '"} + invocation.argv[optind - 1] + "'";
}

OnExit on_exit_of(const Invocation& invocation) { return invocation.pid == 1 ? OnExit::stop : OnExit::leave; }

}  // namespace onit
