"""For the tests of services: writes a file of them, starts onit with it, and reads what the services and onit say.

Services tell what happens to them in a journal, a file that all of them append to. Its lines are in the order of what
happened, which the output of two services, each in a pipe of its own, is not. onit's messages (-v) are in a file too.
"""

import json
import os
import signal

import pytest

from harness import descendants, helper, is_dead, name_of, until


def toml(value):
    """A value on one line. Texts, numbers and truth values look the same in JSON."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


def script(text):
    """A command of a service: a shell script. A dollar is the shell's, not onit's."""
    return ["/bin/sh", "-c", text.replace("$", "$$")]


def note(text):
    """A line of a script: puts a line into the journal."""
    return f'echo "{text}" >> "$JOURNAL"\n'


class Services:
    """onit with a file of services in a directory of its own."""

    def __init__(self, onit, room):
        self.runner, self.room = onit, room
        self.file = room / "onit.toml"
        self._journal = room / "journal"
        self._messages = room / "messages"
        for path in (self._journal, self._messages):
            path.touch()
            path.chmod(0o666)
        self.running = None

    # --- What is to run -----------------------------------------------------------------------------------------

    def family(self, name, *more):
        """A command that goes on whatever it gets, and puts `NAME ready` and `NAME got N` into the journal."""
        return [helper("family"), "--as", name, "--to", str(self._journal), "--stay", *map(str, more)]

    def obedient(self, name, *more):
        """... and ends at the first signal."""
        return self.family(name, "--obey", *more)

    def write(self, services, init=None, log=None):
        init = {"control": ""} | (init or {})
        sections = {"init": init, "log": {"format": "raw"} | (log or {})}
        sections |= {f"services.{name}": service for name, service in services.items()}
        text = ""
        for title, section in sections.items():
            text += f"[{title}]\n" + "".join(f"{key} = {toml(value)}\n" for key, value in section.items())
        self.file.write_text(text)

    def start(self, services, *arguments, init=None, log=None, **options):
        self.write(services, init, log)
        return self.start_with("-f", self.file, *arguments, **options)

    def start_with(self, *arguments, env=None, **options):
        """Starts onit with these arguments; what its file says is written already."""
        environment = dict(os.environ if env is None else env, JOURNAL=str(self._journal), ROOM=str(self.room))
        with self._messages.open("ab") as messages:
            options = {"stderr": messages} | options
            self.running = self.runner.start("-v", *arguments, env=environment, **options)
        return self

    # --- What comes of it ---------------------------------------------------------------------------------------

    @property
    def onit(self):
        return self.running.onit

    @property
    def journal(self):
        return self._journal.read_text().splitlines()

    @property
    def messages(self):
        return self._messages.read_text()

    def until_noted(self, *lines):
        """Waits until each of the lines is in the journal, as often as it is named."""
        self._until(lambda: all(self.journal.count(line) >= lines.count(line) for line in lines), f"noted: {lines}")

    def until_told(self, text, times=1):
        """Waits until onit has said that."""
        self._until(lambda: self.messages.count(text) >= times, f"told {times} times: {text}")

    def _until(self, condition, what):
        def holds():
            is_over = self.running.process.poll() is not None
            return condition() or (is_over and "onit has ended")

        try:
            came = until(holds, what)
        except AssertionError as error:
            raise AssertionError(f"{error}; {self}") from error
        assert came is True, f"onit ended with {self.running.process.returncode} before it was {what}; {self}"

    def __str__(self):
        return "\n".join(["the journal:", *self.journal, "onit's messages:", self.messages])

    def pids(self, name):
        """Who of those that came from onit has this name, and lives."""
        return [pid for pid in descendants(self.onit) if name_of(pid) == name and not is_dead(pid)]

    def pid(self, name):
        return until(lambda: self.pids(name), f"there is {name}")[0]

    def is_before(self, first, second):
        """Whether onit has told both, in this order."""
        messages = self.messages
        return 0 <= messages.find(first) < messages.find(second)

    def signal(self, number=signal.SIGTERM):
        self.running.signal(number)

    def open_gate(self, name="gate"):
        """What services wait for in `until_open`."""
        (self.room / name).touch()

    def wait(self):
        """onit's exit code. If the test fails, pytest shows what was printed."""
        code = self.running.wait()
        print(self)
        return code

    def stop(self):
        """Asks for the end: the exit code."""
        self.signal()
        return self.wait()


UNTIL_OPEN = 'until [ -e "$ROOM/gate" ]; do sleep 0.01; done\n'

# Of a service that is started again without delay.
QUICKLY = {"restart_delay": "1ms", "restart_max_delay": "1ms"}


@pytest.fixture
def services(onit, room):
    return Services(onit, room)
