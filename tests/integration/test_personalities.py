"""onit under the names of other tools: what is the same under several of them. What each tool does is in tests/compat,
and in test_run.py and test_run_multi.py."""

import os

import pytest

from harness import ONIT, as_root, every_mode
from personalities import LINKS, NAMES, every_name, one_argument, tools  # noqa: F401

with_shell = pytest.mark.parametrize("name", NAMES[:6])


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
