#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "core/service_spec.hpp"
#include "os/listener.hpp"

namespace onit {

/// Opens a socket. `listen` is a path if there is a '/' in it, and an abstract name after an '@'; `owner` without a
/// group means the user's own. Never waits. Errors: the reason, without the address.
Result<Listener, Complaint> open_listener(const SocketSpec& spec);

/// The sockets that onit opens for services, and keeps open while these are started again: clients wait meanwhile
/// instead of being refused. All are closed, and their files removed, when this ends.
class Listeners {
 public:
  Listeners();
  ~Listeners();
  Listeners(const Listeners&) = delete;
  Listeners& operator=(const Listeners&) = delete;

  /// Sees to it that the service has these sockets, in this order. One that is open as it should be, but for its name,
  /// stays open, so this may be called before each start; what is no longer declared is closed. After an error the
  /// service has none to pass on; calling it again tries again. Never waits. Errors: name the socket and the reason.
  Result<void, Complaint> define(ServiceId service, std::span<const SocketSpec> sockets);

  /// The definitions have changed: a socket that its service no longer declares, and another one does, goes to that one
  /// as it is. So nobody is refused, and the new one does not have to wait until the old one, which has the socket too,
  /// has ended. The file of one that is to be of another kind, or somebody else's, is removed instead. `sockets`: those
  /// of each service, by ServiceId. define() is still to be called.
  void hand_over(std::span<const std::span<const SocketSpec>> sockets);

  /// To be passed on from descriptor 3 on. Valid until the service is defined anew.
  std::span<const int> descriptors(ServiceId service) const;

  /// Their names for LISTEN_FDNAMES, with colons between them; one without a name is "unknown" (sd_listen_fds(3)).
  std::string_view names(ServiceId service) const;

  /// Closes the sockets of a service that is gone for good.
  void remove(ServiceId service);

 private:
  struct Set;

  bool hand_over(ServiceId from, std::size_t place, ServiceId to, std::span<const SocketSpec> declared);
  Set& set_of(ServiceId service);
  const Set* find(ServiceId service) const;

  std::vector<std::unique_ptr<Set>> sets_;  ///< by ServiceId; null for those without sockets
};

}  // namespace onit
