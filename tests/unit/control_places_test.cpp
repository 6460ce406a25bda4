#include "app/control_places.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "base/text.hpp"

namespace onit {
namespace {

/// A directory that is gone at the end, if it is empty: whoever makes a socket has to remove it.
class Room {
 public:
  Room() { REQUIRE(::mkdtemp(path_) != nullptr); }
  ~Room() { CHECK(::rmdir(path_) == 0); }
  std::string file(const char* name) const { return concat(path_, "/", name); }
  std::string path() const { return path_; }

 private:
  char path_[32] = "/tmp/onit-unit-XXXXXX";
};

Result<ControlPlace, Complaint> open_at(const std::string& wanted, const std::string& runtime_dir = {}) {
  std::string variable = concat("XDG_RUNTIME_DIR=", runtime_dir);
  char* environment[] = {variable.data(), nullptr};
  return open_control_socket(wanted, environment);
}

}  // namespace

TEST_CASE("the control socket is where it is wanted, for its owner alone") {
  Room room;
  auto opened = open_at(room.file("a"));
  REQUIRE(opened.ok());
  CHECK(opened.value().path == room.file("a"));
  struct stat file {};
  REQUIRE(::lstat(room.file("a").c_str(), &file) == 0);
  CHECK((file.st_mode & 07777) == 0600);
  CHECK(S_ISSOCK(file.st_mode));
}

TEST_CASE("where it cannot be, or where another one listens, the next place is taken") {
  Room room;
  auto opened = open_at("/nowhere/at/all", room.path());
  REQUIRE(opened.ok());
  CHECK(opened.value().path == room.file("onit.sock"));
  CHECK(opened.value().reasons == "/nowhere/at/all: No such file or directory");

  Room other;
  auto second = open_at(room.file("onit.sock"), other.path());
  REQUIRE(second.ok());
  CHECK(second.value().path == other.file("onit.sock"));
  CHECK(second.value().reasons == room.file("onit.sock") + ": Address already in use");
}

TEST_CASE("a socket that an onit has left behind is replaced") {
  Room room;
  // It is left alone by the one that has closed it already.
  {
    auto left = Listener::at_path(room.file("b"), {SOCK_STREAM, 1}, {});
    REQUIRE(left.ok());
    REQUIRE(::rename(room.file("b").c_str(), room.file("a").c_str()) == 0);
  }
  auto opened = open_at(room.file("a"));
  REQUIRE(opened.ok());
  CHECK(opened.value().path == room.file("a"));
}

TEST_CASE("if there is no place, all are named with the reasons") {
  Room room;
  // Two that are taken; the last one is in a directory that everybody has.
  auto first = open_at("/tmp/onit.sock");
  auto second = open_at(room.file("a"));
  REQUIRE(second.ok());
  auto third = open_at(room.file("a"), "/nowhere");
  REQUIRE_FALSE(third.ok());
  CHECK(third.error().text == concat("there is no control socket: ", room.file("a"),
                                     ": Address already in use; /nowhere/onit.sock: No such file or directory; "
                                     "/tmp/onit.sock: Address already in use"));
  auto relative = open_at("/tmp/onit.sock", "run");
  REQUIRE_FALSE(relative.ok());
  CHECK(relative.error().text ==
        "there is no control socket: /tmp/onit.sock: Address already in use; $XDG_RUNTIME_DIR is no absolute path");
  auto without = open_at(room.file("a"));
  REQUIRE_FALSE(without.ok());
  CHECK(without.error().text.ends_with("; $XDG_RUNTIME_DIR is not set"));
}

TEST_CASE("the port for probes is opened, or it is told which one cannot") {
  CHECK(open_public_port("127.0.0.1:0").ok() == false);
  auto bad = open_public_port("localhost:9464");
  REQUIRE_FALSE(bad.ok());
  CHECK(bad.error().text == "listen: 'localhost:9464': its host is no address; use a number");
}

}  // namespace onit
