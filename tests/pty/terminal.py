"""A terminal and the people at it: a pty with a session on it, whose keys are pressed and whose screen is read."""

import fcntl
import os
import pathlib
import pty
import re
import resource
import select
import signal
import struct
import subprocess
import termios
import time
import uuid

DEADLINE_S = float(os.environ.get("ONIT_DEADLINE_S", "20"))  # for anything to happen; far above what it takes

CTRL_C, CTRL_D, CTRL_Q, CTRL_S, CTRL_Z, CTRL_BACKSLASH = "\x03", "\x04", "\x11", "\x13", "\x1a", "\x1c"
ENTER = "\r"

TIOCGSID = 0x5429  # termios does not have it

MARK = "ONIT_PTY_TEST"  # in the environment of everything that a test starts


def wait_until(holds, what):
    """Returns the first true value of `holds()`."""
    limit = time.monotonic() + DEADLINE_S
    while not (value := holds()):
        assert time.monotonic() < limit, f"it never came true that {what() if callable(what) else what}"
        time.sleep(0.002)  # between two looks, not instead of one
    return value


class Process:
    """One process as /proc shows it. Everything is None, or empty, once it is gone."""

    def __init__(self, pid):
        self.pid = int(pid)

    def __repr__(self):
        return f"{self.pid} {self.name} {self.state} parent {self.parent} group {self.group} session {self.session}"

    def _stat(self):
        try:
            text = pathlib.Path(f"/proc/{self.pid}/stat").read_text(errors="replace")
        except OSError:
            return None
        start, end = text.index("("), text.rindex(")")
        return [text[start + 1:end], *text[end + 2:].split()]

    def _field(self, index, kind=int):
        fields = self._stat()
        return kind(fields[index]) if fields else None

    name = property(lambda self: self._field(0, str))
    state = property(lambda self: self._field(1, str))
    parent = property(lambda self: self._field(2))
    group = property(lambda self: self._field(3))
    session = property(lambda self: self._field(4))
    alive = property(lambda self: self.state not in (None, "Z", "X"))
    stopped = property(lambda self: self.state == "T")

    @property
    def reads_terminal(self):
        """Sleeps in a read of a terminal. Source: proc(5), wchan; the kernel's n_tty_read()."""
        try:
            where = pathlib.Path(f"/proc/{self.pid}/wchan").read_text()
        except OSError:
            return False
        return where in ("wait_woken", "n_tty_read")

    @property
    def children(self):
        return [each for each in all_processes() if each.parent == self.pid]

    @property
    def environment(self):
        return self._strings("environ")

    @property
    def arguments(self):
        return self._strings("cmdline")

    def _strings(self, what):
        try:
            return pathlib.Path(f"/proc/{self.pid}/{what}").read_text(errors="replace").split("\0")
        except OSError:
            return []

    def send(self, number):
        os.kill(self.pid, number)

    def wait_stopped(self):
        wait_until(lambda: self.stopped, lambda: f"it is stopped: {self}")

    def wait_gone(self):
        wait_until(lambda: not self.alive, lambda: f"it is gone: {self}")


def all_processes():
    return [Process(name) for name in os.listdir("/proc") if name.isdigit()]


