"""What the acts of the demonstration share: colours, namespaces, and patience."""

import os
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ONIT = pathlib.Path(os.environ.get("ONIT", HERE.parent / "build" / "onit"))
PYTHON = "/usr/bin/python3"
LIMIT = 20  # seconds for anything that should take none

COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ
BOLD, DIM, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN = 1, 2, 31, 32, 33, 34, 35, 36


def paint(code, text):
    return f"\033[{code}m{text}\033[0m" if COLOUR else text


def wait_until(condition):
    end = time.monotonic() + LIMIT
    while not (result := condition()):
        if time.monotonic() > end:
            sys.exit("demo: this takes too long")
        time.sleep(0.01)
    return result


def children_of(parent):
    """Pid and state of each child, from /proc/PID/stat."""
    for entry in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, rest = entry.parent.name, entry.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(rest[1]) == parent:
            yield int(pid), rest[0]


def start_as_pid1(*command, **options):
    """Runs a command as PID 1 of a PID namespace of its own, which ends with it. Returns the process around it."""
    unshare = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    if os.geteuid() != 0:
        unshare += ["--user", "--map-root-user"]
    return subprocess.Popen([*unshare, *command], **options)


def pid1_of(runner):
    """The pid outside of what start_as_pid1() runs, once it is there."""
    wait_until(lambda: runner.poll() is not None or any(children_of(runner.pid)))
    if runner.poll() is not None:
        sys.exit("demo: cannot make a PID namespace; try it as root")
    return next(children_of(runner.pid))[0]
