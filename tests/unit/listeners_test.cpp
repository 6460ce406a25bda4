#include "app/listeners.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "os/fd.hpp"

namespace onit {
namespace {

/// A directory that is gone at the end, if it is empty: whoever makes a socket file has to remove it.
class Room {
 public:
  Room() { REQUIRE(::mkdtemp(path_) != nullptr); }
  ~Room() { CHECK(::rmdir(path_) == 0); }
  std::string file(const char* name) const { return std::string{path_} + "/" + name; }

 private:
  char path_[32] = "/tmp/onit-unit-XXXXXX";
};

SocketSpec socket_at(std::string listen, std::string name = {}) {
  SocketSpec spec;
  spec.listen = std::move(listen);
  spec.name = std::move(name);
  return spec;
}

/// A port of 127.0.0.1 at which nobody listens.
std::string free_port() {
  Fd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), length) == 0);
  REQUIRE(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0);
  return std::to_string(ntohs(address.sin_port));
}

/// 0, or the errno of an attempt to connect over IPv4 or IPv6.
int connect_to(int family, const std::string& port) {
  sockaddr_in ipv4{};
  ipv4.sin_family = AF_INET;
  ipv4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ipv4.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port.c_str())));
  sockaddr_in6 ipv6{};
  ipv6.sin6_family = AF_INET6;
  ipv6.sin6_addr = IN6ADDR_LOOPBACK_INIT;
  ipv6.sin6_port = ipv4.sin_port;
  auto* address = family == AF_INET ? reinterpret_cast<sockaddr*>(&ipv4) : reinterpret_cast<sockaddr*>(&ipv6);
  socklen_t length = family == AF_INET ? sizeof ipv4 : sizeof ipv6;
  Fd fd{::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  return ::connect(fd.get(), address, length) == 0 ? 0 : errno;
}

int connect_to_path(const std::string& path, int type = SOCK_STREAM) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  if (path[0] == '@') address.sun_path[0] = '\0';
  auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  Fd fd{::socket(AF_UNIX, type | SOCK_CLOEXEC, 0)};
  return ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), length) == 0 ? 0 : errno;
}

/// Binds a socket file and ends without removing it.
void leave_stale_file(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  Fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

/// What define() complains about; empty if nothing.
std::string complaint(Listeners& listeners, ServiceId service, const std::vector<SocketSpec>& sockets) {
  auto done = listeners.define(service, sockets);
  return done.ok() ? std::string{} : done.error().text;
}

}  // namespace

