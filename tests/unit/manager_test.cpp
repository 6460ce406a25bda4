#include "os/manager.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <string>

#include "os/notify_socket.hpp"

namespace onit {

TEST_CASE("a manager is told at an abstract address") {
  NotifySocket manager;
  REQUIRE(manager.open().ok());
  ManagerSocket socket;
  REQUIRE(socket.open(manager.address()).ok());
  REQUIRE(socket.send("READY=1\nSTATUS=up").ok());
  auto datagram = manager.receive();
  REQUIRE(datagram);
  CHECK(datagram->text == "READY=1\nSTATUS=up");
}

TEST_CASE("a manager is told at a path, and may come later") {
  std::string path = "/tmp/onit-manager-test-" + std::to_string(::getpid());
  ManagerSocket socket;
  REQUIRE(socket.open(path).ok());
  auto sent = socket.send("READY=1");
  REQUIRE_FALSE(sent.ok());
  CHECK(sent.error().code == ENOENT);

  Fd manager{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof name.sun_path - 1);
  REQUIRE(::bind(manager.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0);
  REQUIRE(socket.send("STOPPING=1").ok());
  char bytes[64];
  CHECK(::recv(manager.get(), bytes, sizeof bytes, MSG_DONTWAIT) == 10);
  ::unlink(path.c_str());
}

TEST_CASE("a manager that does not read holds nobody up") {
  NotifySocket manager;
  REQUIRE(manager.open().ok());
  ManagerSocket socket;
  REQUIRE(socket.open(manager.address()).ok());
  int sent = 0;
  Result<void> result;
  while ((result = socket.send("STATUS=busy")).ok() && sent < 100'000) ++sent;
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code == EAGAIN);
  CHECK(manager.receive());
  CHECK(socket.send("STOPPING=1").ok());
}

TEST_CASE("addresses that are neither a path nor abstract are refused, and those that are too long") {
  ManagerSocket socket;
  for (const char* address : {"", "/", "@", "run/notify", "vsock:2:1234"}) {
    CAPTURE(address);
    auto opened = socket.open(address);
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().code == EAFNOSUPPORT);
  }
  CHECK(socket.open("/" + std::string(107, 'x')).ok());
  auto opened = socket.open("/" + std::string(108, 'x'));
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().code == ENAMETOOLONG);
}

TEST_CASE("without a manager nothing is sent") {
  ManagerSocket socket;
  CHECK_FALSE(socket.is_open());
  CHECK(socket.send("READY=1").ok());
}

}  // namespace onit
