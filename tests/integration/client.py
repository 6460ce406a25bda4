"""For the tests of control: onit with a control socket, and clients of it, onitctl among them."""

import http.client
import json
import socket
import subprocess

import pytest

from harness import MODES, ONIT, TIMEOUT_S
from services import Services


class Connection(http.client.HTTPConnection):
    """To the control socket."""

    def __init__(self, path):
        super().__init__("onit", timeout=TIMEOUT_S)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(TIMEOUT_S)
        self.sock.connect(str(self.path))


class Controlled(Services):
    """onit with services and a control socket."""

    def start(self, services, *arguments, init=None, log=None, **options):
        init = {"control": str(self.room / "control")} | (init or {})
        super().start(services, *arguments, init=init, log=log, **options)
        self._until(self._answers, "listening")
        return self

    def _answers(self):
        try:
            return self.ask("/livez").status > 0
        except OSError:
            return False

    def send(self, path, method="GET"):
        """The connection over which onit was asked."""
        connection = Connection(self.room / "control")
        connection.request(method, path)
        return connection

    def ask(self, path, method="GET"):
        """The response, of which more may be to come."""
        return self.send(path, method).getresponse()

    def get(self, path):
        """The body of an answer that has to be 200."""
        response = self.ask(path)
        body = response.read()
        assert response.status == 200, body
        return body.decode()

    def get_json_lines(self, path):
        return [json.loads(line) for line in self.get(path).splitlines()]

    def until_logged(self, line, path="/v1/logs?format=raw"):
        """Waits until a service has written that line."""
        self._until(lambda: line in self.get(path).splitlines(), f"logged: {line}")


@pytest.fixture
def services(onit, room):
    return Controlled(onit, room)


def socket_of(services):
    return services.room / "onit.sock"


def onitctl(place, *arguments, mode="root", **options):
    """Runs onitctl to its end: returncode, stdout, stderr."""
    options = {"stdin": subprocess.DEVNULL, "text": True, "capture_output": True, "timeout": TIMEOUT_S} | options
    command = [*MODES[mode], ONIT, "--socket", place, *arguments]
    if mode == "root":
        return subprocess.run(["onitctl", *map(str, command[1:])], executable=ONIT, check=False, **options)
    return subprocess.run(["bash", "-c", 'exec -a onitctl "$0" "$@"', *map(str, command)], check=False, **options)
