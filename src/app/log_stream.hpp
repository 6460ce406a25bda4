#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "log/line_splitter.hpp"
#include "os/fd.hpp"

namespace onit {

/// One of the two pipes into which a service writes, and what of it is no complete line yet. onit has both ends for as
/// long as the service is defined, so a new process writes where the last one did, and nobody sees an end of it.
class LogStream {
 public:
  /// So many ends that were not read yet are known. More last lines without a newline than these, one for each start
  /// while nobody reads, are joined.
  static constexpr std::size_t kMaxMarks = 32;
  /// As much as is read at once. More would not stay in the cache until it is written.
  static constexpr std::size_t kReadAtOnce = 128 * 1024;
  /// What a read can find besides: the line that the last one left over.
  static constexpr std::size_t kMaxRest = kReadAtOnce + kMaxLine;

  /// Errors: those of pipe2(2) and fcntl(2).
  Result<void> open();
  void close();
  bool is_open() const { return read_end_.valid(); }
  int read_end() const { return read_end_.get(); }
  int write_end() const { return write_end_.get(); }

  /// Whoever wrote until now writes no more, so his last line is complete.
  void mark_end();
  /// The end of somebody's output is still to be read, or its last line to be written. It is reached at the latest by
  /// a read that finds nothing.
  bool has_marks() const { return !marks_.empty(); }
  /// There is something to take before the next read: lines that had no room, or a last line.
  bool is_ahead() const { return has_lines_ || (has_marks() && marks_.front() == 0); }

  /// Reads into `buffer`, of kMaxRest + kReadAtOnce bytes, what was left over, and what comes behind it. `is_all` says
  /// whether nothing more seems to be there.
  struct Chunk {
    LineRun run;
    bool is_all;
  };
  Chunk read(char* buffer);

  /// Complete lines that were not taken, those in the pipe included.
  std::uint64_t unread_lines() const;

  /// Keeps what was not taken of the last chunk; `has_lines` if that is because there was no room.
  void keep(std::string_view rest, bool continues, bool has_lines);

 private:
  /// So many reads in a row, of at least so many bytes each, mean that the writer waits for onit time and again.
  static constexpr int kReadsOfBusy = 4;
  static constexpr std::size_t kReadOfBusy = 32 * 1024;

  Fd read_end_;
  Fd write_end_;
  std::string rest_;
  std::vector<std::size_t> marks_;  // where outputs end, in bytes behind the one before
  int large_reads_ = 0;             // in a row
  bool continues_ = false;
  bool has_lines_ = false;
};

}  // namespace onit
