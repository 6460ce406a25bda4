"""onit among the jobs of an interactive bash. Most tests run three times: with the bare command, which shows what is
to be expected, with onit in front of it, and with two of them."""

import os
import signal

import pytest

from terminal import BASH, CTRL_BACKSLASH, CTRL_C, CTRL_D, CTRL_Z, Process, wait_until

STOPPED, STOPPED_BY_STOP, STOPPED_BY_TTIN, STOPPED_BY_TTOU = 128 + 20, 128 + 19, 128 + 21, 128 + 22


@pytest.fixture(params=["", "onit ", "onit onit "], ids=["bare", "onit", "onit onit"])
def onit(request):
    """What stands in front of the command."""
    return request.param


def wait_job(shell, state):
    """Waits until the shell shows its job in this state."""
    wait_until(lambda: state in shell.run("jobs -l"), lambda: f"the job is {state}\n{shell}")


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


# --- Violent ends


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
