"""onit under the names of other tools: how it gets them, and what is onit's own under all of them. What each tool does
is in tests/compat, and in test_run.py."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

from harness import (ONIT, TIMEOUT_S, as_root, children, every_mode, helper, is_dead, kill, name_of, program_of, status,
                     strays, until)

NAMES = ["tini", "tini-static", "docker-init", "dumb-init", "catatonit", "podman-init", "run", "run-multi"]
LINKS = [*NAMES, "onitctl"]
every_name = pytest.mark.parametrize("name", NAMES)
with_shell = pytest.mark.parametrize("name", NAMES[:6])


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


# --- Answers, and where options end: what the C library's getopt does is not the same everywhere -----------------


@pytest.mark.parametrize("line, code, on_stdout, on_stderr", [
    ("tini --version", 0, "tini version 0.19.0 - git.", ""),
    ("tini -h", 0, "Usage: ", ""),
    ("tini", 1, "", "Usage: "),
    ("tini -x true", 1, "", "Usage: "),
    ("tini -e", 1, "", "Usage: "),
    ("tini -e 256 true", 1, "", "[FATAL tini ("),
    ("tini -p TERM true", 1, "", "[FATAL tini ("),
    ("dumb-init -h", 0, "", "Usage: "),
    ("dumb-init --vers", 0, "", "dumb-init v1.2.5"),
    ("dumb-init --ver true", 1, "", "dumb-init: unrecognized option '--ver'"),
    ("dumb-init --yolo true", 1, "", "dumb-init: unrecognized option '--yolo'"),
    ("dumb-init -x true", 1, "", "dumb-init: invalid option -- 'x'"),
    ("dumb-init -r", 1, "", "Usage: -r option takes <signum>:<signum>"),
    ("dumb-init --rewrite", 1, "", "Usage: -r option takes <signum>:<signum>"),
    ("dumb-init -r 15 true", 1, "", "Usage: -r option takes <signum>:<signum>"),
    ("dumb-init", 1, "", "Usage: "),
    ("catatonit -V", 0, "tini version 0.2.1_catatonit", ""),
    ("catatonit --version", 0, "tini version 0.2.1_catatonit", ""),
    ("catatonit --yolo true", 1, "", "ERROR (catatonit:"),
    ("catatonit -x true", 1, "", "ERROR (catatonit:"),
    ("catatonit", 1, "", "ERROR (catatonit:"),
    ("run -s", 1, "", "run: [error] option requires an argument -- 's'"),
    ("run -x true", 1, "", "run: [error] invalid option -- 'x'"),
    ("run-multi -t", 1, "", "run: [error] option requires an argument -- 't'"),
])
@pytest.mark.parametrize("variable", [None, "POSIXLY_CORRECT"])
def test_answers(onit, tools, line, code, on_stdout, on_stderr, variable):
    name, *arguments = line.split()
    environment = {key: value for key, value in os.environ.items() if key != "POSIXLY_CORRECT"}
    result = onit.run(*arguments, program=tools / name, env=environment | ({variable: "1"} if variable else {}))
    assert result.returncode == code, result
    assert result.stdout.startswith(on_stdout) and bool(result.stdout) == bool(on_stdout), result.stdout
    assert result.stderr.startswith(on_stderr) and bool(result.stderr) == bool(on_stderr), result.stderr


@with_shell
@pytest.mark.parametrize("variable", [None, "POSIXLY_CORRECT"])
@every_mode
def test_options_behind_the_command_are_its_own(onit, tools, name, variable, mode):
    # Every directory in PATH can be searched by everybody, or an unknown command would be a forbidden one.
    environment = {"PATH": "/usr/bin:/bin"} | ({variable: "1"} if variable else {})
    for first in ([], ["--"]):
        result = onit.run(*first, "echo", "-g", "--", "-h", program=tools / name, env=environment, mode=mode)
        assert (result.returncode, result.stdout) == (0, "-g -- -h\n"), result
    result = onit.run("--", "--", "true", program=tools / name, env=environment, mode=mode)
    assert result.returncode == {"dumb-init": 2, "catatonit": 1, "podman-init": 1}.get(name, 127)


@pytest.mark.parametrize("mode", ["user", "user-pid1"])
def test_a_directory_in_PATH_that_cannot_be_searched_makes_an_unknown_command_a_forbidden_one_for_tini(
        onit, room, tools, mode):
    (room / "closed").mkdir(mode=0o700)
    for program, code in ((tools / "tini", 126), (ONIT, 127)):
        for path in (f"{room}/closed:/usr/bin:/bin", f"/usr/bin:/bin:{room}/closed"):
            result = onit.run("--", "no-such-thing", program=program, mode=mode, env={"PATH": path})
            assert (result.returncode, result.stdout) == (code, ""), result
            result = onit.run("--", "true", program=program, mode=mode, env={"PATH": path})
            assert result.returncode == 0, result


# --- ONIT_OPTIONS --------------------------------------------------------------------------------------------------


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
                         env=with_options("--drain 300ms"))
    assert running.line() == "main ready"
    before = time.monotonic()
    running.signal(signal.SIGTERM)
    running.signal(signal.SIGWINCH)
    assert running.line() == "main got 28"  # everything else passes
    assert running.wait() == 143
    assert time.monotonic() - before >= 0.3
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


# --- --as ----------------------------------------------------------------------------------------------------------


@every_name
@every_mode
def test_as_is_the_tool_without_a_link(onit, name, mode):
    result = onit.run("--as", name, *one_argument(name, "/bin/sh", "-c", "echo here; exit 4"), mode=mode)
    assert (result.returncode, result.stdout.splitlines()[-1]) == (4, "here"), result


def test_options_before_as_are_for_the_tool_as_well(onit):
    result = onit.run("--umask", "027", "--map-exit", "5:6", "--as", "tini", "-e", "3", "--", "sh", "-c",
                      "umask; exit 5")
    assert (result.returncode, result.stdout) == (6, "0027\n")
    assert onit.run("--map-exit", "5:6", "--as=tini", "-e", "3", "--", "sh", "-c", "exit 3").returncode == 0
    result = onit.run("--as", "run", "--", "echo", "--umask", "027")
    assert result.stdout == "--umask 027\n"


@pytest.mark.parametrize("name", ["nginx", "", "onit", "tini/"])
def test_as_with_an_unknown_name_says_which_there_are(onit, name):
    result = onit.run("--as", name, "true")
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (125, "", 1)
    assert result.stderr.startswith(f"onit: --as '{name}': ")
    for known in LINKS:
        assert known in result.stderr


# --- --link --------------------------------------------------------------------------------------------------------


@pytest.fixture
def installed(room):
    """onit alone in a directory."""
    (room / "bin").mkdir()
    (room / "bin").chmod(0o777)
    shutil.copy(ONIT, room / "bin" / "onit")
    return room / "bin" / "onit"


def links_in(directory):
    return {path.name: os.readlink(path) for path in directory.iterdir() if path.is_symlink()}


@pytest.mark.parametrize("mode", ["root", "user"])
@pytest.mark.parametrize("where", ["path", "slash", "dot", "link"])
def test_links_beside_onit_are_relative(onit, room, installed, mode, where):
    directory = installed.parent
    (room / "other").symlink_to(directory)
    argument = {"path": directory, "slash": f"{directory}/", "dot": ".", "link": room / "other"}[where]
    result = onit.run("--link", argument, program=installed, mode=mode, cwd=directory)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert links_in(directory) == {name: "onit" for name in LINKS}
    assert sorted(os.listdir(directory)) == sorted(["onit", *LINKS])
    directory.rename(room / "moved")
    assert onit.run("-V", program=room / "moved" / "catatonit").stdout == "tini version 0.2.1_catatonit\n"


@pytest.mark.parametrize("mode", ["root", "user"])
def test_links_elsewhere_are_absolute(onit, room, installed, mode):
    (room / "usr").mkdir()
    (room / "usr").chmod(0o777)
    result = onit.run("--link", "usr", program=installed, mode=mode, cwd=room)
    assert (result.returncode, result.stderr) == (0, "")
    assert links_in(room / "usr") == {name: os.path.realpath(installed) for name in LINKS}
    assert onit.run("--version", program=room / "usr" / "docker-init").stdout.startswith("tini version")


def test_links_are_to_the_binary_and_not_to_another_link(onit, room, installed):
    (room / "name").symlink_to(installed)
    (room / "usr").mkdir()
    assert onit.run("--link", room / "usr", "tini", program=room / "name").returncode == 0
    assert links_in(room / "usr") == {"tini": os.path.realpath(installed)}


def test_only_those_links_are_laid_that_are_named(onit, installed):
    assert onit.run("--link", installed.parent, "tini", "run", program=installed).returncode == 0
    assert links_in(installed.parent) == {"tini": "onit", "run": "onit"}


def test_to_lay_links_twice_is_to_lay_them_once(onit, installed):
    for names in ([], [], ["tini"], ["tini", "tini"], []):
        result = onit.run("--link", installed.parent, *names, program=installed)
        assert (result.returncode, result.stderr) == (0, "")
    assert links_in(installed.parent) == {name: "onit" for name in LINKS}
    assert sorted(os.listdir(installed.parent)) == sorted(["onit", *LINKS])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_pause_that_is_PID_1_waits_for_those_who_would_end_with_it(onit, number):
    """As containers do that share the pid namespace of a pod: they come from elsewhere."""
    pause = onit.start("--as", "catatonit", "-P", mode="root-pid1")
    pid = pause.onit
    container = subprocess.Popen(["nsenter", f"--target={pid}", "--pid", helper("family")], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, text=True)
    assert container.stdout.readline() == "main ready\n"

    def looks():
        return int(status(pid)["voluntary_ctxt_switches"])

    before = looks()
    os.kill(pid, number)
    until(lambda: looks() > before + 3, "the pause has taken its signal, and looks around")
    assert not is_dead(pid)
    container.communicate(timeout=TIMEOUT_S)
    assert pause.wait() == 0


@pytest.mark.parametrize("through", [[], [helper("refuse"), 1]], ids=["pidfd", "no pidfd"])
def test_a_last_signal_for_all_comes_to_each_once(onit, through):
    environment = {**os.environ, "ONIT_OPTIONS": "--forward all"}
    running = onit.start("--as", "dumb-init", helper("family"), "--now", "mate,ignore", env=environment, through=through)
    running.lines_until("main ready")
    assert running.wait() == 0
    assert running.line() == "mate got 15"
    (mate,) = strays()
    os.kill(mate, 37)  # which it would take after a second TERM
    assert running.line() == "mate got 37"
    kill(mate)
    until(lambda: not strays(), "it is gone")


def test_the_binary_itself_is_not_replaced_by_a_link_to_it(onit, installed):
    binary = installed.rename(installed.parent / "tini")
    (installed.parent / "onit").symlink_to("tini")
    result = onit.run("--link", installed.parent, "tini", "dumb-init", program=installed.parent / "onit")
    assert (result.returncode, result.stderr) == (0, "")
    assert not binary.is_symlink()
    assert links_in(installed.parent) == {"onit": "tini", "dumb-init": "tini"}


@pytest.mark.parametrize("there", ["file", "link", "dangling link"])
def test_what_is_there_already_is_replaced_only_if_it_is_named(onit, room, installed, there):
    taken = installed.parent / "tini"
    if there == "file":
        taken.write_text("precious")
    else:
        (room / "precious").write_text("precious")
        taken.symlink_to(room / "precious" if there == "link" else "/no/such/thing")
    before = links_in(installed.parent)
    result = onit.run("--link", installed.parent, program=installed)
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (125, "", 1)
    assert result.stderr.startswith("onit: --link: ") and "tini" in result.stderr
    assert "tini-static" not in result.stderr  # those that were free are there now
    assert links_in(installed.parent) == before | {name: "onit" for name in LINKS if name != "tini"}
    assert there == "dangling link" or taken.read_text() == "precious"

    assert onit.run("--link", installed.parent, "tini", program=installed).returncode == 0
    assert links_in(installed.parent) == {name: "onit" for name in LINKS}
    assert sorted(os.listdir(installed.parent)) == sorted(["onit", *LINKS])
    assert there != "link" or (room / "precious").read_text() == "precious"


def test_a_directory_is_not_replaced_even_if_it_is_named(onit, installed):
    (installed.parent / "run").mkdir()
    result = onit.run("--link", installed.parent, "run", program=installed)
    assert result.returncode == 125
    assert f"{installed.parent}/run" in result.stderr
    assert sorted(os.listdir(installed.parent)) == ["onit", "run"]


@pytest.mark.parametrize("name", ["nginx", "onit", "", "../tini", "/tmp/tini", "."])
def test_an_unknown_name_lays_no_link_at_all(onit, room, installed, name):
    result = onit.run("--link", installed.parent, "tini", name, program=installed)
    assert (result.returncode, result.stderr.count("\n")) == (125, 1)
    assert result.stderr.startswith("onit: --link: ") and f"'{name}'" in result.stderr
    assert os.listdir(installed.parent) == ["onit"]
    assert os.listdir(room) == ["bin"]


@pytest.mark.parametrize("names", [[], ["tini"]])
def test_a_directory_that_cannot_be_written_is_named(onit, room, installed, names):
    (room / "closed").mkdir(mode=0o755)
    for mode, directory, reason in (("user", room / "closed", "Permission denied"),
                                    ("root", room / "missing", "No such file"),
                                    ("root", installed, "Not a directory")):
        result = onit.run("--link", directory, *names, program=installed, mode=mode)
        assert (result.returncode, result.stderr.count("\n")) == (125, 1), result
        assert result.stderr.startswith(f"onit: --link: {directory}/tini") and reason in result.stderr, result.stderr
    assert os.listdir(room / "closed") == []


# --- LISTEN_PID ----------------------------------------------------------------------------------------------------

SAY_PIDS = ["sh", "-c", "echo $$ $LISTEN_PID $LISTEN_FDS"]
FOR_ITSELF = ["sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', "sh"]


@pytest.mark.parametrize("name", ["onit", "catatonit", "podman-init"])
@every_mode
def test_sockets_that_are_for_the_init_are_for_the_command(onit, tools, name, mode):
    running = onit.start(*SAY_PIDS, program=ONIT if name == "onit" else tools / name, mode=mode, through=FOR_ITSELF)
    pid, listen_pid, listen_fds = running.line().split()
    assert (listen_pid, listen_fds) == (pid, "1")
    assert running.wait() == 0


@pytest.mark.parametrize("options", [["--env", "A=1"], ["--user", "1000:1000"],
                                     ["--clear-env", "--env", "PATH=/bin", "--env", "LISTEN_PID", "--env",
                                      "LISTEN_FDS"]])
@as_root
def test_sockets_are_for_the_command_also_if_its_environment_is_a_new_one(onit, mode, options):
    running = onit.start(*options, *SAY_PIDS, mode=mode, through=FOR_ITSELF)
    pid, listen_pid, _ = running.line().split()
    assert listen_pid == pid
    assert running.wait() == 0


@pytest.mark.parametrize("name", ["onit", "catatonit"])
@pytest.mark.parametrize("value", ["4194303", "", "x", "01", "0"])
@every_mode
def test_sockets_that_are_for_somebody_else_stay_so(onit, tools, name, value, mode):
    result = onit.run("sh", "-c", "echo \"[$LISTEN_PID]\"", program=ONIT if name == "onit" else tools / name, mode=mode,
                      env=os.environ | {"LISTEN_PID": value})
    assert result.stdout == f"[{value}]\n"


# --- Scripts without #! --------------------------------------------------------------------------------------------


@with_shell
@every_mode
def test_a_script_without_interpreter_is_run_by_the_shell(onit, room, tools, name, mode):
    (room / "script").write_text("echo \"$0|$1|$2\"\nexit 7\n")
    (room / "script").chmod(0o755)
    for command, options in ((room / "script", {}), ("./script", {"cwd": room}),
                             ("script", {"env": os.environ | {"PATH": f"{room}:/bin"}})):
        result = onit.run("--", command, "a b", "-g", program=tools / name, mode=mode, **options)
        assert result.returncode == 7, result
        assert result.stdout.endswith("script|a b|-g\n"), result


@every_mode
def test_under_its_own_name_onit_asks_no_shell(onit, room, mode):
    (room / "script").write_text("echo ran\n")
    (room / "script").chmod(0o755)
    result = onit.run(room / "script", mode=mode)
    assert (result.returncode, result.stdout) == (126, "")
    assert "#!" in result.stderr


# --- catatonit -P --------------------------------------------------------------------------------------------------


def start_pause(onit, tools, *options, mode):
    running = onit.start("-P", *options, program=tools / "catatonit", mode=mode)
    pid = running.onit
    until(lambda: status(pid)["State"][0] == "S", "it waits for signals")
    return running


def inside(running, mode):
    """The words before a command that is to run in the pid namespace of the pause."""
    return ["nsenter", "--target", str(running.onit), *(["--user"] if mode == "user-pid1" else []), "--pid", "--"]


class Adopted:
    """A process in the pid namespace of a pause that has become the pause's child."""

    def __init__(self, pause, mode, member):
        self.process = subprocess.Popen([*inside(pause, mode), helper("family"), "--now", member],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.name = member.split(",")[0]
        assert self.process.stdout.readline() == f"{self.name} ready\n"
        assert self.process.stdout.readline() == "main ready\n"
        assert self.process.wait(TIMEOUT_S) == 0
        self.pid = until(lambda: [pid for pid in children(pause.onit) if name_of(pid) == self.name],
                         "it was adopted")[0]

    def rest(self):
        return self.process.stdout.read().splitlines()

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture
def adopt():
    adopted = []

    def one(*arguments):
        adopted.append(Adopted(*arguments))
        return adopted[-1]

    yield one
    for process in adopted:
        process.close()


as_pid_1 = pytest.mark.parametrize("mode", ["root-pid1", "user-pid1"])


@every_mode
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("options", [[], ["/no/such/thing", "-g"]])
def test_a_pause_ends_with_0_when_it_is_asked_to(onit, tools, mode, number, options):
    running = start_pause(onit, tools, *options, mode=mode)
    assert children(running.onit) == []
    running.signal(number)
    assert running.wait() == 0
    assert running.rest() == []
    assert running.errors() == ""


@every_mode
def test_a_pause_swallows_every_other_signal(onit, tools, mode):
    running = start_pause(onit, tools, mode=mode)
    pid = running.onit
    for number in range(1, 65):
        if number not in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGINT):
            os.kill(pid, number)
            until(lambda: status(pid) and int(status(pid)["ShdPnd"], 16) == 0, "it was taken")
            assert running.process.poll() is None, number
            assert status(pid)["State"][0] in "SR", number
    running.signal(signal.SIGTERM)
    assert running.wait() == 0


