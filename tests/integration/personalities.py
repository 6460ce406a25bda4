"""For the tests of onit under the names of other tools."""

import os

import pytest

from harness import ONIT

NAMES = ["tini", "tini-static", "docker-init", "dumb-init", "catatonit", "podman-init", "run", "run-multi"]
LINKS = [*NAMES, "onitctl"]
every_name = pytest.mark.parametrize("name", NAMES)


@pytest.fixture
def tools(room):
    """A directory with onit under all names."""
    (room / "tools").mkdir()
    for name in NAMES:
        (room / "tools" / name).symlink_to(ONIT)
    return room / "tools"


def with_options(text, **more):
    return os.environ | {"ONIT_OPTIONS": text} | more


def one_argument(name, *words):
    """A command line as the tool wants it: in run-multi each argument is a whole command."""
    return [" ".join(f"'{word}'" if " " in word else word for word in words)] if name == "run-multi" else list(words)
