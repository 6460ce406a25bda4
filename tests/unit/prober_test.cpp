#include "app/prober.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <utility>

#include "app/source.hpp"
#include "os/socket.hpp"
#include "unit/prober_bench.hpp"

namespace onit {
namespace {

using namespace prober_bench;

TEST_CASE("a tcp probe succeeds where somebody listens") {
  Server server;
  Probe probe;
  CHECK(probe.look(ProbeType::tcp, "127.0.0.1:" + server.port()));
  CHECK(probe.evidence() == "tcp 127.0.0.1:" + server.port() + ": connected");
}

TEST_CASE("a tcp probe ends the connection without a reset") {
  Server server;
  Probe probe;
  CHECK(probe.look(ProbeType::tcp, "127.0.0.1:" + server.port()));
  server.accept();
  CHECK(server.end_of_client() == 0);
}

TEST_CASE("a tcp probe fails where nobody listens, and says why") {
  SilentPort silent;
  Probe probe;
  CHECK_FALSE(probe.look(ProbeType::tcp, "127.0.0.1:" + silent.port));
  CHECK(probe.evidence() == "tcp 127.0.0.1:" + silent.port + ": Connection refused");
}

TEST_CASE("localhost, and no host at all, are IPv4 and IPv6") {
  Server four;
  Server six{"::1"};
  SilentPort silent;
  Probe probe;
  CHECK(probe.look(ProbeType::tcp, "localhost:" + four.port()));
  CHECK(probe.look(ProbeType::tcp, ":" + four.port()));
  CHECK_FALSE(probe.look(ProbeType::tcp, "localhost:" + silent.port));
  CHECK(probe.evidence() == "tcp localhost:" + silent.port + ": Connection refused");
  if (!six.is_there()) return;
  CHECK(probe.look(ProbeType::tcp, "localhost:" + six.port()));
  CHECK(probe.look(ProbeType::tcp, "[::1]:" + six.port()));
}

TEST_CASE("what is not HOST:PORT, or a name that nobody knows here, fails at once") {
  Probe probe;
  CHECK(probe.start(ProbeType::tcp, "/run/x.sock") == false);
  CHECK(probe.evidence() == "tcp /run/x.sock: must be HOST:PORT");
  CHECK(probe.start(ProbeType::tcp, "name.invalid:80") == false);
  CHECK(probe.evidence() == "tcp name.invalid:80: the host is not in /etc/hosts, and no other names are looked up");
  CHECK(probe.start(ProbeType::http, "https://a/") == false);
  CHECK(probe.evidence() == "http https://a/: must be http://HOST[:PORT][/PATH]");
}

TEST_CASE("whoever says nothing until the look is given up has not answered") {
  Server server;
  Probe probe;
  probe.start_http("http://127.0.0.1:" + server.port(), server);
  probe.prober().stop(kService, ProbeKind::ready, true);
  CHECK(probe.evidence() == "http 127.0.0.1:" + server.port() + ": no answer");
  server.request();
  CHECK(server.end_of_client() == 0);
  CHECK(probe.is_idle());

  probe.prober().stop(kService, ProbeKind::ready, true);
  probe.prober().stop(kService + 1, ProbeKind::health, true);
  CHECK(probe.evidence(ProbeKind::health).empty());
}

TEST_CASE("a new look gives up the one before, and news of that one do not count") {
  Server first;
  Probe probe;
  CHECK_FALSE(probe.start(ProbeType::tcp, "127.0.0.1:" + first.port()).has_value());
  // A backlog that is full: nobody answers, not even the kernel.
  Fd full = bound_socket("127.0.0.1");
  REQUIRE(::listen(full.get(), 0) == 0);
  std::string port = std::to_string(port_of(full.get()));
  Fd occupant = std::move(begin_connect(*SocketAddress::from_text("127.0.0.1", port_of(full.get()))).value());
  wait_until_readable(full.get());
  CHECK_FALSE(probe.start(ProbeType::tcp, "127.0.0.1:" + port).has_value());

  std::uint64_t tag = poller_tag(Source::probe, kService, static_cast<std::uint8_t>(ProbeKind::ready));
  CHECK_FALSE(probe.prober().on_ready({tag, false, true, false}).has_value());
  probe.prober().stop(kService, ProbeKind::ready, true);
  CHECK(probe.evidence() == "tcp 127.0.0.1:" + port + ": no answer");
  CHECK_FALSE(probe.prober().on_ready({tag, false, true, false}).has_value());
}

TEST_CASE("looks for readiness and for health do not disturb each other") {
  Server server;
  SilentPort silent;
  Probe probe;
  probe.start_http("http://127.0.0.1:" + server.port(), server);
  auto health = probe.start(ProbeType::tcp, "127.0.0.1:" + silent.port, ProbeKind::health);
  while (!health) health = probe.turn();
  CHECK(health == false);
  server.send("HTTP/1.1 200 OK\r\n");
  CHECK(probe.outcome_of({}));
  CHECK(probe.evidence(ProbeKind::health) == "tcp 127.0.0.1:" + silent.port + ": Connection refused");
}

TEST_CASE("a file probe succeeds if the file exists") {
  char directory[] = "/tmp/prober_test.XXXXXX";
  REQUIRE(::mkdtemp(directory) != nullptr);
  std::string path = std::string{directory} + "/ready";
  Probe probe;
  CHECK(probe.start(ProbeType::file, path) == false);
  CHECK(probe.evidence() == "file " + path + ": No such file or directory");
  Fd file{::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)};
  CHECK(probe.start(ProbeType::file, path) == true);
  CHECK(probe.evidence() == "file " + path + ": exists");
  ::unlink(path.c_str());
  ::rmdir(directory);
}

TEST_CASE("evidence is one printable line of at most 160 bytes") {
  Server server;
  Probe probe;
  probe.start_http("http://127.0.0.1:" + server.port() + "/" + std::string(1000, 'y'), server);
  server.request();
  server.send("HTTP/1.1 500 \xff\xc2\x9b\t" + std::string(400, 'x') + "\r\n");
  CHECK_FALSE(probe.outcome_of({}));
  CHECK(probe.evidence().size() <= 160);
  CHECK(probe.evidence().find("yyy...: 500 ????xxx") != std::string::npos);

  CHECK(probe.start(ProbeType::file, "/nowhere/\x1b[31m\n" + std::string(1000, 'z')) == false);
  CHECK(probe.evidence().starts_with("file /nowhere/?[31m?zzz"));
  CHECK(probe.evidence().ends_with("z...: No such file or directory"));
}

TEST_CASE("of a service that is removed nothing is left") {
  Server server;
  Probe probe;
  probe.start_http("http://127.0.0.1:" + server.port(), server);
  probe.prober().remove(kService);
  CHECK(probe.evidence().empty());
  server.request();
  CHECK(server.end_of_client() == 0);
  CHECK(probe.is_idle());
  probe.prober().remove(kService + 1);
}

TEST_CASE("looks that fail one after the other are counted, those that are given up are not") {
  Probe probe;
  Prober& prober = probe.prober();
  CHECK(prober.failures(kService, ProbeKind::ready) == 0);
  for (int i = 1; i <= 3; ++i) {
    prober.note(kService, ProbeKind::ready, false, "exec ./check", "ended with exit code 1");
    CHECK(prober.failures(kService, ProbeKind::ready) == i);
  }
  CHECK(probe.evidence() == "exec ./check: ended with exit code 1");
  prober.stop(kService, ProbeKind::ready, true);
  CHECK(prober.failures(kService, ProbeKind::ready) == 3);
  CHECK(prober.failures(kService, ProbeKind::health) == 0);
  prober.note(kService, ProbeKind::ready, true, "exec ./check", "ended with exit code 0");
  CHECK(prober.failures(kService, ProbeKind::ready) == 0);
  prober.remove(kService);
  CHECK(probe.evidence().empty());
}

TEST_CASE("a look that cannot begin for lack of descriptors says so, and is none that has failed") {
  Server server;
  Probe probe;
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  for (const std::string& host : {std::string{"127.0.0.1"}, std::string{"a.name.of.the.hosts.file"}}) {
    std::string target = host + ":" + server.port();
    const rlimit none{3, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    auto outcome = probe.start(ProbeType::tcp, target);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(outcome == false);
    CHECK(probe.evidence() == "tcp " + target + ": cannot probe: Too many open files");
    CHECK(probe.prober().is_hindered(kService, ProbeKind::ready));
    CHECK(probe.prober().failures(kService, ProbeKind::ready) == 0);
    CHECK(probe.look(ProbeType::tcp, "127.0.0.1:" + server.port()));
    CHECK_FALSE(probe.prober().is_hindered(kService, ProbeKind::ready));
  }
}

TEST_CASE("a look that is given up because the service ends leaves what was found before") {
  Probe probe;
  probe.prober().note(kService, ProbeKind::ready, false, "tcp x", "Connection refused");
  Server server;
  CHECK(!probe.start(ProbeType::tcp, "127.0.0.1:" + server.port()));
  probe.prober().stop(kService, ProbeKind::ready, false);
  CHECK(probe.evidence() == "tcp x: Connection refused");
  CHECK(probe.prober().failures(kService, ProbeKind::ready) == 1);
}

}  // namespace
}  // namespace onit
