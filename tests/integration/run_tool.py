"""For the tests of run and run-multi: onit as either of them, and what comes from it."""

import signal

import pytest

from harness import ONIT, children, descendants, helper, name_of, until

# Where a second has to pass: as PID 1 and not, as root and not.
two_modes = pytest.mark.parametrize("mode", ["root", "user-pid1"])
not_pid_1 = pytest.mark.parametrize("mode", ["root", "user"])
both = pytest.mark.parametrize("tool", ["run", "run-multi"])

FORWARDED = {"run": {signal.SIGALRM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1,
                     signal.SIGUSR2, signal.SIGWINCH},
             "run-multi": {signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1,
                           signal.SIGUSR2}}
CATCHABLE = [number for number in range(1, 65) if number not in (signal.SIGKILL, signal.SIGSTOP)]


class Tool:
    """onit under the name of a tool."""

    def __init__(self, onit, room, name):
        self.onit, self.path = onit, room / name
        self.path.symlink_to(ONIT)

    def run(self, *arguments, **options):
        return self.onit.run(*arguments, program=self.path, **options)

    def start(self, *arguments, **options):
        return self.onit.start(*arguments, program=self.path, **options)


@pytest.fixture
def run(onit, room):
    return Tool(onit, room, "run")


@pytest.fixture
def named(onit, room):
    return lambda name: Tool(onit, room, name)


def start_family(tool, *options, main=(), members=(), mode="root", **more):
    running = tool.start(*options, helper("family"), *main, *members, mode=mode, **more)
    running.lines_until("main ready")
    return running


def pid_of(running, name):
    return until(lambda: [pid for pid in descendants(running.onit) if name_of(pid) == name], f"there is {name}")[0]


def commands_of(running, count):
    """Those that are families; their members have names of their own."""
    def found():
        pids = [pid for pid in children(running.onit) if name_of(pid) == "family"]
        return len(pids) == count and pids

    return until(found, f"there are {count} commands")


def lines(running, count):
    return [running.line() for _ in range(count)]
