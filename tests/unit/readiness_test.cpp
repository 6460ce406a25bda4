#include "os/readiness.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <string>

namespace onit {
namespace {

struct Service {
  Service() { REQUIRE(pipe.open().ok()); }
  void write(const std::string& text) {
    REQUIRE(::write(pipe.write_end(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }

  ReadinessPipe pipe;
};

}  // namespace

TEST_CASE("a service that has written nothing is not ready yet") {
  Service service;
  CHECK(service.pipe.read() == Readiness::not_yet);
}

TEST_CASE("the first newline means ready, whatever comes before") {
  Service service;
  service.write("starting");
  CHECK(service.pipe.read() == Readiness::not_yet);
  service.write(std::string("\0still", 6));
  CHECK(service.pipe.read() == Readiness::not_yet);
  service.write("up\nand more");
  CHECK(service.pipe.read() == Readiness::ready);
}

TEST_CASE("a newline counts though the service has closed its end") {
  Service service;
  service.write("\n");
  service.pipe.close_write_end();
  CHECK(service.pipe.read() == Readiness::ready);
}

TEST_CASE("an end without a newline means never, once everything was read") {
  Service service;
  service.write("no");
  service.pipe.close_write_end();
  CHECK(service.pipe.read() == Readiness::not_yet);
  CHECK(service.pipe.read() == Readiness::never);
}

TEST_CASE("a newline far behind is found in shares") {
  Service service;
  service.write(std::string(9000, 'x') + "\n");
  CHECK(service.pipe.read() == Readiness::not_yet);
  CHECK(service.pipe.read() == Readiness::not_yet);
  CHECK(service.pipe.read() == Readiness::ready);
}

TEST_CASE("both ends are close-on-exec, and only the reader does not block") {
  Service service;
  CHECK((::fcntl(service.pipe.read_end(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK((::fcntl(service.pipe.write_end(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK((::fcntl(service.pipe.read_end(), F_GETFL) & O_NONBLOCK) != 0);
  CHECK((::fcntl(service.pipe.write_end(), F_GETFL) & O_NONBLOCK) == 0);
}

}  // namespace onit
