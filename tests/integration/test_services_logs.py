"""What becomes of what services write: whole lines, in three formats, to stdout and stderr, and never lost."""

import datetime
import json
import os
import re
import signal
import socket
import subprocess

import pytest

from harness import is_dead, until
from service_files import AS_ANYBODY, IDLE, UNTIL_OPEN, note, python, script, services  # noqa: F401
from service_output import flood, numbered, numbers, read_all, terminal, whole_lines_of  # noqa: F401

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"


# --- Formats --------------------------------------------------------------------------------------------------------


def test_a_line_is_behind_the_padded_name_of_its_service(services):
    result = services.run({"a": {"command": ["echo", "one"]}, "longer": {"command": ["echo", "two"]}},
                          log={"format": "prefix"})
    assert sorted(result.stdout.splitlines()) == ["a      | one", "longer | two"]
    assert (result.returncode, result.stderr) == (0, "")


@AS_ANYBODY
def test_a_raw_line_is_as_it_was(services, mode):
    result = services.run({"a": {"command": ["echo", "  one\t two "]}}, log={"format": "raw"}, mode=mode)
    assert (result.returncode, result.stdout, result.stderr) == (0, "  one\t two \n", "")


def test_a_line_of_json_has_the_time_the_service_the_stream_and_the_message(services):
    text = 'say "hi" \\ \t \u20ac \x1b'
    command = python(f"print({text!r}, flush=True); print('err', file=sys.stderr)")
    before = datetime.datetime.now(datetime.timezone.utc)
    result = services.run({"a": {"command": command}}, log={"format": "json"})
    out, err = json.loads(result.stdout), json.loads(result.stderr)
    assert re.fullmatch(TIME, out["time"])
    written = datetime.datetime.fromisoformat(out["time"].replace("Z", "+00:00"))
    assert before <= written <= datetime.datetime.now(datetime.timezone.utc)
    assert {**out, "time": 0} == {"time": 0, "service": "a", "stream": "stdout", "message": text}
    assert {**err, "time": 0} == {"time": 0, "service": "a", "stream": "stderr", "message": "err"}


@pytest.mark.parametrize("style, rest", [("raw", "one"), ("prefix", "a | one")])
def test_a_timestamp_is_as_RFC_3339_has_it_with_microseconds(services, style, rest):
    before = datetime.datetime.now(datetime.timezone.utc)
    result = services.run({"a": {"command": ["echo", "one"]}}, log={"format": style, "timestamps": True})
    found = re.fullmatch(f"({TIME}) {re.escape(rest)}\n", result.stdout)
    assert found, result.stdout
    written = datetime.datetime.fromisoformat(found[1].replace("Z", "+00:00"))
    assert before <= written <= datetime.datetime.now(datetime.timezone.utc)


def test_a_service_can_have_a_format_of_its_own(services):
    result = services.run({"a": {"command": ["echo", "one"], "log": {"format": "raw"}}}, log={"format": "json"})
    assert result.stdout == "one\n"


def test_what_is_written_to_stdout_goes_to_stdout_and_stderr_to_stderr(services):
    result = services.run({"a": {"command": script("echo out; echo err >&2")}})
    assert (result.stdout, result.stderr) == ("out\n", "err\n")


@pytest.mark.parametrize("variables, has_colour", [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True)])
def test_names_have_a_colour_on_a_terminal_unless_NO_COLOR_is_set(services, terminal, variables, has_colour):
    ours, theirs = terminal
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | variables
    services.start({"a": {"command": ["echo", "one"]}}, log={"format": "prefix"}, stdout=theirs, env=environment)
    os.close(theirs)
    services.wait()
    pattern = rb"\x1b\[\d+ma \|\x1b\[0m one\n" if has_colour else rb"a \| one\n"
    assert re.fullmatch(pattern, read_all(ours))


def test_there_is_no_colour_in_a_pipe_nor_in_a_file(services, terminal, room):
    assert services.run({"a": {"command": ["echo", "one"]}}, log={"format": "prefix"}).stdout == "a | one\n"
    ours, theirs = terminal
    services.start({"a": {"command": ["echo", "one"], "log": {"file": str(room / "log"), "stdout": True}}},
                   log={"format": "prefix"}, stdout=theirs)
    os.close(theirs)
    services.wait()
    assert (room / "log").read_text() == "a | one\n"


