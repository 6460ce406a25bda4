"""The command line: what is understood, what is refused, and in which words."""

import json
import os
import subprocess

import pytest

from harness import ONIT, TIMEOUT_S, every_mode, helper


def plan(onit, *options):
    result = onit.run(*options, "--dry-run", "--", "ls", "-l")
    assert (result.returncode, result.stderr) == (0, ""), result
    return json.loads(result.stdout)


def test_the_defaults_are_those_of_the_table(onit):
    expected = {
        "command": ["ls", "-l"], "forward": "group", "rewrite": {}, "stop_signal": "SIGTERM",
        "stop_grace_period_ms": 5000, "on_exit": "stop", "kill_after_ms": None, "drain_ms": None, "exit_code": "main",
        "map_exit": {}, "pdeathsig": "none", "user": None, "working_dir": None, "umask": None, "nice": None,
        "oom_score_adj": None, "ulimits": {}, "no_new_privs": False,
    }
    got = plan(onit)
    assert {key: got[key] for key in expected} == expected
    assert got["environment"] == dict(os.environ)
    assert got["search_path"] == os.environ["PATH"]


@pytest.mark.parametrize("options, key, value", [
    (["--forward", "child"], "forward", "child"),
    (["--forward=group"], "forward", "group"),
    (["--forward", "all"], "forward", "all"),
    (["--rewrite", "TERM:QUIT"], "rewrite", {"SIGTERM": "SIGQUIT"}),
    (["--rewrite", "sigterm:3", "--rewrite", "1:none"], "rewrite", {"SIGTERM": "SIGQUIT", "SIGHUP": "none"}),
    (["--rewrite", "RTMIN+3:RTMAX-1"], "rewrite", {"SIGRTMIN+3": "SIGRTMIN+29"}),
    (["--rewrite", "TERM:INT", "--rewrite", "TERM:TERM"], "rewrite", {}),
    (["--stop-signal", "sigint"], "stop_signal", "SIGINT"),
    (["--stop-signal", "15"], "stop_signal", "SIGTERM"),
    (["--stop-signal", "RTMIN+3"], "stop_signal", "SIGRTMIN+3"),
    (["--stop-grace-period", "250ms"], "stop_grace_period_ms", 250),
    (["--stop-grace-period", "1m30s"], "stop_grace_period_ms", 90000),
    (["--stop-grace-period", "2h"], "stop_grace_period_ms", 7200000),
    (["--stop-grace-period", "0"], "stop_grace_period_ms", 0),
    (["--on-exit", "stop"], "on_exit", "stop"),
    (["--on-exit", "wait"], "on_exit", "wait"),
    (["--on-exit", "leave"], "on_exit", "leave"),
    (["--kill-after", "10s"], "kill_after_ms", 10000),
    (["--kill-after", "0"], "kill_after_ms", None),
    (["--drain", "3s500ms"], "drain_ms", 3500),
    (["--exit-code", "main"], "exit_code", "main"),
    (["--exit-code", "first"], "exit_code", "first"),
    (["--exit-code", "max"], "exit_code", "max"),
    (["--map-exit", "143:0", "--map-exit", "0:255"], "map_exit", {"143": 0, "0": 255}),
    (["--pdeathsig", "HUP"], "pdeathsig", "SIGHUP"),
    (["--user", "0:0"], "user", {"uid": 0, "gid": 0, "groups": [0]}),
    (["--user", "1000:7", "--group-add", "8", "--group-add", "9"], "user",
     {"uid": 1000, "gid": 7, "groups": [7, 8, 9]}),
    (["--chdir", "/tmp"], "working_dir", "/tmp"),
    (["--umask", "27"], "umask", "027"),
    (["--umask", "0777"], "umask", "777"),
    (["--nice", "-5"], "nice", -5),
    (["--nice=+19"], "nice", 19),
    (["--oom-score-adj", "-1000"], "oom_score_adj", -1000),
    (["--ulimit", "nofile=10", "--ulimit", "core=0:unlimited"], "ulimits",
     {"nofile": [10, 10], "core": [0, "unlimited"]}),
    (["--no-new-privs"], "no_new_privs", True),
    (["--clear-env"], "environment", {}),
    (["--clear-env", "--env", "A=1", "--env", "B=x=y", "--env", "A=2"], "environment", {"A": "2", "B": "x=y"}),
    (["--clear-env", "--env", "PATH=/x"], "search_path", "/x"),
    (["--clear"], "environment", {}),
])
def test_the_plan_says_what_the_options_ask_for(onit, options, key, value):
    assert plan(onit, *options)[key] == value


