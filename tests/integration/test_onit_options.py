"""ONIT_OPTIONS: what is onit's own, under every name."""

import json
import os
import re
import signal
import subprocess
import time

import pytest

from harness import ONIT, TIMEOUT_S, every_mode, helper, kill, status, strays, until
from personalities import NAMES, every_name, one_argument, tools, with_options  # noqa: F401


@every_name
@every_mode
def test_ONIT_OPTIONS_adds_options_and_is_gone(onit, tools, name, mode):
    command = one_argument(name, "/bin/sh", "-c", "echo $ADDED; umask; env")
    result = onit.run(*command, program=tools / name, mode=mode, env=with_options("--env 'ADDED=a b' --umask 027"))
    assert result.returncode == 0, result
    lines = result.stdout.splitlines()
    assert lines[0] == "a b" and lines[1] == "0027", lines
    assert not [line for line in lines if line.startswith("ONIT_OPTIONS")], lines


@pytest.mark.parametrize("name", ["onit", *NAMES])
@pytest.mark.parametrize("values", [[""], [" "], ["", ""], ["--umask 027", "--nonsense"],
                                    ["--umask 027", "", "--umask 0"]])
def test_ONIT_OPTIONS_is_removed_also_if_it_is_empty_or_there_several_times_and_the_first_counts(tools, name, values):
    entries = [word for value in values for word in ("--env", f"ONIT_OPTIONS={value}")]
    program = ONIT if name == "onit" else tools / name
    command = one_argument(name, "/bin/sh", "-c", "umask; exec /usr/bin/env")
    result = subprocess.run(
        [helper("launch_with"), "--no-env", "--env", "FIRST=1", *entries, "--env", "LAST=2", "--", program, *command],
        capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert result.returncode == 0, result
    mask, *environment = result.stdout.splitlines()
    assert (mask == "0027") == ("027" in values[0])
    assert "FIRST=1" in environment and "LAST=2" in environment
    assert "ONIT_OPTIONS" not in result.stdout


def test_the_options_come_after_those_of_a_tool_and_before_onits_own(onit, tools):
    result = onit.run("--umask", "077", "sh", "-c", "umask", env=with_options("--umask 027"))
    assert result.stdout == "0077\n"
    result = onit.run("-vvv", "true", program=tools / "tini", env=with_options("--quiet"))
    assert (result.stdout, result.stderr) == ("", "")


@pytest.mark.parametrize("name", ["onit", *NAMES])
@pytest.mark.parametrize("text, part", [
    ("--nonsense", "'--nonsense'"), ("--drain", "needs a value"), ("--drain soon", "--drain 'soon'"),
    ("--env 'A", "not closed"), ("true", "'true'"), ("--version", "command line"), ("--as tini", "command line"),
    ("--link /", "command line"),
])
def test_a_mistake_in_ONIT_OPTIONS_is_told_in_one_line(onit, tools, name, text, part):
    program = ONIT if name == "onit" else tools / name
    result = onit.run("/bin/echo", program=program, env=with_options(text))
    assert (result.returncode, result.stdout) == (125, ""), result
    assert re.fullmatch(r"onit: ONIT_OPTIONS: .*\n", result.stderr), result.stderr
    assert part in result.stderr


@pytest.mark.parametrize("line, expected", [
    ("tini -g -e 3 -p SIGTERM -s -- c -x", {"command": ["c", "-x"], "forward": "group", "map_exit": {"3": 0},
                                           "pdeathsig": "SIGTERM", "adopts_orphans": True, "on_exit": "leave",
                                           "session": "automatic"}),
    ("tini-static c", {"forward": "child", "adopts_orphans": False, "verbosity": "warning"}),
    ("docker-init -vv -- c", {"command": ["c"], "verbosity": "debug"}),
    ("dumb-init -r 15:3 c", {"command": ["c"], "session": "own", "on_exit": "notify", "stop_signal": "SIGQUIT",
                             "reset_signals": True, "stops_self": ["SIGTSTP", "SIGTTIN", "SIGTTOU"],
                             "leaves_directory": True,
                             "failure_codes": {"not_found": 2, "denied": 2, "other": 2, "setup": 1}}),
    ("dumb-init -c c", {"session": "inherited", "forward": "child"}),
    ("catatonit -g c", {"command": ["c"], "forward": "group", "adopts_orphans": True, "leaves_directory": True}),
    ("catatonit -P", {"command": None, "side_by_side": []}),
    ("podman-init -- c d", {"command": ["c", "d"], "forward": "child"}),
    ("run -s INT -t 3 -d c", {"command": ["c"], "on_exit": "wait", "exit_code": "max", "kill_after_ms": 3000,
                              "command_pdeathsig": "SIGINT", "verbosity": "info",
                              "cascade": {"signal": "SIGINT", "target": "all", "every_time": False,
                                          "spares_success": True}}),
    ("run-multi -g -s HUP a b", {"side_by_side": [["a"], ["b"]], "exit_code": "first", "forward": "group",
                                 "session": "own",
                                 "cascade": {"signal": "SIGHUP", "target": "group", "every_time": True,
                                             "spares_success": False}}),
])
def test_dry_run_in_ONIT_OPTIONS_prints_what_the_command_line_means(onit, tools, line, expected):
    name, *arguments = line.split()
    result = onit.run(*arguments, program=tools / name, env=with_options("--dry-run --drain 2s"))
    assert (result.returncode, result.stderr) == (0, ""), result
    plan = json.loads(result.stdout)
    assert {key: plan[key] for key in expected} == expected
    assert plan["drain_ms"] == 2000
    assert "ONIT_OPTIONS" not in plan["environment"]


@every_mode
def test_tini_can_hold_a_TERM_back(onit, tools, mode):
    running = onit.start("-s", helper("family"), "--obey", program=tools / "tini", mode=mode,
                         env=with_options("--drain 2s"))
    assert running.line() == "main ready"
    before = time.monotonic()
    running.signal(signal.SIGTERM)
    running.signal(signal.SIGWINCH)
    assert running.line() == "main got 28"  # everything else passes
    assert running.wait() == 143
    assert time.monotonic() - before >= 2
    assert running.rest() == ["main got 15"]


@every_name
@every_mode
def test_a_second_TERM_ends_the_drain(onit, tools, name, mode):
    running = onit.start(*one_argument(name, helper("family"), "--obey"), program=tools / name, mode=mode,
                         env=with_options("--drain 1h"))
    assert running.line() == "main ready"
    running.signal(signal.SIGTERM)
    until(lambda: int(status(running.onit)["ShdPnd"], 16) == 0, "the first one was taken")  # two at once are one
    running.signal(signal.SIGTERM)
    assert running.wait() == 143
    assert running.rest() == ["main got 15"]


@pytest.mark.parametrize("name, options, variable", [
    ("tini", ["-vvv"], {}), ("dumb-init", ["-v"], {}), ("catatonit", [], {"CATATONIT_DEBUG": "1"}), ("run", [], {}),
    ("run-multi", [], {}),
])
@every_mode
def test_lines_are_json_if_that_is_asked_for(onit, tools, name, options, variable, mode):
    result = onit.run(*options, *one_argument(name, "/bin/sh", "-c", "exit 3"), program=tools / name, mode=mode,
                      env=with_options("--log-format json", **variable))
    assert (result.returncode, result.stdout) == (3, "")
    lines = [json.loads(line) for line in result.stderr.splitlines()]
    for line in lines:
        assert set(line) == {"time", "level", "message"}
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line["time"])
    assert [line for line in lines if re.fullmatch(r"command \d+ ended with exit code 3", line["message"])], lines


@pytest.mark.parametrize("name, code", [("tini", 127), ("dumb-init", 2), ("catatonit", 1), ("run", 127)])
def test_a_failed_exec_is_json_too(onit, tools, name, code):
    result = onit.run("/no/such/thing", program=tools / name, env=with_options("-q --log-format json"))
    assert result.returncode == code
    line = json.loads(result.stderr)
    assert line["level"] == "error" and "/no/such/thing" in line["message"] and "No such file" in line["message"]


@pytest.mark.parametrize("through", [[], [helper("refuse"), 1]], ids=["pidfd", "no pidfd"])
def test_a_last_signal_for_all_comes_to_each_once(onit, through):
    running = onit.start("--as", "dumb-init", helper("family"), "--now", "mate,ignore", through=through,
                         env=with_options("--forward all"))
    running.lines_until("main ready")
    assert running.wait() == 0
    assert running.line() == "mate got 15"
    (mate,) = strays()
    os.kill(mate, 37)  # which it would take after a second TERM
    assert running.line() == "mate got 37"
    kill(mate)
    until(lambda: not strays(), "it is gone")
