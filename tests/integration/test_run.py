"""The first generation of run, as which onit can be called: one command, and all that comes from it."""

import os
import signal
import subprocess
import time

import pytest

from harness import TIMEOUT_S, children, every_mode, is_dead, name_of, strays, until
from run_tool import (CATCHABLE, FORWARDED, both, commands_of, lines, named, not_pid_1, pid_of, run,  # noqa: F401
                      start_family, two_modes)


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