# --- Lines ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [16384, 16385, 40000])
def test_a_long_line_is_passed_on_in_parts_that_are_marked(services, length):
    result = services.run({"a": {"command": python(f"print('x' * {length})")}}, log={"format": "prefix"})
    lines = result.stdout.splitlines()
    assert all(line.startswith("a | ") for line in lines)
    parts = [line[4:] for line in lines]
    assert all(part.endswith("\\") and len(part) <= 16385 for part in parts[:-1])
    assert len(parts) == -(-length // 16384)
    assert "".join(part.rstrip("\\") for part in parts) == "x" * length and not parts[-1].endswith("\\")


def test_warnings_of_the_file_are_json_as_well_if_it_says_so(services):
    result = services.run({"a": {"command": ["echo", "$NOWHERE"]}}, log={"format": "json"})
    messages = [json.loads(line)["message"] for line in result.stderr.splitlines()]
    assert any("$NOWHERE is not set" in message for message in messages)


def test_onit_s_own_messages_are_json_as_well_if_the_file_says_so(services):
    result = services.run({"a": {"command": ["false"]}}, "-v", log={"format": "json"})
    messages = [json.loads(line) for line in result.stderr.splitlines()]
    assert result.returncode == 1 and messages[0].keys() == {"time", "level", "message"}
    assert all(re.fullmatch(TIME, message["time"]) for message in messages)  # as exact as those of services
    assert messages[0]["message"] == "service 'a' starts"
    assert messages[-1] == {**messages[-1], "level": "error", "message": "exit code 1: service 'a' has failed: " +
                            "it ended with exit code 1"}


def test_the_command_line_says_what_onit_s_messages_are_whatever_the_file_says(services):
    for asked, log in (("text", "json"), ("json", "prefix")):
        result = services.run({"a": {"command": ["false"]}}, "-v", "--log-format", asked, log={"format": log})
        assert result.stderr.startswith("{") == (asked == "json"), result


def test_what_is_wrong_with_a_file_is_told_as_text(services):
    result = services.run({"a": {}}, log={"format": "json"})
    assert result.returncode == 125 and result.stderr.startswith("onit: ")


def test_a_reload_changes_how_onit_s_messages_look(services):
    services.start({"a": {"command": IDLE}})
    services.until_told("onit: service 'a' has started")
    services.write({"a": {"command": IDLE}}, log={"format": "json"})
    services.signal(signal.SIGHUP)
    services.until_told('"message":"service \'a\' has started"}')
    assert services.stop() == 0


def test_the_parts_of_a_long_line_are_named_in_json(services):
    result = services.run({"a": {"command": python("print('x' * 40000); print('short')")}}, log={"format": "json"})
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line.get("part") for line in lines] == ["first", "middle", "last", None]
    assert "".join(line["message"] for line in lines) == "x" * 40000 + "short"


@AS_ANYBODY
def test_a_last_line_without_newline_is_kept_and_gets_one(services, mode):
    result = services.run({"a": {"command": ["printf", "one\\ntwo"]}}, mode=mode)
    assert result.stdout == "one\ntwo\n"


def test_a_last_line_without_newline_of_one_run_is_not_joined_with_the_next_run_s_first(services):
    command = script('printf end\nif [ -e "$ROOM/second" ]; then exit 0; fi\n: > "$ROOM/second"; exit 1')
    result = services.run({"a": {"command": command, "restart": "on-failure", "restart_delay": "1ms"}})
    assert result.stdout == "end\nend\n"


@pytest.mark.parametrize("style", ["raw", "prefix", "json"])
def test_bytes_that_are_no_text_are_passed_on(services, style):
    command = python(r"os.write(1, b'a\xff\xc3(\x00\xe2\x82z\n')")
    result = services.run({"a": {"command": command}}, log={"format": style}, text=False, errors=None)
    if style == "json":
        assert json.loads(result.stdout)["message"] == "a\xff\xc3(\x00\xe2\x82z"
    else:
        assert result.stdout == (b"" if style == "raw" else b"a | ") + b"a\xff\xc3(\x00\xe2\x82z\n"


@pytest.mark.parametrize("style", ["raw", "prefix", "json"])
def test_nothing_of_a_line_of_3_MB_is_lost(services, style):
    result = services.run({"a": {"command": python("print('0123456789' * 300_000)")}}, log={"format": style})
    lines = result.stdout.splitlines()
    if style == "json":
        found = "".join(json.loads(line)["message"] for line in lines)
    else:
        found = "".join(line.removeprefix("a | ").removesuffix("\\") for line in lines)
    assert found == "0123456789" * 300_000


