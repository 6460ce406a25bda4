#include "os/environ.hpp"

#include <fcntl.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>

namespace onit {
namespace {

/// While this lives, files are opened as somebody else; for root only. The kernel takes such a change for one of
/// credentials: it forgets the parent-death signal and forbids core dumps, both of which are put right again.
class FileUser {
 public:
  FileUser(uid_t uid, gid_t gid) : parent_(::getppid()) {
    ::prctl(PR_GET_PDEATHSIG, &parent_death_signal_, 0, 0, 0);
    dumpable_ = ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
    ::setfsgid(gid);
    ::setfsuid(uid);
  }
  ~FileUser() {
    ::setfsuid(::geteuid());
    ::setfsgid(::getegid());
    if (dumpable_ == 1) ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    if (parent_death_signal_ == 0) return;
    ::prctl(PR_SET_PDEATHSIG, parent_death_signal_, 0, 0, 0);
    if (::getppid() != parent_) ::kill(::getpid(), parent_death_signal_);
  }
  FileUser(const FileUser&) = delete;
  FileUser& operator=(const FileUser&) = delete;

 private:
  pid_t parent_;
  int parent_death_signal_ = 0;
  int dumpable_ = 0;
};

/// Does `look`, which returns whether it could and leaves errno, and for root once more as the process's user if it was
/// refused.
template <typename Look>
void look_into(int process_directory, Look look) {
  if (look()) return;
  bool is_refused = errno == EACCES || errno == EPERM;
  if (!is_refused || ::geteuid() != 0) return;
  struct stat process {};
  if (::fstat(process_directory, &process) != 0 || process.st_uid == 0) return;
  FileUser user(process.st_uid, process.st_gid);
  look();
}

}  // namespace

Fd open_environ(int process_directory) {
  Fd file;
  look_into(process_directory, [&] {
    file = Fd{::openat(process_directory, "environ", O_RDONLY | O_CLOEXEC)};
    return file.valid();
  });
  return file;
}

std::string_view read_descriptor(int process_directory, int fd, std::span<char> room) {
  char path[16] = "fd/";
  std::to_chars(path + 3, path + sizeof path - 1, fd);
  ssize_t length = -1;
  look_into(process_directory, [&] {
    length = ::readlinkat(process_directory, path, room.data(), room.size());
    return length >= 0;
  });
  return {room.data(), length < 0 ? 0 : static_cast<std::size_t>(length)};
}

bool VariableReader::take(std::string_view piece) {
  for (char c : piece) {
    state_ = step(c);
    if (state_ == State::found || state_ == State::too_long) return true;
  }
  return false;
}

VariableReader::State VariableReader::step(char c) {
  switch (state_) {
    case State::in_name:
      if (length_ < name_.size() && c == name_[length_]) {
        ++length_;
        return State::in_name;
      }
      if (length_ == name_.size() && c == '=') {
        length_ = 0;
        return State::in_value;
      }
      [[fallthrough]];
    case State::elsewhere:
      length_ = 0;
      return c == '\0' ? State::in_name : State::elsewhere;
    case State::in_value:
      if (c == '\0') return State::found;
      if (length_ == room_.size()) return State::too_long;
      room_[length_++] = c;
      return State::in_value;
    case State::found:
    case State::too_long:
      return state_;
  }
  return state_;
}

std::optional<std::string_view> VariableReader::value() const {
  if (state_ != State::found) return std::nullopt;
  return std::string_view{room_.data(), length_};
}

}  // namespace onit
