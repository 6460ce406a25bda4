"""Files that services' output goes to: how they grow, are rotated and opened anew, and what is not taken for one."""

import os
import signal
import subprocess

import pytest

from harness import status, until
from service_files import AS_ANYBODY, UNTIL_OPEN, note, python, script, services  # noqa: F401
from service_output import flood, numbered, numbers, whole_lines_of


def log_with(**rules):
    return {"log": {"format": "raw"} | rules}


def test_both_streams_go_into_a_file_and_then_not_to_stdout(services, room):
    result = services.run({"a": {"command": script("echo out; echo err >&2"), "log": {"file": str(room / "log")}}},
                          log={"format": "prefix"})
    assert (result.stdout, result.stderr) == ("", "")
    assert sorted((room / "log").read_text().splitlines()) == ["a | err", "a | out"]


def test_lines_go_to_a_file_and_to_stdout_if_both_are_asked_for(services, room):
    result = services.run({"a": {"command": script("echo out; echo err >&2"), **log_with(file=str(room / "log"), stdout=True)}})
    assert (result.stdout, result.stderr) == ("out\n", "err\n")
    assert sorted((room / "log").read_text().splitlines()) == ["err", "out"]


def test_a_file_is_added_to(services, room):
    (room / "log").write_text("before\n")
    services.run({"a": {"command": ["echo", "after"], **log_with(file=str(room / "log"))}})
    assert (room / "log").read_text() == "before\nafter\n"


def test_a_file_is_rotated_at_its_size_and_so_many_are_kept(services, room):
    services.run({"a": {"command": numbered(2000, 9), **log_with(file=str(room / "log"), max_size=1000, max_files=3)}})
    files = sorted(path.name for path in room.iterdir() if path.name.startswith("log"))
    assert files == ["log", "log.1", "log.2"]
    texts = [(room / name).read_text() for name in reversed(files)]
    assert all(len(text) <= 1000 for text in texts) and len(texts[0]) == len(texts[1]) == 1000
    kept = "".join(texts).splitlines()
    assert kept == [f"{number:09}" for number in range(2001 - len(kept), 2001)]


def test_of_files_that_are_not_to_be_kept_there_is_one(services, room):
    services.run({"a": {"command": numbered(2000, 9), **log_with(file=str(room / "log"), max_size=1000, max_files=1)}})
    assert [path.name for path in room.iterdir() if path.name.startswith("log")] == ["log"]
    assert (room / "log").read_text().endswith("000002000\n")


def test_a_file_without_a_size_is_never_rotated(services, room):
    services.run({"a": {"command": numbered(2000, 9), **log_with(file=str(room / "log"), max_size=0)}})
    assert (room / "log").read_text().splitlines() == [f"{number:09}" for number in range(1, 2001)]


@pytest.mark.parametrize("mode", ["root", "user"])
def test_a_file_that_cannot_be_opened_is_a_failed_start(services, mode):
    services.fails({"web": {"command": ["true"], **log_with(file="/no/such/directory/log")}}, 125, "log file",
                   "/no/such/directory/log", "no such directory, and onit makes none", mode=mode)


def test_a_pipe_in_place_of_a_file_is_a_failed_start(services, room):
    os.mkfifo(room / "pipe")
    services.fails({"web": {"command": ["true"], **log_with(file=str(room / "pipe"))}}, 125, "log file",
                   "is no regular file")


def test_dev_stdout_in_place_of_a_file_is_a_failed_start_that_says_what_to_write(services):
    services.fails({"web": {"command": ["true"], **log_with(file="/dev/stdout")}}, 125, "log file", "/dev/stdout",
                   "leave `file` out")


def test_a_link_in_place_of_a_file_is_not_followed(services, room):
    (room / "log").symlink_to(room / "victim")
    services.fails({"web": {"command": ["true"], **log_with(file=str(room / "log"))}}, 125, "symbolic link")
    assert not (room / "victim").exists()


def test_a_directory_that_is_gone_at_USR1_is_told_and_the_service_goes_on(services, room):
    (room / "logs").mkdir()
    command = script("echo one\n" + UNTIL_OPEN + "echo two")
    services.start({"a": {"command": command, **log_with(file=str(room / "logs" / "log"))}})
    services.until(lambda: (room / "logs/log").exists() and (room / "logs/log").read_text() == "one\n", "written")
    (room / "logs").rename(room / "moved")
    services.signal(signal.SIGUSR1)
    services.until_told("log file")
    services.open_gate()
    assert services.wait() == 0
    assert (room / "moved/log").read_text() == "one\ntwo\n"


def test_a_full_disk_is_told_once_and_the_service_goes_on(services):
    command = script("seq 1 1000\n" + UNTIL_OPEN + "seq 1 1000\n" + note("done"))
    services.start({"a": {"command": command, **log_with(file="/dev/full", stdout=True)}})
    services.until_told("No space left on device")
    services.open_gate()
    assert services.rest() == numbers(1000) * 2
    assert services.wait() == 0
    assert services.journal == ["done"]
    assert services.messages.count("No space left on device") == 1


def test_a_file_system_that_is_full_is_told_once_and_used_again_when_it_has_room(services, room):
    small = room / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", small], check=True)
    try:
        command = script("seq 1 30000; " + note("full") + UNTIL_OPEN + "echo again; " + note("done"))
        services.start({"a": {"command": command, **log_with(file=str(small / "log"))}})
        services.until_noted("full")
        services.until_told("No space left on device")
        until(lambda: status(services.onit)["State"][0] == "S", "onit has read all of it")
        assert services.messages.count("No space left on device") == 1
        os.truncate(small / "log", 0)
        services.open_gate()
        assert services.wait() == 0
        assert (small / "log").read_text().endswith("again\n")
    finally:
        subprocess.run(["umount", small], check=True)


@AS_ANYBODY
def test_USR1_opens_files_anew(services, room, mode):
    command = python('print("before", flush=True); until_open(); print("after", flush=True)')
    services.start({"a": {"command": command, **log_with(file=str(room / "log"))}}, mode=mode)
    services.until(lambda: (room / "log").exists() and (room / "log").read_text() == "before\n", "written")
    (room / "log").rename(room / "moved")
    services.signal(signal.SIGUSR1)
    services.until((room / "log").exists, "opened anew")
    services.open_gate()
    assert services.wait() == 0
    assert (room / "moved").read_text() == "before\n"
    assert (room / "log").read_text() == "after\n"


def test_two_services_can_share_a_file_without_mixing_inside_a_line(services, room):
    services.run({name: {"command": flood(name, 5000, 90, 4000), **log_with(file=str(room / "log"), max_size=0)}
                  for name in "xy"})
    for name in "xy":
        whole_lines_of((room / "log").read_text(), name, 5000, 90)
