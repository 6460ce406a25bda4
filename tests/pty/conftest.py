import contextlib
import os
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import terminal  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def onit_on_path(tmp_path_factory):
    """The commands that the tests type say `onit`, whichever binary $ONIT is; `record` and others are in commands/."""
    binary = pathlib.Path(os.environ.get("ONIT", HERE.parent.parent / "build" / "onit")).resolve()
    assert os.access(binary, os.X_OK), f"{binary} is not there; run make"
    directory = tmp_path_factory.mktemp("bin")
    (directory / "onit").symlink_to(binary)
    for source in (HERE / "commands").glob("*.py"):
        command = directory / source.stem
        command.write_text(f"#!/usr/bin/python3 -ISB\n{source.read_text()}")
        command.chmod(0o755)
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{directory}:{before}"
    yield
    os.environ["PATH"] = before


@pytest.fixture
def closing():
    """Gives a terminal the end of its context at the end of the test."""
    with contextlib.ExitStack() as stack:
        yield stack.enter_context


@pytest.fixture
def shell(closing):
    return closing(terminal.Shell())
