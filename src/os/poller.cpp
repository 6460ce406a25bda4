#include "os/poller.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <climits>

#include "base/panic.hpp"

namespace onit {
namespace {

epoll_event event_for(std::uint64_t tag, Interest interest) {
  epoll_event event{};
  event.data.u64 = tag;
  switch (interest) {
    case Interest::none:
      break;
    case Interest::readable:
      event.events = EPOLLIN;
      break;
    case Interest::writable:
      event.events = EPOLLOUT;
      break;
  }
  return event;
}

}  // namespace

Result<void> Poller::open() {
  epoll_ = above_stdio(Fd{::epoll_create1(EPOLL_CLOEXEC)});
  if (!epoll_.valid()) return errno_error("epoll_create1");
  return {};
}

Result<void> Poller::watch(int fd, std::uint64_t tag, Interest interest) {
  epoll_event event = event_for(tag, interest);
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return errno_error("epoll_ctl");
  return {};
}

Result<void> Poller::change(int fd, std::uint64_t tag, Interest interest) {
  epoll_event event = event_for(tag, interest);
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) != 0) return errno_error("epoll_ctl");
  return {};
}

void Poller::forget(int fd) { ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

std::span<const PollerEvent> Poller::wait(std::optional<Millis> timeout) {
  std::array<epoll_event, kAtOnce> events;
  // A time that has passed since it was computed is none: below zero epoll_wait(2) would wait for ever.
  int limit = timeout ? static_cast<int>(std::clamp<std::int64_t>(timeout->count(), 0, INT_MAX)) : -1;
  int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), limit);
  if (count < 0 && errno != EINTR) panic("epoll_wait failed");
  auto filled = static_cast<std::size_t>(std::max(count, 0));
  for (std::size_t i = 0; i < filled; ++i) {
    std::uint32_t what = events[i].events;
    events_[i] = {events[i].data.u64, (what & (EPOLLIN | EPOLLHUP | EPOLLERR | EPOLLRDHUP)) != 0,
                  (what & EPOLLOUT) != 0, (what & (EPOLLERR | EPOLLHUP)) != 0};
  }
  return {events_.data(), filled};
}

}  // namespace onit
