"""What both generations of run say, of themselves and of what happens."""

import os
import re
import signal

import pytest

from harness import every_mode, helper
from run_tool import both, commands_of, named, pid_of, run, start_family  # noqa: F401


def info(pid, text):
    return f"run: [info] pid {pid}: {text}"


@both
@pytest.mark.parametrize("arguments", [[], ["-h"], ["-q"], ["--"]])
def test_usage_is_told_on_stderr_and_is_an_error(named, tool, arguments):
    result = named(tool).run(*arguments)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Usage: {tool} ")


@both
def test_the_version_is_told_on_stderr_and_is_an_error(named, tool):
    result = named(tool).run("-v")
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert tool in result.stderr


@both
@every_mode
def test_a_bad_value_is_an_error_and_nothing_is_run(named, tool, mode):
    tool = named(tool)
    for options in (["-s", "STOP"], ["-s", "nothing"], ["-s", "TERM", "-t", "0"], ["-t", "x"],
                    ["-s", "TERM", "-t", "-1"], ["-x"]):
        result = tool.run(*options, "/bin/echo", mode=mode)
        assert (result.returncode, result.stdout) == (1, ""), options
        assert re.fullmatch(r"run: \[error\] .*\n", result.stderr), result.stderr


@every_mode
def test_it_tells_what_happens(run, mode):
    result = run.run("sh", "-c", "echo $$; exit 3", mode=mode)
    pid = int(result.stdout)
    assert result.returncode == 3
    assert result.stderr.splitlines() == [info(pid, "command `sh`"), info(pid, "exited with code 3"),
                                          "run: [info] exit code 3"]


def test_a_command_that_was_killed_is_told_with_its_signal(run):
    result = run.run("sh", "-c", "echo $$; kill -9 $$")
    assert result.returncode == 137
    assert info(int(result.stdout), "killed by SIGKILL(9)") in result.stderr.splitlines()
    assert result.stderr.splitlines()[-1] == "run: [info] exit code 137"


def test_signals_and_the_end_of_all_are_told(run):
    running = start_family(run, "-s", "INT", members=["lost,session,orphan"])
    main = commands_of(running, 1)[0]
    running.signal(signal.SIGTERM)
    assert running.line() == "main got 15"
    lost = pid_of(running, "lost")
    os.kill(lost, signal.SIGKILL)
    assert running.line() == "main got 2"
    running.end_input()
    assert running.wait() == 137
    told = running.errors().splitlines()
    expected = [info(main, f"command `{helper('family')}`"), f"run: [info] signal SIGTERM(15) sent to group {main}",
                info(lost, "killed by SIGKILL(9)"), "run: [info] shutting down",
                f"run: [info] signal SIGINT(2) sent to group {main}", info(main, "exited with code 0"),
                "run: [info] exit code 137"]
    assert [line for line in told if line in expected] == expected, told


@both
def test_q_hides_what_happens_and_qq_warnings_too(named, tool):
    tool = named(tool)
    assert "[info]" in tool.run("/bin/true").stderr
    for options in (["-q"], ["-qq"], ["-q", "-q"]):
        assert tool.run(*options, "/bin/true").stderr == ""
    for options, warns in (([], True), (["-q"], True), (["-qq"], False)):
        assert ("run: [warn]" in tool.run(*options, "-t", "5", "/bin/true").stderr) == warns, options
    assert "run: [error]" in tool.run("-qq", "/no/such/thing").stderr


def test_t_and_d_without_s_are_warned_of_and_have_no_effect(run):
    result = run.run("-t", "1", "-d", "sh", "-c", "exit 4")
    assert result.returncode == 4
    warnings = [line for line in result.stderr.splitlines() if line.startswith("run: [warn]")]
    assert len(warnings) == 2 and "-t" in warnings[0] and "-d" in warnings[1], warnings
    running = start_family(run, "-t", "1", members=["lost,session,orphan"])
    os.kill(pid_of(running, "lost"), signal.SIGTERM)
    assert running.line() == "lost got 15"
    running.signal(signal.SIGUSR1)
    assert running.line() == "main got 10"
    running.end_input()
    assert running.rest() == []
    assert running.wait() == 0


def test_options_end_at_the_command(run):
    assert run.run("-q", "echo", "-q", "-s", "x").stdout == "-q -s x\n"
    assert run.run("-q", "--", "echo", "--", "-v").stdout == "-- -v\n"
