"""A job of an interactive bash that is suspended and continued: by keys, by itself, by the terminal, by others."""

import os
import signal

import pytest

from jobs import STOPPED, STOPPED_BY_STOP, bring_back, check_copies, onit, suspend, wait_gone  # noqa: F401
from terminal import CTRL_C, CTRL_D, CTRL_Z, wait_until


def wait_job(shell, state):
    """Waits until the shell shows its job in this state."""
    wait_until(lambda: state in shell.run("jobs -l"), lambda: f"the job is {state}\n{shell}")


# --- Suspended and continued


def test_ctrl_z_suspends_and_fg_continues(shell, onit):
    suspend(shell, f"{onit}cat", "cat")
    jobs = shell.run("jobs")
    assert "Stopped" in jobs and f"{onit}cat\n" in jobs
    bring_back(shell, f"{onit}cat")
    check_copies(shell)
    shell.type(CTRL_C)
    shell.finish(130)
    shell.check_usable()


def test_it_can_be_suspended_again_and_again(shell, onit):
    command = suspend(shell, f"{onit}cat", "cat")
    for _ in range(5):
        bring_back(shell, f"{onit}cat")
        check_copies(shell)
        shell.type(CTRL_Z)
        shell.finish(STOPPED)
        command.wait_stopped()
        shell.check_usable()
    bring_back(shell, f"{onit}cat")
    shell.type(CTRL_D)
    shell.finish(0)


def test_a_read_after_bg_stops_the_job_again(shell, onit):
    command = suspend(shell, f"{onit}cat", "cat")
    shell.run("bg")
    wait_job(shell, "Stopped (tty input)")
    assert command.stopped
    shell.check_usable()
    bring_back(shell)
    check_copies(shell)
    shell.type(CTRL_D)
    shell.finish(0)


