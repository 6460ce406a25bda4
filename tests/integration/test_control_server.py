"""The control socket and the port for probes: whatever is sent, onit answers whom it may, and does its work."""

import os
import pathlib
import signal
import socket
import stat
import subprocess

import pytest

from harness import TIMEOUT_S, every_mode
from raw_client import LIVEZ, ask, connect, controlled, parse, rest_of  # noqa: F401
from service_files import free_port
from services import UNTIL_OPEN, note, script


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


# --- What else onit has to do ---------------------------------------------------------------------------------------


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
    init = {"control": str(room / "other"), "listen": f"127.0.0.1:{free_port()}"}
    controlled.services.write({"web": controlled.web}, init)
    controlled.services.signal(signal.SIGHUP)
    controlled.services.until_told("control and listen stay as they are until onit is started anew")
    assert controlled.serves()
    controlled.services.write({"web": controlled.web}, controlled.init)
    controlled.services.signal(signal.SIGHUP)
    controlled.services.until_told("the file was read again", 2)
    assert controlled.serves()
    assert controlled.services.stop() == 0