def test_the_plan_does_not_tell_secrets(onit, room):
    (room / "password").write_text("hunter2\n")
    text = onit.run("--clear-env", "--env", f"PASSWORD_FILE={room}/password", "--secrets", "--dry-run", "ls").stdout
    assert json.loads(text)["environment"] == {"PASSWORD_FILE": f"{room}/password", "PASSWORD": "(secret)"}
    assert "hunter2" not in text


def test_the_plan_is_json_whatever_the_arguments_are(onit):
    result = onit.run("--dry-run", "--", "echo", 'a"b\\c\n\t\x01', "ä€")
    assert json.loads(result.stdout)["command"] == ["echo", 'a"b\\c\n\t\x01', "ä€"]


@every_mode
def test_nothing_runs_in_a_dry_run(onit, room, mode):
    assert onit.run("--dry-run", "touch", room / "file", mode=mode).returncode == 0
    assert not (room / "file").exists()


def test_the_help_fits_one_screen(onit):
    result = onit.run("--help")
    lines = result.stdout.splitlines()
    assert (result.returncode, result.stderr) == (0, "")
    assert len(lines) <= 45
    assert max(map(len, lines)) <= 80
    assert onit.run("-h").stdout == result.stdout


@pytest.mark.parametrize("option", [
    "forward", "rewrite", "stop-signal", "stop-grace-period", "on-exit", "kill-after", "drain", "exit-code", "map-exit",
    "pdeathsig", "user", "group-add", "chdir", "umask", "nice", "oom-score-adj", "ulimit", "no-new-privs", "env",
    "env-file", "clear-env", "secrets", "log-format", "dry-run", "help", "version"])
def test_the_help_names_every_option(onit, option):
    assert f"--{option} " in onit.run("--help").stdout


def test_the_version_is_one_line(onit):
    result = onit.run("--version")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("onit ") and result.stdout.count("\n") == 1


@pytest.mark.parametrize("option", ["--help", "--version", "--dry-run"])
def test_what_cannot_be_printed_is_a_failure(onit, option):
    with open("/dev/full", "w") as full:
        arguments = [option] if option != "--dry-run" else [option, "ls"]
        running = onit.start(*arguments, stdout=full)
        assert running.wait() == 125


