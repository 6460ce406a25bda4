"""What becomes of what services write: whole lines, in three formats, to stdout, stderr and files, and never lost."""

import datetime
import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import termios
import time

import pytest

from harness import is_dead, until
from service_files import AS_ANYBODY, IDLE, UNTIL_OPEN, note, python, script, services  # noqa: F401

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"


def numbered(count, width=0):
    """A command that writes that many lines, each with its number."""
    return ["/usr/bin/seq", "-f", f"%0{width}.0f" if width else "%.0f", "1", str(count)]


def numbers(count):
    return [str(number) for number in range(1, count + 1)]


def read_all(descriptor):
    found = b""
    while True:
        try:
            got = os.read(descriptor, 65536)
        except OSError:  # a terminal that nobody holds any more
            return found
        if not got:
            return found
        found += got


def log_with(**rules):
    return {"log": {"format": "raw"} | rules}


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


@pytest.fixture
def terminal():
    ours, theirs = pty.openpty()
    attributes = termios.tcgetattr(theirs)
    attributes[1] &= ~termios.OPOST
    termios.tcsetattr(theirs, termios.TCSANOW, attributes)
    yield ours, theirs
    os.close(ours)


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


def flood(letter, count, length, burst):
    """Writes lines that say who and which they are, in bursts of so many bytes."""
    return python(f'''
lines = "".join(f"{letter}{{i:06}} " + "{letter}" * {length} + "\\n" for i in range({count})).encode()
for at in range(0, len(lines), {burst}): os.write(1, lines[at:at + {burst}])''')


def whole_lines_of(text, letter, count, length):
    """Checks that each line is there, once, whole and in order."""
    lines = [line for line in text.splitlines() if line.startswith(letter)]
    assert lines == [f"{letter}{i:06} " + letter * length for i in range(count)]


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


# --- Readers that are slow, or gone ---------------------------------------------------------------------------------


def until_full(services):
    """Waits until nobody can write to stdout any more."""
    end = services.running.process.stdout.fileno()

    def is_full():
        writable = os.open(f"/proc/self/fd/{end}", os.O_WRONLY | os.O_NONBLOCK)
        found = select.select([], [writable], [], 0)[1]
        os.close(writable)
        return not found

    services.until(is_full, "full")


def test_a_reader_that_stands_still_delays_neither_reaping_nor_what_others_do(services):
    services.start({"flood": {"command": ["yes", "x" * 100]},
                    "other": {"command": script(UNTIL_OPEN + "exit 3"), "restart": "on-failure", "max_restarts": 3,
                              "restart_delay": "1ms"}}, init={"stop_grace_period": "500ms"})
    until_full(services)
    services.open_gate()
    services.until_told("service 'other' has failed, exit code 3")
    services.end()


@AS_ANYBODY
@pytest.mark.parametrize("style", ["raw", "prefix"])
def test_a_reader_that_stands_still_does_not_delay_the_end(services, mode, style):
    services.start({"flood": {"command": ["yes", "x" * 100]}}, log={"format": style}, init={"stop_grace_period": "2s"},
                   mode=mode)
    until_full(services)
    start = time.monotonic()
    assert services.stop() == 0
    # 2 s at most for readers, on a machine that may be busy.
    assert time.monotonic() - start < 8


@pytest.mark.parametrize("kind", ["terminal", "socket"])
def test_a_terminal_or_a_socket_that_nobody_reads_does_not_delay_the_end(services, kind):
    opened = {"terminal": pty.openpty, "socket": lambda: tuple(end.detach() for end in socket.socketpair())}[kind]
    ours, theirs = opened()
    services.start({"flood": {"command": ["yes", "x" * 100]}, "other": {"command": script(UNTIL_OPEN + note("other"))}},
                   init={"stop_grace_period": "1s"}, stdout=theirs)
    services.until_told("service 'other' has started")
    services.until(lambda: select.select([ours], [], [], 0)[0], "written to")
    services.open_gate()
    services.until_noted("other")
    start = time.monotonic()
    assert services.stop() == 0
    assert time.monotonic() - start < 7
    os.close(ours)
    os.close(theirs)


def test_a_terminal_that_is_read_late_gets_all_lines(services, terminal):
    ours, theirs = terminal
    services.start({"a": {"command": numbered(20_000)}}, stdout=theirs)
    os.close(theirs)
    services.until_told("service 'a' has started")
    assert read_all(ours).decode().splitlines() == numbers(20_000)
    assert services.wait() == 0


def test_a_stderr_that_nobody_reads_holds_up_nobody(services):
    """It is where onit's own messages go as well."""
    floods = {name: {"command": script("exec yes x >&2")} for name in "ab"}
    restless = {"command": script(note("runs")), "restart": "always", "restart_delay": "1ms", "restart_max_delay": "1ms",
                "max_restarts": 0}
    services.start({**floods, "restless": restless}, init={"stop_grace_period": "1s"}, stderr=subprocess.PIPE)
    services.until_noted(*["runs"] * 30)
    start = time.monotonic()
    assert services.stop() == 0
    assert time.monotonic() - start < 7


