"""For the tests of onit among the jobs of an interactive bash. Most of them run three times: with the bare command,
which shows what is to be expected, with onit in front of it, and with two of them."""

import pytest

from terminal import CTRL_Z, wait_until

STOPPED = 128 + 20
STOPPED_BY_STOP = 128 + 19


@pytest.fixture(params=["", "onit ", "onit onit "], ids=["bare", "onit", "onit onit"])
def onit(request):
    """What stands in front of the command."""
    return request.param


def wait_gone(shell, command):
    """Waits until the command is gone, and onit with it. The shell's word is of no use here: bash 5.2 may show a job as
    stopped that it has reaped."""
    command.wait_gone()
    wait_until(lambda: not shell.named("onit"), lambda: f"onit is gone\n{shell}")


def suspend(shell, line, name):
    """Runs a line in the foreground and suspends it once the command of this name reads the terminal."""
    shell.enter(line)
    command = shell.wait_reading(name)
    shell.type(CTRL_Z)
    shell.expect("Stopped")
    shell.finish(STOPPED)
    command.wait_stopped()
    return command


def bring_back(shell, line=""):
    """Continues the job in the foreground. What is typed before the shell lets go of the terminal is for the shell."""
    before = shell.foreground()
    shell.enter("fg")
    shell.expect(line + "\r\n")
    wait_until(lambda: shell.foreground() != before, lambda: f"the job is in the foreground\n{shell}")


def check_copies(shell):
    """A cat in the foreground gets what is typed."""
    shell.enter("hello")
    shell.expect("hello\r\n")
