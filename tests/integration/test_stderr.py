"""Whatever becomes of stderr, onit goes on."""

import fcntl
import os
import pty
import signal
import subprocess
import termios

import pytest

from harness import MODES, ONIT, TIMEOUT_S, every_mode, helper


def run_to_the_end(onit, mode, stderr, **popen):
    """Everything that makes -v talk: start, signals, orphans, a stop with a KILL."""
    running = onit.start("-v", "--stop-grace-period", "1ms", helper("family"), "--exit", 3, "near,ignore",
                         "away,session,orphan,ignore", mode=mode, stderr=stderr, **popen)
    running.lines_until("main ready")
    for _ in range(20):
        running.signal(signal.SIGUSR1)
        assert "got 10" in running.line()
        assert "got 10" in running.line()
    running.end_input()
    assert running.wait() == 3
    assert not [line for line in running.rest() if line.endswith(f" {int(signal.SIGPIPE)}")]


@every_mode
def test_a_closed_stderr_is_no_harm(mode):
    result = subprocess.run([*MODES[mode], helper("launch_with"), "--close", "2", "--", ONIT, "-v", "/bin/sh", "-c",
                             "(exit 4) & echo told; exit 5"], capture_output=True, timeout=TIMEOUT_S, check=False)
    # No message has gone into something else that has the number 2 now.
    assert (result.returncode, result.stdout, result.stderr) == (5, b"told\n", b"")


@every_mode
def test_a_full_device_is_no_harm(onit, mode):
    with open("/dev/full", "w") as full:
        run_to_the_end(onit, mode, full)


def fill(end):
    flags = fcntl.fcntl(end, fcntl.F_GETFL)
    fcntl.fcntl(end, fcntl.F_SETFL, flags | os.O_NONBLOCK)
    for size in (4096, 1):
        try:
            while True:
                os.write(end, b"x" * size)
        except BlockingIOError:
            pass
    fcntl.fcntl(end, fcntl.F_SETFL, flags)


@every_mode
@pytest.mark.parametrize("room", [0, 1, 100])
def test_a_full_pipe_that_nobody_reads_is_no_harm_and_its_flags_are_left_alone(onit, mode, room):
    reader, writer = os.pipe()
    fill(writer)
    os.read(reader, room)
    before = fcntl.fcntl(writer, fcntl.F_GETFL)
    run_to_the_end(onit, mode, writer)
    assert fcntl.fcntl(writer, fcntl.F_GETFL) == before
    assert not before & os.O_NONBLOCK
    os.close(reader)
    os.close(writer)


@every_mode
def test_a_pipe_whose_reader_is_gone_is_no_harm_and_no_SIGPIPE_reaches_the_command(onit, mode):
    reader, writer = os.pipe()
    os.close(reader)
    run_to_the_end(onit, mode, writer)
    os.close(writer)


@every_mode
def test_a_SIGPIPE_that_somebody_sends_is_forwarded_all_the_same(onit, mode):
    reader, writer = os.pipe()
    os.close(reader)
    running = onit.start("-v", helper("family"), mode=mode, stderr=writer)
    running.lines_until("main ready")
    running.signal(signal.SIGPIPE)
    assert running.line() == "main got 13"
    running.end_input()
    assert running.rest() == []
    os.close(writer)


@every_mode
def test_a_stopped_terminal_is_no_harm(onit, mode):
    ours, theirs = pty.openpty()
    os.fchmod(theirs, 0o666)
    termios.tcflow(theirs, termios.TCOOFF)  # what Ctrl-S does
    run_to_the_end(onit, mode, theirs)
    termios.tcflow(theirs, termios.TCOON)
    os.close(theirs)
    os.close(ours)


@every_mode
def test_a_message_in_a_pipe_that_others_write_too_comes_whole(onit, mode):
    running = onit.start("-v", "sh", "-c", "for i in 1 2 3 4 5; do (echo line >&2; :) & done; wait", mode=mode)
    assert running.wait() == 0
    lines = running.errors().splitlines()
    assert lines.count("line") == 5
    assert all(line == "line" or line.startswith("onit: ") for line in lines)