@pytest.mark.parametrize("arguments, words", [
    ([], ["no command"]),
    (["--"], ["no command"]),
    (["-v"], ["no command"]),
    (["--forward", "everyone", "ls"], ["--forward", "'everyone'", "child, group, all"]),
    (["--rewrite", "TERM", "ls"], ["--rewrite", "FROM:TO"]),
    (["--rewrite", "TERM:BOGUS", "ls"], ["--rewrite", "BOGUS", "name or number"]),
    (["--rewrite", "FOO:TERM", "ls"], ["--rewrite", "FOO", "name or number"]),
    (["--rewrite", "KILL:TERM", "ls"], ["--rewrite", "cannot be caught"]),
    (["--rewrite", "65:1", "ls"], ["--rewrite", "65"]),
    (["--stop-signal", "SIGFOO", "ls"], ["--stop-signal", "SIGFOO", "TERM"]),
    (["--stop-signal", "0", "ls"], ["--stop-signal", "TERM"]),
    (["--stop-signal", "RTMIN+31", "ls"], ["--stop-signal", "TERM"]),
    (["--stop-grace-period", "5", "ls"], ["--stop-grace-period", "unit", "5s"]),
    (["--stop-grace-period", "", "ls"], ["--stop-grace-period", "10s"]),
    (["--stop-grace-period", "-1s", "ls"], ["--stop-grace-period", "10s"]),
    (["--stop-grace-period", "1s1m", "ls"], ["--stop-grace-period", "10s"]),
    (["--kill-after", "99999999999999999999s", "ls"], ["--kill-after", "10s"]),
    (["--drain", "soon", "ls"], ["--drain", "250ms"]),
    (["--on-exit", "kill", "ls"], ["--on-exit", "stop, wait, leave"]),
    (["--exit-code", "last", "ls"], ["--exit-code", "main, first, max"]),
    (["--map-exit", "143", "ls"], ["--map-exit", "N:M", "0 to 255"]),
    (["--map-exit", "256:0", "ls"], ["--map-exit", "0 to 255"]),
    (["--pdeathsig", "none", "ls"], ["--pdeathsig", "TERM"]),
    (["--user", "", "ls"], ["--user", "missing"]),
    (["--user", "0:", "ls"], ["--user", "group", "add it"]),
    (["--user", "nobody-of-this-name", "ls"], ["--user", "nobody-of-this-name", "/etc/passwd", "number"]),
    (["--user", "0:no-such-group", "ls"], ["--user", "no-such-group", "/etc/group", "number"]),
    (["--user", "4294967295", "ls"], ["--user", "4294967294"]),
    (["--group-add", "no-such-group", "ls"], ["--group-add", "no-such-group", "/etc/group"]),
    (["--umask", "8", "ls"], ["--umask", "octal"]),
    (["--umask", "1000", "ls"], ["--umask", "octal", "777"]),
    (["--nice", "20", "ls"], ["--nice", "-20 to 19"]),
    (["--nice", "3x", "ls"], ["--nice", "-20 to 19"]),
    (["--oom-score-adj", "1001", "ls"], ["--oom-score-adj", "-1000 to 1000"]),
    (["--ulimit", "nofile", "ls"], ["--ulimit", "NAME=SOFT"]),
    (["--ulimit", "files=10", "ls"], ["--ulimit", "nofile"]),
    (["--ulimit", "nofile=ten", "ls"], ["--ulimit", "number"]),
    (["--ulimit", "nofile=20:10", "ls"], ["--ulimit", "soft", "hard"]),
    (["--env", "=x", "ls"], ["--env", "K=V"]),
    (["--env-file", "/no/such/file", "ls"], ["--env-file", "/no/such/file", "No such file"]),
    (["--log-format", "xml", "ls"], ["--log-format", "text, json"]),
    (["--forwrad", "all", "ls"], ["--forwrad", "did you mean '--forward'"]),
    (["--frobnicate", "ls"], ["--frobnicate", "--help"]),
    (["-x", "ls"], ["-x", "--help"]),
    (["-vx", "ls"], ["-x", "--help"]),
    (["--no-new-privs=yes", "ls"], ["--no-new-privs", "takes no value"]),
    (["--o", "ls"], ["--o", "ambiguous", "--on-exit", "--oom-score-adj"]),
    (["--forward"], ["--forward", "needs a value"]),
    (["--chdir", "/no/such/directory", "ls"], ["--chdir", "/no/such/directory", "No such file"]),
    (["--chdir", "/etc/passwd", "ls"], ["--chdir", "Not a directory"]),
    (["--ulimit", "nofile=unlimited", "ls"], ["--ulimit nofile", "SYS_RESOURCE"]),
])
def test_bad_input_is_125_and_one_line_that_names_the_option_and_what_would_be_right(onit, arguments, words):
    result = onit.run(*arguments)
    assert result.returncode == 125, result
    assert result.stdout == ""
    assert result.stderr.startswith("onit: ")
    assert result.stderr.count("\n") == 1 and result.stderr.endswith("\n"), result.stderr
    for word in words:
        assert word in result.stderr


