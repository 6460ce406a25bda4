"""For the tests of the server of control: clients of its socket and its port that send bytes of their own."""

import socket

import pytest

from harness import TIMEOUT_S
from service_files import free_port

LIVEZ = b"GET /livez HTTP/1.1\r\nHost: onit\r\n\r\n"


def connect(address):
    """To a path, or a port of this machine."""
    is_port = isinstance(address, int)
    client = socket.socket(socket.AF_INET if is_port else socket.AF_UNIX)
    client.settimeout(TIMEOUT_S)
    client.connect(("127.0.0.1", address) if is_port else str(address))
    return client


def rest_of(client):
    """Who is turned away while he asks may get a reset, behind the answer."""
    answer = b""
    try:
        while got := client.recv(65536):
            answer += got
    except ConnectionResetError:
        assert answer
    return answer


def ask(address, request=LIVEZ):
    """The status of the answer, and its body."""
    with connect(address) as client:
        try:
            client.sendall(request)
        except BrokenPipeError:
            pass  # it has been answered already
        return parse(rest_of(client))


def parse(answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 "), answer
    return int(head.split()[1]), body


class Controlled:
    """onit with a service, its control socket and its port."""

    def __init__(self, services, room):
        self.services, self.path, self.port = services, room / "control", free_port()
        self.init = {"control": str(self.path), "listen": f"127.0.0.1:{self.port}"}
        self.web = {"command": services.obedient("web"), "restart": "always", "restart_delay": "1ms",
                    "max_restarts": 1_000}

    def start(self, more=None, init=None, mode="root", **options):
        self.services.start({"web": self.web} | (more or {}), init=self.init | (init or {}), mode=mode, **options)
        self.services.until_noted("web ready")
        return self

    @property
    def onit(self):
        return self.services.onit

    def serves(self):
        return ask(self.path)[0] == ask(self.port)[0] == 200


@pytest.fixture
def controlled(services, room):
    return Controlled(services, room)
