"""Sockets that onit opens for services (sd_listen_fds(3)), and the one on which onit tells its own manager how it is."""

import os
import signal
import socket
import stat

import pytest

from service_files import (AS_ANYBODY, IDLE, UNTIL_OPEN, free_port, note, python, script,  # noqa: F401
                           services)

# Notes what it was given, serves connections of the first one, and ends when a client says so.
SERVER = """
count = int(os.environ["LISTEN_FDS"])
note(f"{count} {int(os.environ['LISTEN_PID']) == os.getpid()} {os.environ['LISTEN_FDNAMES']}")
listener = socket.socket(fileno=3)
while True:
    connection, _ = listener.accept()
    word = connection.recv(100).decode()
    connection.sendall(f"{os.getpid()} {word}".encode())
    connection.close()
    if word == "end": sys.exit(1)
"""


def ask(address, word, family=socket.AF_INET):
    with socket.socket(family) as client:
        client.settimeout(30)
        client.connect(address)
        client.sendall(word.encode())
        answer = b""
        while got := client.recv(100):
            answer += got
    return answer.decode()


# --- What is given --------------------------------------------------------------------------------------------------


@AS_ANYBODY
def test_a_service_is_given_its_sockets_with_their_number_their_names_and_its_own_pid(services, room, mode):
    port = free_port()
    sockets = [{"listen": f"127.0.0.1:{port}", "name": "http"}, {"listen": str(room / "admin")}]
    services.start({"web": {"command": python(SERVER), "sockets": sockets}}, mode=mode)
    services.until_noted("2 True http:web")
    assert ask(("127.0.0.1", port), "hello").endswith(" hello")
    assert services.stop() == 0


def test_a_client_can_connect_before_the_service_has_started(services):
    port = free_port()
    gate = {"type": "oneshot", "command": script(UNTIL_OPEN)}
    services.start({"web": {"command": python(SERVER), "sockets": [{"listen": f"127.0.0.1:{port}"}],
                            "depends_on": {"gate": "completed"}}, "gate": gate})
    services.until_told("service 'web' waits until 'gate' has completed")
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(b"early")
        services.open_gate()
        assert client.recv(100).endswith(b" early")
    assert services.stop() == 0


def test_the_socket_stays_open_across_restarts_and_who_connects_in_between_is_served(services):
    port = free_port()
    late = 'if os.path.exists(room + "/second"): until_open()\nopen(room + "/second", "w")\n'
    services.start({"web": {"command": python(late + SERVER), "sockets": [{"listen": f"127.0.0.1:{port}"}],
                            "restart": "on-failure", "restart_delay": "1ms"}})
    services.until_noted("1 True web")
    first = ask(("127.0.0.1", port), "end").split()[0]
    services.until_told("service 'web' has started", 2)
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(b"between")
        services.open_gate()
        second, word = client.recv(100).decode().split()
    assert word == "between" and first != second
    assert services.stop() == 0


def test_a_service_that_gets_another_name_keeps_the_socket_and_who_connects_in_between_is_served(services):
    port = free_port()
    web = {"command": python(SERVER), "sockets": [{"listen": f"127.0.0.1:{port}"}]}
    gate = {"type": "oneshot", "command": script(UNTIL_OPEN)}
    services.start({"old": web})
    services.until_noted("1 True old")
    services.write({"new": {**web, "depends_on": {"gate": "completed"}}, "gate": gate})
    services.signal(signal.SIGHUP)
    services.until_told("service 'old' is no longer in the file")
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(b"between")
        services.open_gate()
        assert client.recv(100).endswith(b" between")
    services.until_noted("1 True new")
    assert services.stop() == 0


def test_a_service_that_gets_another_name_has_the_socket_while_the_old_one_still_stops(services):
    port = free_port()
    stubborn = 'signal.signal(signal.SIGTERM, lambda *_: (note("asked"), until_open(), sys.exit()))\n'
    web = {"command": python(stubborn + SERVER), "sockets": [{"listen": f"127.0.0.1:{port}"}]}
    services.start({"old": web})
    services.until_noted("1 True old")
    services.write({"new": {**web, "command": python(SERVER)}})
    services.signal(signal.SIGHUP)
    services.until_noted("asked", "1 True new")
    assert ask(("127.0.0.1", port), "hello").endswith(" hello")
    services.open_gate()
    services.until_told("service 'old' is no longer in the file")
    assert ask(("127.0.0.1", port), "again").endswith(" again")
    assert services.stop() == 0


