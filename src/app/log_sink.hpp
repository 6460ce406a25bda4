#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "app/log_outlet.hpp"
#include "base/time.hpp"
#include "core/service_policy.hpp"
#include "log/line_buffer.hpp"

namespace onit {

/// One of the two streams of a service.
struct StreamId {
  ServiceId service;
  std::uint8_t which;  ///< 0: stdout, 1: stderr

  bool operator==(const StreamId&) const = default;
};

/// Lines that were meant to go out and cannot.
struct LostLines {
  std::uint64_t count = 0;
  ServiceId service = 0;  ///< whose they were
  int error = 0;          ///< errno why, if that is news; 0: it has been told, or nothing was lost
};

/// onit's stdout or stderr as a place where lines go. What it does not take at once waits in its buffer, in order.
class LogSink {
 public:
  void open(int fd) { outlet_.open(fd); }

  /// Writes lines, as far as there is room, without a copy of them. Nothing may be in the buffer, and they must fit in
  /// it.
  LostLines write(std::string_view lines, ServiceId service);
  /// Writes what is in the buffer, as far as there is room.
  LostLines flush();

  /// Writes what there is room for of it, line by line, and ends a line that went out in part before.
  void end();
  std::uint64_t unwritten_lines() const;

  /// To add lines to, before flush(). `service` answers for what is in it from now on.
  LineBuffer& buffer_for(ServiceId service) {
    service_ = service;
    return buffer_;
  }

  /// Nothing more will ever go out.
  void give_up() {
    is_gone_ = true;
    buffer_.clear();
  }

  /// Nothing waits for room.
  bool is_empty() const { return buffer_.is_empty(); }
  /// There is such a stream, and somebody who may read it.
  bool is_open() const { return outlet_.exists() && !is_gone_; }
  bool is_terminal() const { return outlet_.is_terminal(); }
  int watched() const { return outlet_.watched(); }
  /// Since when nothing has gone out, if something waits.
  Instant moved_at() const { return moved_at_; }

  bool is_watched = false;          ///< the poller tells when there is room
  std::vector<StreamId> waiting{};  ///< streams that are not read until there is

 private:
  LogOutlet::Written put(std::string_view lines);
  LostLines lose(int error, std::string_view unwritten);

  LogOutlet outlet_;
  LineBuffer buffer_;
  Instant moved_at_{};
  ServiceId service_ = 0;
  bool is_gone_ = false;
  bool is_failing_ = false;
  bool is_inside_ = false;  // what went out last is the beginning of a line
  bool is_torn_ = false;    // the same, and the rest of it is lost
};

}  // namespace onit