@as_pid_1
def test_a_pause_reaps_what_it_is_given(onit, tools, adopt, mode):
    running = start_pause(onit, tools, mode=mode)
    first, second = adopt(running, mode, "lost,orphan,eof"), adopt(running, mode, "daemon,session,orphan,code=3")
    assert set(children(running.onit)) == {first.pid, second.pid}
    first.process.stdin.close()
    until(lambda: not status(first.pid), "it was reaped")
    os.kill(second.pid, signal.SIGKILL)
    until(lambda: not status(second.pid), "it was reaped")
    assert running.process.poll() is None
    running.signal(signal.SIGTERM)
    assert running.wait() == 0


@as_pid_1
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_a_pause_has_adopted_is_asked_to_end_before_it_ends_itself(onit, tools, adopt, mode, number):
    running = start_pause(onit, tools, mode=mode)
    adopted = [adopt(running, mode, "lost,orphan"), adopt(running, mode, "daemon,session,orphan,stopped")]
    until(lambda: status(adopted[1].pid)["State"][0] == "T", "one is stopped")
    running.signal(number)
    assert running.wait() == 0
    assert adopted[0].rest() == ["lost got 15"]
    assert "daemon got 15" in adopted[1].rest()


@as_pid_1
def test_what_a_pause_has_adopted_and_does_not_end_is_killed(onit, tools, adopt, mode):
    running = onit.start("-P", program=tools / "catatonit", mode=mode, env=with_options("--stop-grace-period 50ms"))
    stubborn = adopt(running, mode, "lost,orphan,ignore")
    running.signal(signal.SIGTERM)
    assert running.wait() == 0
    assert stubborn.rest() == ["lost got 15"]
    assert is_dead(stubborn.pid)