def test_bg_continues_what_needs_no_terminal(shell, onit, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    shell.enter(f"{onit}cat {tmp_path}/fifo")
    shell.wait_foreground("cat")
    shell.type(CTRL_Z)
    shell.finish(STOPPED)
    shell.run("bg")
    wait_job(shell, "Running")
    shell.check_usable()
    (tmp_path / "fifo").write_text("from the background\n")
    shell.expect("from the background\r\n")
    shell.enter("wait")
    shell.finish(0)
    shell.check_usable()


def test_a_suspended_job_can_be_killed(shell, onit):
    command = suspend(shell, f"{onit}cat", "cat")
    shell.run("kill %1")
    wait_gone(shell, command)
    shell.check_usable()


def test_a_suspended_job_can_be_killed_when_the_command_is_quicker_than_onit(shell, onit):
    # On one processor and with priority, the command has read, and been stopped for it, before onit can look further.
    line = f"taskset --cpu-list 0 {onit}chrt --fifo 1 cat"
    command = suspend(shell, line, "cat")
    shell.run("kill %1")
    wait_gone(shell, command)
    shell.check_usable()


def test_a_shell_that_ends_takes_its_suspended_job_with_it(shell, onit):
    command = suspend(shell, f"{onit}cat", "cat")
    shell.enter("exit")
    shell.expect("There are stopped jobs.")
    shell.finish(1)
    shell.enter("exit 3")
    assert shell.wait() == 3
    wait_gone(shell, command)


def test_a_job_from_the_background_can_be_brought_to_the_foreground(shell, onit):
    shell.background(f"{onit}cat")
    wait_job(shell, "Stopped (tty input)")
    bring_back(shell)
    check_copies(shell)
    shell.type(CTRL_Z)
    shell.finish(STOPPED)
    bring_back(shell)
    check_copies(shell)
    shell.type(CTRL_C)
    shell.finish(130)
    shell.check_usable()


@pytest.mark.parametrize("key, status", [(CTRL_C, 130), (CTRL_Z, STOPPED)], ids=["Ctrl-C", "Ctrl-Z"])
def test_a_running_job_that_was_brought_to_the_foreground_takes_keys(shell, onit, key, status):
    shell.background(f"{onit}sleep 1000")
    command = shell.wait_named("sleep")
    bring_back(shell, f"{onit}sleep 1000")
    shell.type(key)
    shell.finish(status)
    wait_until(lambda: command.stopped or not command.alive, "the command has got it")
    shell.check_usable()


def test_a_command_that_stops_itself_suspends_the_job(shell, onit):
    shell.enter(f"{onit}sh -c 'kill -STOP $$; echo continued'")
    shell.expect("Stopped")
    # STOP cannot be had for the whole group where TSTP may: what the status says is which of the two it was.
    shell.expect(f"[{STOPPED_BY_STOP}]> ", f"[{STOPPED}]> ")
    shell.enter("fg")
    shell.expect("continued\r\n")
    shell.finish(0)
    shell.check_usable()


def test_a_stop_is_noticed_that_comes_while_onit_hears_of_a_continuation(shell):
    # The tracer holds onit between its look at a change and what it does about it.
    held = "strace -DDD -o /dev/null -e trace=waitid -e inject=waitid:delay_exit=300000"
    shell.enter(f"{held} onit sh -c 'kill -STOP $$; sleep 0.1; kill -STOP $$; echo continued'")
    for _ in range(2):
        shell.expect("Stopped")
        shell.expect("]> ")
        shell.enter("fg")
    shell.expect("continued\r\n")
    shell.finish(0)


def test_a_command_that_a_person_stops_in_the_background_goes_on_when_he_continues_it(shell):
    shell.background("onit -v sleep 1000")
    command = shell.wait_named("sleep")
    command.send(signal.SIGSTOP)
    shell.expect(f"process {command.pid} was stopped by SIGSTOP\r\n")
    command.send(signal.SIGCONT)
    shell.expect(f"process {command.pid} was continued\r\n")
    assert "Running" in shell.run("jobs")


def test_a_command_that_ignores_ctrl_z_is_not_suspended_though_its_child_is(shell, onit):
    shell.enter(f"{onit}stubborn_parent")
    child = shell.wait_reading("cat")
    shell.type(CTRL_Z)
    child.wait_stopped()
    child.send(signal.SIGCONT)
    check_copies(shell)
    shell.type(CTRL_D)
    shell.finish(0)
    shell.check_usable()


def test_output_from_the_background_stops_it_if_the_terminal_says_so(shell, onit):
    shell.run("stty tostop")
    shell.background(f"{onit}sh -c 'echo hello'")
    wait_job(shell, "Stopped (tty output)")
    shell.enter("fg")
    shell.expect("hello\r\n")
    shell.finish(0)
    shell.check_usable()


def test_messages_of_onit_do_not_stop_it_in_the_background(shell):
    shell.run("stty tostop")
    shell.enter("onit -v true & wait $!")
    shell.finish(0)
    shell.check_usable()


# --- Full-screen programs


def test_an_editor_can_be_suspended_and_continued(shell, onit):
    shell.enter(f"{onit}editor")
    shell.expect("editing\r\n")
    shell.type("a")
    shell.expect("key a\r\n")
    shell.type("z")
    shell.finish(STOPPED)
    shell.check_usable()
    bring_back(shell, f"{onit}editor")
    shell.expect("editing again\r\n")
    shell.type("b")
    shell.expect("key b\r\n")
    shell.type("q")
    shell.finish(0)
    shell.check_usable()


def test_an_editor_from_the_background_waits_for_the_terminal(shell, onit):
    shell.background(f"{onit}editor")
    wait_job(shell, "Stopped (tty output)")
    bring_back(shell, f"{onit}editor")
    shell.expect("editing\r\n")
    shell.type("q")
    shell.finish(0)
    shell.check_usable()


def test_a_pager_at_the_end_of_a_pipe_gets_the_keyboard(shell, onit):
    shell.enter(f"echo text | {onit}editor --dev-tty")
    shell.expect("editing\r\n")
    shell.type("a")
    shell.expect("key a\r\n")
    shell.type("z")
    shell.expect("Stopped")
    shell.expect("]> ")
    shell.enter("fg")
    shell.expect("editing again\r\n")
    shell.type("q")
    shell.finish(0)
    shell.check_usable()


def test_the_terminal_is_not_raw_after_an_editor_crashed(shell, onit):
    shell.enter(f"{onit}editor")
    shell.expect("editing\r\n")
    shell.type("x")
    shell.finish(137)
    shell.check_usable()
