"""What a hostile or merely strange neighbour can do: nothing but what it could have done to the command itself."""

import errno
import fcntl
import json
import os
import pathlib
import resource
import signal
import struct
import subprocess
import sys
import termios
import time

import pytest

from harness import (MODES, ONIT, TIMEOUT_S, as_root, children, descendants, every_mode, helper, is_dead, name_of,
                      status, strays, until)

subreaper = pytest.mark.parametrize("mode", ["root", "user"])

CAPABILITIES = ("CapInh", "CapPrm", "CapEff", "CapAmb")


def run(*command, mode="root", **options):
    """Runs a program that executes onit, or is it, to its end."""
    options = {"stdin": subprocess.DEVNULL, "text": True, "capture_output": True} | options
    return subprocess.run([*MODES[mode], *map(str, command)], timeout=TIMEOUT_S, check=False, **options)


# --- Users


@as_root
@pytest.mark.parametrize("before, options, after", [
    ("0,1000", [], {1000}),
    ("1000,4,0", ["--group-add", "4"], {4, 1000}),
    ("0", [], {1000}),
    ("0,7,8", ["--group-add", "7"], {7, 1000}),
], ids=str)
def test_a_change_of_user_leaves_none_of_the_groups_of_root(mode, before, options, after):
    result = run("setpriv", "--groups", before, ONIT, "--user", "1000", *options, "id", "-G", mode=mode)
    assert (result.returncode, set(map(int, result.stdout.split()))) == (0, after), result


@as_root
@pytest.mark.parametrize("who", ["1000", "1000:1000"])
def test_whoever_becomes_the_same_user_gives_up_ambient_capabilities(mode, who):
    launcher = ["setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups", "--inh-caps", "+net_raw",
                "--ambient-caps", "+net_raw"]

    def capabilities(*options):
        result = run(*launcher, ONIT, *options, "cat", "/proc/self/status", mode=mode)
        assert result.returncode == 0, result
        fields = dict(line.split(":", 1) for line in result.stdout.splitlines())
        return {name: int(fields[name], 16) for name in CAPABILITIES}

    assert all(capabilities().values())
    assert not any(capabilities("--user", who).values())


# --- Whoever can open what onit has open

FORGE = """
import os, struct, sys
onit = f"/proc/{os.getppid()}/fd"
tried = 0
for name in os.listdir(onit):
    if int(name) <= 2: continue
    tried += 1
    for flags in (os.O_WRONLY, os.O_RDWR):
        try:
            fd = os.open(f"{onit}/{name}", flags | os.O_NONBLOCK)
            os.write(fd, struct.pack("BxxxiI", int(sys.argv[1]), 2, 0))
        except OSError:
            pass
print(tried, flush=True)
sys.exit(7)
"""


@every_mode
@pytest.mark.parametrize("stage", [0, 5, 10])
def test_the_command_cannot_forge_how_it_ended(onit, mode, stage):
    result = onit.run(sys.executable, "-c", FORGE, stage, mode=mode)
    assert (result.returncode, result.stderr) == (7, ""), result
    assert int(result.stdout) > 0  # there was something to try it with


# --- Limits


@every_mode
def test_a_message_above_the_file_size_limit_sends_the_command_no_SIGXFSZ(onit, room, mode):
    with open(room / "stderr", "wb") as file:
        running = onit.start("-v", helper("family"), "--exit", 3, mode=mode, stderr=file,
                             through=["prlimit", "--fsize=0"])
    running.lines_until("main ready")
    for _ in range(5):
        running.signal(signal.SIGUSR1)
        assert running.line() == "main got 10"
    running.end_input()
    assert running.rest() == []
    assert running.wait() == 3
    assert (room / "stderr").read_bytes() == b""


@every_mode
def test_a_command_that_a_SIGXFSZ_would_kill_ends_with_its_own_code(room, mode):
    with open(room / "stderr", "wb") as file:
        result = run("prlimit", "--fsize=0", ONIT, "-v", "sh", "-c", "sleep 0.2; exit 6", mode=mode,
                     capture_output=False, stderr=file)
    assert result.returncode == 6


