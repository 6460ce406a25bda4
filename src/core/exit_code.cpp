#include "core/exit_code.hpp"

#include "base/panic.hpp"

namespace onit {

int ExitTally::code(ExitCodeFrom from) const {
  switch (from) {
    case ExitCodeFrom::main:
      return command_;
    case ExitCodeFrom::first:
      return first_;
    case ExitCodeFrom::max:
      return highest_;
  }
  panic("exit code from nowhere");
}

}  // namespace onit
