#include "app/links.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <string>

#include "base/text.hpp"
#include "cli/personality.hpp"

namespace onit {
namespace {

Complaint failed(const std::string& path) { return Complaint{filled("--link: %: %", path, std::strerror(errno))}; }

/// Whether two paths lead to the same file; a link that is the last part of the second only if it is followed.
bool is_same_file(const char* one, const char* other, bool follow) {
  struct stat first {};
  struct stat second {};
  if (::stat(one, &first) != 0 || (follow ? ::stat : ::lstat)(other, &second) != 0) return false;
  return first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

/// Whether a path leads to this binary.
bool is_own_binary(const std::string& path, bool follow) {
  return is_same_file("/proc/self/exe", path.c_str(), follow);
}

/// What the links point to: the bare name if this binary is in the same directory, so that both can be moved.
std::string link_target(const std::string& directory, const std::string& own) {
  std::size_t name = own.rfind('/') + 1;
  bool is_beside = is_same_file(own.substr(0, name).c_str(), directory.c_str(), true);
  return is_beside ? own.substr(name) : own;
}

/// In one step, so that the name is there all the time.
bool replace_by_link(const std::string& target, const std::string& path) {
  std::string made = filled("%.onit-new", path);
  ::unlink(made.c_str());
  if (::symlink(target.c_str(), made.c_str()) != 0) return false;
  if (::rename(made.c_str(), path.c_str()) == 0) return true;
  int code = errno;
  ::unlink(made.c_str());
  errno = code;
  return false;
}

Result<void, Complaint> lay_asked(const Links& links, const std::string& directory, const std::string& target) {
  for (char* const* name = links.names; *name != nullptr; ++name) {
    bool is_known = std::strchr(*name, '/') == nullptr && find_personality(*name) != nullptr;
    if (!is_known) return Complaint{filled("--link: '%' is no tool that onit stands in for", *name)};
  }
  for (char* const* name = links.names; *name != nullptr; ++name) {
    std::string path = filled("%/%", directory, *name);
    if (is_own_binary(path, false)) continue;  // under that name already, and maybe nowhere else
    if (!replace_by_link(target, path)) return failed(path);
  }
  return {};
}

Result<void, Complaint> lay_free(const std::string& directory, const std::string& target) {
  std::string taken;
  for (std::size_t i = 0; personality_name(i) != nullptr; ++i) {
    std::string path = filled("%/%", directory, personality_name(i));
    if (::symlink(target.c_str(), path.c_str()) == 0) continue;
    if (errno != EEXIST) return failed(path);
    if (!is_own_binary(path, true)) taken.append(taken.empty() ? "" : ", ").append(personality_name(i));
  }
  if (taken.empty()) return {};
  return Complaint{
      concat("--link: there is something else already under ", taken, "; to replace it, name it behind the directory")};
}

}  // namespace

Result<void, Complaint> lay_links(const Links& links) {
  char own_path[PATH_MAX];
  ssize_t length = ::readlink("/proc/self/exe", own_path, sizeof own_path - 1);
  if (length < 0) return failed("/proc/self/exe");
  own_path[length] = '\0';
  std::string directory = links.directory;
  if (directory.empty()) return Complaint{"--link: the directory's name is empty"};
  std::string target = link_target(directory, own_path);
  return *links.names != nullptr ? lay_asked(links, directory, target) : lay_free(directory, target);
}

}  // namespace onit
