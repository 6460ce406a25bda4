"""onitctl status --watch at a terminal: tmux, whose screen is read as a person reads it."""

import contextlib
import os
import signal
import socket
import subprocess
import time

import pytest

from fake_onit import FakeOnit, chunk, head, plain
from terminal import DEADLINE_S, Process, wait_until

EVENTS = "GET /v1/events?format=text&follow=1"
PAGES = ["GET /v1/services?format=text&colour=1", "GET /v1/services?format=text"]


class Tmux:
    """One window, with bash in it, on a server of its own."""

    def __init__(self, room, **environment):
        self.command = ["tmux", "-S", str(room / "tmux"), "-f", "/dev/null"]
        self.environment = {key: value for key, value in os.environ.items() if key not in ("TMUX", "NO_COLOR")}
        self.environment |= {"LC_ALL": "C.UTF-8", "TERM": "xterm", "HISTFILE": ""} | environment
        self.run("new-session", "-d", "-x", "40", "-y", "10", "exec env 'PS1=$? ready> ' bash --norc --noprofile --noediting")
        self.server = Process(self.ask("display-message", "-p", "#{pid}"))
        self.pane = Process(self.ask("display-message", "-p", "#{pane_pid}"))
        self.wait_for("0 ready>")

    def run(self, *words):
        return subprocess.run([*self.command, *words], env=self.environment, check=True, capture_output=True, text=True,
                              timeout=DEADLINE_S).stdout

    def ask(self, *words):
        return self.run(*words).strip()

    def type(self, *keys):
        self.run("send-keys", *keys)

    def enter(self, line):
        self.type("-l", line)
        self.type("Enter")

    def lines(self, *more):
        return self.run("capture-pane", "-p", *more).rstrip("\n").split("\n")

    def wait_for(self, text):
        wait_until(lambda: any(text in line for line in self.lines()), lambda: f"{text!r} is shown: {self.lines()}")

    def wait_lines(self, *lines, of=slice(None), options=()):
        """Waits until the screen, or a part of it, is this: what is written at once may be seen piece by piece."""
        wait_until(lambda: self.lines(*options)[of] == list(lines), lambda: f"{lines} are shown: {self.lines(*options)}")

    def wait_state(self, state):
        """Waits until the terminal is like that."""
        wait_until(lambda: self.state() == state, lambda: f"the terminal is {state}: {self.state()}")

    def state(self):
        """What a program may have left behind: the other screen, no cursor, no echo, keys one by one."""
        screen = self.ask("display-message", "-p", "#{alternate_on} #{cursor_flag}")
        modes = subprocess.run(["stty", "-a", "-F", self.ask("display-message", "-p", "#{pane_tty}")], check=True,
                               capture_output=True, text=True).stdout
        return screen, " echo " in modes, " icanon " in modes

    def watcher(self):
        """The process of onitctl."""
        return wait_until(lambda: next((child for child in self.pane.children if child.name in ("onit", "onitctl")), None),
                          "it runs")

    def close(self):
        subprocess.run([*self.command, "kill-server"], check=False, capture_output=True)
        self.server.wait_gone()


class Watched:
    """Plays onit: `table` is its status, and happen() an event."""

    def __init__(self, path, table):
        self.table = table
        self.followers = []
        self.fake = FakeOnit(path, {EVENTS: self._follow} | {page: self._status for page in PAGES})

    def _status(self, connection):
        connection.sendall(head(200) + self.table.encode())
        connection.close()

    def _follow(self, connection):
        connection.sendall(head(200, "Transfer-Encoding: chunked") + chunk("what was\n"))
        self.followers.append(connection)

    def happen(self):
        for connection in self.followers:
            connection.sendall(chunk("something happened\n"))

    def end(self):
        self.fake.close()
        for connection in self.followers:
            connection.close()


def table(*names, state="up"):
    return "\n".join(["NAME  STATE", *(f"{name:5} {state}" for name in names)]) + "\n"


@pytest.fixture
def tmux(tmp_path):
    # The path of a socket has little room.
    screen = Tmux(tmp_path, ONIT_SOCKET=str(tmp_path / "sock"), PATH=os.environ["PATH"])
    yield screen
    screen.close()


@pytest.fixture
def onit(tmp_path):
    watched = Watched(tmp_path / "sock", table("web", "db"))
    yield watched
    if os.path.exists(watched.fake.path):
        watched.end()


@pytest.fixture
def watching(tmux, onit):
    """It is on the screen; tells how the terminal was before."""
    before = tmux.state()
    assert before == ("0 1", True, True)
    tmux.enter("onit --as onitctl status --watch")
    tmux.wait_for("web   up")
    return before


def test_the_status_fills_the_screen_without_cursor_and_echo(tmux, onit, watching):
    tmux.wait_lines("NAME  STATE", "web   up", "db    up")
    assert tmux.state() == ("1 0", False, False)
    assert EVENTS in onit.fake.requests


def test_what_happens_is_shown_at_once_in_place(tmux, onit, watching):
    wait_until(lambda: onit.followers, "events are followed")
    for state in ("stopping", "down"):
        onit.table = table("web", state=state)
        onit.happen()
        tmux.wait_lines("NAME  STATE", f"web   {state}")


