#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace onit {

/// What a service has told on the descriptor that it was given for that.
enum class Readiness : std::uint8_t {
  not_yet,
  ready,  ///< it has written a newline
  never,  ///< everybody has closed it, and there was none
};

/// The pipe on which a service tells that it is ready, by its first newline. What comes before does not matter.
/// Source: s6, "Service startup notifications".
class ReadinessPipe {
 public:
  /// Both ends are close-on-exec; only the read end is non-blocking, for the other one is the service's.
  /// Errors: those of pipe2(2) and fcntl(2).
  Result<void> open();

  int read_end() const { return read_end_.get(); }
  int write_end() const { return write_end_.get(); }
  /// To be called after the start of the service: until then there is no end of file.
  void close_write_end() { write_end_.reset(); }

  /// Reads a bounded share of what is there. After `ready` and `never` there is nothing left to find out.
  Readiness read();

 private:
  Fd read_end_;
  Fd write_end_;
};

}  // namespace onit