@as_root
def test_a_limit_of_descriptors_is_not_in_the_way_of_the_oom_score(onit, mode):
    # Without a fourth descriptor no dynamic program starts. onit is static, and is there to be looked at for as long as
    # nobody reads its help.
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    os.write(writer, b"x" * 4096)
    running = onit.start("--ulimit", "nofile=3", "--oom-score-adj", "5", ONIT, "--help", mode=mode, stdout=writer)
    os.close(writer)
    pid = running.onit

    def command():
        assert running.process.poll() is None, running.errors()
        for child in children(pid):
            if pathlib.Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")[1:2] == [b"--help"]:
                return child
        return None

    found = until(command, "the command has been executed")
    assert int(pathlib.Path(f"/proc/{found}/oom_score_adj").read_text()) == 5
    assert resource.prlimit(found, resource.RLIMIT_NOFILE) == (3, 3)
    with open(reader, "rb") as output:
        assert b"--help" in output.read()
    assert running.wait() == 0


# --- Processes

DEAD_CHILD = """
import os, sys
child = os.fork()
if child == 0: os._exit(0)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
os.execv(sys.argv[1], sys.argv[1:])
"""


@every_mode
def test_a_child_that_was_dead_before_onit_was_there_is_reaped_while_the_command_runs(onit, mode):
    running = onit.start(helper("family"), mode=mode, through=[sys.executable, "-c", DEAD_CHILD])
    running.lines_until("main ready")
    pid = running.onit
    until(lambda: [name_of(child) for child in children(pid)] == ["family"], "only the command is left")
    running.end_input()
    assert running.wait() == 0


# PID 1 as a user who does not see who cannot be debugged.
HIDDEN = ["unshare", "--fork", "--pid", "--mount", "--kill-child", "sh", "-c",
          'mount -t proc -o hidepid=2 proc /proc && exec setpriv --reuid 1000 --regid 1000 --clear-groups "$@"', "sh"]


@pytest.mark.parametrize("target", ["child", "group", "all"])
def test_a_signal_reaches_a_command_that_cannot_be_found(onit, target):
    running = onit.start("--forward", target, helper("hostile_hidden"), through=HIDDEN)
    assert running.line() == "ready"
    running.signal(signal.SIGTERM)
    assert running.wait() == 42
    assert running.errors() == ""


@pytest.mark.parametrize("options", [["--stop-grace-period", "100ms"], ["--stop-grace-period", "0"]], ids=" ".join)
def test_what_cannot_be_found_and_does_not_end_keeps_PID_1_no_longer_than_the_rest(onit, options):
    running = onit.start(*options, helper("hostile_hidden"), "--leave", through=HIDDEN)
    assert running.line() == "ready"
    assert running.wait() == 5
    assert "does not end" not in running.errors()  # it was killed, not left to the kernel


@subreaper
@pytest.mark.parametrize("member", ["away,session,ignore", "away,session,orphan,ignore"])
def test_a_dead_orphan_that_somebody_else_traces_does_not_keep_onit(onit, mode, member):
    running = onit.start("--stop-grace-period", "50ms", helper("family"), "--exit", 4, member, mode=mode)
    running.lines_until("main ready")
    away, = [pid for pid in descendants(running.onit) if name_of(pid) == "away"]
    tracer = subprocess.Popen([helper("hostile_tracer"), str(away)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              text=True)
    assert tracer.stdout.readline() == "seized\n"
    running.end_input()
    assert running.process.wait(20) == 4
    assert is_dead(away)
    assert "killed 'away'" in running.errors()
    tracer.communicate(timeout=TIMEOUT_S)
    assert tracer.returncode == 0


def start_storm(onit, room, grace):
    """Returns when the command has ended, and the storm is what remains."""
    with open(room / "stderr", "wb") as file:
        running = onit.start("-v", "--stop-grace-period", grace, helper("storm"), 8, 0, 500, mode="root-pid1", stderr=file)
    assert running.line() == "ready"
    until(lambda: b"ended with exit code 5" in (room / "stderr").read_bytes(), "onit knows that the command has ended")
    return running


def test_PID_1_of_a_storm_takes_signals(onit, room):
    running = start_storm(onit, room, "1h")
    pid = running.onit
    running.signal(signal.SIGUSR1)
    until(lambda: not int(status(pid)["ShdPnd"], 16) & 1 << (signal.SIGUSR1 - 1), "onit takes the signal")
    running.signal(signal.SIGKILL)
    running.wait()


def test_PID_1_of_a_storm_ends(onit, room):
    before = time.monotonic()
    running = start_storm(onit, room, "1s")
    assert running.wait() == 5
    assert time.monotonic() - before < 15
    assert b"does not end" not in (room / "stderr").read_bytes()


# --- What a profile refuses


@every_mode
@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOSYS], ids=["EPERM", "ENOSYS"])
def test_without_splice_a_message_still_gets_into_a_pipe(onit, mode, number):
    running = onit.start("/nonexistent", mode=mode, through=[helper("hostile_refuse"), "splice", number])
    assert running.wait() == 127
    lines = running.errors().splitlines()
    assert len(lines) == 1 and lines[0].startswith("onit: ") and "/nonexistent" in lines[0], lines


