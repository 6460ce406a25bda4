"""Readers of what services write that are slow, or gone, or take nothing: whom they hold up, and whom not."""

import fcntl
import os
import pty
import re
import select
import signal
import socket
import subprocess
import time

import pytest

from harness import helper
from service_files import AS_ANYBODY, IDLE, UNTIL_OPEN, note, script, services  # noqa: F401
from service_output import numbered, numbers, read_all, terminal  # noqa: F401


def until_full(services):
    """Waits until nobody can write to stdout any more."""
    end = services.running.process.stdout.fileno()

    def is_full():
        writable = os.open(f"/proc/self/fd/{end}", os.O_WRONLY | os.O_NONBLOCK)
        found = select.select([], [writable], [], 0)[1]
        os.close(writable)
        return not found

    services.until(is_full, "full")


def test_a_reader_that_stands_still_delays_neither_reaping_nor_what_others_do(services):
    services.start({"flood": {"command": ["yes", "x" * 100]},
                    "other": {"command": script(UNTIL_OPEN + "exit 3"), "restart": "on-failure", "max_restarts": 3,
                              "restart_delay": "1ms"}}, init={"stop_grace_period": "500ms"})
    until_full(services)
    services.open_gate()
    services.until_told("service 'other' has failed, exit code 3")
    services.end()


@AS_ANYBODY
@pytest.mark.parametrize("style", ["raw", "prefix"])
def test_a_reader_that_stands_still_does_not_delay_the_end(services, mode, style):
    services.start({"flood": {"command": ["yes", "x" * 100]}}, log={"format": style}, init={"stop_grace_period": "2s"},
                   mode=mode)
    until_full(services)
    start = time.monotonic()
    assert services.stop() == 0
    # 2 s at most for readers, on a machine that may be busy.
    assert time.monotonic() - start < 8


def test_a_reader_that_stands_still_and_a_flood_of_signals_do_not_delay_the_end(services):
    services.start({"a": {"command": ["seq", "1", "50000"]}}, init={"stop_grace_period": "500ms"})
    until_full(services)
    pid = services.onit
    services.signal()
    services.until_told("exiting with code 0")
    sender = subprocess.Popen([helper("flood"), str(signal.SIGRTMIN + 6), "3", str(pid)])
    assert services.wait() == 0
    sender.wait()


@pytest.mark.parametrize("kind", ["terminal", "socket"])
def test_a_terminal_or_a_socket_that_nobody_reads_does_not_delay_the_end(services, kind):
    opened = {"terminal": pty.openpty, "socket": lambda: tuple(end.detach() for end in socket.socketpair())}[kind]
    ours, theirs = opened()
    services.start({"flood": {"command": ["yes", "x" * 100]}, "other": {"command": script(UNTIL_OPEN + note("other"))}},
                   init={"stop_grace_period": "1s"}, stdout=theirs)
    services.until_told("service 'other' has started")
    services.until(lambda: select.select([ours], [], [], 0)[0], "written to")
    services.open_gate()
    services.until_noted("other")
    start = time.monotonic()
    assert services.stop() == 0
    assert time.monotonic() - start < 7
    os.close(ours)
    os.close(theirs)


def test_a_terminal_that_is_read_late_gets_all_lines(services, terminal):
    ours, theirs = terminal
    services.start({"a": {"command": numbered(20_000)}}, stdout=theirs)
    os.close(theirs)
    services.until_told("service 'a' has started")
    assert read_all(ours).decode().splitlines() == numbers(20_000)
    assert services.wait() == 0


def test_a_stderr_that_nobody_reads_holds_up_nobody(services):
    """It is where onit's own messages go as well."""
    floods = {name: {"command": script("exec yes x >&2")} for name in "ab"}
    restless = {"command": script(note("runs")), "restart": "always", "restart_delay": "1ms", "restart_max_delay": "1ms",
                "max_restarts": 0}
    services.start({**floods, "restless": restless}, init={"stop_grace_period": "1s"}, stderr=subprocess.PIPE)
    services.until_noted(*["runs"] * 30)
    start = time.monotonic()
    assert services.stop() == 0
    assert time.monotonic() - start < 7


def test_a_flood_of_lines_delays_neither_probes_nor_the_end(services):
    with open(os.devnull, "wb") as nowhere:
        floods = {f"flood{i}": {"command": ["yes", "x" * 1000]} for i in range(4)}
        services.start(floods | {"web": {"command": IDLE, "healthcheck": {"exec": script(note("looks")), "interval": "10ms"}}},
                       log={"format": "prefix"}, stdout=nowhere)
        services.until_noted(*["looks"] * 10)
        start = time.monotonic()
        assert services.stop() == 0
        assert time.monotonic() - start < 5


