#include "cli/personality.hpp"

#include <cstdint>
#include <iterator>

#include "base/panic.hpp"
#include "cli/onitctl.hpp"

namespace onit {
namespace {

enum class Tool : std::uint8_t { tini, dumb_init, catatonit, run, run_multi, onitctl };

// No pointers, which would have to be relocated at every start.
struct Name {
  char text[12];
  Tool tool;
};

constexpr Name kNames[] = {
    {"tini", Tool::tini},
    {"tini-static", Tool::tini},
    {"docker-init", Tool::tini},
    {"dumb-init", Tool::dumb_init},
    {"catatonit", Tool::catatonit},
    {"podman-init", Tool::catatonit},
    {"run", Tool::run},
    {"run-multi", Tool::run_multi},
    {"onitctl", Tool::onitctl},
};

Reader reader_of(Tool tool) {
  switch (tool) {
    case Tool::tini:
      return tini_request;
    case Tool::dumb_init:
      return dumb_init_request;
    case Tool::catatonit:
      return catatonit_request;
    case Tool::run:
      return run_request;
    case Tool::run_multi:
      return run_multi_request;
    case Tool::onitctl:
      return onitctl_request;
  }
  panic("a tool that nobody reads for");
}

}  // namespace

Reader find_personality(std::string_view name) {
  name.remove_prefix(name.rfind('/') + 1);
  for (const Name& known : kNames) {
    if (name == known.text) return reader_of(known.tool);
  }
  return nullptr;
}

const char* personality_name(std::size_t index) { return index < std::size(kNames) ? kNames[index].text : nullptr; }

}  // namespace onit
