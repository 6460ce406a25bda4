#include "os/notify_socket.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "os/fd.hpp"

namespace onit {
namespace {

/// The number of descriptors that this process has.
int open_descriptors() {
  int count = 0;
  for (int fd = 0; fd < 1024; ++fd) count += ::fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
  return count;
}

bool is_close_on_exec(int fd) { return (::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0; }

/// Sends a datagram with descriptors to `@NAME`, as sd_pid_notify_with_fds(3) does.
bool send_with(const std::string& address, std::string_view text, const std::vector<int>& fds) {
  Fd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  address.copy(name.sun_path, sizeof name.sun_path);
  name.sun_path[0] = '\0';
  std::string copy{text};
  iovec data{copy.data(), copy.size()};
  msghdr message{};
  message.msg_name = &name;
  message.msg_namelen = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  std::vector<char> control(CMSG_SPACE(fds.size() * sizeof(int)));
  if (!fds.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
    std::memcpy(CMSG_DATA(header), fds.data(), fds.size() * sizeof(int));
  }
  return ::sendmsg(socket.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

/// A pipe of which the read end sees whether all write ends are closed.
struct Pipe {
  Pipe() {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    read_end.reset(ends[0]);
    write_end.reset(ends[1]);
  }
  bool is_hung_up() const {
    pollfd state{read_end.get(), POLLIN, 0};
    return ::poll(&state, 1, 0) == 1 && (state.revents & POLLHUP) != 0;
  }

  Fd read_end;
  Fd write_end;
};

}  // namespace

TEST_CASE("a notify socket is abstract, of its own, and neither blocks nor survives an exec") {
  NotifySocket one;
  NotifySocket other;
  REQUIRE(one.open().ok());
  REQUIRE(other.open().ok());
  CHECK(one.address().starts_with("@onit/" + std::to_string(::getpid()) + "/"));
  CHECK(one.address() != other.address());
  CHECK(is_close_on_exec(one.fd()));
  CHECK((::fcntl(one.fd(), F_GETFL) & O_NONBLOCK) != 0);
  CHECK_FALSE(one.receive());
}

TEST_CASE("datagrams come one by one, with their sender") {
  NotifySocket socket;
  REQUIRE(socket.open().ok());
  REQUIRE(send_with(socket.address(), "READY=1", {}));
  REQUIRE(send_with(socket.address(), "STATUS=up", {}));
  auto first = socket.receive();
  REQUIRE(first);
  CHECK(first->text == "READY=1");
  CHECK(first->pid == ::getpid());
  CHECK(first->uid == ::getuid());
  CHECK_FALSE(first->descriptor.valid());
  auto second = socket.receive();
  REQUIRE(second);
  CHECK(second->text == "STATUS=up");
  CHECK_FALSE(socket.receive());
}

TEST_CASE("what is longer than a datagram may be comes as nothing") {
  NotifySocket socket;
  REQUIRE(socket.open().ok());
  REQUIRE(send_with(socket.address(), std::string(4096, 'x'), {}));
  REQUIRE(send_with(socket.address(), "READY=1" + std::string(5000, '\n'), {}));
  auto longest = socket.receive();
  REQUIRE(longest);
  CHECK(longest->text.size() == 4096);
  auto too_long = socket.receive();
  REQUIRE(too_long);
  CHECK(too_long->text.empty());
  CHECK(too_long->pid == ::getpid());
}

TEST_CASE("the descriptor of a barrier is closed when its datagram is let go of, not before") {
  NotifySocket socket;
  REQUIRE(socket.open().ok());
  Pipe barrier;
  REQUIRE(send_with(socket.address(), "BARRIER=1", {barrier.write_end.get()}));
  barrier.write_end.reset();
  auto datagram = socket.receive();
  REQUIRE(datagram);
  REQUIRE(datagram->descriptor.valid());
  CHECK(is_close_on_exec(datagram->descriptor.get()));
  CHECK_FALSE(barrier.is_hung_up());
  datagram.reset();
  CHECK(barrier.is_hung_up());
}

TEST_CASE("several descriptors are closed at once, however many they are") {
  for (std::size_t count : {2U, 4U, 5U, 100U}) {
    CAPTURE(count);
    NotifySocket socket;
    REQUIRE(socket.open().ok());
    Pipe pipe;
    REQUIRE(send_with(socket.address(), "FDSTORE=1", std::vector<int>(count, pipe.write_end.get())));
    pipe.write_end.reset();
    int before = open_descriptors();
    auto datagram = socket.receive();
    REQUIRE(datagram);
    CHECK(datagram->text == "FDSTORE=1");
    CHECK(datagram->pid == ::getpid());
    CHECK_FALSE(datagram->descriptor.valid());
    CHECK(open_descriptors() == before);
    CHECK(pipe.is_hung_up());
  }
}

}  // namespace onit
