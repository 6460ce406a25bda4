#include "os/control_group.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <optional>

#include "base/parse.hpp"
#include "base/text.hpp"
#include "os/file.hpp"

namespace onit {
namespace {

/// Some eight thousand pids; whoever has to have all comes again for the rest.
constexpr std::size_t kMaxFileBytes = 64 * 1024;

/// Each time over, there are only those who were forked meanwhile.
constexpr int kMaxPasses = 16;

std::string joined(const std::string& directory, const char* file) {
  std::string path = directory;
  return path.append("/").append(file);
}

/// A path of mountinfo, in which blanks and backslashes are written as three octal digits.
std::string unescape(std::string_view text) {
  std::string path;
  while (!text.empty()) {
    auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
    bool is_escape = text.size() >= 4 && text[0] == '\\' && std::all_of(&text[1], &text[1] + 3, is_octal);
    int code = is_escape ? (text[1] - '0') * 64 + (text[2] - '0') * 8 + (text[3] - '0') : text[0];
    path += static_cast<char>(code);
    text.remove_prefix(is_escape ? 4 : 1);
  }
  return path;
}

/// The path of the group from the line `0::PATH`.
std::optional<std::string_view> own_path(std::string_view cgroup) {
  constexpr std::string_view kVersion2 = "0::";
  while (!cgroup.empty()) {
    std::string_view line = take_until(cgroup, '\n');
    if (line.starts_with(kVersion2)) return line.substr(kVersion2.size());
  }
  return std::nullopt;
}

struct Mount {
  std::string root;  ///< the group that is shown
  std::string point;
};

/// `ID PARENT DEVICE ROOT POINT OPTIONS [TAG]... - TYPE SOURCE OPTIONS`
std::optional<Mount> parse_mount(std::string_view line) {
  std::array<std::string_view, 5> fields;
  for (auto& field : fields) field = take_until(line, ' ');
  while (!line.empty() && take_until(line, ' ') != "-") continue;
  if (take_until(line, ' ') != "cgroup2") return std::nullopt;
  return Mount{unescape(fields[3]), unescape(fields[4])};
}

/// What is left of a path below one of its parents; nothing if that is none.
std::optional<std::string_view> below(std::string_view path, std::string_view parent) {
  if (parent == "/") return path == "/" ? std::string_view{} : path;
  if (!path.starts_with(parent)) return std::nullopt;
  path.remove_prefix(parent.size());
  if (!path.empty() && path.front() != '/') return std::nullopt;
  return path;
}

}  // namespace

Result<std::string, Complaint> find_control_group(std::string_view cgroup, std::string_view mountinfo) {
  auto own = own_path(cgroup);
  if (!own) return Complaint{"the kernel has no cgroup2 hierarchy"};
  bool is_mounted = false;
  while (!mountinfo.empty()) {
    auto mount = parse_mount(take_until(mountinfo, '\n'));
    if (!mount) continue;
    is_mounted = true;
    auto rest = below(*own, mount->root);
    // A path that leads out of the cgroup namespace begins with "/..".
    if (rest && !rest->starts_with("/..")) return mount->point.append(*rest);
  }
  if (!is_mounted) return Complaint{"cgroup2 is not mounted"};
  return Complaint{filled("the mounted cgroup2 does not show the group %", *own)};
}

Result<ControlGroup> ControlGroup::open(std::string path) {
  Fd procs = above_stdio(Fd{::open(joined(path, "cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC)});
  if (!procs.valid()) return errno_error("open");
  return ControlGroup{std::move(path), std::move(procs)};
}

Result<ControlGroup> ControlGroup::make(std::string path) {
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) return errno_error("mkdir");
  return open(std::move(path));
}

Result<void> ControlGroup::set(const char* file, std::string_view value) const {
  Fd target{::open(joined(path_, file).c_str(), O_WRONLY | O_CLOEXEC)};
  if (!target.valid()) return errno_error("open");
  if (::write(target.get(), value.data(), value.size()) < 0) return errno_error("write");
  return {};
}

bool ControlGroup::lists(const char* file, std::string_view word) const {
  auto text = read_head(joined(path_, file).c_str(), kMaxFileBytes);
  if (!text.ok()) return false;
  std::string_view rest = text.value();
  while (!rest.empty()) {
    std::string_view line = take_until(rest, '\n');
    while (!line.empty()) {
      if (take_until(line, ' ') == word) return true;
    }
  }
  return false;
}

Result<std::vector<pid_t>> ControlGroup::processes() const {
  auto text = read_head(joined(path_, "cgroup.procs").c_str(), kMaxFileBytes);
  if (!text.ok()) return text.error();
  // What is behind the last newline may be half a number.
  std::string_view rest = std::string_view{text.value()}.substr(0, text.value().rfind('\n') + 1);
  std::vector<pid_t> pids;
  while (!rest.empty()) {
    auto pid = parse_number(take_until(rest, '\n'), INT_MAX);
    if (pid && *pid != 0) pids.push_back(static_cast<pid_t>(*pid));
  }
  return pids;
}

Result<void> ControlGroup::move_all(const ControlGroup& to) const {
  for (int pass = 0; pass < kMaxPasses; ++pass) {
    auto pids = processes();
    if (!pids.ok()) return pids.error();
    if (pids.value().empty()) return {};
    for (pid_t pid : pids.value()) {
      std::string text = std::to_string(pid);
      if (::write(to.procs(), text.data(), text.size()) < 0 && errno != ESRCH) return errno_error("write");
    }
  }
  return Error{"write", EBUSY};
}

Result<void> ControlGroup::kill() const { return set("cgroup.kill", "1"); }

Result<bool> ControlGroup::is_empty() const {
  auto text = read_head(joined(path_, "cgroup.events").c_str(), kMaxFileBytes);
  if (!text.ok()) return text.error();
  return std::string_view{text.value()}.find("populated 0") != std::string_view::npos;
}

Result<void> ControlGroup::remove() const {
  if (::rmdir(path_.c_str()) != 0) return errno_error("rmdir");
  return {};
}

}  // namespace onit
