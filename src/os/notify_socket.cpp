#include "os/notify_socket.hpp"

#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/text.hpp"

namespace onit {
namespace {

/// So many descriptors are taken out of a datagram; the kernel closes the rest.
constexpr std::size_t kMostDescriptors = 4;

/// Nobody who has not been told should find the address by trying.
constexpr std::size_t kRandomBytes = 8;

std::string hexadecimal(const std::array<unsigned char, kRandomBytes>& bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (unsigned char byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

cmsghdr* next_header(msghdr& message, cmsghdr* header) {
// musl's macro masks a length with a negative int.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"
  return CMSG_NXTHDR(&message, header);
#pragma GCC diagnostic pop
}

/// Takes over the descriptors of a control message; keeps the first in `datagram` if it is the only one.
void take_descriptors(const cmsghdr& header, NotifyDatagram& datagram) {
  std::size_t count = (header.cmsg_len - CMSG_LEN(0)) / sizeof(int);
  std::array<Fd, kMostDescriptors> taken;
  for (std::size_t i = 0; i < std::min(count, taken.size()); ++i) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(&header) + i * sizeof fd, sizeof fd);
    taken[i].reset(fd);
  }
  if (count == 1) datagram.descriptor = std::move(taken[0]);
}

void take_credentials(const cmsghdr& header, NotifyDatagram& datagram) {
  ucred credentials{};
  std::memcpy(&credentials, CMSG_DATA(&header), sizeof credentials);
  datagram.pid = credentials.pid;
  datagram.uid = credentials.uid;
}

}  // namespace

Result<void> NotifySocket::open() {
  std::array<unsigned char, kRandomBytes> random;
  if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
    return errno_error("getrandom");
  }
  Fd made = above_stdio(Fd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)});
  if (!made.valid()) return errno_error("socket");
  // Before the address exists, so that no datagram comes without its sender.
  const int on = 1;
  if (::setsockopt(made.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0) return errno_error("setsockopt");

  std::string address = filled("@onit/%/%", ::getpid(), hexadecimal(random));
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::copy(address.begin() + 1, address.end(), name.sun_path + 1);  // its first byte is NUL where '@' is written
  auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());
  if (::bind(made.get(), reinterpret_cast<const sockaddr*>(&name), length) != 0) return errno_error("bind");
  socket_ = std::move(made);
  address_ = std::move(address);
  return {};
}

std::optional<NotifyDatagram> NotifySocket::receive() {
  iovec data{buffer_.data(), buffer_.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred)) + CMSG_SPACE(kMostDescriptors * sizeof(int))> control;
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t got = ::recvmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (got < 0) return std::nullopt;

  NotifyDatagram datagram{{}, 0, static_cast<uid_t>(-1), Fd{}};
  if ((message.msg_flags & MSG_TRUNC) == 0) datagram.text = {buffer_.data(), static_cast<std::size_t>(got)};
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = next_header(message, header)) {
    if (header->cmsg_level != SOL_SOCKET) continue;
    if (header->cmsg_type == SCM_RIGHTS) take_descriptors(*header, datagram);
    if (header->cmsg_type == SCM_CREDENTIALS) take_credentials(*header, datagram);
  }
  return datagram;
}

}  // namespace onit
