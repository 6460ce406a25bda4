"""Where the control socket is: the first place that can be had. What becomes of one that is taken or left behind."""

import os
import re
import shutil
import signal

import pytest

from harness import ONIT, as_root
from raw_client import ask, controlled  # noqa: F401

TELL_PLACE = ["/bin/sh", "-c", "echo at $${ONIT_SOCKET-nowhere}; exec sleep 1000"]


def write_file(room, control=None, command=None):
    init = f"[init]\ncontrol = '{control}'\n" if control is not None else ""
    (room / "onit.toml").write_text(f"{init}[log]\nformat = 'raw'\n[services.web]\ncommand = {command or TELL_PLACE}\n")
    return room / "onit.toml"


@pytest.fixture
def elsewhere(onit, room):
    """Starts onit where /run and /tmp are its own, with options of mount(8) for each; it and its file are at /mnt."""
    def start(run, tmp, env=None, control=None, mode="root"):
        write_file(room, control)
        shutil.copy(ONIT, room / "onit")
        mounts = (f"mount --bind {room} /mnt && mount -t tmpfs -o {run} none /run && mount -t tmpfs -o {tmp} none /tmp && "
                  'exec "$@"')
        return onit.start("-f", "/mnt/onit.toml", program="/mnt/onit", mode=mode, env={"PATH": os.environ["PATH"]} | (env or {}),
                          through=("unshare", "--mount", "sh", "-c", mounts, "sh"))
    return start


@as_root
@pytest.mark.parametrize("run, tmp, env, control, place", [
    ("rw", "rw", {}, None, "/run/onit.sock"),
    ("ro", "rw", {}, None, "/tmp/onit.sock"),
    ("ro", "rw", {"XDG_RUNTIME_DIR": "/mnt"}, None, "/mnt/onit.sock"),
    ("ro", "rw", {"XDG_RUNTIME_DIR": "/nowhere"}, None, "/tmp/onit.sock"),
    ("rw", "rw", {"ONIT_SOCKET": "/x"}, "/run/a/b", "/tmp/onit.sock"),
    ("rw", "rw", {"ONIT_SOCKET": "/x"}, "", "nowhere")])
def test_the_socket_is_at_the_first_place_that_can_be_had_and_services_are_told(
        elsewhere, mode, run, tmp, env, control, place):
    running = elsewhere(run, tmp, env, control, mode)
    assert running.line() == f"at {place}"
    running.signal(signal.SIGTERM)
    assert running.wait() == 0
    # Who has chosen the place wants to know.
    assert running.errors() == ("" if not control else
                                f"onit: warning: the control socket is {place}: {control}: No such file or directory\n")


def test_without_any_place_onit_says_so_once_with_the_reasons_and_runs(elsewhere):
    running = elsewhere("ro", "ro")
    assert running.line() == "at nowhere"
    running.signal(signal.SIGTERM)
    assert running.wait() == 0
    assert running.errors() == (
        "onit: warning: there is no control socket: /run/onit.sock: Read-only file system; "
        "/tmp/onit.sock: Read-only file system; $XDG_RUNTIME_DIR is not set; a tmpfs on /tmp is enough\n")


def test_a_socket_that_was_left_behind_is_replaced_and_one_that_lives_is_not(controlled, onit, room):
    controlled.start()
    # Another one finds it taken. Its own place is gone with it.
    second = onit.start("-f", write_file(room, controlled.path), env=os.environ | {"XDG_RUNTIME_DIR": str(room)})
    assert second.line() == f"at {room}/onit.sock"
    assert ask(room / "onit.sock")[0] == 200
    second.signal(signal.SIGTERM)
    assert second.wait() == 0
    told = f"onit: warning: the control socket is {room}/onit.sock: {controlled.path}: Address "
    assert re.fullmatch(re.escape(told) + r"(already )?in use\n", second.errors())  # as the C library has it
    assert not (room / "onit.sock").exists()
    assert controlled.serves()

    # Nobody listens any more where this one was.
    third = onit.start("-f", write_file(room, room / "onit.sock"), mode="root-pid1")
    assert third.line() == f"at {room}/onit.sock"
    os.kill(third.onit, signal.SIGKILL)
    third.wait()
    assert (room / "onit.sock").is_socket()
    fourth = onit.start("-f", write_file(room, room / "onit.sock"), mode="root-pid1")
    assert fourth.line() == f"at {room}/onit.sock"
    fourth.signal(signal.SIGTERM)
    assert fourth.wait() == 0


def test_an_onit_inside_of_another_has_a_socket_of_its_own(onit, room):
    inner = room / "inner"
    inner.mkdir()
    write_file(inner, room / "control")
    write_file(room, room / "control", [ONIT, "-f", str(inner / "onit.toml")])
    running = onit.start("-f", room / "onit.toml", env=os.environ | {"XDG_RUNTIME_DIR": str(inner)})
    assert running.line() == f"at {inner}/onit.sock"
    assert ask(room / "control")[0] == ask(inner / "onit.sock")[0] == 200
    running.signal(signal.SIGTERM)
    assert running.wait() == 0
    assert not list(room.glob("**/*.sock"))
