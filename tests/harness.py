"""The harness: starts onit in every way that the tests need, and looks from outside at what it does.

A mode says who starts onit and whether it is PID 1 of a namespace:

    root        as root, somewhere in the process tree       user        as an ordinary user without privileges
    root-pid1   as root, PID 1 of a new pid namespace        user-pid1   the same inside of a user namespace

In all of them signals come from outside, to the pid that onit has here.

The tests themselves run in a pid namespace. An onit that is broken may signal whom it should not, and as root that
would be the machine. And whatever a test leaves behind becomes the child of this process, its PID 1, and fails the test.
"""

import ctypes
import os
import pathlib
import platform
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
ONIT = os.environ.get("ONIT", str(ROOT / "build" / "onit"))
PLAIN = os.environ.get("ONIT_PLAIN", str(ROOT / "build" / "plain" / "onit"))
HELPERS = pathlib.Path(os.environ.get("ONIT_HELPERS", str(ROOT / "build" / "plain" / "helpers")))

# Far above what anything here takes, also on a loaded machine: it only ends a test that hangs.
TIMEOUT_S = 30

NAMESPACE = ["unshare", "--fork", "--pid", "--mount-proc", "--kill-child"]
UNPRIVILEGED = ["setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups", "--no-new-privs"]
MODES = {
    "root": [],
    "root-pid1": NAMESPACE,
    "user": UNPRIVILEGED,
    "user-pid1": [*UNPRIVILEGED, "unshare", "--user", "--map-root-user", *NAMESPACE[1:]],
}
every_mode = pytest.mark.parametrize("mode", MODES)
as_root = pytest.mark.parametrize("mode", ["root", "root-pid1"])


def pytest_cmdline_main(config):
    """Starts pytest anew as PID 1 of a namespace, unless it is that already."""
    # A shell starts what it puts into the background with SIGINT ignored, and every command here would inherit that.
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    stop_ignoring_internal_signals()
    if os.getpid() == 1:
        os.setsid()  # one that can be seen from inside, as the sessions of shells can
        return None
    return subprocess.call([*NAMESPACE, sys.executable, "-m", "pytest", *config.invocation_params.args])


def stop_ignoring_internal_signals():
    """glibc's posix_spawn(3), as make uses it, starts programs with the two signals ignored that glibc keeps for itself,
    and neither it nor Python lets anybody change that."""
    rt_sigaction = {"x86_64": 13, "aarch64": 134}[platform.machine()]
    by_default = ctypes.create_string_buffer(64)
    for number in (32, 33):
        assert ctypes.CDLL(None).syscall(rt_sigaction, number, by_default, None, 8) == 0


def helper(name):
    return str(HELPERS / name)


def until(condition, what):
    """Waits for something that announces itself in no other way."""
    deadline = time.monotonic() + TIMEOUT_S
    while not (value := condition()):
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.003)
    return value


# --- /proc ----------------------------------------------------------------------------------------------


def status(pid):
    """The fields of /proc/PID/status; empty if there is no such process."""
    try:
        lines = pathlib.Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def children(pid):
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            found += map(int, pathlib.Path(f"/proc/{pid}/task/{task}/children").read_text().split())
    except (FileNotFoundError, ProcessLookupError):
        pass
    return found


def descendants(pid):
    found = children(pid)
    for child in found:
        found += children(child)
    return found


def name_of(pid):
    return status(pid).get("Name", "")


def is_dead(pid):
    return status(pid).get("State", "X")[0] in "ZX"


def is_ending(pid):
    """It is dead, or its memory is gone already: whoever waits for the end of its output may hear of it before."""
    return is_dead(pid) or "VmSize" not in status(pid)


def program_of(pid):
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return ""


# --- Running --------------------------------------------------------------------------------------------


