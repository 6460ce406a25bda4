"""onit at the head of a session, as under `docker run -it`, where it is PID 1 too, or under script(1) and sshd."""

import os
import signal

import pytest

from terminal import CTRL_BACKSLASH, CTRL_C, CTRL_D, CTRL_Q, CTRL_S, CTRL_Z, ENTER, Process, Shell, Terminal, wait_until

AS_ROOT = ["--map-root-user"] if os.geteuid() != 0 else []

PID_1 = ("unshare", *AS_ROOT, "--fork", "--pid", "--mount-proc",
         "--kill-child", "setsid", "--ctty")

# A private /dev that has nothing but what stdin, stdout and stderr already hold open.
BARE_DEV = ("unshare", *AS_ROOT, "--mount", "sh", "-c", "mount -t tmpfs none /dev && exec \"$@\"", "sh")
# The same with what `echo >/dev/tty` leaves there.
FILE_FOR_TTY = ("unshare", *AS_ROOT, "--mount", "sh", "-c",
                "mount -t tmpfs none /dev && : >/dev/tty && exec \"$@\"", "sh")


class Place:
    """Where the command runs: at the head of a session by itself or behind onit, which may be PID 1."""

    def __init__(self, *wrapper):
        self.wrapper = wrapper
        # A leader that comes later must not find the terminal taken.
        self.controls = "setsid" not in wrapper

    def start(self, *command):
        return Terminal(*self.wrapper, *command, controls=self.controls)

    def shell(self):
        return Shell(*self.wrapper, controls=self.controls)


BARE, ONIT, AS_PID_1 = Place(), Place("onit"), Place(*PID_1, "onit")
places = pytest.mark.parametrize("place", [BARE, ONIT, AS_PID_1], ids=["bare", "onit", "onit as PID 1"])
places_of_onit = pytest.mark.parametrize("place", [ONIT, AS_PID_1], ids=["onit", "onit as PID 1"])


def read_lines(path):
    return path.read_text().splitlines()


def end(terminal, record):
    """Ends `record` through onit, if there is one: what onit was to pass on before that must have come by then."""
    onit = next(iter(terminal.named("onit")), record)
    onit.send(signal.SIGUSR1)
    terminal.expect("got SIGUSR1")
    onit.send(signal.SIGTERM)
    assert terminal.wait() == 0


@places
def test_keys_and_a_new_window_size_reach_the_command_exactly_once_and_nothing_else_does(place, closing, tmp_path):
    terminal = closing(place.start("record", tmp_path / "log", "--aloud"))
    terminal.expect("ready")
    terminal.type(CTRL_C)
    terminal.expect("got SIGINT")
    terminal.type(CTRL_BACKSLASH)
    terminal.expect("got SIGQUIT")
    terminal.type(CTRL_Z)
    terminal.expect("got SIGTSTP")
    terminal.set_size(50, 132)
    terminal.expect("got SIGWINCH 50x132")
    end(terminal, terminal.named("record")[0])
    assert read_lines(tmp_path / "log") == ["SIGINT", "SIGQUIT", "SIGTSTP", "SIGWINCH 50x132", "SIGUSR1", "SIGTERM"]


@pytest.mark.parametrize("key, code", [(CTRL_C, 130), (CTRL_BACKSLASH, 131)], ids=["Ctrl-C", "Ctrl-backslash"])
@places
def test_a_key_ends_the_command_with_the_code_of_its_signal(place, closing, key, code):
    terminal = closing(place.start("cat"))
    terminal.wait_reading("cat")
    terminal.type(key)
    assert terminal.wait() == code


@places
def test_ctrl_z_does_nothing_to_a_command_that_no_shell_could_continue(place, closing):
    terminal = closing(place.start("cat"))
    command = terminal.wait_reading("cat")
    for _ in range(3):
        terminal.type(CTRL_Z)
        terminal.expect("^Z")
        terminal.enter("hello")
        terminal.expect("hello\r\n")
        assert not command.stopped
    terminal.type(CTRL_D)
    assert terminal.wait() == 0


@places
def test_the_command_leads_a_session_that_has_the_terminal(place, closing):
    terminal = closing(place.start("cat"))
    command = terminal.wait_reading("cat")
    assert (command.session, command.group) == (command.pid, command.pid)
    assert (terminal.owner(), terminal.foreground()) == (command.pid, command.pid)


@places
def test_a_shell_has_job_control(place, closing):
    shell = closing(place.shell())
    assert shell.greeting == ""
    shell.enter("cat")
    command = shell.wait_reading("cat")
    shell.type(CTRL_Z)
    shell.expect("Stopped")
    shell.finish(148)
    command.wait_stopped()
    assert "Stopped" in shell.run("jobs")
    shell.enter("fg")
    shell.expect("cat\r\n")
    shell.enter("hello")
    shell.expect("hello\r\n")
    shell.type(CTRL_C)
    shell.finish(130)
    shell.enter("exit 7")
    assert shell.wait() == 7