@pytest.mark.parametrize("mode", ["root", "user"])
def test_a_pause_that_is_not_PID_1_adopts_too(onit, tools, mode):
    # A child that the pause has from before, and which loses a child of its own to the pause.
    script = ("import os, sys, time\n"
              "if os.fork() == 0:\n"
              "    if not sys.stdin.readline(): os._exit(1)\n"
              "    if os.fork() == 0:\n"
              "        print(os.getppid(), flush=True)\n"
              "        while sys.stdin.readline(): pass\n"
              "        os._exit(0)\n"
              "    os._exit(0)\n"
              "os.execv(sys.argv[1], sys.argv[1:])\n")
    running = onit.start("-P", program=tools / "catatonit", mode=mode, through=[sys.executable, "-c", script])
    pid = running.onit
    until(lambda: status(pid)["State"][0] == "S", "it waits for signals")
    assert len(children(pid)) == 1
    middle = children(pid)[0]
    running.process.stdin.write(b"go\n")
    running.process.stdin.flush()
    assert running.line() in (str(middle), str(pid))
    until(lambda: not status(middle), "the one between was reaped")
    orphan, = until(lambda: children(pid), "the orphan was adopted")
    assert program_of(orphan) != os.path.realpath(ONIT)
    running.end_input()
    until(lambda: not status(orphan), "it was reaped")
    running.signal(signal.SIGTERM)
    assert running.wait() == 0
