#include "app/log_stream.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>

#include "app/log_outlet.hpp"
#include "log/bytes.hpp"

namespace onit {

Result<void> LogStream::open() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return errno_error("pipe2");
  read_end_ = above_stdio(Fd{ends[0]});
  write_end_ = above_stdio(Fd{ends[1]});
  // The two ends are two descriptions: the service's writes wait, as they do in any pipe.
  bool is_made = read_end_.valid() && write_end_.valid() && ::fcntl(read_end_.get(), F_SETFL, O_NONBLOCK) == 0;
  if (is_made) return {};
  Error error = errno_error("fcntl");
  close();
  return error;
}

void LogStream::close() {
  read_end_.reset();
  write_end_.reset();
  keep({}, false, false);
  marks_.clear();
}

void LogStream::mark_end() {
  int there = 0;
  if (!is_open() || ::ioctl(read_end_.get(), FIONREAD, &there) != 0) return;
  auto behind = static_cast<std::size_t>(there);
  // The pipe can hold less than the marks say: a service may have read of it, by way of /proc.
  for (std::size_t mark : marks_) behind -= std::min(behind, mark);
  if (behind == 0 && (has_marks() || rest_.empty())) return;
  if (marks_.size() < kMaxMarks) {
    marks_.push_back(behind);
  } else {
    marks_.back() += behind;
  }
}

LogStream::Chunk LogStream::read(char* buffer) {
  std::size_t size = rest_.copy(buffer, kMaxRest);
  bool is_all = false;
  if (!is_ahead()) {
    std::size_t wanted = has_marks() ? std::min(marks_.front(), kReadAtOnce) : kReadAtOnce;
    ssize_t got = ::read(read_end_.get(), buffer + size, wanted);
    auto added = static_cast<std::size_t>(std::max<ssize_t>(got, 0));
    if (has_marks()) marks_.front() = added == 0 ? 0 : marks_.front() - added;
    is_all = added < wanted;
    large_reads_ = added < kReadOfBusy ? 0 : large_reads_ + 1;
    if (large_reads_ == kReadsOfBusy) ::fcntl(read_end_.get(), F_SETPIPE_SZ, kBusyPipe);
    size += added;
  }
  bool ends = has_marks() && marks_.front() == 0;
  return {{{buffer, size}, continues_, ends}, is_all};
}

std::uint64_t LogStream::unread_lines() const {
  std::uint64_t lines = count_newlines(rest_.data(), rest_.data() + rest_.size());
  int ends[2];
  if (!is_open() || ::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return lines;
  Fd copy_out{ends[0]};
  Fd copy_in{ends[1]};
  // As many slots, so that tee(2) has room for all.
  ::fcntl(copy_in.get(), F_SETPIPE_SZ, ::fcntl(read_end_.get(), F_GETPIPE_SZ));
  ::tee(read_end_.get(), copy_in.get(), INT_MAX, SPLICE_F_NONBLOCK);
  std::array<char, 4096> chunk;
  for (ssize_t got = 0; (got = ::read(copy_out.get(), chunk.data(), chunk.size())) > 0;) {
    lines += count_newlines(chunk.data(), chunk.data() + got);
  }
  return lines;
}

void LogStream::keep(std::string_view rest, bool continues, bool has_lines) {
  bool is_small = rest.size() < rest_.capacity() / 4;
  if (is_small) rest_ = {};
  rest_.assign(rest);
  continues_ = continues;
  has_lines_ = has_lines;
  bool is_over = has_marks() && marks_.front() == 0 && rest.empty();
  if (is_over) marks_.erase(marks_.begin());
}

}  // namespace onit