def test_a_reader_that_goes_on_gets_all_lines(services):
    services.start({"a": {"command": numbered(300_000)}, "b": {"command": IDLE}})
    until_full(services)
    assert "service 'a' ended" not in services.messages
    assert services.running.lines_until("300000") == numbers(300_000)
    services.until_told("service 'a' ended with exit code 0")
    assert services.stop() == 0


def test_a_reader_that_goes_on_after_the_last_exit_gets_all_lines(services):
    services.start({"a": {"command": ["seq", "1", "50000"]}})
    until_full(services)
    assert services.rest() == numbers(50_000)
    assert services.wait() == 0


def test_what_a_service_wrote_before_it_was_taken_out_of_the_file_is_not_lost(services):
    flood = {"command": numbered(300_000)}
    services.start({"a": {"command": script(UNTIL_OPEN + "seq -f a%.0f 1 5000; " + note("done") + "exec sleep 1000")},
                    "flood": flood})
    until_full(services)
    services.open_gate()
    services.until_noted("done")
    services.write({"flood": flood})
    services.signal(signal.SIGHUP)
    services.until_told("service 'a' is no longer in the file")
    lines = services.running.lines_until("300000")
    assert [line for line in lines if line.startswith("a")] == [f"a{number}" for number in range(1, 5001)]
    assert services.wait() == 0


def test_lines_that_may_be_dropped_do_not_hold_up_their_service_and_are_dropped_whole(services):
    command = script("seq -f %07.0f 1 400000; " + note("done") + UNTIL_OPEN + "echo last")
    services.start({"a": {"command": command}}, log={"on_full": "drop"})
    services.until_noted("done")
    until_full(services)
    services.open_gate()
    services.until_told("service 'a' ended with exit code 0")
    lines = services.rest()
    services.wait()
    assert len(lines) < 400_000
    assert all(re.fullmatch(r"\d{7}|last", line) for line in lines)
    assert [line for line in lines if line != "last"] == sorted(set(lines) - {"last"})


def test_a_reader_that_goes_away_is_told_once_and_the_service_goes_on(services):
    command = script("echo one\n" + UNTIL_OPEN + "seq 1 100000; seq 1 100000 && " + note("done") + "exec sleep 1000")
    services.start({"a": {"command": command}})
    assert services.line() == "one"
    services.running.process.stdout.close()
    services.open_gate()
    services.until_noted("done")
    services.until_told("nobody reads stdout any more")
    services.signal()
    assert services.wait() == 0
    assert services.messages.count("nobody reads stdout") == 1


def test_a_reader_that_goes_away_while_the_pipe_is_full_frees_the_service(services):
    services.start({"a": {"command": script("seq 1 300000; " + note("done") + "exec sleep 1000")}})
    until_full(services)
    services.running.process.stdout.close()
    services.until_noted("done")
    assert services.stop() == 0


@pytest.mark.parametrize("kind", ["pipe", "terminal", "socket", "file"])
def test_the_stdout_that_onit_was_given_is_not_made_non_blocking(services, kind, room):
    """Others have the same description: a shell, or the test here."""
    opened = {"pipe": os.pipe, "terminal": pty.openpty, "file": lambda: (-1, os.open(room / "out", os.O_WRONLY | os.O_CREAT)),
              "socket": lambda: tuple(end.detach() for end in socket.socketpair())}[kind]
    ours, theirs = opened()
    before = fcntl.fcntl(theirs, fcntl.F_GETFL)
    services.start({"a": {"command": script("echo one; " + note("written") + UNTIL_OPEN)}}, stdout=theirs)
    services.until_noted("written")
    assert fcntl.fcntl(theirs, fcntl.F_GETFL) == before
    services.open_gate()
    services.wait()
    assert fcntl.fcntl(theirs, fcntl.F_GETFL) == before
    for end in (ours, theirs):
        if end >= 0:
            os.close(end)


def test_an_onit_without_stdout_runs_services(services):
    services.start({"a": {"command": script("echo one; " + note("written"))}}, through=["sh", "-c", 'exec "$@" >&-', "sh"])
    assert services.wait() == 0
    assert services.journal == ["written"]


@pytest.mark.parametrize("target", ["/dev/full"])
def test_a_stdout_that_takes_nothing_is_told_once_and_the_service_goes_on(services, target):
    with open(target, "wb") as full:
        command = script("seq 1 1000\n" + UNTIL_OPEN + "seq 1 1000\n" + note("done"))
        services.start({"a": {"command": command}}, stdout=full)
        services.until_told("No space left on device")
        services.open_gate()
        assert services.wait() == 0
    assert services.journal == ["done"]
    assert services.messages.count("No space left on device") == 1
