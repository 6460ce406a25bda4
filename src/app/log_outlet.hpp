#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "os/fd.hpp"

namespace onit {

/// A write that has moved nothing, for no reason of its own, is repeated; so often in a row, then it has failed.
inline constexpr int kMostIdleWrites = 16;

/// A pipe that proves too short gets this size, so that its two sides wait for each other less often. An unprivileged
/// process may have 64 of them. Source: pipe(7), /proc/sys/fs/pipe-user-pages-soft.
inline constexpr int kBusyPipe = 256 * 1024;

/// A descriptor that onit shares with others, such as its stdout, written without ever waiting. The descriptor's flags
/// are left alone: O_NONBLOCK would belong to everybody who has it.
class LogOutlet {
 public:
  /// Looks at what the descriptor is: nothing at all, a pipe, a terminal, a socket or a file.
  void open(int fd);

  struct Written {
    std::size_t bytes;
    int error;  ///< errno of what stopped it, EAGAIN: there is no room now; 0: all was written
  };
  Written write(std::string_view bytes);

  bool exists() const { return kind_ != Kind::none; }
  bool is_terminal() const { return is_terminal_; }
  /// What is written goes through a pipe that nothing can be put in front of.
  bool has_own_pipe() const { return kind_ == Kind::spliced; }
  /// What can be watched for room.
  int watched() const { return own_.valid() ? own_.get() : fd_; }

 private:
  enum class Kind : std::uint8_t {
    none,
    direct,   ///< write(2) does not wait: a file, or a pipe or terminal that was opened anew
    device,   ///< a terminal that cannot be opened anew
    spliced,  ///< a pipe that cannot: its bytes go through a pipe of our own
    socket,
  };

  void widen();
  Written write_once(std::string_view bytes);
  Written write_to_device(std::string_view bytes);
  Written splice_on(std::string_view bytes);

  Kind kind_ = Kind::none;
  bool is_terminal_ = false;
  bool is_widened_ = false;
  int fd_ = -1;
  Fd own_;
  Fd splice_in_;
  Fd splice_out_;
  std::size_t spliced_ = 0;  // bytes that wait in our own pipe
};

/// Whether nobody will ever read again what is written there.
bool is_reader_gone(int error);

}  // namespace onit