def test_a_message_about_hostile_input_is_still_one_line(onit):
    for argument in ("--forward=a\nonit: all is well", "--env\x1b[2J", "--nice=" + "9" * 100000):
        result = onit.run(argument, "ls")
        assert result.returncode == 125
        assert result.stderr.count("\n") == 1
        assert "\x1b" not in result.stderr
        assert len(result.stderr) <= 4096


@pytest.mark.parametrize("options", [["--user", "1001"], ["--user", "0"], ["--group-add", "7"], ["--nice", "-5"],
                                     ["--oom-score-adj", "-999"]])
def test_what_needs_a_privilege_says_so_without_it(onit, options):
    result = onit.run(*options, "true", mode="user")
    assert result.returncode == 125
    assert result.stderr.count("\n") == 1
    assert options[0] in result.stderr or "groups" in result.stderr
    assert "capabilit" in result.stderr


def test_options_stop_at_the_command(onit):
    assert onit.run("echo", "--forward", "-v", "--").stdout == "--forward -v --\n"
    assert onit.run("--", "echo", "--", "-q").stdout == "-- -q\n"
    assert onit.run("-q", "echo", "-v").stdout == "-v\n"


def test_settings_reach_the_command(onit, room):
    script = "pwd; umask; nice; cat /proc/self/oom_score_adj; ulimit -n; ulimit -Hn; grep NoNewPrivs /proc/self/status"
    result = onit.run("--chdir", room, "--umask", "027", "--nice", "7", "--oom-score-adj", "321", "--ulimit",
                      "nofile=100:200", "--no-new-privs", "sh", "-c", script)
    assert result.stdout.split() == [str(room), "0027", "7", "321", "100", "200", "NoNewPrivs:", "1"], result


@pytest.mark.parametrize("name, letter", [("core", "c"), ("data", "d"), ("fsize", "f"), ("stack", "s"), ("cpu", "t"),
                                          ("as", "v"), ("nproc", "u"), ("memlock", "l"), ("rss", "m")])
def test_each_limit_is_the_one_that_its_name_says(onit, name, letter):
    value = {"stack": 4096 * 1024, "as": 1 << 32, "data": 1 << 30}.get(name, 10240)
    blocks = {"c": 1024, "f": 1024, "d": 1024, "s": 1024, "v": 1024, "l": 1024, "m": 1024}.get(letter, 1)
    result = onit.run("--ulimit", f"{name}={value}", "bash", "-c", f"ulimit -{letter}")
    assert result.stdout.split() == [str(value // blocks)], result


def test_quiet_hides_warnings_and_verbose_tells_each_step(onit):
    command = ["--stop-grace-period", "1ms", helper("family"), "--now", "other,ignore"]
    assert "onit: warning: killed 'other'" in onit.run(*command).stderr
    assert onit.run("-q", *command).stderr == ""
    told = onit.run("-v", *command).stderr
    assert "onit: started" in told and "ended with exit code 0" in told and "reaped orphan" in told


def test_the_json_format_is_json_line_by_line(onit):
    result = onit.run("-v", "--log-format", "json", "true")
    lines = [json.loads(line) for line in result.stderr.splitlines()]
    assert len(lines) >= 2
    assert all(set(line) == {"time", "level", "message"} for line in lines)
    failed = onit.run("--log-format", "json", "/no/such\n\"\\\xff")
    assert json.loads(failed.stderr)["level"] == "error"
    assert failed.returncode == 127


def test_onit_without_argv_says_that_there_is_no_command():
    import subprocess
    result = subprocess.run([helper("launch_with"), "--no-argv", "--", ONIT], capture_output=True, text=True, check=False,
                            timeout=30)
    assert result.returncode == 125
    assert "no command" in result.stderr


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["--dry-run", "true"], ["--as", "onitctl", "schema"],
                                   ["--as", "onitctl", "status", "--help"]], ids=" ".join)
def test_what_nobody_can_have_is_told(onit, words):
    with open("/dev/full", "w") as full:
        result = subprocess.run([ONIT, *words], stdout=full, stderr=subprocess.PIPE, text=True, timeout=TIMEOUT_S)
    assert (result.returncode, result.stderr) == (125, "onit: stdout: No space left on device\n")
