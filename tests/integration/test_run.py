"""Both generations of run, as which onit can be called: the first runs one command, the second several."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from harness import (ONIT, ROOT, TIMEOUT_S, children, descendants, end_strays, every_mode, helper, is_dead, name_of,
                     strays, until)

sys.path.insert(0, str(ROOT / "tests" / "pty"))

# pylint: disable=wrong-import-position
from terminal import ENTER, Terminal  # noqa: E402

# Where a second has to pass: as PID 1 and not, as root and not.
two_modes = pytest.mark.parametrize("mode", ["root", "user-pid1"])
not_pid_1 = pytest.mark.parametrize("mode", ["root", "user"])
both = pytest.mark.parametrize("tool", ["run", "run-multi"])

FORWARDED = {"run": {signal.SIGALRM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1,
                     signal.SIGUSR2, signal.SIGWINCH},
             "run-multi": {signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1,
                           signal.SIGUSR2}}
CATCHABLE = [number for number in range(1, 65) if number not in (signal.SIGKILL, signal.SIGSTOP)]


class Tool:
    """onit under the name of a tool."""

    def __init__(self, onit, room, name):
        self.onit, self.path = onit, room / name
        self.path.symlink_to(ONIT)

    def run(self, *arguments, **options):
        return self.onit.run(*arguments, program=self.path, **options)

    def start(self, *arguments, **options):
        return self.onit.start(*arguments, program=self.path, **options)


@pytest.fixture
def run(onit, room):
    return Tool(onit, room, "run")


@pytest.fixture
def run_multi(onit, room):
    return Tool(onit, room, "run-multi")


@pytest.fixture(name="named")
def tool_by_name(onit, room):
    return lambda name: Tool(onit, room, name)


def start_family(tool, *options, main=(), members=(), mode="root", **more):
    running = tool.start(*options, helper("family"), *main, *members, mode=mode, **more)
    running.lines_until("main ready")
    return running


def family(*arguments):
    """The same as one argument for the second generation."""
    return " ".join([helper("family"), *arguments])


def start_families(tool, *commands, mode="root", **more):
    """Starts commands that are families, and perhaps options before them; returns when all are ready."""
    running = tool.start(*commands, mode=mode, **more)
    missing = sum(command.startswith(helper("family")) for command in commands)
    while missing:
        missing -= running.line() == "main ready"
    return running


def pid_of(running, name):
    return until(lambda: [pid for pid in descendants(running.onit) if name_of(pid) == name], f"there is {name}")[0]


def commands_of(running, count):
    """Those that are families; their members have names of their own."""
    def found():
        pids = [pid for pid in children(running.onit) if name_of(pid) == "family"]
        return len(pids) == count and pids

    return until(found, f"there are {count} commands")


def lines(running, count):
    return [running.line() for _ in range(count)]


def info(pid, text):
    return f"run: [info] pid {pid}: {text}"


# --- What it says -----------------------------------------------------------------------------------------------


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


# --- The first generation ---------------------------------------------------------------------------------------


@every_mode
def test_the_exit_code_is_the_highest_of_all_that_were_reaped(run, mode):
    def code_of(*arguments):
        running = start_family(run, main=arguments[:2], members=arguments[2:], mode=mode)
        running.end_input()
        return running.wait()

    assert code_of("--exit", "2", "lost,session,orphan,eof,code=7") == 7
    assert code_of("--exit", "9", "lost,session,orphan,eof,code=7", "near,orphan,eof,code=8") == 9
    assert code_of("--exit", "0", "lost,orphan,eof,code=0") == 0


@every_mode
def test_who_was_killed_counts_as_128_and_the_signal(run, mode):
    running = start_family(run, main=["--exit", "5"], members=["lost,session,orphan"], mode=mode)
    lost = pid_of(running, "lost")
    os.kill(lost, signal.SIGKILL)
    until(lambda: is_dead(lost), "it is dead")
    running.end_input()
    assert running.wait() == 137


@every_mode
def test_it_waits_for_all_descendants_wherever_they_went(run, mode):
    members = ["near,eof", "apart,group,eof", "away,session,eof", "daemon,session,orphan,eof,code=6"]
    running = start_family(run, main=["--now", "--exit", "1"], members=members, mode=mode)
    until(lambda: {name_of(pid) for pid in children(running.onit)} == {"near", "apart", "away", "daemon"},
          "the command is gone")
    assert running.process.poll() is None
    running.end_input()
    assert running.wait() == 6
    assert running.rest() == []


@every_mode
def test_what_is_forwarded_goes_to_the_group_and_all_else_to_nobody(run, mode):
    members = ["near,ignore,eof", "away,session,ignore,eof"]
    running = start_family(run, members=members, mode=mode)
    for number in CATCHABLE:
        running.signal(number)
        if number in FORWARDED["run"]:
            assert set(lines(running, 2)) == {f"main got {number}", f"near got {number}"}
    running.signal(signal.SIGUSR1)
    assert set(lines(running, 2)) == {"main got 10", "near got 10"}
    running.end_input()
    assert set(running.rest()) <= {"main got 17", "away got 15"}  # one of those signals was a TERM
    assert running.wait() == 0


@every_mode
def test_the_command_has_a_group_of_its_own_in_the_session_of_run(run, mode):
    running = start_family(run, mode=mode)
    main = commands_of(running, 1)[0]
    assert os.getpgid(main) == main
    running.end_input()
    assert running.wait() == 0


@not_pid_1
@pytest.mark.parametrize("options, number", [([], signal.SIGTERM), (["-s", "INT"], signal.SIGINT),
                                             (["-s", "SIGUSR2"], signal.SIGUSR2)])
def test_the_command_gets_a_signal_when_run_is_killed(run, mode, options, number):
    running = start_family(run, *options, mode=mode)
    os.kill(running.onit, signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    assert running.line() == f"main got {int(number)}"
    running.end_input()
    assert running.rest() == []
    until(lambda: not strays(), "the command, which is nobody's child, ends")


@every_mode
def test_a_command_that_cannot_be_executed_is_127_or_126(run, room, mode):
    (room / "forbidden").write_text("#!/bin/sh\n")
    for command, code in (("/no/such/thing", 127), ("no-such-thing", 127), (room / "forbidden", 126), ("/etc", 126)):
        result = run.run(command, mode=mode, env={"PATH": "/usr/bin:/bin"})
        assert result.returncode == code, result
        errors = [line for line in result.stderr.splitlines() if line.startswith("run: [error] ")]
        assert len(errors) == 1 and str(command) in errors[0], result.stderr


def test_a_file_without_format_is_126_for_nobody_asked_for_a_shell(run, room):
    (room / "script").write_text("echo ran\n")
    (room / "script").chmod(0o755)
    result = run.run(room / "script")
    assert (result.returncode, result.stdout) == (126, "")


@every_mode
def test_the_end_of_any_process_sends_the_signal_once(run, mode):
    members = ["one,session,orphan,ignore,eof", "two,session,orphan,ignore,eof", "near,ignore,eof"]
    running = start_family(run, "-s", "INT", main=["--exit", "3"], members=members, mode=mode)
    os.kill(pid_of(running, "one"), signal.SIGKILL)
    assert {"main got 2", "near got 2"} <= set(lines(running, 3))
    two = pid_of(running, "two")
    os.kill(two, signal.SIGKILL)
    until(lambda: is_dead(two), "the second one is dead")
    running.signal(signal.SIGUSR1)
    assert set(lines(running, 2)) == {"main got 10", "near got 10"}
    running.end_input()
    assert set(running.rest()) <= {"main got 17"}
    assert running.wait() == 137


@every_mode
def test_the_end_of_a_process_that_is_not_reaped_by_run_sends_nothing(run, mode):
    running = start_family(run, "-s", "INT", members=["near"], mode=mode)
    near = pid_of(running, "near")
    os.kill(near, signal.SIGKILL)  # its parent is there, and does not wait for it
    assert running.line() == "main got 17"
    running.signal(signal.SIGUSR1)
    assert running.line() == "main got 10"
    running.end_input()
    assert "main got 2" not in running.rest()
    assert running.wait() == 137


@every_mode
def test_the_end_of_the_command_sends_the_signal_to_what_is_left(run, mode):
    running = start_family(run, "-s", "HUP", main=["--now", "--exit", "1"], members=["near", "away,session"], mode=mode)
    assert running.wait() == 1
    assert set(running.rest()) == {"near got 1", "away got 1"}


@every_mode
def test_the_signal_from_outside_counts_as_sent(run, mode):
    members = ["lost,session,orphan,ignore,eof", "near,ignore,eof"]
    running = start_family(run, "-s", "SIGINT", members=members, mode=mode)
    running.signal(signal.SIGINT)
    assert {"main got 2", "near got 2"} <= set(lines(running, 3))
    lost = pid_of(running, "lost")
    os.kill(lost, signal.SIGKILL)
    until(lambda: is_dead(lost), "it is dead")
    running.signal(signal.SIGUSR1)
    assert set(lines(running, 2)) == {"main got 10", "near got 10"}
    running.end_input()
    assert set(running.rest()) <= {"main got 17"}
    assert running.wait() == 137


@every_mode
def test_d_spares_the_others_when_the_command_succeeds(run, mode):
    running = start_family(run, "-d", "-s", "TERM", main=["--now"], members=["away,session,eof"], mode=mode)
    until(lambda: [name_of(pid) for pid in children(running.onit)] == ["away"], "the command is gone")
    running.end_input()
    assert running.rest() == []
    assert running.wait() == 0
    failed = start_family(run, "-d", "-s", "TERM", main=["--now", "--exit", "3"], members=["away,session"], mode=mode)
    assert failed.wait() == 3
    assert failed.rest() == ["away got 15"]


@two_modes
def test_t_kills_what_does_not_follow_the_signal(run, mode):
    members = ["lost,session,orphan", "near,ignore", "away,session,ignore"]
    running = start_family(run, "-s", "INT", "-t", "1", members=members, mode=mode)
    lost = pid_of(running, "lost")
    before = time.monotonic()
    os.kill(lost, signal.SIGKILL)
    assert running.wait() == 137
    assert time.monotonic() - before >= 1
    got = running.rest()
    assert got.count("main got 2") == got.count("near got 2") == 1
    assert "the time is over, sending SIGKILL(9)" in running.errors()


@two_modes
def test_a_signal_from_outside_starts_the_timer_and_another_does_not_disarm_it(run, mode):
    running = start_family(run, "-s", "INT", "-t", "1", members=["away,session,ignore"], mode=mode)
    before = time.monotonic()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        running.signal(number)
        assert f"main got {int(number)}" in (running.line(), *([running.line()] if number == signal.SIGINT else []))
    assert running.wait() == 137
    assert time.monotonic() - before >= 1


@two_modes
def test_a_TERM_while_the_timer_runs_does_not_disarm_it(run, mode):
    running = start_family(run, "-s", "INT", "-t", "1", members=["lost,session,orphan"], mode=mode)
    lost = pid_of(running, "lost")
    before = time.monotonic()
    os.kill(lost, signal.SIGKILL)
    assert running.line() == "main got 2"
    running.signal(signal.SIGTERM)
    assert running.line() == "main got 15"
    assert running.wait() == 137
    assert time.monotonic() - before >= 1


@every_mode
@pytest.mark.parametrize("number", [signal.SIGTERM])
def test_who_left_the_group_does_not_hold_run_for_ever_after_a_TERM(run, mode, number):
    members = ["apart,group,code=4", "away,session", "daemon,session,orphan"]
    running = start_family(run, main=["--obey"], members=members, mode=mode)
    running.signal(number)
    assert running.wait() == 128 + number
    assert sorted(running.rest()) == sorted(f"{name} got {int(number)}" for name in ("main", "apart", "away", "daemon"))


@every_mode
def test_a_TERM_after_the_end_of_the_command_goes_to_all_that_are_left(run, mode):
    members = ["near", "away,session", "daemon,session,orphan"]
    running = start_family(run, main=["--now"], members=members, mode=mode)
    until(lambda: {name_of(pid) for pid in children(running.onit)} == {"near", "away", "daemon"}, "the command is gone")
    running.signal(signal.SIGTERM)
    assert running.wait() == 0
    assert sorted(running.rest()) == ["away got 15", "daemon got 15", "near got 15"]


@every_mode
def test_as_is_another_way_to_be_run(onit, mode):
    result = onit.run("--as", "run", "-q", "sh", "-c", "exit 3", mode=mode)
    assert (result.returncode, result.stderr) == (3, "")
    result = onit.run("--as", "run-multi", "-q", "/bin/true", "/bin/sh -c 'exit 4'", mode=mode)
    assert (result.returncode, result.stderr) == (4, "")


@both
def test_a_run_that_was_started_with_SIGCHLD_ignored_ends(named, tool):
    tool = named(tool)
    result = subprocess.run(["sh", "-c", 'trap "" CHLD; exec "$@"', "sh", tool.path, "/bin/false"], capture_output=True,
                            timeout=TIMEOUT_S, check=False)
    assert result.returncode == 1


# --- The second generation --------------------------------------------------------------------------------------


@every_mode
def test_each_argument_is_a_command_with_a_session_of_its_own(run_multi, mode):
    running = start_families(run_multi, family("--exit", "0"), family("--exit", "0"), mode=mode)
    first, second = commands_of(running, 2)
    for pid in (first, second):
        assert os.getsid(pid) == os.getpgid(pid) == pid
    running.end_input()  # which both of them have inherited
    assert running.wait() == 0


@pytest.mark.parametrize("controls", [True, False])
def test_the_terminal_goes_to_none_of_several_commands(run_multi, controls):
    # It stays with the session that run-multi leads, or stays free; one command alone gets it.
    for commands in ([family(), family()], [family()]):
        with Terminal(run_multi.path, *commands, controls=controls) as terminal:
            for _ in commands:
                terminal.expect("main ready")
            found = [process.pid for process in terminal.named("family")]
            assert len(found) == len(commands)
            nobody = terminal.session.pid if controls else None
            assert terminal.owner() == (found[0] if len(found) == 1 else nobody)
            terminal.type(ENTER)  # it ends them
            assert terminal.wait() == 0


def test_words_are_split_at_blanks_and_quotes_begin_a_word(run_multi):
    def words(command):
        result = run_multi.run("-q", command)
        assert result.returncode == 0, result
        return result.stdout.splitlines()

    printf = "/usr/bin/printf %s\\n "
    assert words(printf + "a  b\tc") == ["a", "b", "c"]
    assert words(printf + "'a b' \"c d\"") == ["a b", "c d"]
    assert words(printf + "\"it's\" 'x\"y' ''") == ["it's", 'x"y', ""]
    assert words(printf + "a'b c'd") == ["a'b", "c'd"]
    assert words(printf + "'a\\' b\\ c $HOME * ;") == ["a\\", "b\\", "c", "$HOME", "*", ";"]
    assert words("'/usr/bin/printf' 'x y'") == ["x y"]


@pytest.mark.parametrize("commands", [[""], [" \t"], ["/bin/echo", ""], ["/bin/echo 'a"], ['/bin/echo "a'],
                                      ["/bin/echo"] * 33])
def test_a_command_that_is_none_is_an_error_and_nothing_is_run(run_multi, commands):
    result = run_multi.run(*commands)
    assert (result.returncode, result.stdout) == (1, "")
    assert re.fullmatch(r"run: \[error\] .*\n", result.stderr), result.stderr


@every_mode
def test_32_commands_run_side_by_side(run_multi, mode):
    running = start_families(run_multi, "-q", *[family("--exit", "0")] * 32, mode=mode)
    commands_of(running, 32)
    running.signal(signal.SIGUSR1)
    assert lines(running, 32) == ["main got 10"] * 32
    running.end_input()
    assert running.wait() == 0
    assert running.rest() == []


def test_PATH_is_not_searched(run_multi, room):
    assert run_multi.run("true").returncode == 127
    (room / "program").write_text("#!/bin/sh\nexit 5\n")
    (room / "program").chmod(0o755)
    assert run_multi.run("program", cwd=room).returncode == 5
    assert run_multi.run(room / "program").returncode == 5


@every_mode
def test_the_exit_code_is_the_first_that_is_not_0(run_multi, mode):
    running = start_families(run_multi, "/bin/true", "/bin/sh -c 'exit 3'", family("--exit", "9"), mode=mode)
    until(lambda: len(children(running.onit)) == 1, "two have ended")
    running.end_input()
    assert running.wait() == 3
    assert running.errors().splitlines()[-1].startswith("run: [info] exit code 3")


@every_mode
@pytest.mark.parametrize("options, who", [([], {"main"}), (["-g"], {"main", "near"})])
def test_what_is_forwarded_goes_to_each_command_or_its_group(run_multi, mode, options, who):
    command = family("near,ignore,eof")
    running = start_families(run_multi, *options, command, command, mode=mode)
    for number in CATCHABLE:
        running.signal(number)
        if number in FORWARDED["run-multi"]:
            assert sorted(lines(running, 2 * len(who))) == sorted(f"{name} got {int(number)}" for name in [*who, *who])
    running.signal(signal.SIGUSR1)
    assert sorted(lines(running, 2 * len(who))) == sorted(f"{name} got 10" for name in [*who, *who])
    running.end_input()
    running.rest()  # up to the end of all
    assert running.wait() == 0


@every_mode
def test_only_commands_that_live_get_a_signal(run_multi, mode):
    running = start_families(run_multi, family(), "/bin/true", mode=mode)
    until(lambda: len(children(running.onit)) == 1, "one has ended")
    running.signal(signal.SIGUSR1)
    assert running.line() == "main got 10"
    running.end_input()
    assert running.wait() == 0
    assert running.rest() == []
    assert running.errors().count("signal SIGUSR1(10) sent to ") == 1


@every_mode
def test_s_alone_sends_the_signal_at_every_exit(run_multi, mode):
    running = start_families(run_multi, "-s", "INT", *[family()] * 3, mode=mode)
    first, second, _ = commands_of(running, 3)
    os.kill(first, signal.SIGKILL)
    assert lines(running, 2) == ["main got 2"] * 2
    os.kill(second, signal.SIGKILL)
    assert running.line() == "main got 2"
    running.end_input()
    assert running.rest() == []
    assert running.wait() == 137


@every_mode
def test_s_with_g_sends_the_signal_to_the_group(run_multi, mode):
    running = start_families(run_multi, "-gs", "INT", family("near,ignore,eof"), family(), mode=mode)
    alone = [pid for pid in commands_of(running, 2) if not children(pid)]
    assert len(alone) == 1
    os.kill(alone[0], signal.SIGKILL)
    assert set(lines(running, 2)) == {"main got 2", "near got 2"}
    running.end_input()
    running.rest()  # up to the end of all
    assert running.wait() == 137


@two_modes
def test_s_with_t_sends_the_signal_once_and_then_kills(run_multi, mode):
    running = start_families(run_multi, "-s", "INT", "-t", "1", *[family()] * 3, mode=mode)
    first, second, _ = commands_of(running, 3)
    before = time.monotonic()
    os.kill(first, signal.SIGKILL)
    assert lines(running, 2) == ["main got 2"] * 2
    os.kill(second, signal.SIGKILL)
    assert running.wait() == 137
    assert time.monotonic() - before >= 1
    assert running.rest() == []


@not_pid_1
def test_it_ends_with_the_last_command_and_leaves_daemons(run_multi, mode):
    running = start_families(run_multi, family("--now", "--exit", "3", "daemon,session,orphan,ignore"), "/bin/true",
                             mode=mode)
    assert running.wait() == 3
    left = until(strays, "the daemon is ours now")
    assert [name_of(pid) for pid in left] == ["daemon"]
    end_strays()
    assert running.rest() == []


@not_pid_1
def test_the_last_line_says_whether_daemons_are_left(run_multi, mode):
    running = start_families(run_multi, family("--now", "--exit", "3", "daemon,session,orphan,ignore"), mode=mode)
    assert running.wait() == 3
    assert [name_of(pid) for pid in until(strays, "the daemon is ours now")] == ["daemon"]
    end_strays()  # who have the log open
    assert running.errors().splitlines()[-1] == "run: [info] exit code 3 (ignoring daemons)"
    alone = start_families(run_multi, family("--now", "--exit", "3"), mode=mode)
    assert alone.wait() == 3
    assert alone.errors().splitlines()[-1] == "run: [info] exit code 3"


@pytest.mark.parametrize("mode", ["root-pid1", "user-pid1"])
def test_as_PID_1_daemons_are_asked_to_end(run_multi, mode):
    running = start_families(run_multi, family("--now", "--exit", "3", "daemon,session,orphan"), mode=mode)
    assert running.wait() == 3
    assert running.rest() == ["daemon got 15"]


@every_mode
@pytest.mark.parametrize("bad, code", [("/no/such/thing", 127), ("/etc/passwd", 126), ("''", 127)])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_command_that_cannot_be_executed_is_one_that_has_failed(run_multi, mode, bad, code, place):
    commands = [family("--exit", "9"), family("--exit", "9")]
    commands.insert(place, bad)
    running = start_families(run_multi, *commands, mode=mode)
    commands_of(running, 2)
    until(lambda: len(children(running.onit)) == 2, "the third has ended")
    running.end_input()
    assert running.wait() == code
    assert running.errors().count("run: [error] ") == 1


@every_mode
def test_one_command_that_cannot_be_executed_sends_the_signal_to_the_others(run_multi, mode):
    # Blocked from the beginning: it may come before the family has blocked it.
    through = [helper("launch_with"), "--block", int(signal.SIGUSR2), "--"]
    running = start_families(run_multi, "-s", "USR2", family(), "/no/such/thing", mode=mode, through=through)
    assert running.line() == "main got 12"
    running.end_input()
    assert running.wait() == 127


@every_mode
def test_all_commands_that_cannot_be_executed(run_multi, mode):
    result = run_multi.run("/no/such/thing", "/etc/passwd", mode=mode)
    assert result.returncode in (127, 126)
    assert result.stderr.count("run: [error] ") == 2


@every_mode
def test_commands_that_are_killed_by_the_same_signal(run_multi, mode):
    running = start_families(run_multi, family("--obey"), family("--obey"), mode=mode)
    running.signal(signal.SIGTERM)
    assert running.wait() == 143
    assert running.rest() == ["main got 15"] * 2


def test_t_is_at_most_an_hour(run_multi):
    assert run_multi.run("-s", "INT", "-t", "3600", "/bin/true").returncode == 0
    assert run_multi.run("-s", "INT", "-t", "3601", "/bin/true").returncode == 1


def test_a_command_has_the_signals_blocked_and_ignored_that_it_would_have_without_run(run_multi):
    command = ["/bin/grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"]
    expected = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=True).stdout
    assert run_multi.run("-q", " ".join(command)).stdout == expected