def test_a_flood_of_lines_delays_neither_probes_nor_the_end(services):
    with open(os.devnull, "wb") as nowhere:
        floods = {f"flood{i}": {"command": ["yes", "x" * 1000]} for i in range(4)}
        services.start(floods | {"web": {"command": IDLE, "healthcheck": {"exec": script(note("looks")), "interval": "10ms"}}},
                       log={"format": "prefix"}, stdout=nowhere)
        services.until_noted(*["looks"] * 10)
        start = time.monotonic()
        assert services.stop() == 0
        assert time.monotonic() - start < 5


def test_a_reader_that_goes_on_gets_all_lines(services):
    services.start({"a": {"command": numbered(300_000)}, "b": {"command": IDLE}})
    until_full(services)
    assert "service 'a' ended" not in services.messages
    assert services.running.lines_until("300000") == numbers(300_000)
    services.until_told("service 'a' ended with exit code 0")
    assert services.stop() == 0


def test_a_reader_that_goes_on_after_the_last_exit_gets_all_lines(services):
    services.start({"a": {"command": ["seq", "1", "50000"]}})
    until_full(services)
    assert services.rest() == numbers(50_000)
    assert services.wait() == 0


def test_lines_that_may_be_dropped_do_not_hold_up_their_service_and_are_dropped_whole(services):
    command = script("seq -f %07.0f 1 400000; " + note("done") + UNTIL_OPEN + "echo last")
    services.start({"a": {"command": command}}, log={"on_full": "drop"})
    services.until_noted("done")
    until_full(services)
    services.open_gate()
    services.until_told("service 'a' ended with exit code 0")
    lines = services.rest()
    services.wait()
    assert len(lines) < 400_000
    assert all(re.fullmatch(r"\d{7}|last", line) for line in lines)
    assert [line for line in lines if line != "last"] == sorted(set(lines) - {"last"})


def test_a_reader_that_goes_away_is_told_once_and_the_service_goes_on(services):
    command = script("echo one\n" + UNTIL_OPEN + "seq 1 100000; seq 1 100000 && " + note("done") + "exec sleep 1000")
    services.start({"a": {"command": command}})
    assert services.line() == "one"
    services.running.process.stdout.close()
    services.open_gate()
    services.until_noted("done")
    services.until_told("nobody reads stdout any more")
    services.signal()
    assert services.wait() == 0
    assert services.messages.count("nobody reads stdout") == 1


def test_a_reader_that_goes_away_while_the_pipe_is_full_frees_the_service(services):
    services.start({"a": {"command": script("seq 1 300000; " + note("done") + "exec sleep 1000")}})
    until_full(services)
    services.running.process.stdout.close()
    services.until_noted("done")
    assert services.stop() == 0


@pytest.mark.parametrize("kind", ["pipe", "terminal", "socket", "file"])
def test_the_stdout_that_onit_was_given_is_not_made_non_blocking(services, kind, room):
    """Others have the same description: a shell, or the test here."""
    opened = {"pipe": os.pipe, "terminal": pty.openpty, "file": lambda: (-1, os.open(room / "out", os.O_WRONLY | os.O_CREAT)),
              "socket": lambda: tuple(end.detach() for end in socket.socketpair())}[kind]
    ours, theirs = opened()
    before = fcntl.fcntl(theirs, fcntl.F_GETFL)
    services.start({"a": {"command": script("echo one; " + note("written") + UNTIL_OPEN)}}, stdout=theirs)
    services.until_noted("written")
    assert fcntl.fcntl(theirs, fcntl.F_GETFL) == before
    services.open_gate()
    services.wait()
    assert fcntl.fcntl(theirs, fcntl.F_GETFL) == before
    for end in (ours, theirs):
        if end >= 0:
            os.close(end)


def test_an_onit_without_stdout_runs_services(services):
    services.start({"a": {"command": script("echo one; " + note("written"))}}, through=["sh", "-c", 'exec "$@" >&-', "sh"])
    assert services.wait() == 0
    assert services.journal == ["written"]


@pytest.mark.parametrize("target", ["/dev/full"])
def test_a_stdout_that_takes_nothing_is_told_once_and_the_service_goes_on(services, target):
    with open(target, "wb") as full:
        services.start({"a": {"command": script("seq 1 1000; sleep 0.1; seq 1 1000; " + note("done"))}}, stdout=full)
        assert services.wait() == 0
    assert services.journal == ["done"]
    assert services.messages.count("No space left on device") == 1


# --- Files ----------------------------------------------------------------------------------------------------------


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
                   "/no/such/directory/log", "No such file", mode=mode)


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
    command = script("seq 1 1000; sleep 0.1; seq 1 1000; " + note("done"))
    services.start({"a": {"command": command, **log_with(file="/dev/full", stdout=True)}})
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
