"""A job of an interactive bash: the command alone, in pipelines and scripts, and as a shell of its own."""

import signal

import pytest

from jobs import STOPPED, STOPPED_BY_STOP, bring_back, check_copies, onit, suspend  # noqa: F401
from terminal import BASH, CTRL_BACKSLASH, CTRL_C, CTRL_D, CTRL_Z, Process


# --- In the foreground


def test_the_command_gets_what_is_typed(shell, onit):
    shell.enter(f"{onit}cat")
    check_copies(shell)
    shell.type(CTRL_D)
    shell.finish(0)
    shell.check_usable()


@pytest.mark.parametrize("key, status", [(CTRL_C, 130), (CTRL_BACKSLASH, 131)], ids=["Ctrl-C", "Ctrl-backslash"])
def test_a_key_ends_the_command_with_the_code_of_its_signal(shell, onit, key, status):
    shell.enter(f"{onit}cat")
    shell.wait_reading("cat")
    shell.type(key)
    shell.finish(status)
    shell.check_usable()


def test_keys_and_a_new_window_size_reach_the_command_exactly_once(shell, onit, tmp_path):
    shell.enter(f"{onit}record {tmp_path}/log --aloud")
    shell.expect("ready\r\n")
    shell.type(CTRL_C)
    shell.expect("got SIGINT")
    shell.type(CTRL_BACKSLASH)
    shell.expect("got SIGQUIT")
    shell.set_size(50, 132)
    shell.expect("got SIGWINCH 50x132")
    shell.type(CTRL_Z)
    shell.expect("got SIGTSTP")
    # TERM to the job comes last, whichever way it takes.
    Process(shell.session.pid).children[0].send(signal.SIGTERM)
    shell.finish(0)
    log = (tmp_path / "log").read_text().splitlines()
    assert log == ["SIGINT", "SIGQUIT", "SIGWINCH 50x132", "SIGTSTP", "SIGTERM"]


def test_the_command_leads_the_foreground_group(shell, onit):
    shell.enter(f"{onit}cat")
    command = shell.wait_foreground("cat")
    assert command.group == command.pid
    assert command.session == shell.session.pid


def test_the_terminal_is_with_the_shell_after_each_round_of_a_loop(shell, onit):
    shell.enter(f"for i in 1 2 3; do {onit}true; read x; echo \"<$x>\"; done")
    for text in "abc":
        shell.enter(text)
        shell.expect(f"<{text}>\r\n")
    shell.finish(0)
    shell.check_usable()


def test_one_ctrl_c_ends_a_loop_around_the_command(shell, onit):
    shell.enter(f"for i in 1 2 3; do {onit}cat; echo again; done")
    shell.wait_reading("cat")
    shell.type(CTRL_C)
    assert "again" not in shell.finish(130)


def test_a_command_that_cannot_be_executed_leaves_the_terminal_with_the_shell(shell, onit):
    shell.enter(f"{onit}/nonexistent/command")
    shell.finish(127)
    shell.check_usable()


# --- Pipelines and scripts


def test_the_first_of_a_pipeline_reads_the_terminal(shell, onit):
    shell.enter(f"{onit}cat | cat")
    check_copies(shell)
    shell.type(CTRL_D)
    shell.finish(0)
    shell.check_usable()


def test_the_last_of_a_pipeline_reads_the_pipe(shell, onit):
    assert shell.run(f"echo text | {onit}cat") == "text\n"
    shell.check_usable()


def test_the_first_of_a_pipeline_can_ask_a_question(shell, onit):
    shell.enter(f"{onit}sh -c 'read x </dev/tty; echo got $x' | cat")
    shell.enter("it")
    shell.expect("got it\r\n")
    shell.finish(0)
    shell.check_usable()


def test_one_ctrl_z_suspends_a_whole_pipeline(shell, onit):
    line = f"{onit}cat | cat"
    shell.enter(line)
    check_copies(shell)  # by now it has the terminal
    shell.type(CTRL_Z)
    shell.finish(STOPPED)
    shell.check_usable()
    bring_back(shell, line)
    check_copies(shell)
    shell.type(CTRL_D)
    shell.finish(0)


def test_one_ctrl_c_ends_a_whole_pipeline(shell, onit):
    shell.enter(f"{onit}sh -c 'read x; echo got $x >&2; exec cat' | sleep 1000")
    shell.enter("it")
    shell.expect("got it\r\n")  # by now it has the terminal
    shell.wait_reading("cat")
    shell.type(CTRL_C)
    shell.finish(130)
    shell.check_usable()


def test_one_ctrl_z_suspends_a_script_around_the_command(shell, onit):
    line = f"sh -c '{onit}cat; echo done'"
    suspend(shell, line, "cat")
    shell.check_usable()
    bring_back(shell, line)
    check_copies(shell)
    shell.type(CTRL_D)
    shell.expect("done\r\n")
    shell.finish(0)


def test_one_ctrl_c_ends_a_script_around_the_command(shell, onit):
    shell.enter(f"sh -c '{onit}cat; echo done'")
    shell.wait_reading("cat")
    shell.type(CTRL_C)
    assert "done" not in shell.finish(130)
    shell.check_usable()


# --- Shells inside


def test_a_shell_inside_has_job_control(shell, onit):
    shell.enter(f"{onit}{' '.join(BASH)}")
    assert "job control" not in shell.finish()
    inner = shell.foreground()
    assert inner != shell.session.pid
    suspend(shell, "cat", "cat")
    assert shell.foreground() == inner
    bring_back(shell, "cat")
    check_copies(shell)
    shell.type(CTRL_D)
    shell.finish(0)
    shell.enter("exit 5")
    shell.finish(5)
    shell.check_usable()


def test_a_shell_inside_can_suspend_itself(shell, onit):
    shell.enter(f"{onit}{' '.join(BASH)}")
    shell.finish()
    shell.enter("suspend")
    shell.expect("Stopped")
    shell.expect(f"[{STOPPED_BY_STOP}]> ", f"[{STOPPED}]> ")
    shell.check_usable()
    shell.enter("fg")
    shell.expect("[0]> ")
    shell.run("echo in''side")
    shell.enter("exit 5")
    shell.finish(5)
    shell.check_usable()


def test_the_terminal_comes_back_from_a_shell_that_was_killed_while_its_job_had_it(shell, onit):
    shell.enter(f"{onit}{' '.join(BASH)}")
    shell.finish()
    inner = Process(shell.foreground())
    shell.enter("sleep 1000")
    shell.wait_foreground("sleep")
    inner.send(signal.SIGKILL)
    shell.finish(137)
    shell.check_usable()