def test_a_datagram_socket_is_UDP(services):
    command = python('data, peer = socket.socket(fileno=3).recvfrom(100); note(data.decode())')
    port = free_port()
    services.start({"web": {"command": command, "sockets": [{"listen": f"127.0.0.1:{port}", "type": "datagram"}]}})
    services.until_told("service 'web' has started")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(b"hello", ("127.0.0.1", port))
    assert services.wait() == 0
    assert services.journal == ["hello"]


def test_a_path_has_the_mode_and_owner_that_were_asked_for_and_is_gone_afterwards(services, room):
    path = room / "web.sock"
    services.start({"web": {"command": python(SERVER),
                            "sockets": [{"listen": str(path), "mode": "640", "owner": "1234:1235"}]}})
    services.until_noted("1 True web")
    assert ask(str(path), "hello", socket.AF_UNIX).endswith(" hello")
    found = path.stat()
    assert stat.S_ISSOCK(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o640
    assert (found.st_uid, found.st_gid) == (1234, 1235)
    assert services.stop() == 0
    assert not path.exists()


def test_a_path_that_was_left_behind_by_somebody_who_is_gone_is_taken_over(services, room):
    path = room / "web.sock"
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(path))
    services.start({"web": {"command": python(SERVER), "sockets": [{"listen": str(path)}]}})
    services.until_noted("1 True web")
    assert ask(str(path), "hello", socket.AF_UNIX).endswith(" hello")
    assert services.stop() == 0


@AS_ANYBODY
def test_an_abstract_name_can_be_listened_at(services, mode):
    name = f"onit-test-{os.getpid()}-{free_port()}"
    services.start({"web": {"command": python(SERVER), "sockets": [{"listen": f"@{name}"}]}}, mode=mode)
    services.until_noted("1 True web")
    assert ask("\0" + name, "hello", socket.AF_UNIX).endswith(" hello")
    assert services.stop() == 0


def test_IPv6_can_be_listened_at(services):
    port = free_port()
    services.start({"web": {"command": python(SERVER), "sockets": [{"listen": f"[::1]:{port}"}]}})
    services.until_noted("1 True web")
    assert ask(("::1", port), "hello", socket.AF_INET6).endswith(" hello")
    assert services.stop() == 0


def test_a_service_gets_its_own_sockets_and_nobody_else_s(services):
    note_all = script(note("$LISTEN_FDS$LISTEN_PID$LISTEN_FDNAMES $(ls /proc/self/fd | tr '\\n' ' ')"))
    services.start({"web": {"command": IDLE, "sockets": [{"listen": f"127.0.0.1:{free_port()}"}]},
                    "other": {"command": note_all}}, env=os.environ | {"LISTEN_FDS": "1", "LISTEN_PID": "1"})
    services.until_told("service 'other' ended")
    assert services.journal == [" 0 1 2 3 "]
    assert services.stop() == 0


def test_sockets_are_blocking_ones_and_not_closed_by_exec(services):
    command = script("grep -h flags /proc/self/fdinfo/3; ls -l /proc/self/fd/3 | grep -c socket")
    result = services.run({"web": {"command": command, "sockets": [{"listen": f"127.0.0.1:{free_port()}"}]}})
    assert result.stdout.split() == ["flags:", "02", "1"]


# --- What cannot be -------------------------------------------------------------------------------------------------


def test_an_address_that_is_taken_is_told_at_the_start_and_nothing_runs(services, room):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = "127.0.0.1:%d" % taken.getsockname()[1]
        services.fails({"first": {"command": script(note("runs"))},
                        "web": {"command": ["true"], "sockets": [{"listen": address}]}}, 125, "sockets", address,
                       " in use")
    assert services.journal == []


def test_a_path_at_which_somebody_listens_is_not_taken_away(services, room):
    path = str(room / "web.sock")
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(path)
        other.listen()
        services.fails({"web": {"command": ["true"], "sockets": [{"listen": path}]}}, 125, "sockets", path, "in use")
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path)


