"""`catatonit -P`, the pause of a pod: it holds a pid namespace, and reaps whom others leave in it."""

import os
import signal
import subprocess
import sys

import pytest

from harness import ONIT, TIMEOUT_S, children, every_mode, helper, is_dead, name_of, program_of, status, until
from personalities import tools, with_options  # noqa: F401

as_pid_1 = pytest.mark.parametrize("mode", ["root-pid1", "user-pid1"])


def start_pause(onit, tools, *options, mode, **more):
    running = onit.start("-P", *options, program=tools / "catatonit", mode=mode, **more)
    pid = running.onit
    until(lambda: status(pid)["State"][0] == "S", "it waits for signals")
    return running


def inside(running, mode):
    """The words before a command that is to run in the pid namespace of the pause."""
    return ["nsenter", "--target", str(running.onit), *(["--user"] if mode == "user-pid1" else []), "--pid", "--"]


class Adopted:
    """A process in the pid namespace of a pause that has become the pause's child."""

    def __init__(self, pause, mode, member):
        self.process = subprocess.Popen([*inside(pause, mode), helper("family"), "--now", member],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.name = member.split(",")[0]
        assert self.process.stdout.readline() == f"{self.name} ready\n"
        assert self.process.stdout.readline() == "main ready\n"
        assert self.process.wait(TIMEOUT_S) == 0
        self.pid = until(lambda: [pid for pid in children(pause.onit) if name_of(pid) == self.name],
                         "it was adopted")[0]

    def rest(self):
        return self.process.stdout.read().splitlines()

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture
def adopt():
    adopted = []

    def one(*arguments):
        adopted.append(Adopted(*arguments))
        return adopted[-1]

    yield one
    for process in adopted:
        process.close()


@every_mode
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("options", [[], ["/no/such/thing", "-g"]])
def test_a_pause_ends_with_0_when_it_is_asked_to(onit, tools, mode, number, options):
    running = start_pause(onit, tools, *options, mode=mode)
    assert children(running.onit) == []
    running.signal(number)
    assert running.wait() == 0
    assert running.rest() == []
    assert running.errors() == ""


@every_mode
def test_a_pause_swallows_every_other_signal(onit, tools, mode):
    running = start_pause(onit, tools, mode=mode)
    pid = running.onit
    for number in range(1, 65):
        if number not in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGINT):
            os.kill(pid, number)
            until(lambda: status(pid) and int(status(pid)["ShdPnd"], 16) == 0, "it was taken")
            assert running.process.poll() is None, number
            assert status(pid)["State"][0] not in "Tt", number
    running.signal(signal.SIGTERM)
    assert running.wait() == 0


@as_pid_1
def test_a_pause_reaps_what_it_is_given(onit, tools, adopt, mode):
    running = start_pause(onit, tools, mode=mode)
    first, second = adopt(running, mode, "lost,orphan,eof"), adopt(running, mode, "daemon,session,orphan,code=3")
    assert set(children(running.onit)) == {first.pid, second.pid}
    first.process.stdin.close()
    until(lambda: not status(first.pid), "it was reaped")
    os.kill(second.pid, signal.SIGKILL)
    until(lambda: not status(second.pid), "it was reaped")
    assert running.process.poll() is None
    running.signal(signal.SIGTERM)
    assert running.wait() == 0


@as_pid_1
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_a_pause_has_adopted_is_asked_to_end_before_it_ends_itself(onit, tools, adopt, mode, number):
    running = start_pause(onit, tools, mode=mode)
    adopted = [adopt(running, mode, "lost,orphan"), adopt(running, mode, "daemon,session,orphan,stopped")]
    until(lambda: status(adopted[1].pid)["State"][0] == "T", "one is stopped")
    running.signal(number)
    assert running.wait() == 0
    assert adopted[0].rest() == ["lost got 15"]
    assert "daemon got 15" in adopted[1].rest()


@as_pid_1
def test_what_a_pause_has_adopted_and_does_not_end_is_killed(onit, tools, adopt, mode):
    running = start_pause(onit, tools, mode=mode, env=with_options("--stop-grace-period 2s"))
    stubborn = adopt(running, mode, "lost,orphan,ignore")
    running.signal(signal.SIGTERM)
    assert running.wait() == 0
    assert stubborn.rest() == ["lost got 15"]
    assert is_dead(stubborn.pid)


@pytest.mark.parametrize("mode", ["root", "user"])
def test_a_pause_that_is_not_PID_1_adopts_too(onit, tools, mode):
    # A child that the pause has from before, and which loses a child of its own to the pause.
    script = ("import os, sys, time\n"
              "if os.fork() == 0:\n"
              "    if not sys.stdin.readline(): os._exit(1)\n"
              "    if os.fork() == 0:\n"
              "        print(os.getppid(), flush=True)\n"
              "        while sys.stdin.readline(): pass\n"
              "        os._exit(0)\n"
              "    os._exit(0)\n"
              "os.execv(sys.argv[1], sys.argv[1:])\n")
    running = onit.start("-P", program=tools / "catatonit", mode=mode, through=[sys.executable, "-c", script])
    pid = running.onit
    until(lambda: status(pid)["State"][0] == "S", "it waits for signals")
    assert len(children(pid)) == 1
    middle = children(pid)[0]
    running.process.stdin.write(b"go\n")
    running.process.stdin.flush()
    assert running.line() in (str(middle), str(pid))
    until(lambda: not status(middle), "the one between was reaped")
    orphan, = until(lambda: children(pid), "the orphan was adopted")
    assert program_of(orphan) != os.path.realpath(ONIT)
    running.end_input()
    until(lambda: not status(orphan), "it was reaped")
    running.signal(signal.SIGTERM)
    assert running.wait() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_pause_that_is_PID_1_waits_for_those_who_would_end_with_it(onit, number):
    """As containers do that share the pid namespace of a pod: they come from elsewhere."""
    pause = onit.start("--as", "catatonit", "-P", mode="root-pid1")
    pid = pause.onit
    until(lambda: status(pid)["State"][0] == "S", "it waits for signals")
    container = subprocess.Popen(["nsenter", f"--target={pid}", "--pid", helper("family")], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, text=True)
    assert container.stdout.readline() == "main ready\n"

    def looks():
        return int(status(pid)["voluntary_ctxt_switches"])

    before = looks()
    os.kill(pid, number)
    until(lambda: looks() > before + 3, "the pause has taken its signal, and looks around")
    assert not is_dead(pid)
    container.communicate(timeout=TIMEOUT_S)
    assert pause.wait() == 0
