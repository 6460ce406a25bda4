#include "os/file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "os/clock.hpp"

namespace onit {
namespace {

TEST_CASE("a pipe that nobody writes is not waited for") {
  std::string room = "/tmp/onit.XXXXXX";
  REQUIRE(::mkdtemp(room.data()) != nullptr);
  std::string pipe = room + "/pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  Instant start = monotonic_now();
  auto head = read_head(pipe.c_str(), 100);
  auto file = read_file(pipe.c_str(), 100);
  CHECK(monotonic_now() - start < kFilePatience / 2);
  REQUIRE((!head.ok() && !file.ok()));
  CHECK(head.error().code == ETIMEDOUT);
  CHECK(file.error().code == ETIMEDOUT);
  ::unlink(pipe.c_str());
  ::rmdir(room.c_str());
}

}  // namespace
}  // namespace onit
