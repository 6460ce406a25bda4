"""For the tests of what services are given, and how they are watched: what they need beyond services.py.

Import `services` from here in place of that fixture.
"""

import os
import signal
import socket
import sys

import pytest

# pylint: disable=unused-import
from services import UNTIL_OPEN, Services, note, script  # noqa: F401

AS_ANYBODY = pytest.mark.parametrize("mode", ["root", "user-pid1"])

# Services that are up, and do nothing.
IDLE = ["/bin/sleep", "1000"]

# One that waits until `db` is ready, and what is said of that.
WAITER = {"command": script(note("web") + "exec sleep 1000"), "depends_on": {"db": "ready"}}
READY = "service 'db' is ready after"

# What every Python script of a service begins with.
PRELUDE = """
import array, os, signal, socket, sys, time
room = os.environ["ROOM"]
def note(text):
    with open(room + "/journal", "a") as journal: journal.write(text + "\\n")
def until_open(name="gate"):
    while not os.path.exists(room + "/" + name): time.sleep(0.01)
def notify(text, *descriptors):
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendmsg([text.encode()], rights, 0, os.environ["NOTIFY_SOCKET"].replace("@", "\\0", 1))
def stay():
    while True: signal.pause()
"""


def python(text):
    """A command of a service: a Python script that can note(), notify(), stay(), and wait until_open()."""
    return [sys.executable, "-S", "-c", (PRELUDE + text).replace("$", "$$")]


def starts_after(services, *before):
    """The service that needs the other one has started, and only after this was noted."""
    services.until_noted("web")
    assert services.journal == [*before, "web"]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


class ServiceFile(Services):
    """onit with a file of services, its output and all that it has to say."""

    @property
    def line(self):
        return self.running.line

    @property
    def rest(self):
        return self.running.rest

    def run(self, services, *arguments, init=None, log=None, env=None, **options):
        """Runs onit until no service is left: returncode, stdout, stderr. Its messages are warnings and failures."""
        self.write(services, init, log)
        environment = dict(os.environ if env is None else env, JOURNAL=str(self.room / "journal"), ROOM=str(self.room))
        return self.runner.run("-f", self.file, *arguments, env=environment, **options)

    def fails(self, services, code, *words, **options):
        """Runs onit, whose service `web` cannot be started: it ends with that code, and a line has all the words."""
        result = self.run(services, **options)
        lines = [line for line in result.stderr.splitlines() if all(word in line for word in ("'web'", *words))]
        assert result.returncode == code and lines, result

    def until(self, condition, what):
        """Waits until it holds, but not for an onit that has ended."""
        self._until(lambda: bool(condition()), what)

    def end(self):
        """Ends it, however it ends."""
        self.signal(signal.SIGTERM)
        self.running.wait()


class Server:
    """An HTTP server that the test answers for, or does not."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(30)
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/healthz"

    def take(self):
        """The next connection, and the request on it."""
        connection, _ = self.listener.accept()
        connection.settimeout(30)
        request = b""
        while b"\r\n\r\n" not in request and (got := connection.recv(4096)):
            request += got
        return connection, request.decode()

    def answer(self, code):
        connection, request = self.take()
        with connection:
            connection.sendall(f"HTTP/1.1 {code} Whatever\r\nContent-Length: 2\r\n\r\nok".encode())
        return request


@pytest.fixture
def server():
    made = Server()
    yield made
    made.listener.close()


@pytest.fixture
def services(onit, room):
    return ServiceFile(onit, room)