class Terminal:
    """A pty with `argv` on it, as leader of a session that the pty controls (or does not yet, if `controls` is false).

    Use it as a context: at the end the terminal is hung up, and whatever it had started is killed, each by its pid.
    """

    def __init__(self, *argv, controls=True, rows=24, columns=200, environment=None):
        self.master, slave = pty.openpty()
        os.set_blocking(self.master, False)
        self.device = os.ttyname(slave)
        self.output = ""
        self.read_to = 0
        self.mark = uuid.uuid4().hex
        self.set_size(rows, columns)

        def take_terminal():
            for number in range(1, signal.NSIG):  # the test run may ignore some, as nohup does
                if number not in (signal.SIGKILL, signal.SIGSTOP, 32, 33):
                    signal.signal(number, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            if controls:
                fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        names = {"TERM": "dumb", "LC_ALL": "C", "HOME": "/nonexistent", "HISTFILE": "", MARK: self.mark}
        self.session = subprocess.Popen(
            [str(word) for word in argv], stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            preexec_fn=take_terminal, env=os.environ | names | (environment or {}))
        os.close(slave)

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.kill_all()
        self.hang_up()

    # --- keys and screen

    def type(self, text):
        """Presses keys. Enter is ENTER, as on a keyboard."""
        data = text.encode()
        while data:
            _, writable, _ = select.select([], [self.master], [], DEADLINE_S)
            assert writable, f"the terminal takes no more input\n{self}"
            data = data[os.write(self.master, data):]

    def enter(self, line):
        """Types a line, and reads its echo so that nobody takes it for an answer."""
        self.type(line + ENTER)
        self.expect(line + "\r\n")

    def expect(self, *texts):
        """Waits for one of `texts` after what was read before, reads past it, and returns it."""
        wanted = re.compile("|".join(re.escape(text) for text in texts))
        limit = time.monotonic() + DEADLINE_S
        while not (found := wanted.search(self.output, self.read_to)):
            if not self._read_more(limit - time.monotonic()):
                raise AssertionError(f"expected {' or '.join(map(repr, texts))}\n{self}")
        self.read_to = found.end()
        return found.group()

    def expect_line(self, pattern):
        """Like expect(), for a regular expression; returns its groups."""
        limit = time.monotonic() + DEADLINE_S
        while not (found := re.compile(pattern + r"\r\n").search(self.output, self.read_to)):
            if not self._read_more(limit - time.monotonic()):
                raise AssertionError(f"expected {pattern!r}\n{self}")
        self.read_to = found.end()
        return found.groups()

    def unread(self):
        """What is on the screen by now and was not yet read."""
        while self.master >= 0 and self._read_more(0):
            pass
        return self.output[self.read_to:]

    def _read_more(self, timeout):
        readable, _, _ = select.select([self.master], [], [], max(0, timeout))
        if not readable:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:  # EIO: no process has it open
            return False
        self.output += data.decode(errors="replace")
        return bool(data)

    def __str__(self):
        processes = "\n".join(f"  {each}" for each in self.processes())
        try:
            foreground = self.foreground()
        except OSError:
            foreground = "none"
        return (f"screen, read up to the bar:\n{self.output[:self.read_to]}|{self.output[self.read_to:]}\n"
                f"in the foreground: {foreground}\n{processes}")

    # --- what the kernel knows of it

    def set_size(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def foreground(self):
        """The process group in the foreground."""
        return os.tcgetpgrp(self.master)

    def owner(self):
        """The session that it controls, or None."""
        try:
            return struct.unpack("i", fcntl.ioctl(self.master, TIOCGSID, struct.pack("i", 0)))[0]
        except OSError:
            return None

    def typed(self):
        """How many characters of whole lines wait to be read. The kernel sees to keys in its own time, one by one."""
        device = os.open(self.device, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            return struct.unpack("i", fcntl.ioctl(device, termios.FIONREAD, struct.pack("i", 0)))[0]
        finally:
            os.close(device)

    def is_raw(self):
        return not termios.tcgetattr(self.master)[3] & (termios.ICANON | termios.ECHO)

    def wait_foreground(self, name):
        """Waits until a process of this name leads the foreground group, and returns it."""
        def find():
            try:
                leader = Process(self.foreground())
            except OSError:
                return None
            return leader if leader.name == name and leader.alive else None
        return wait_until(find, lambda: f"{name} is in the foreground\n{self}")

    def wait_reading(self, name):
        """Waits until a process of this name reads the terminal, and returns it."""
        return wait_until(lambda: next((each for each in self.named(name) if each.reads_terminal), None),
                          lambda: f"{name} reads the terminal\n{self}")

    # --- who is there

    def processes(self):
        return [each for each in all_processes() if f"{MARK}={self.mark}" in each.environment]

    def named(self, name):
        return [each for each in self.processes() if each.name == name and each.alive]

    def wait_named(self, name):
        return wait_until(lambda: self.named(name), lambda: f"there is a {name}\n{self}")[0]

    # --- its end

    def wait(self):
        """Waits until what was started has ended; its exit code as a shell tells it, 130 when SIGINT killed it."""
        # A screen that nobody reads fills up.
        wait_until(lambda: (self.unread(), self.session.poll())[1] is not None, lambda: f"the session ends\n{self}")
        status = self.session.returncode
        return status if status >= 0 else 128 - status

    def hang_up(self):
        """Pulls the plug."""
        if self.master >= 0:
            os.close(self.master)
        self.master = -1

    def kill_all(self):
        # In the middle of an exec a process has no environment to be known by, so one look that finds nobody says nothing.
        looks_in_vain = 0
        while looks_in_vain < 3:
            alive = [each for each in self.processes() if each.alive]
            for each in alive:
                try:
                    each.send(signal.SIGKILL)
                except ProcessLookupError:
                    pass
            if self.session.poll() is None:
                self.session.kill()
                alive = [self.session]
            looks_in_vain = 0 if alive else looks_in_vain + 1
            time.sleep(0.001)


# Without line editing the terminal is between two commands as the last one has left it.
BASH = ("bash", "--norc", "--noprofile", "--noediting", "-i")


class Shell(Terminal):
    """An interactive bash, started by `wrapper`. Its prompt shows the exit status of what ran before: `[130]> `."""

    def __init__(self, *wrapper, **more):
        super().__init__(*wrapper, *BASH, environment={"PS1": "[$?]> ", "PS2": ""}, **more)
        self.greeting = self.finish()

    def run(self, line, status=0):
        """A command from Enter to the next prompt; returns what it printed."""
        self.enter(line)
        return self.finish(status)

    def finish(self, status=0):
        """Waits for the prompt that says `status`; returns what was printed before it."""
        start = self.read_to
        self.expect(f"[{status}]> ")
        printed = self.output[start:self.read_to - len(f"[{status}]> ")]
        return printed.replace("\r\n", "\n")

    def background(self, line):
        """Starts a job in the background and returns its last process."""
        self.enter(line + " &")
        (pid,) = self.expect_line(r"\[\d+\] (\d+)")
        self.expect("[0]> ")
        return Process(pid)

    def check_usable(self):
        """The shell is in the foreground, takes a line, sees its own jobs' keys, and its terminal is not raw."""
        assert self.foreground() == self.session.pid, f"the terminal is not with the shell\n{self}"
        assert not self.is_raw(), f"the terminal was left raw\n{self}"
        self.run("echo usa''ble; true")
        self.enter("cat")
        self.wait_foreground("cat")
        self.type(CTRL_C)
        self.finish(130)
