"""The second generation of run, as which onit can be called: several commands side by side."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from harness import ROOT, TIMEOUT_S, children, end_strays, every_mode, helper, name_of, strays, until
from run_tool import CATCHABLE, FORWARDED, Tool, commands_of, lines, not_pid_1, two_modes

sys.path.insert(0, str(ROOT / "tests" / "pty"))

# pylint: disable=wrong-import-position
from terminal import ENTER, Terminal  # noqa: E402


@pytest.fixture
def run_multi(onit, room):
    return Tool(onit, room, "run-multi")


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
    running = start_families(run_multi, "/bin/true", family(), mode=mode)  # the last one is ready: both were started
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
    assert any(b"run: [error] " in line for line in running.process.stderr)
    running.end_input()
    assert running.wait() == code
    assert "run: [error] " not in running.errors()


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
