#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace onit {

/// A file that lines are added to, with those that it was before: FILE.1 is the last one, FILE.2 the one before.
class LogFile {
 public:
  /// `max_size` in bytes, 0: it never becomes too large; `max_files` with the current one.
  LogFile(std::string path, std::uint64_t max_size, int max_files)
      : path_(std::move(path)), max_size_(max_size), max_files_(max_files) {}

  const std::string& path() const { return path_; }

  /// Other sizes and numbers from now on.
  void limit(std::uint64_t max_size, int max_files) {
    max_size_ = max_size;
    max_files_ = max_files;
  }

  /// Opens it, or opens anew what has the name now. It is made with mode 0640, less onit's umask: logs tell secrets.
  /// Errors, in words that fit behind its name: those of open(2); it is a symbolic link, or no regular file and neither
  /// /dev/null nor /dev/full. The file that was open, if any, stays so.
  Result<void, Complaint> open();
  bool is_open() const { return fd_.valid(); }

  /// Both are one file, be it by different names: then one of them has to do.
  bool is_same(const LogFile& other) const;

  /// So many bytes can be added before it has to be rotated.
  std::size_t room() const;
  bool is_fresh() const { return size_ == 0; }

  /// Begins a new file. If that fails, goes on with the old one as if it were new.
  /// Errors: those of rename(2), unlink(2) and open().
  Result<void, Complaint> rotate();

  /// Adds whole lines, and takes what it has added off `lines`. Errors: those of open(), if it could not be opened
  /// before, and of write(2); what is left of the lines is lost then.
  Result<void, Complaint> add(std::string_view& lines);

  bool is_failing = false;           ///< the last add() has failed, and somebody was told
  bool is_rotation_failing = false;  ///< the same for rotate()

 private:
  std::string numbered(int number) const;

  std::string path_;
  std::uint64_t max_size_;
  int max_files_;
  Fd fd_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  std::uint64_t size_ = 0;
  bool is_regular_ = false;
  bool is_torn_ = false;  // the last line lacks its end
};

}  // namespace onit