class Running:
    """onit, or another program in its place, started and not waited for; if need be, through a program that executes
    it. What the command writes to stdout is read line by line."""

    def __init__(self, arguments, mode, through=(), program=ONIT, stderr=subprocess.PIPE, **popen):
        self.program = str(program)
        self.process = subprocess.Popen(
            [*MODES[mode], *map(str, through), self.program, *map(str, arguments)], stdin=popen.pop("stdin", subprocess.PIPE),
            stdout=popen.pop("stdout", subprocess.PIPE), stderr=stderr, **popen)
        self.unread = b""

    @property
    def onit(self):
        """onit's pid as it is seen from here, as soon as there is one."""
        here = os.path.realpath(self.program)

        def find():
            assert self.process.poll() is None, f"ended: {self.process.returncode}"
            return [pid for pid in [self.process.pid, *descendants(self.process.pid)] if program_of(pid) == here]

        return until(find, "onit runs")[0]

    def line(self):
        """The next line that the command writes."""
        deadline = time.monotonic() + TIMEOUT_S
        while b"\n" not in self.unread:
            ready = select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))[0]
            assert ready, f"no line in {TIMEOUT_S} s; so far: {self.unread}"
            got = os.read(self.process.stdout.fileno(), 65536)
            assert got, f"the output ended: {self.unread}"
            self.unread += got
        line, _, self.unread = self.unread.partition(b"\n")
        return line.decode()

    def lines_until(self, last):
        lines = [self.line()]
        while lines[-1] != last:
            lines.append(self.line())
        return lines

    def rest(self):
        """All that is still written, up to the end."""
        while select.select([self.process.stdout], [], [], TIMEOUT_S)[0]:
            got = os.read(self.process.stdout.fileno(), 65536)
            if not got:
                text, self.unread = self.unread.decode(), b""
                return text.splitlines()
            self.unread += got
        raise AssertionError(f"the output does not end; so far: {self.unread}")

    def end_input(self):
        self.process.stdin.close()

    def signal(self, number):
        os.kill(self.onit, number)

    def wait(self):
        """onit's exit code, or minus the signal that killed it."""
        return self.process.wait(TIMEOUT_S)

    def errors(self):
        return self.process.stderr.read().decode()


class Runner:
    """Starts onit; ends what is left of it after the test."""

    def __init__(self):
        self.running = []

    def start(self, *arguments, mode="root", **popen):
        self.running.append(Running(arguments, mode, **popen))
        return self.running[-1]

    def run(self, *arguments, mode="root", program=ONIT, **options):
        """Runs onit to its end: returncode, stdout, stderr."""
        options = {"stdin": subprocess.DEVNULL, "text": True, "errors": "surrogateescape"} | options
        return subprocess.run([*MODES[mode], str(program), *map(str, arguments)], capture_output="stderr" not in options,
                              timeout=TIMEOUT_S, check=False, **options)

    def end(self):
        for running in self.running:
            if running.process.poll() is None:
                for pid in [*descendants(running.process.pid), running.process.pid]:
                    kill(pid)
                running.process.wait(TIMEOUT_S)
            for stream in (running.process.stdin, running.process.stdout, running.process.stderr):
                if stream:
                    try:
                        stream.close()
                    except BrokenPipeError:
                        pass


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def strays():
    """Processes that became ours because those who started them are gone. Dead ones are reaped, not told."""
    found = []
    for pid in children(os.getpid()):
        if is_dead(pid):
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                pass
        else:
            found.append(pid)
    return found


def end_strays():
    """Ends what a test has left behind on purpose."""

    def all_gone():
        for pid in strays():
            kill(pid)
        return not children(os.getpid())

    until(all_gone, "nothing is left")


@pytest.fixture
def onit():
    runner = Runner()
    yield runner
    known = [running.process.pid for running in runner.running if running.process.returncode is None]
    left = [f"{pid} {name_of(pid)}" for pid in children(os.getpid()) if pid not in known and not is_ending(pid)]
    runner.end()
    end_strays()
    assert not left, f"left behind: {left}"


@pytest.fixture
def room():
    """A directory that every user can use."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="onit-test-"))
    path.chmod(0o777)
    yield path
    shutil.rmtree(path)