TEST_CASE("sockets are opened in the order of their definition, close-on-exec, and with their names") {
  Room room;
  std::string port = free_port();
  Listeners listeners;
  REQUIRE(complaint(listeners, 3, {socket_at(room.file("a")), socket_at("127.0.0.1:" + port, "http")}) == "");
  REQUIRE(listeners.descriptors(3).size() == 2);
  CHECK(listeners.names(3) == "unknown:http");
  CHECK(connect_to_path(room.file("a")) == 0);
  CHECK(connect_to(AF_INET, port) == 0);
  for (int fd : listeners.descriptors(3)) {
    CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK((::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0);
  }
  CHECK(listeners.descriptors(2).empty());
  CHECK(listeners.names(4) == "");
}

TEST_CASE("an address is for its own family alone, and a port without one is for both") {
  Listeners listeners;
  std::string port = free_port();
  REQUIRE(complaint(listeners, 0, {socket_at("127.0.0.1:" + port)}) == "");
  CHECK(connect_to(AF_INET6, port) == ECONNREFUSED);
  REQUIRE(complaint(listeners, 1, {socket_at("[::1]:" + port)}) == "");
  CHECK(connect_to(AF_INET6, port) == 0);
  listeners.remove(0);
  CHECK(connect_to(AF_INET, port) == ECONNREFUSED);
  listeners.remove(1);
  REQUIRE(complaint(listeners, 0, {socket_at(":" + port)}) == "");
  CHECK(connect_to(AF_INET, port) == 0);
  CHECK(connect_to(AF_INET6, port) == 0);
}

TEST_CASE("what is the same stays open, and what is no longer declared is closed") {
  Room room;
  Listeners listeners;
  SocketSpec a = socket_at(room.file("a"));
  SocketSpec b = socket_at(room.file("b"));
  SocketSpec c = socket_at(room.file("c"));
  REQUIRE(complaint(listeners, 0, {a, b}) == "");
  int fd_of_b = listeners.descriptors(0)[1];
  b.name = "renamed";
  REQUIRE(complaint(listeners, 0, {b, c}) == "");
  REQUIRE(listeners.descriptors(0).size() == 2);
  CHECK(listeners.descriptors(0)[0] == fd_of_b);
  CHECK(listeners.names(0) == "renamed:unknown");
  CHECK_FALSE(exists(room.file("a")));
  CHECK(connect_to_path(room.file("b")) == 0);
  REQUIRE(complaint(listeners, 0, {}) == "");
  CHECK(listeners.descriptors(0).empty());
  CHECK_FALSE(exists(room.file("b")));
}

TEST_CASE("a socket that another service declares instead goes to that one as it is") {
  Room room;
  Listeners listeners;
  std::vector<SocketSpec> both{socket_at(room.file("a")), socket_at(room.file("b"))};
  REQUIRE(complaint(listeners, 0, both) == "");
  int fd_of_b = listeners.descriptors(0)[1];
  std::vector<SocketSpec> of_next{socket_at(room.file("b"), "renamed")};
  std::span<const SocketSpec> declared[] = {{}, {}, of_next};
  listeners.hand_over(declared);
  REQUIRE(complaint(listeners, 2, of_next) == "");
  REQUIRE(listeners.descriptors(2).size() == 1);
  CHECK(listeners.descriptors(2)[0] == fd_of_b);
  CHECK(listeners.names(2) == "renamed");
  listeners.remove(0);
  CHECK_FALSE(exists(room.file("a")));
  CHECK(connect_to_path(room.file("b")) == 0);
}

TEST_CASE("a file that another service declares in another way is replaced while the old service still has it") {
  Room room;
  Listeners listeners;
  REQUIRE(complaint(listeners, 0, {socket_at(room.file("a"))}) == "");
  Fd of_old_service{::dup(listeners.descriptors(0)[0])};
  std::vector<SocketSpec> of_next{socket_at(room.file("a"))};
  of_next[0].kind = SocketSpec::Kind::seqpacket;
  of_next[0].mode = 0600;
  std::span<const SocketSpec> declared[] = {{}, of_next};
  listeners.hand_over(declared);
  REQUIRE(complaint(listeners, 1, of_next) == "");
  CHECK(connect_to_path(room.file("a"), SOCK_SEQPACKET) == 0);
  listeners.remove(0);
  CHECK(connect_to_path(room.file("a"), SOCK_SEQPACKET) == 0);
}

TEST_CASE("an address that another service declares with another backlog goes to that one") {
  Listeners listeners;
  std::vector<SocketSpec> sockets{socket_at("127.0.0.1:" + free_port())};
  REQUIRE(complaint(listeners, 0, sockets) == "");
  int fd = listeners.descriptors(0)[0];
  sockets[0].backlog = 1;
  std::span<const SocketSpec> declared[] = {{}, sockets};
  listeners.hand_over(declared);
  REQUIRE(complaint(listeners, 1, sockets) == "");
  CHECK(listeners.descriptors(1)[0] == fd);
}

TEST_CASE("a socket that its service still declares stays where it is") {
  Room room;
  Listeners listeners;
  std::vector<SocketSpec> sockets{socket_at(room.file("a"))};
  REQUIRE(complaint(listeners, 1, sockets) == "");
  int fd = listeners.descriptors(1)[0];
  std::span<const SocketSpec> declared[] = {sockets, sockets};
  listeners.hand_over(declared);
  REQUIRE(complaint(listeners, 1, sockets) == "");
  CHECK(listeners.descriptors(1)[0] == fd);
}

TEST_CASE("an address that is wanted in another way is opened anew") {
  Room room;
  Listeners listeners;
  SocketSpec socket = socket_at(room.file("s"));
  REQUIRE(complaint(listeners, 0, {socket}) == "");
  socket.kind = SocketSpec::Kind::seqpacket;
  REQUIRE(complaint(listeners, 0, {socket}) == "");
  CHECK(connect_to_path(room.file("s"), SOCK_SEQPACKET) == 0);
}

TEST_CASE("a socket file has its mode and its owner") {
  Room room;
  Listeners listeners;
  SocketSpec socket = socket_at(room.file("s"));
  socket.mode = 0620;
  socket.owner = "1234:5678";
  REQUIRE(complaint(listeners, 0, {socket}) == "");
  struct stat file {};
  REQUIRE(::stat(room.file("s").c_str(), &file) == 0);
  CHECK((file.st_mode & 07777) == 0620);
  CHECK(file.st_uid == 1234);
  CHECK(file.st_gid == 5678);
}

TEST_CASE("a socket file at which nobody listens is replaced") {
  Room room;
  leave_stale_file(room.file("s"));
  REQUIRE(connect_to_path(room.file("s")) == ECONNREFUSED);
  Listeners listeners;
  CHECK(complaint(listeners, 0, {socket_at(room.file("s"))}) == "");
  CHECK(connect_to_path(room.file("s")) == 0);
}

TEST_CASE("neither a socket at which somebody listens nor another file is replaced") {
  Room room;
  Listeners others;
  REQUIRE(complaint(others, 0, {socket_at(room.file("s"))}) == "");
  Listeners listeners;
  CHECK(complaint(listeners, 0, {socket_at(room.file("s"))}).ends_with("/s': Address already in use"));
  CHECK(connect_to_path(room.file("s")) == 0);

  Fd file{::open(room.file("file").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)};
  CHECK(complaint(listeners, 0, {socket_at(room.file("file"))}).ends_with("/file': Address already in use"));
  CHECK(::unlink(room.file("file").c_str()) == 0);
}

TEST_CASE("the file of somebody else who has taken the place is not removed") {
  Room room;
  Listeners others;
  {
    Listeners listeners;
    REQUIRE(complaint(listeners, 0, {socket_at(room.file("s"))}) == "");
    REQUIRE(::unlink(room.file("s").c_str()) == 0);
    REQUIRE(complaint(others, 0, {socket_at(room.file("s"))}) == "");
  }
  CHECK(connect_to_path(room.file("s")) == 0);
}

TEST_CASE("an abstract name needs no file, and datagrams no backlog") {
  std::string name = "@onit-unit-" + std::to_string(::getpid());
  Listeners listeners;
  SocketSpec socket = socket_at(name);
  socket.kind = SocketSpec::Kind::datagram;
  SocketSpec udp = socket_at("127.0.0.1:" + free_port());
  udp.kind = SocketSpec::Kind::datagram;
  REQUIRE(complaint(listeners, 0, {socket, udp}) == "");
  CHECK(connect_to_path(name, SOCK_DGRAM) == 0);
}

TEST_CASE("a socket that cannot be opened is named with the reason, and none is passed on") {
  Room room;
  Listeners listeners;
  std::string port = free_port();
  Listeners others;
  REQUIRE(complaint(others, 0, {socket_at("127.0.0.1:" + port)}) == "");
  std::string taken = "127.0.0.1:" + port;
  CHECK(complaint(listeners, 0, {socket_at(room.file("a")), socket_at(taken)}) ==
        "sockets: '" + taken + "': Address already in use");
  CHECK(listeners.descriptors(0).empty());
  CHECK(listeners.names(0) == "");
  others.remove(0);
  CHECK(complaint(listeners, 0, {socket_at(room.file("a")), socket_at(taken)}) == "");
  CHECK(listeners.descriptors(0).size() == 2);

  CHECK(complaint(listeners, 1, {socket_at("example.org:80")}) ==
        "sockets: 'example.org:80': its host is no address; use a number");
  CHECK(complaint(listeners, 1, {socket_at("nonsense")}) ==
        "sockets: 'nonsense': neither ADDRESS:PORT nor a path with a '/' nor @NAME");
  CHECK(complaint(listeners, 1, {socket_at("/nowhere/s")}) == "sockets: '/nowhere/s': No such file or directory");
  CHECK(complaint(listeners, 1, {socket_at("/" + std::string(107, 'x'))}).ends_with("File name too long"));
  SocketSpec seqpacket = socket_at("127.0.0.1:" + port);
  seqpacket.kind = SocketSpec::Kind::seqpacket;
  CHECK(complaint(listeners, 1, {seqpacket}).ends_with("seqpacket is only for a path or @NAME"));
  SocketSpec owned = socket_at(room.file("o"));
  owned.owner = "no-such-user";
  CHECK(complaint(listeners, 1, {owned}).find("': owner: ") != std::string::npos);
}

}  // namespace onit
