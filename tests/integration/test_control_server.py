"""The control socket and the port for probes: whoever connects and whatever is sent, onit answers or lets go, and does
its work meanwhile."""

import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import stat
import subprocess
import sys

import pytest

from harness import ONIT, TIMEOUT_S, as_root, every_mode, status, until
from service_files import free_port
from services import UNTIL_OPEN, note, script

LIVEZ = b"GET /livez HTTP/1.1\r\nHost: onit\r\n\r\n"


def connect(address):
    """To a path, or a port of this machine."""
    is_port = isinstance(address, int)
    client = socket.socket(socket.AF_INET if is_port else socket.AF_UNIX)
    client.settimeout(TIMEOUT_S)
    client.connect(("127.0.0.1", address) if is_port else str(address))
    return client


def rest_of(client):
    """Who is turned away while he asks may get a reset, behind the answer."""
    answer = b""
    try:
        while got := client.recv(65536):
            answer += got
    except ConnectionResetError:
        assert answer
    return answer


def ask(address, request=LIVEZ):
    """The status of the answer, and its body."""
    with connect(address) as client:
        try:
            client.sendall(request)
        except BrokenPipeError:
            pass  # it has been answered already
        return parse(rest_of(client))


def parse(answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 "), answer
    return int(head.split()[1]), body


def ask_as(user, path):
    """The status line that somebody else gets."""
    program = f"""
import socket
client = socket.socket(socket.AF_UNIX)
client.connect({str(path)!r})
client.sendall({LIVEZ!r})
print(client.recv(12).decode())
"""
    result = subprocess.run(["setpriv", "--reuid", str(user), "--clear-groups", "/usr/bin/python3", "-c", program],
                            capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    return result.stdout.strip() or result.stderr.splitlines()[-1].split(":")[0]


def open_descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def private_dirty(pid):
    """KiB that only this process has, written to. Without pages of its binary: those of one that was just built are
    dirty as well, until they are on the disk."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Anonymous:\s+(\d+)", text, re.M)[1])


def cpu_ticks(pid):
    return sum(map(int, pathlib.Path(f"/proc/{pid}/stat").read_text().split()[13:15]))


def work_elsewhere():
    """Another process does work that takes a while."""
    subprocess.run(["sh", "-c", "i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done"], check=True, timeout=TIMEOUT_S)


class Controlled:
    """onit with a service, its control socket and its port."""

    def __init__(self, services, room):
        self.services, self.path, self.port = services, room / "control", free_port()
        self.init = {"control": str(self.path), "listen": f"127.0.0.1:{self.port}"}

    def start(self, more=None, init=None, mode="root", **options):
        web = {"command": self.services.obedient("web"), "restart": "always", "restart_delay": "1ms",
               "max_restarts": 1_000}
        self.services.start({"web": web} | (more or {}), init=self.init | (init or {}), mode=mode, **options)
        self.services.until_noted("web ready")
        return self

    @property
    def onit(self):
        return self.services.onit

    def serves(self):
        return ask(self.path)[0] == ask(self.port)[0] == 200


@pytest.fixture
def controlled(services, room):
    return Controlled(services, room)


# --- Requests -------------------------------------------------------------------------------------------------------


@every_mode
def test_onit_answers_at_its_socket_and_at_its_port(controlled, mode):
    controlled.start(mode=mode)
    # Whom its user namespace does not know is a stranger to onit, root out here as well.
    assert ask_as(1000 if mode.startswith("user") else 0, controlled.path) == "HTTP/1.1 200"
    assert ask(controlled.port)[0] == 200
    assert ask(controlled.port, LIVEZ.replace(b"livez", b"nothing"))[0] == 404
    assert stat.S_IMODE(controlled.path.stat().st_mode) == 0o600
    assert controlled.services.stop() == 0
    assert not controlled.path.exists()


@pytest.mark.parametrize("where", ["path", "port"])
def test_a_request_may_come_byte_by_byte(controlled, where):
    controlled.start()
    with connect(getattr(controlled, where)) as client:
        if where == "port":
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in LIVEZ:
            client.sendall(bytes([byte]))
        assert parse(rest_of(client))[0] == 200


@pytest.mark.parametrize("where", ["path", "port"])
def test_what_comes_behind_a_request_is_not_looked_at_and_the_answer_arrives(controlled, where):
    controlled.start()
    address = getattr(controlled, where)
    assert ask(address, LIVEZ + LIVEZ + os.urandom(10_000))[0] == 200
    assert controlled.serves()


@pytest.mark.parametrize("request_, expected", [
    (b"hello\r\n", 400), (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\n", 400), (b"GET / HTTP/1.1\r\n\r\n", 400),
    (b"DELETE / HTTP/1.1\r\n", 405), (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n", 413),
    (b"GET /" + 5_000 * b"x", 431), (b"GET / HTTP/1.1\r\n" + 5_000 * b"x", 431), (b"GET / HTTP/3.0\r\n", 505)])
def test_what_is_no_request_is_refused(controlled, request_, expected):
    controlled.start()
    for address in (controlled.path, controlled.port):
        assert ask(address, request_)[0] == expected
    assert controlled.serves()


def test_curl_understands_it(controlled):
    controlled.start()
    asked = subprocess.run(["curl", "-sS", "--unix-socket", controlled.path, "http://onit/livez"], capture_output=True,
                           check=True, timeout=TIMEOUT_S)
    assert asked.stdout == ask(controlled.path)[1]


# --- Many, and slow ones --------------------------------------------------------------------------------------------


def test_who_connects_and_asks_nothing_keeps_nobody_else_out(controlled):
    controlled.start()
    silent = [connect(address) for address in (controlled.path, controlled.port) for _ in range(60)]
    for client in silent[::2]:
        try:
            client.sendall(b"GET /livez HTTP/1.1\r\nX: ")
        except (BrokenPipeError, ConnectionResetError):
            pass  # others came after it
    for _ in range(5):
        assert controlled.serves()
    for client in silent:
        client.close()
    until(lambda: open_descriptors(controlled.onit) < 20, "all are gone")


def test_who_does_not_get_on_with_a_request_is_told_so_and_let_go(controlled):
    controlled.start()
    with connect(controlled.path) as client:
        client.sendall(b"GET /livez")
        assert parse(rest_of(client))[0] == 408


def test_forty_who_ask_at_once_are_answered_or_told_that_they_are_too_many(controlled):
    controlled.start()
    clients = [connect(controlled.path) for _ in range(40)]
    for client in clients:
        try:
            client.sendall(LIVEZ)
        except BrokenPipeError:
            pass
    answers = [parse(rest_of(client))[0] for client in clients]
    assert set(answers) <= {200, 503}
    assert answers.count(200) >= 32
    assert controlled.serves()


def test_those_who_ask_for_much_and_read_nothing_hold_up_nobody_and_cost_what_is_theirs(controlled):
    loud = {"command": script('i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo "line $i of a long story that fills '
                              'all that is kept"; done\n' + note("loud ready") + "exec sleep 1000"),
            "log": {"on_full": "drop"}}
    controlled.start({"loud": loud}, stdout=subprocess.DEVNULL)
    controlled.services.until_noted("loud ready")
    before = private_dirty(controlled.onit)
    request = LIVEZ.replace(b"/livez", b"/v1/logs?follow=1")
    readers = [connect(controlled.path) for _ in range(20)]
    for reader in readers:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        reader.sendall(request)
    for times in range(2, 7):
        os.kill(controlled.services.pid("web"), signal.SIGKILL)
        controlled.services.until_noted(*times * ["web ready"])
        assert controlled.serves()
    assert private_dirty(controlled.onit) <= before + 20 * 48
    for reader in readers:
        reader.close()


def test_ten_thousand_requests_leave_nothing_behind(controlled):
    controlled.start()

    def ask_often(times):
        for i in range(times):
            if i % 10:
                assert ask(controlled.path if i % 2 else controlled.port)[0] == 200
            else:
                connect(controlled.path).close()

    ask_often(1_000)
    descriptors, dirty = open_descriptors(controlled.onit), private_dirty(controlled.onit)
    ask_often(10_000)
    assert private_dirty(controlled.onit) <= dirty + 8
    until(lambda: open_descriptors(controlled.onit) <= descriptors, "all descriptors are closed")


def test_a_socket_at_which_nobody_asks_costs_hardly_any_memory(services, room):
    def memory(control):
        services.start({"web": {"command": services.obedient("web")}}, init={"control": control})
        services.until_noted("web ready")
        until(lambda: status(services.onit)["State"][0] == "S", "onit sleeps")
        dirty = private_dirty(services.onit)
        assert services.stop() == 0
        (room / "journal").write_text("")
        return dirty

    without = min(memory("") for _ in range(3))
    assert min(memory(str(room / "control")) for _ in range(3)) <= without + 8


def test_nobody_is_woken_by_a_socket_at_which_nobody_asks(controlled):
    controlled.start()
    pid = controlled.onit
    assert controlled.serves()
    until(lambda: status(pid)["State"][0] == "S", "onit sleeps")
    before = status(pid)["voluntary_ctxt_switches"]
    work_elsewhere()
    assert status(pid)["voluntary_ctxt_switches"] == before


def test_without_descriptors_nobody_is_answered_nothing_spins_and_it_goes_on_when_there_are_some(controlled):
    controlled.start()
    pid = controlled.onit
    limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, limits[1]))
    ticks = cpu_ticks(pid)
    with connect(controlled.path) as client:
        client.sendall(LIVEZ)
        work_elsewhere()
        client.setblocking(False)
        with pytest.raises(BlockingIOError):
            client.recv(1)
        assert cpu_ticks(pid) - ticks < 10
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
        client.settimeout(TIMEOUT_S)
        assert parse(rest_of(client))[0] == 200


# --- What else onit has to do ---------------------------------------------------------------------------------------


FLOOD = """
import itertools, socket, sys
for i in itertools.count():
    with socket.socket(socket.AF_UNIX if i % 2 else socket.AF_INET) as client:
        try:
            client.connect(sys.argv[1] if i % 2 else ("127.0.0.1", int(sys.argv[2])))
            client.sendall(b"GET /livez HTTP/1.1\\r\\nHost: x\\r\\n" + (i % 3) * b"\\r\\n")
            if i % 5 == 0: client.recv(1000)
        except OSError:
            pass
"""


def test_a_flood_of_requests_holds_up_neither_signals_nor_restarts(controlled):
    controlled.start()
    flood = [sys.executable, "-S", "-c", FLOOD, controlled.path, str(controlled.port)]
    flooders = [subprocess.Popen(flood) for _ in range(2)]
    try:
        for times in range(2, 10):
            os.kill(controlled.services.pid("web"), signal.SIGKILL)
            controlled.services.until_noted(*times * ["web ready"])
        assert controlled.services.stop() == 0
    finally:
        for flooder in flooders:
            flooder.kill()
            flooder.wait(TIMEOUT_S)


def test_onit_answers_while_everything_stops(controlled):
    slow = {"command": script("trap '' TERM\n" + note("slow ready") + UNTIL_OPEN)}
    controlled.start({"slow": slow})
    controlled.services.until_noted("slow ready")
    controlled.services.signal(signal.SIGTERM)
    controlled.services.until_told("service 'slow' is asked to end")
    assert ask(controlled.path)[0] in (200, 503)
    assert ask(controlled.port)[0] in (200, 503)
    controlled.services.open_gate()
    controlled.services.wait()


def test_who_follows_is_sent_the_last_words_and_then_an_end(controlled):
    controlled.start({"last": {"command": script("trap 'echo last words; exit 0' TERM\n" + note("last ready")
                                                 + "while :; do sleep 0.01; done")}})
    controlled.services.until_noted("last ready")
    with connect(controlled.path) as logs, connect(controlled.path) as events:
        logs.sendall(LIVEZ.replace(b"/livez", b"/v1/logs?follow=1"))
        events.sendall(LIVEZ.replace(b"/livez", b"/v1/events?follow=1&format=text"))
        assert logs.recv(15) == events.recv(15) == b"HTTP/1.1 200 OK"
        assert controlled.services.stop() == 0
        logged, happened = rest_of(logs), rest_of(events)
    assert b"last words\n" in logged
    assert b"exiting with code 0\n" in happened
    assert logged.endswith(b"\r\n0\r\n\r\n") and happened.endswith(b"\r\n0\r\n\r\n")


def test_services_do_not_get_the_sockets_of_control(controlled):
    controlled.start()
    with connect(controlled.path):
        os.kill(controlled.services.pid("web"), signal.SIGKILL)
        controlled.services.until_noted("web ready", "web ready")
        targets = [os.readlink(link) for link in pathlib.Path(f"/proc/{controlled.services.pid('web')}/fd").iterdir()]
    assert not [target for target in targets if target.startswith("socket:")]


def test_one_command_has_no_control_socket(onit):
    result = onit.run("-v", "sh", "-c", "echo at ${ONIT_SOCKET-nowhere}; readlink /proc/$PPID/fd/*; cat /proc/$PPID/net/unix")
    place, *lines = result.stdout.splitlines()
    assert place == "at nowhere"
    own = {line[len("socket:["):-1] for line in lines if line.startswith("socket:[")}
    # The inode, and the path of one that has a name.
    assert not [line for line in lines if len(fields := line.split()) > 7 and fields[6] in own]


# --- Who may ask ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["root", "root-pid1", "user"])
def test_only_root_and_the_user_of_onit_may_ask(controlled, mode):
    controlled.start(mode=mode)
    assert ask_as(1001, controlled.path) == "PermissionError"
    controlled.path.chmod(0o666)
    assert ask_as(1001, controlled.path) == "HTTP/1.1 403"
    assert ask_as(0, controlled.path) == "HTTP/1.1 200"
    assert ask_as(1000, controlled.path) == ("HTTP/1.1 200" if mode == "user" else "HTTP/1.1 403")


# --- Where the socket is --------------------------------------------------------------------------------------------

TELL_PLACE = ["/bin/sh", "-c", "echo at $${ONIT_SOCKET-nowhere}; exec sleep 1000"]


def write_file(room, control=None, command=None):
    init = f"[init]\ncontrol = '{control}'\n" if control is not None else ""
    (room / "onit.toml").write_text(f"{init}[log]\nformat = 'raw'\n[services.web]\ncommand = {command or TELL_PLACE}\n")
    return room / "onit.toml"


@pytest.fixture
def elsewhere(onit, room):
    """Starts onit where /run and /tmp are its own, with options of mount(8) for each; it and its file are at /mnt."""
    def start(run, tmp, env=None, control=None, mode="root"):
        write_file(room, control)
        shutil.copy(ONIT, room / "onit")
        mounts = (f"mount --bind {room} /mnt && mount -t tmpfs -o {run} none /run && mount -t tmpfs -o {tmp} none /tmp && "
                  'exec "$@"')
        return onit.start("-f", "/mnt/onit.toml", program="/mnt/onit", mode=mode, env={"PATH": os.environ["PATH"]} | (env or {}),
                          through=("unshare", "--mount", "sh", "-c", mounts, "sh"))
    return start


@as_root
@pytest.mark.parametrize("run, tmp, env, control, place", [
    ("rw", "rw", {}, None, "/run/onit.sock"),
    ("ro", "rw", {}, None, "/tmp/onit.sock"),
    ("ro", "rw", {"XDG_RUNTIME_DIR": "/mnt"}, None, "/mnt/onit.sock"),
    ("ro", "rw", {"XDG_RUNTIME_DIR": "/nowhere"}, None, "/tmp/onit.sock"),
    ("rw", "rw", {"ONIT_SOCKET": "/x"}, "/run/a/b", "/tmp/onit.sock"),
    ("rw", "rw", {"ONIT_SOCKET": "/x"}, "", "nowhere")])
def test_the_socket_is_at_the_first_place_that_can_be_had_and_services_are_told(
        elsewhere, mode, run, tmp, env, control, place):
    running = elsewhere(run, tmp, env, control, mode)
    assert running.line() == f"at {place}"
    running.signal(signal.SIGTERM)
    assert running.wait() == 0
    # Who has chosen the place wants to know.
    assert running.errors() == ("" if not control else
                                f"onit: warning: the control socket is {place}: {control}: No such file or directory\n")


def test_without_any_place_onit_says_so_once_with_the_reasons_and_runs(elsewhere):
    running = elsewhere("ro", "ro")
    assert running.line() == "at nowhere"
    running.signal(signal.SIGTERM)
    assert running.wait() == 0
    assert running.errors() == (
        "onit: warning: there is no control socket: /run/onit.sock: Read-only file system; "
        "/tmp/onit.sock: Read-only file system; $XDG_RUNTIME_DIR is not set\n")


def test_a_socket_that_was_left_behind_is_replaced_and_one_that_lives_is_not(controlled, onit, room):
    controlled.start()
    # Another one finds it taken. Its own place is gone with it.
    second = onit.start("-f", write_file(room, controlled.path), env=os.environ | {"XDG_RUNTIME_DIR": str(room)})
    assert second.line() == f"at {room}/onit.sock"
    assert ask(room / "onit.sock")[0] == 200
    second.signal(signal.SIGTERM)
    assert second.wait() == 0
    told = f"onit: warning: the control socket is {room}/onit.sock: {controlled.path}: Address "
    assert re.fullmatch(re.escape(told) + r"(already )?in use\n", second.errors())  # as the C library has it
    assert not (room / "onit.sock").exists()
    assert controlled.serves()

    # Nobody listens any more where this one was.
    third = onit.start("-f", write_file(room, room / "onit.sock"), mode="root-pid1")
    assert third.line() == f"at {room}/onit.sock"
    os.kill(third.onit, signal.SIGKILL)
    third.wait()
    assert (room / "onit.sock").is_socket()
    fourth = onit.start("-f", write_file(room, room / "onit.sock"), mode="root-pid1")
    assert fourth.line() == f"at {room}/onit.sock"
    fourth.signal(signal.SIGTERM)
    assert fourth.wait() == 0


def test_an_onit_inside_of_another_has_a_socket_of_its_own(onit, room):
    inner = room / "inner"
    inner.mkdir()
    write_file(inner, room / "control")
    write_file(room, room / "control", [ONIT, "-f", str(inner / "onit.toml")])
    running = onit.start("-f", room / "onit.toml", env=os.environ | {"XDG_RUNTIME_DIR": str(inner)})
    assert running.line() == f"at {inner}/onit.sock"
    assert ask(room / "control")[0] == ask(inner / "onit.sock")[0] == 200
    running.signal(signal.SIGTERM)
    assert running.wait() == 0
    assert not list(room.glob("**/*.sock"))


# --- The port -------------------------------------------------------------------------------------------------------


def test_a_port_that_cannot_be_had_is_an_error_before_anything_starts(controlled):
    with socket.create_server(("127.0.0.1", controlled.port)):
        controlled.services.start({"web": {"command": controlled.services.obedient("web")}}, init=controlled.init)
        assert controlled.services.wait() == 125
    assert f"onit: listen: '127.0.0.1:{controlled.port}': Address " in controlled.services.messages
    assert controlled.services.journal == []
    assert not controlled.path.exists()


def test_a_change_of_control_and_listen_waits_for_the_next_start_which_is_told(controlled, room):
    controlled.start()
    web = {"command": controlled.services.obedient("web"), "restart": "always", "restart_delay": "1ms",
               "max_restarts": 1_000}
    controlled.services.write({"web": web}, init={"control": str(room / "other"), "listen": f"127.0.0.1:{free_port()}"})
    controlled.services.signal(signal.SIGHUP)
    controlled.services.until_told("control and listen stay as they are until onit is started anew")
    assert controlled.serves()
    controlled.services.write({"web": web}, init=controlled.init)
    controlled.services.signal(signal.SIGHUP)
    controlled.services.until_told("the file was read again", 2)
    assert controlled.serves()
    assert controlled.services.stop() == 0
