#include "base/limit_name.hpp"

#include <sys/resource.h>

namespace onit {
namespace {

struct NamedLimit {
  char name[12];
  int resource;
};

constexpr NamedLimit kLimits[] = {
    {"as", RLIMIT_AS},           {"core", RLIMIT_CORE},         {"cpu", RLIMIT_CPU},
    {"data", RLIMIT_DATA},       {"fsize", RLIMIT_FSIZE},       {"locks", RLIMIT_LOCKS},
    {"memlock", RLIMIT_MEMLOCK}, {"msgqueue", RLIMIT_MSGQUEUE}, {"nice", RLIMIT_NICE},
    {"nofile", RLIMIT_NOFILE},   {"nproc", RLIMIT_NPROC},       {"rss", RLIMIT_RSS},
    {"rtprio", RLIMIT_RTPRIO},   {"rttime", RLIMIT_RTTIME},     {"sigpending", RLIMIT_SIGPENDING},
    {"stack", RLIMIT_STACK},
};

}  // namespace

std::optional<int> parse_limit_name(std::string_view name) {
  for (const NamedLimit& limit : kLimits) {
    if (name == limit.name) return limit.resource;
  }
  return std::nullopt;
}

std::string_view limit_name(int resource) {
  for (const NamedLimit& limit : kLimits) {
    if (resource == limit.resource) return limit.name;
  }
  return "?";
}

std::string limit_names() {
  std::string names;
  for (const NamedLimit& limit : kLimits) names.append(names.empty() ? "" : " ").append(limit.name);
  return names;
}

}  // namespace onit