@every_mode
@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOSYS], ids=["EPERM", "ENOSYS"])
def test_without_signals_to_wait_for_onit_says_so_and_ends(onit, mode, number):
    running = onit.start(helper("family"), mode=mode, through=[helper("hostile_refuse"), "rt_sigtimedwait", number])
    assert running.wait() == 70
    running.end_input()  # and with it the command, where that has outlived onit
    assert set(running.rest()) <= {"main ready"}
    until(lambda: not strays(), "nobody is left")
    errors = running.errors()
    assert errors.count("\n") == 1 and "rt_sigtimedwait" in errors, errors


# --- Files, options, variables


def test_an_env_file_that_nobody_writes_is_125_and_named(onit, room):
    os.mkfifo(room / "fifo")
    result = onit.run("--env-file", room / "fifo", "true")
    assert result.returncode == 125
    assert result.stderr.count("\n") == 1 and str(room / "fifo") in result.stderr, result


@every_mode
def test_an_env_file_may_be_a_pipe_that_somebody_writes_piece_by_piece(onit, room, mode):
    os.mkfifo(room / "fifo")
    (room / "fifo").chmod(0o666)
    running = onit.start("--clear-env", "--env-file", room / "fifo", "/usr/bin/env", mode=mode)

    def open_to_write():
        try:
            return os.open(room / "fifo", os.O_WRONLY | os.O_NONBLOCK)
        except OSError as failure:
            assert failure.errno == errno.ENXIO, failure
            return None

    def is_read():
        return struct.unpack("i", fcntl.ioctl(writer, termios.FIONREAD, b"\0" * 4))[0] == 0

    writer = until(open_to_write, "onit has opened it")
    for piece in (b"A=1\nB", b"=2\n", b"C=3"):
        os.write(writer, piece)
        until(is_read, "onit has read it")
    os.close(writer)
    assert running.rest() == ["A=1", "B=2", "C=3"]
    assert running.wait() == 0


@every_mode
def test_an_env_file_may_be_the_output_of_a_process(mode):
    result = run("bash", "-c", '"$0" --clear-env --env-file <(echo A=1; echo B=2) /usr/bin/env', ONIT, mode=mode)
    assert (result.returncode, result.stdout) == (0, "A=1\nB=2\n"), result


@pytest.mark.parametrize("arguments", [["--verbose", "-xv"], ["-xv"], ["-vx"], ["--quiet", "-vx"]], ids=" ".join)
def test_an_unknown_short_option_is_named_wherever_it_stands(onit, arguments):
    result = onit.run(*arguments, "true")
    assert result.returncode == 125
    assert result.stderr.count("\n") == 1 and "'-x'" in result.stderr, result


@every_mode
def test_a_variable_that_was_there_twice_is_there_once_when_it_is_set(mode):
    result = run(helper("launch_with"), "--env", "A=1", "--env", "B=1", "--env", "A=3", "--env", "AA=4", "--env", "A=5",
                 "--", ONIT, "--env", "A=2", "/usr/bin/env", mode=mode)
    assert (result.returncode, result.stdout) == (0, "A=2\nB=1\nAA=4\n"), result


@pytest.mark.parametrize("raw, shown", [
    (b"caf\xe9", "caf\u00e9"),
    (b"\xff\xfe", "\u00ff\u00fe"),
    (b"\xc3", "\u00c3"),
    (b"\xed\xa0\x80", "\u00ed\u00a0\u0080"),  # a surrogate
    ("gr\u00fc\u00df \"\\\n".encode(), "gr\u00fc\u00df \"\\\n"),
], ids=repr)
def test_a_dry_run_is_JSON_whatever_bytes_there_are(onit, raw, shown):
    result = onit.run("--dry-run", "--env", os.fsdecode(b"X=" + raw), "echo", os.fsdecode(raw), text=False, errors=None)
    assert result.returncode == 0, result
    plan = json.loads(result.stdout.decode("utf-8", "strict"))
    assert plan["command"] == ["echo", shown]