@places
def test_a_terminal_that_is_hung_up_tells_the_command_once(place, closing, tmp_path):
    terminal = closing(place.start("record", tmp_path / "log"))
    terminal.expect("ready")
    record = terminal.named("record")[0]
    terminal.hang_up()
    wait_until(lambda: len(read_lines(tmp_path / "log")) >= 2, "it hears of it")
    next(iter(terminal.named("onit")), record).send(signal.SIGTERM)
    assert terminal.wait() == 0
    assert read_lines(tmp_path / "log") == ["SIGHUP", "SIGCONT", "SIGTERM"]


@places
def test_a_terminal_that_is_hung_up_ends_everything(place, closing):
    terminal = closing(place.start("cat"))
    terminal.wait_reading("cat")
    terminal.hang_up()
    assert terminal.wait() == 129


@places
@pytest.mark.parametrize("started", ['record "$0/sidecar" --aloud &', '(record "$0/sidecar" --aloud &);'],
                         ids=["a child of onit", "no child of onit"])
def test_a_sidecar_from_before_hears_nothing_of_it(place, started, closing, tmp_path):
    run = started + ' exec {} record "$0/main"'
    wrapper = place.wrapper[:-1] if place.wrapper else ()
    terminal = closing(Place(*wrapper).start("sh", "-c", run.format("onit" if place.wrapper else ""), tmp_path))
    terminal.expect("ready")
    terminal.expect("ready")
    sidecar, = [each for each in terminal.named("record") if f"{tmp_path}/sidecar" in each.arguments]
    sidecar.send(signal.SIGUSR1)
    terminal.expect("got SIGUSR1")
    assert read_lines(tmp_path / "sidecar") == ["SIGUSR1"]
    assert read_lines(tmp_path / "main") == []


@places_of_onit
def test_ctrl_c_ends_what_has_outlived_the_command(place, closing):
    terminal = closing(Place(*place.wrapper, "--on-exit", "wait").start("sh", "-c", "setsid -f sleep 1000; read x; exit 3"))
    terminal.wait_named("sleep")
    terminal.wait_reading("sh")
    onit, = terminal.named("onit")
    terminal.enter("")
    wait_until(lambda: [each.name for each in onit.children] == ["sleep"], lambda: f"the command is gone\n{terminal}")
    terminal.type(CTRL_C)
    assert terminal.wait() == 3
    assert not terminal.named("sleep")


@places_of_onit
def test_the_command_of_a_leader_with_a_sidecar_is_usable_after_ctrl_z(place, closing):
    terminal = closing(Place(*place.wrapper[:-1]).start("sh", "-c", "sleep 1000 & exec onit cat"))
    terminal.wait_reading("cat")
    terminal.type(CTRL_Z)
    terminal.expect("^Z")
    terminal.enter("hello")
    terminal.expect("hello\r\n")
    terminal.type(CTRL_C)
    assert terminal.wait() == 130


# --- A HUP of one's own is taken back, that of somebody else is not

# Blocks HUP as onit does first of all, has somebody send one, and becomes what the rest of the line says.
HUP_BEFORE = ("import os, signal, subprocess, sys;"
              "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP]);"
              "subprocess.run(['sh', '-c', 'kill -HUP $PPID'], check=True);"
              "os.execvp(sys.argv[1], sys.argv[1:])")


@places
def test_a_hup_from_before_onit_let_go_of_the_terminal_arrives(place, closing, tmp_path):
    wrapper = place.wrapper[:-1] if place.wrapper else ()
    onit = ["onit"] if place.wrapper else []
    terminal = closing(Place(*wrapper).start("python3", "-c", HUP_BEFORE, *onit, "record", tmp_path / "log", "--aloud"))
    terminal.expect("got SIGHUP")
    end(terminal, terminal.named("record")[0])
    assert read_lines(tmp_path / "log") == ["SIGHUP", "SIGUSR1", "SIGTERM"]


def test_a_hup_that_comes_while_onit_lets_go_of_the_terminal_arrives(closing):
    # The tracer holds onit for a while in each call about the terminal, where that has done its work.
    held = ("strace", "-DDD", "-o", "/dev/null", "-e", "trace=ioctl", "-e", "inject=ioctl:delay_exit=300000")
    terminal = closing(Terminal(*held, "onit", "cat"))
    onit = Process(terminal.session.pid)
    wait_until(lambda: onit.name == "onit" and terminal.owner() is None, "onit has let go of the terminal")
    onit.send(signal.SIGHUP)
    assert terminal.wait() == 129


# --- Scripts


@pytest.mark.parametrize("onit", ["", "onit "], ids=["bare", "onit"])
def test_ctrl_z_does_not_wedge_a_script_that_leads_the_session(closing, onit):
    terminal = closing(Terminal("sh", "-c", f"{onit}cat; echo done"))
    terminal.wait_reading("cat")
    for _ in range(3):
        terminal.type(CTRL_Z)
        terminal.expect("^Z")
        terminal.enter("hello")
        terminal.expect("hello\r\n")
    terminal.type(CTRL_D)
    terminal.expect("done\r\n")
    assert terminal.wait() == 0


