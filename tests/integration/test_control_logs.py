"""What control shows of the output of services: /v1/logs."""

import os

from client import onitctl
from client import services  # noqa: F401
from harness import until
from services import UNTIL_OPEN, note, script

# Writes what is put into its fifo, for each line as often as it says: `TIMES TEXT`.
ECHO = """
exec 3<> "$ROOM/$NAME"
while read -r times text <&3; do
  i=0
  while [ $i -lt $times ]; do echo "$text $i"; i=$((i + 1)); done
done
"""


def echo(room, name):
    os.mkfifo(room / name)
    return {"command": script(ECHO), "environment": {"NAME": name}}


def tell(room, name, text, times=1):
    with open(room / name, "w") as fifo:
        fifo.write(f"{times} {text}\n")


def lines_of(response, count):
    return [response.readline().decode().rstrip("\n") for _ in range(count)]


def test_lines_of_several_services_come_in_the_order_of_time(services, room):
    services.start({name: echo(room, name) for name in ("a", "b")})
    for number in range(12):
        name = "ab"[number * 5 % 7 % 2]
        tell(room, name, f"line-{number}")
        services.until_logged(f"line-{number} 0")
    assert services.get("/v1/logs?format=raw").split() == [word for i in range(12) for word in (f"line-{i}", "0")]
    entries = services.get_json_lines("/v1/logs?format=json")
    assert [entry["time"] for entry in entries] == sorted(entry["time"] for entry in entries)
    assert {entry["service"] for entry in entries} == {"a", "b"}
    assert services.get("/v1/logs?format=raw&lines=3").splitlines() == [f"line-{i} 0" for i in (9, 10, 11)]
    assert "b | " not in services.get("/v1/logs?service=a")
    services.stop()


def test_each_line_is_told_with_its_stream_and_its_time(services, room):
    services.start({"web": {"command": script('echo out; echo err >&2; printf "last"; ' + note("done"))}, "idle":
                    {"command": ["/bin/sleep", "1000"]}}, stdout=-3, stderr=-3)
    services.until_noted("done")
    services.until_logged("last")
    services.until_logged("err")
    entries = services.get_json_lines("/v1/logs?format=json")
    assert sorted((entry["stream"], entry["message"]) for entry in entries) == [
        ("stderr", "err"), ("stdout", "last"), ("stdout", "out")]
    with_times = services.get("/v1/logs?format=raw&timestamps=1").splitlines()
    assert with_times == [f"{entry['time']} {entry['message']}" for entry in entries]
    printed = onitctl(room / "control", "logs", "-t", "web").stdout.splitlines()
    assert printed == [f"{entry['time']} web | {entry['message']}" for entry in entries]
    services.stop()


def test_whoever_follows_gets_every_line_of_a_service_that_writes_quickly(services, room):
    services.start({"web": echo(room, "web"), "quiet": echo(room, "quiet")}, stdout=-3)
    with services.ask("/v1/logs?follow=1&format=raw") as followed:
        for turn in range(60):
            tell(room, "web", f"turn-{turn}", times=300)
            assert lines_of(followed, 300) == [f"turn-{turn} {i}" for i in range(300)]
        tell(room, "quiet", "hello")
        assert lines_of(followed, 1) == ["hello 0"]
        services.signal()
        assert followed.read() == b""
    services.wait()


def test_a_follower_who_does_not_read_is_told_so_and_slows_nobody(services):
    # Much more than any buffer on the way holds.
    services.start({"web": {"command": script(UNTIL_OPEN + "yes 0123456789abcdef | head -n 4000000\n" + note("done")
                                              + "sleep 1000")}}, stdout=-3)
    with services.ask("/v1/logs?follow=1&format=raw") as followed:
        services.open_gate()
        services.until_noted("done")
        lines = followed.read().decode().splitlines()
    *before, told = lines
    assert set(before) == {"0123456789abcdef"}
    assert told.startswith("onit: service 'web': ") and " bytes are missing here" in told
    total = 4_000_000 * 17
    missing = int(told.split()[3])
    assert 0 < missing < total - 17 * len(before)
    # The next one begins with the last that there is.
    assert services.get("/v1/logs?format=raw&lines=2") == "0123456789abcdef\n" * 2
    services.stop()


def test_whoever_does_not_follow_gets_an_end_however_much_is_written(services):
    services.start({"web": {"command": ["yes"]}}, stdout=-3)
    services.until_logged("y")
    for _ in range(20):
        *lines, last = services.get("/v1/logs?format=raw").splitlines()
        assert set(lines) <= {"y"}
        assert last == "y" or "bytes are missing here" in last
    services.stop()


def test_bytes_that_are_no_text_come_as_they_are_or_escaped(services):
    services.start({"web": {"command": script(r"printf '\377\001\r\n'; " + note("done") + "sleep 1000")}}, stdout=-3)
    services.until_noted("done")
    until(lambda: services.ask("/v1/logs").read() == b"web | \xff\x01\r\n", "logged")
    assert services.ask("/v1/logs?format=raw").read() == b"\xff\x01\r\n"
    assert services.get_json_lines("/v1/logs?format=json")[0]["message"] == "\xff\x01\r"
    services.stop()