def test_empty_lines_are_lines(services):
    result = services.run({"a": {"command": ["printf", "\\n\\none\\n\\n"]}}, log={"format": "prefix"})
    assert result.stdout == "a | \na | \na | one\na | \n"


# --- Many at once ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["raw", "prefix"])
@pytest.mark.parametrize("burst", [300, 100_000], ids=["small writes", "bursts of 100 KB"])
@pytest.mark.parametrize("onto", ["pipe", "file", "socket"])
def test_two_services_never_mix_inside_a_line(services, style, burst, onto, room):
    count, length = 15_000, 90
    both = {name: {"command": flood(name, count, length, burst)} for name in "xy"}
    if onto == "pipe":
        output = services.run(both, log={"format": style}).stdout
    elif onto == "file":
        with open(room / "out", "wb") as file:
            services.start(both, log={"format": style}, stdout=file).wait()
        output = (room / "out").read_text()
    else:
        ours, theirs = socket.socketpair()
        services.start(both, log={"format": style}, stdout=theirs)
        theirs.close()
        output = read_all(ours.fileno()).decode()
        ours.close()
        services.wait()
    if style == "prefix":
        assert all(re.match(r"(x \| x|y \| y)", line) for line in output.splitlines())
        output = re.sub(r"^. \| ", "", output, flags=re.MULTILINE)
    assert len(output.splitlines()) == 2 * count
    for name in "xy":
        whole_lines_of(output, name, count, length)


def test_stdout_and_stderr_in_one_pipe_do_not_mix_inside_a_line_nor_with_what_onit_says(services):
    both = {"x": {"command": flood("x", 5000, 200, 5000)},
            "y": {"command": ["/bin/sh", "-c", "exec \"$$@\" >&2", "sh", *flood("y", 5000, 200, 5000)]},
            "z": {"command": ["/bin/false"], "restart": "on-failure", "restart_delay": "1ms",
                  "restart_max_delay": "1ms", "max_restarts": 50}}
    services.start(both, stderr=subprocess.STDOUT)
    output = "\n".join(services.rest())
    services.wait()
    for name in "xy":
        whole_lines_of(output, name, 5000, 200)
    assert all(line.startswith("onit: ") for line in output.splitlines() if line[0] not in "xy")
    assert output.count("onit: service 'z' ended with exit code 1") == 51


@pytest.mark.parametrize("mode", ["root", "root-pid1", "user", "user-pid1"])
@pytest.mark.parametrize("style", ["raw", "prefix"])
def test_everything_that_was_written_before_the_last_exit_is_out_before_onit_is(services, mode, style):
    result = services.run({"a": {"command": numbered(10_000)}}, log={"format": style}, mode=mode)
    assert result.stdout.splitlines() == [("" if style == "raw" else "a | ") + number for number in numbers(10_000)]
    assert (result.returncode, result.stderr) == (0, "")


def test_what_is_written_at_a_requested_end_is_out_before_onit_is(services):
    command = script("trap 'seq 1 10000; exit' TERM\n" + note("ready") + "while :; do sleep 0.01; done")
    services.start({"a": {"command": command}})
    services.until_noted("ready")
    services.signal()
    assert services.rest() == numbers(10_000)
    assert services.wait() == 0


def test_what_a_grandchild_writes_at_the_end_is_out_too(services):
    command = script("(trap 'seq 1 10000; exit' TERM; " + note("ready") + "while :; do sleep 0.01; done) &\n" + UNTIL_OPEN)
    services.start({"a": {"command": command}})
    services.until_noted("ready")
    services.open_gate()
    assert services.rest() == numbers(10_000)
    assert services.wait() == 0


def test_a_service_that_closes_its_output_runs_on(services):
    command = script("echo one; exec >&- 2>&-; " + note("closed") + UNTIL_OPEN)
    services.start({"a": {"command": command}})
    services.until_noted("closed")
    pid = until(lambda: services.pids("sh"), "it runs")[0]
    assert services.line() == "one" and not is_dead(pid)
    services.open_gate()
    assert services.wait() == 0


def test_dev_stdout_and_dev_stderr_can_be_opened(services):
    result = services.run({"a": {"command": script("echo out > /dev/stdout; echo err > /dev/stderr"), "user": "1234"}})
    assert (result.stdout, result.stderr) == ("out\n", "err\n")