@pytest.mark.parametrize("onit", ["", "onit "], ids=["bare", "onit"])
def test_ctrl_c_ends_a_script_that_leads_the_session(closing, onit):
    terminal = closing(Terminal("sh", "-c", f"{onit}cat; echo done"))
    terminal.wait_reading("cat")
    terminal.type(CTRL_C)
    assert terminal.wait() == 130
    assert "done" not in terminal.unread()


@pytest.mark.parametrize("command, code", [("cat", 0), ("true", 0), ("/nonexistent/command", 127)])
@pytest.mark.parametrize("onit", ["", "onit ", "onit onit "], ids=["bare", "onit", "onit onit"])
def test_a_script_has_the_terminal_again_after_the_command(closing, onit, command, code):
    terminal = closing(Terminal("sh", "-c", f"{onit}{command}; echo code $?; exec cat"))
    if command == "cat":
        terminal.wait_reading("cat")
        terminal.type(CTRL_D)
    terminal.expect(f"code {code}\r\n")
    terminal.enter("hello")
    terminal.expect("hello\r\n")
    terminal.type(CTRL_D)
    assert terminal.wait() == 0


# --- Terminals that are not as usual


@pytest.mark.parametrize("number", [signal.SIGUSR1, signal.SIGHUP])
def test_a_terminal_stopped_by_ctrl_s_keeps_no_message_waiting_and_no_signal(closing, tmp_path, number):
    terminal = closing(Terminal("onit", "-v", "record", tmp_path / "log"))
    terminal.expect("ready\r\n")
    terminal.type(CTRL_S + ENTER)
    wait_until(lambda: terminal.typed() == 1, "the key behind Ctrl-S has come, and so has that one")
    onit, = terminal.named("onit")
    onit.send(number)
    onit.send(signal.SIGTERM)
    assert terminal.wait() == 0
    assert read_lines(tmp_path / "log") == [number.name, "SIGTERM"]
    assert "sending" not in terminal.output, "the terminal was not stopped"


def test_a_terminal_stopped_by_ctrl_s_does_not_keep_a_job_from_ending(closing, tmp_path):
    shell = closing(Shell())
    shell.enter(f"onit -v record {tmp_path}/log --aloud")
    shell.expect("ready\r\n")
    record, = shell.named("record")
    shell.type(CTRL_S)
    Process(record.parent).send(signal.SIGUSR1)
    wait_until(lambda: read_lines(tmp_path / "log") == ["SIGUSR1"], "it is passed on")
    shell.type(CTRL_Q)
    shell.expect("got SIGUSR1")
    Process(record.parent).send(signal.SIGTERM)
    shell.finish(0)
    shell.check_usable()


@pytest.mark.parametrize("dev", [BARE_DEV, FILE_FOR_TTY], ids=["no /dev/tty", "a file in place of /dev/tty"])
@pytest.mark.parametrize("onit", [[], ["onit"]], ids=["bare", "onit"])
def test_a_shell_has_job_control_without_dev_tty(closing, dev, onit):
    shell = closing(Place(*dev, *onit).shell())
    assert "job control" not in shell.greeting
    shell.enter("cat")
    shell.wait_reading("cat")
    shell.type(CTRL_Z)
    shell.finish(148)
    shell.enter("fg")
    shell.wait_foreground("cat")
    shell.type(CTRL_C)
    shell.finish(130)
    shell.enter("exit 7")
    assert shell.wait() == 7


@pytest.mark.parametrize("dev", [BARE_DEV, FILE_FOR_TTY], ids=["no /dev/tty", "a file in place of /dev/tty"])
@pytest.mark.parametrize("onit", ["", "onit "], ids=["bare", "onit"])
def test_a_job_can_be_suspended_without_dev_tty(closing, dev, onit):
    shell = closing(Place(*dev).shell())
    shell.enter(f"{onit}cat")
    shell.wait_reading("cat")
    shell.type(CTRL_Z)
    shell.finish(148)
    shell.check_usable()
    shell.enter("fg")
    shell.expect("cat\r\n")
    shell.enter("hello")
    shell.expect("hello\r\n")
    shell.type(CTRL_C)
    shell.finish(130)
    shell.check_usable()


@pytest.mark.parametrize("onit", [[], ["onit"]], ids=["bare", "onit"])
def test_a_command_without_terminal_runs_as_a_session_leader(closing, onit):
    terminal = closing(Terminal(*onit, "sh", "-c", "read x; echo got $x; cat /dev/tty", controls=False))
    terminal.enter("it")
    terminal.expect("got it\r\n")
    terminal.expect("/dev/tty: No such device or address")
    assert terminal.wait() == 1
