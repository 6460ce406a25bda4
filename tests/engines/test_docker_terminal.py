"""`docker run -it` with onit inside, at a terminal of ours: keys, window size, job control."""

import contextlib
import signal

import pytest

from engines import wait_until
from terminal import CTRL_BACKSLASH, CTRL_C, CTRL_D, CTRL_Z, ENTER, Terminal


class Client(Terminal):
    """`docker run -it` on a pty."""

    def __init__(self, docker, *command, options=()):
        name, argv = docker.argv_to_run("base", command, ("-it", *options))
        self.docker, self.name = docker, name
        super().__init__(*argv)

    def resize_until(self, text, rows, columns):
        """Changes the size until what it makes the command write is seen: the client may not listen yet."""
        self.set_size(rows, columns)

        def seen():
            self.session.send_signal(signal.SIGWINCH)
            return text in self.unread()

        wait_until(seen, f"{text!r} is seen\n{self}")
        self.expect(text)

    def wait_in_foreground(self, name):
        """Waits until a process of this name, not stopped, is in the foreground of the terminal inside."""
        def is_there():
            found = self.docker.call("exec", self.name, "sh", "-c", f"grep -h '({name})' /proc/[0-9]*/stat").stdout
            rows = [line.rpartition(")")[2].split() for line in found.splitlines()]
            # Of proc(5): state, parent, group, session, terminal, foreground group.
            return any(state == "S" and group == foreground for state, _, group, _, _, foreground, *_ in rows)

        wait_until(is_there, f"{name} is in the foreground\n{self}")

    def __exit__(self, *failure):
        self.docker.call("rm", "--force", self.name)
        super().__exit__(*failure)


@pytest.fixture(params=["as the command", "as --init"])
def run(docker, request):
    with contextlib.ExitStack() as stack:
        if request.param == "as --init":
            yield lambda *command: stack.enter_context(Client(docker, *command, options=["--init"]))
        else:
            yield lambda *command: stack.enter_context(Client(docker, "onit", *command))


SHELL = ("env", "PS1=[$?]> ", "sh", "-i")


@pytest.mark.parametrize("key, code", [(CTRL_C, 130), (CTRL_BACKSLASH, 131)])
def test_a_key_that_interrupts_ends_the_command(run, key, code):
    terminal = run("sh", "-c", "ulimit -c 0; echo ready; exec sleep 1000")
    terminal.expect("ready\r\n")
    terminal.type(key)
    assert terminal.wait() == code


def test_ctrl_z_does_not_wedge_a_command_without_a_shell(run):
    terminal = run("sh", "-c", "echo ready; exec cat")
    terminal.expect("ready\r\n")
    terminal.type(CTRL_Z)
    terminal.type("still here" + ENTER)
    terminal.expect("still here\r\nstill here\r\n")
    terminal.type(CTRL_D)
    assert terminal.wait() == 0


def test_the_window_size_reaches_the_command(run):
    terminal = run("sh", "-c", "trap 'stty size' WINCH; echo ready; while :; do read -r line && echo read $line; done")
    terminal.expect("ready\r\n")
    terminal.resize_until("51 132\r\n", 51, 132)
    terminal.type("on" + ENTER)
    terminal.expect("read on\r\n")
    terminal.resize_until("33 99\r\n", 33, 99)


def test_a_shell_has_job_control(run):
    terminal = run(*SHELL)
    terminal.expect("[0]> ")
    assert "job control turned off" not in terminal.output
    terminal.type("sleep 1000 & sleep 2000" + ENTER)
    terminal.wait_in_foreground("sleep")  # typed ahead of it the key would be the shell's
    terminal.type(CTRL_Z)
    terminal.expect("Stopped")
    terminal.expect("[148]> ")
    terminal.type("jobs; echo end of jobs" + ENTER)
    terminal.expect("Running")
    terminal.expect("end of jobs\r\n")
    terminal.expect("[0]> ")
    terminal.type("fg %2" + ENTER)
    terminal.wait_in_foreground("sleep")
    terminal.type(CTRL_C)
    terminal.expect("[130]> ")
    terminal.type("kill %1; exit 9" + ENTER)
    assert terminal.wait() == 9


def test_a_command_on_a_terminal_is_stopped_by_the_engine(run, docker):
    terminal = run("sh", "-c", "echo ready; exec sleep 1000")
    terminal.expect("ready\r\n")
    docker.get("stop", "--time=50", terminal.name)
    assert terminal.wait() == 143


def test_the_controlling_terminal_is_the_commands(run):
    terminal = run("sh", "-c", "echo to the terminal >/dev/tty; tty; exit 5")
    terminal.expect("to the terminal\r\n")
    terminal.expect("/dev/")
    assert terminal.wait() == 5


# Says what it is told by the pipe, and which signals it gets.
SERVICES = """
version = 1
[services.speaker]
shell = true
command = '''
trap "echo got INT" INT; trap "echo got TSTP" TSTP; trap "echo goodbye; exit" TERM
mkfifo /tmp/new; mv /tmp/new /tmp/say
while :; do read -r words </tmp/say && echo "told $words"; done
'''
"""


def test_a_shell_beside_services_has_the_terminal_and_its_keys_to_itself(docker, room):
    (room / "onit.toml").write_text(SERVICES)
    with Client(docker, "onit", "-f", "/room/onit.toml", "--", *SHELL, options=[f"--volume={room}:/room"]) as terminal:
        terminal.expect("[0]> ")
        assert "job control turned off" not in terminal.output
        terminal.type("until [ -p /tmp/say ]; do usleep 1000; done; tty; sleep 1000" + ENTER)
        terminal.expect("/dev/")
        terminal.wait_in_foreground("sleep")
        terminal.type(CTRL_C)
        terminal.expect("[130]> ")
        terminal.type("sleep 1000" + ENTER)
        terminal.wait_in_foreground("sleep")
        terminal.type(CTRL_Z)
        terminal.expect("Stopped")
        terminal.expect("[148]> ")
        terminal.type("echo of keys > /tmp/say; fg" + ENTER)
        terminal.expect("told of keys\r\n")
        terminal.wait_in_foreground("sleep")
        terminal.type(CTRL_C)
        terminal.expect("[130]> ")
        terminal.type("exit 9" + ENTER)
        assert terminal.wait() == 9
        assert "goodbye\r\n" in terminal.unread()
        assert "got INT" not in terminal.output and "got TSTP" not in terminal.output