def test_ages_go_on_when_nothing_happens(tmux, onit, watching):
    onit.table = table("web", state="up for longer")
    tmux.wait_for("up for longer")


def test_lines_are_cut_at_the_width_and_what_has_no_row_is_counted(tmux, onit, watching):
    onit.table = table(*[f"s{number}" for number in range(20)], state="x" * 100)
    onit.happen()
    tmux.wait_lines("s7    " + "x" * 34, "… 12 more", of=slice(8, None))
    assert tmux.lines()[0] == "NAME  STATE"
    tmux.run("resize-window", "-x", "30", "-y", "5")
    tmux.wait_lines("… 17 more", of=slice(4, None))
    assert tmux.lines()[1] == "s0    " + "x" * 24
    tmux.run("resize-window", "-x", "60", "-y", "30")
    tmux.wait_lines("s19   " + "x" * 54, of=slice(20, 21))


def test_colours_come_through_and_end_with_their_line(tmux, onit, watching):
    onit.table = "NAME  STATE\nweb   \x1b[31m" + "x" * 100 + "\x1b[m\ndb    up\n"
    onit.happen()
    tmux.wait_lines("web   \x1b[31m" + "x" * 34, "\x1b[39mdb    up", of=slice(1, 3), options=["-e"])


@pytest.mark.parametrize("key, code", [("q", 0), ("C-c", 130), ("C-\\", 131)])
def test_a_key_leaves_it_and_the_terminal_is_as_it_was(tmux, watching, key, code):
    tmux.type(key)
    tmux.wait_for(f"{code} ready>")
    tmux.wait_state(watching)
    assert tmux.lines()[0].startswith("0 ready> onit --as"), "the screen from before is back"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_and_the_terminal_is_as_it_was(tmux, watching, number):
    tmux.watcher().send(number)
    tmux.wait_for(f"{128 + number} ready>")
    tmux.wait_state(watching)


def test_it_ends_with_onit_and_says_so(tmux, onit, watching):
    onit.end()
    tmux.wait_for("onit has ended")
    tmux.wait_for("0 ready>")
    tmux.wait_state(watching)


def test_events_that_are_cut_off_are_asked_for_again(tmux, onit, watching):
    wait_until(lambda: onit.followers, "events are followed")
    onit.followers.pop().close()
    wait_until(lambda: onit.followers, "events are followed again")
    onit.table = table("web", state="back")
    onit.happen()
    tmux.wait_for("web   back")


def test_who_is_turned_away_asks_no_more_than_once_a_second(tmux, onit, watching):
    wait_until(lambda: onit.followers, "events are followed")
    asked = []

    def turn_away(connection):
        asked.append(time.monotonic())
        connection.sendall(plain(503, "too many ask at once\n"))
        connection.close()

    onit.fake.answers[EVENTS] = turn_away
    onit.followers.pop().close()
    wait_until(lambda: len(asked) >= 4, "it goes on asking")
    assert asked[3] - asked[1] > 1.5  # two seconds, and each may have come to us late
    assert tmux.lines() == ["NAME  STATE", "web   up", "db    up"]


def test_an_onit_that_is_slow_has_not_ended(tmux, onit, watching):
    wait_until(lambda: onit.followers, "events are followed")
    with contextlib.ExitStack() as queue:
        # In its place one who takes nobody from a queue that is full.
        os.rename(onit.fake.path, onit.fake.path + ".before")
        queue.callback(os.rename, onit.fake.path + ".before", onit.fake.path)
        deaf = queue.enter_context(socket.socket(socket.AF_UNIX))
        deaf.bind(onit.fake.path)
        deaf.listen(0)
        with contextlib.suppress(BlockingIOError):
            while True:
                client = queue.enter_context(socket.socket(socket.AF_UNIX))
                client.setblocking(False)
                client.connect(onit.fake.path)
        onit.followers.pop().close()
        tmux.wait_for("onitctl: no answer from")
    onit.table = table("web", state="back")
    tmux.wait_for("web   back")


def test_its_time_ends_it_and_the_terminal_is_as_it_was(tmux, onit):
    before = tmux.state()
    tmux.enter("onit --as onitctl status --watch --timeout 100ms")
    tmux.wait_for("124 ready>")
    tmux.wait_state(before)
    assert EVENTS in onit.fake.requests


def test_ctrl_z_gives_the_terminal_back_and_fg_takes_it_again(tmux, watching):
    tmux.type("C-z")
    tmux.wait_for("147 ready>")
    tmux.wait_state(watching)
    tmux.enter("fg")
    tmux.wait_for("web   up")
    tmux.wait_state(("1 0", False, False))
    tmux.type("q")
    tmux.wait_for("0 ready> ")
    tmux.wait_state(watching)


def test_a_service_that_does_not_exist_is_told_without_touching_the_screen(tmux, onit):
    tmux.enter("onit --as onitctl status --watch nobody")
    tmux.wait_for("1 ready>")
    assert "onitctl: there is no /v1/services/nobody" in " ".join(tmux.lines())
