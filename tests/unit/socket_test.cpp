#include "os/socket.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>

#include "os/clock.hpp"
#include "unit/prober_bench.hpp"

namespace onit {
namespace {

using prober_bench::bound_socket;
using prober_bench::port_of;

TEST_CASE("a socket that has connected to itself has found nobody") {
  Fd self = bound_socket("127.0.0.1");
  std::uint16_t port = port_of(self.get());
  auto address = *SocketAddress::from_text("127.0.0.1", port);
  REQUIRE(::connect(self.get(), address.native(), address.length()) == 0);
  auto state = connection_state(self.get());
  REQUIRE_FALSE(state.ok());
  CHECK(state.error().code == ECONNREFUSED);

  self.reset();
  Fd service{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  CHECK(::bind(service.get(), address.native(), address.length()) == 0);
}

class HostsFile {
 public:
  explicit HostsFile(std::string_view text) {
    Fd file{::mkstemp(path_)};
    REQUIRE(::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  ~HostsFile() { ::unlink(path_); }
  HostsFile(const HostsFile&) = delete;
  HostsFile& operator=(const HostsFile&) = delete;
  const char* path() const { return path_; }

 private:
  char path_[24] = "/tmp/hosts_test.XXXXXX";
};

TEST_CASE("names are found in /etc/hosts, as it is at the time") {
  HostsFile hosts{
      "127.0.0.1 localhost\n# 10.0.0.9 db\n10.0.0.1\tdb.internal  DB # 10.0.0.2 x\nnonsense db\n\n"
      "fd00::1 other db\r\n10.0.0.3 ada\n10.0.0.4 last"};
  auto count = [&](std::string_view name) { return find_addresses(name, 80, hosts.path()).count; };
  CHECK(count("db") == 2);
  CHECK(find_addresses("db", 80, hosts.path()).all[0].native()->sa_family == AF_INET);
  CHECK(find_addresses("db", 80, hosts.path()).all[1].native()->sa_family == AF_INET6);
  CHECK(count("last") == 1);
  CHECK(count("d") == 0);
  CHECK(count("x") == 0);
  CHECK(count("10.0.0.77") == 1);
  CHECK(count("LOCALHOST") == 2);
  CHECK(count("") == 2);
  CHECK(find_addresses("db", 80, "/nonexistent").count == 0);
}

TEST_CASE("no more than four addresses of a name are tried") {
  std::string text;
  for (int i = 1; i < 100; ++i) text += "10.0.0." + std::to_string(i) + " many\n";
  CHECK(find_addresses("many", 80, HostsFile{text}.path()).count == kMaxAddresses);
}

TEST_CASE("a pipe in place of /etc/hosts is not waited for") {
  char directory[] = "/tmp/prober_test.XXXXXX";
  REQUIRE(::mkdtemp(directory) != nullptr);
  std::string path = std::string{directory} + "/hosts";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  Instant before = monotonic_now();
  CHECK(find_addresses("db", 80, path.c_str()).count == 0);
  CHECK(monotonic_now() - before < Millis{5000});
  ::unlink(path.c_str());
  ::rmdir(directory);
}

}  // namespace
}  // namespace onit
