"""Many clients of the control socket, slow ones and none at all: what they cost, and whom they hold up."""

import errno
import itertools
import os
import pathlib
import re
import resource
import signal
import socket
import subprocess
import sys

import pytest

from harness import TIMEOUT_S, helper, status, until
from raw_client import LIVEZ, ask, connect, controlled, parse, rest_of  # noqa: F401
from services import note, script


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
    # How many are there at once is a matter of time, and so are some pages. One allocation for each would be ten times as much.
    assert private_dirty(controlled.onit) <= dirty + 16
    until(lambda: open_descriptors(controlled.onit) <= descriptors, "all descriptors are closed")


def test_a_socket_at_which_nobody_asks_costs_hardly_any_memory(services, room):
    starts = itertools.count(1)

    def memory(control):
        services.start({"web": {"command": services.obedient("web")}}, init={"control": control})
        services.until_noted("web ready")
        services.until_told("all services are ready", next(starts))
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

    def is_quiet():
        before = status(pid)["voluntary_ctxt_switches"]
        work_elsewhere()
        return status(pid)["voluntary_ctxt_switches"] == before

    # That the last client is gone may come to it late.
    until(is_quiet, "nothing wakes onit")


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


def test_a_client_whom_a_security_module_keeps_out_makes_nothing_spin(controlled):
    controlled.start(through=[helper("hostile_refuse"), "accept4", errno.EPERM])
    ticks = cpu_ticks(controlled.onit)
    with connect(controlled.path) as client:
        client.sendall(LIVEZ)
        work_elsewhere()
        assert cpu_ticks(controlled.onit) - ticks < 10


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