def test_a_path_that_is_no_socket_is_not_taken_away(services, room):
    (room / "file").write_text("precious")
    services.fails({"web": {"command": ["true"], "sockets": [{"listen": str(room / "file")}]}}, 125, "sockets", "file")
    assert (room / "file").read_text() == "precious"


def test_a_path_that_cannot_be_had_is_told(services):
    services.fails({"web": {"command": ["true"], "sockets": [{"listen": "/no/such/place/web.sock"}]}}, 125, "sockets",
                   "No such file")


# --- onit's own manager ---------------------------------------------------------------------------------------------


class Manager:
    """Who has started onit and listens to it, such as podman or systemd."""

    def __init__(self, room):
        self.path = str(room / "manager")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        os.chmod(self.path, 0o666)
        self.socket.settimeout(30)
        self.environment = os.environ | {"NOTIFY_SOCKET": self.path}

    def until_told(self, line):
        while line not in (heard := self.socket.recv(4096).decode().splitlines()):
            pass
        return heard


@pytest.fixture
def manager(room):
    made = Manager(room)
    yield made
    made.socket.close()


@AS_ANYBODY
def test_the_manager_hears_that_all_is_ready_and_that_it_stops(services, manager, mode):
    command = python('note(os.environ["NOTIFY_SOCKET"]); until_open(); notify("READY=1"); stay()')
    services.start({"web": {"type": "notify", "command": command, "essential": True}, "other": {"command": IDLE}},
                   env=manager.environment, mode=mode)
    services.until_told("service 'other' has started")
    assert "all services are ready" not in services.messages
    services.open_gate()
    assert "STATUS=all services are ready" in manager.until_told("READY=1")
    assert services.journal != [manager.path]
    services.signal()
    assert any(line.startswith("STATUS=stopping all services") for line in manager.until_told("STOPPING=1"))
    assert services.wait() == 0


def test_services_do_not_see_the_manager_s_socket(services, manager):
    services.start({"web": {"command": script(note("socket: $NOTIFY_SOCKET"))}}, env=manager.environment)
    manager.until_told("STOPPING=1")
    assert services.wait() == 0
    assert services.journal == ["socket: "]


def test_the_manager_s_watchdog_is_not_the_services(services):
    environment = os.environ | {"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}
    services.start({"web": {"command": script(note("$WATCHDOG_USEC$WATCHDOG_PID."))}}, env=environment)
    assert services.wait() == 0
    assert services.journal == ["."]


def test_a_manager_that_is_gone_is_no_reason_not_to_run(services, room):
    services.start({"web": {"command": ["true"]}}, env=os.environ | {"NOTIFY_SOCKET": str(room / "nobody")})
    assert services.wait() == 0


def fill(manager):
    """Sends to the manager until it has no room."""
    for _ in range(1000):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            try:
                sender.sendto(b"x", manager.path)
            except BlockingIOError:
                break


def test_a_manager_that_does_not_listen_holds_nobody_up(services, manager):
    fill(manager)
    services.start({"web": {"command": IDLE}}, env=manager.environment)
    services.until_told("all services are ready")
    assert services.stop() == 0


def test_a_manager_that_listens_late_hears_that_all_is_ready(services, manager):
    fill(manager)
    services.start({"web": {"command": IDLE}}, env=manager.environment)
    services.until_told("all services are ready")
    assert "STATUS=all services are ready" in manager.until_told("READY=1")
    assert services.stop() == 0


def test_a_manager_that_listens_late_hears_each_state_and_the_last_status(services, manager):
    fill(manager)
    services.start({"web": {"command": script("trap '' TERM; " + note("web ready") + UNTIL_OPEN)}},
                   env=manager.environment)
    services.until_noted("web ready")
    services.until_told("all services are ready")
    services.signal()
    services.until_told("stopping all services")
    told = manager.until_told("STOPPING=1")
    assert told[0] == "READY=1"
    assert [line[:len("STATUS=stopping")] for line in told if line.startswith("STATUS=")] == ["STATUS=stopping"]
    services.open_gate()
    assert services.wait() == 0
