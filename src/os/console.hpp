#pragma once

#include <string_view>

namespace onit {

/// Writes a message to stdout or stderr, which others share, and never waits: not for a reader that is slow or gone, a
/// full disk or a stopped terminal. The descriptor's flags are left alone: O_NONBLOCK would belong to everybody who has
/// it. At most PIPE_BUF bytes; a pipe gets them whole or not at all. Returns whether all were written.
bool write_message(int fd, std::string_view message);

}  // namespace onit
