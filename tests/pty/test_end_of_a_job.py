"""The violent ends of a job of an interactive bash: whom the terminal is with afterwards, and what is left."""

import os
import signal

import pytest

from jobs import STOPPED, STOPPED_BY_STOP, bring_back, check_copies, onit, suspend, wait_gone  # noqa: F401
from terminal import CTRL_BACKSLASH, CTRL_C, CTRL_Z, Process, wait_until


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGHUP])
def test_the_terminal_comes_back_from_a_command_that_was_killed(shell, onit, number):
    shell.enter(f"{onit}cat")
    shell.wait_reading("cat").send(number)
    shell.finish(128 + number)
    shell.check_usable()


def test_the_terminal_comes_back_from_a_suspended_command_that_was_killed(shell, onit):
    command = suspend(shell, f"{onit}cat", "cat")
    command.send(signal.SIGKILL)
    shell.enter("fg")
    shell.expect("[137]> ", "[1]> ")  # the shell may know already that a bare command is gone
    shell.check_usable()


def test_the_terminal_comes_back_when_onit_is_killed(shell):
    shell.enter("onit cat")
    command = shell.wait_reading("cat")
    Process(command.parent).send(signal.SIGKILL)
    shell.finish(137)
    # Nobody is left to tell the command; one that waits for a line already still gets it.
    command.send(signal.SIGKILL)
    command.wait_gone()
    shell.check_usable()


def test_the_terminal_stays_with_the_shell_when_a_job_ends_that_was_stopped_from_outside(shell):
    shell.enter("onit cat")
    command = shell.wait_reading("cat")
    job = Process(command.parent)
    job.send(signal.SIGSTOP)
    shell.finish(STOPPED_BY_STOP)
    command.send(signal.SIGKILL)
    command.wait_gone()
    shell.run("bg")
    job.wait_gone()
    shell.check_usable()


def test_a_job_that_was_stopped_from_outside_goes_on_in_the_foreground(shell, onit, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    line = f"{onit}cat {tmp_path}/fifo -"
    shell.enter(line)
    shell.wait_foreground("cat")
    Process(shell.session.pid).children[0].send(signal.SIGSTOP)
    shell.finish(STOPPED_BY_STOP)
    shell.check_usable()
    bring_back(shell, line)
    shell.wait_foreground("cat")
    (tmp_path / "fifo").write_text("")
    check_copies(shell)
    shell.type(CTRL_Z)
    shell.finish(STOPPED)
    shell.check_usable()


def test_a_terminal_that_is_hung_up_ends_the_job(shell, onit):
    shell.enter(f"{onit}cat")
    command = shell.wait_reading("cat")
    shell.hang_up()
    wait_gone(shell, command)
    assert shell.wait() == 129


def test_a_terminal_that_is_hung_up_ends_a_suspended_job(shell, onit):
    command = suspend(shell, f"{onit}cat", "cat")
    shell.hang_up()
    wait_gone(shell, command)
    assert shell.wait() == 129


@pytest.mark.parametrize("key", [CTRL_C, CTRL_BACKSLASH], ids=["Ctrl-C", "Ctrl-backslash"])
def test_a_key_ends_the_wait_for_what_outlived_the_command(shell, key, tmp_path):
    # What reads a terminal that is not its own is stopped, and hears of no signal until it is continued.
    os.mkfifo(tmp_path / "fifo")
    # A plain `cat &` of a shell without job control would ignore both keys.
    run = f'import subprocess; subprocess.Popen(["cat", "{tmp_path}/fifo", "-"])'
    shell.enter(f"onit --on-exit wait python3 -c '{run}'")
    reader = shell.wait_named("cat")
    wait_until(lambda: Process(shell.foreground()).name == "onit", lambda: f"onit has the terminal back\n{shell}")
    (tmp_path / "fifo").write_text("")
    reader.wait_stopped()
    shell.type(key)
    shell.expect("]> ")
    shell.check_usable()
