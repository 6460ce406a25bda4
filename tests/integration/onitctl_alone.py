"""For the tests of onitctl as a program: it runs against one that plays onit."""

import os
import subprocess

import pytest

from fake_onit import FakeOnit
from harness import ONIT, TIMEOUT_S

TABLE = "NAME  STATE\nweb   up\n"


@pytest.fixture
def fake(room):
    """Plays onit at room/sock."""
    running = []

    def start(answers, path=room / "sock"):
        running.append(FakeOnit(path, answers))
        return running[-1]

    yield start
    for each in running:
        each.close()


@pytest.fixture
def onitctl(room):
    def run(*words, **options):
        environment = {key: value for key, value in os.environ.items() if key not in ("ONIT_SOCKET", "NO_COLOR")}
        options = {"env": environment | {"ONIT_SOCKET": str(room / "sock")}, "stdin": subprocess.DEVNULL} | options
        return subprocess.run(["onitctl", *map(str, words)], executable=ONIT, capture_output=True, text=True,
                              check=False, timeout=TIMEOUT_S, **options)

    return run


def told(result):
    return result.returncode, result.stdout, result.stderr
