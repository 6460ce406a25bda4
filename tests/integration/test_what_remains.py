"""What outlives the command: it is asked to end, wherever it went, then killed; or waited for, or left."""

import os
import signal
import subprocess
import time

import pytest

from harness import (MODES, ONIT, TIMEOUT_S, as_root, children, descendants, end_strays, every_mode, helper,
                      is_dead, name_of, status, strays, until)

WHEREVER = ["near", "apart,group", "away,session", "daemon,session,orphan"]
NAMES = {member.split(",")[0] for member in WHEREVER}


def start(onit, *options, members=WHEREVER, main=("--now",), mode="root"):
    running = onit.start(*options, helper("family"), *main, *members, mode=mode)
    running.lines_until("main ready")
    return running


@every_mode
def test_all_get_the_stop_signal_wherever_they_went(onit, mode):
    running = start(onit, main=("--exit", 3), mode=mode)
    running.end_input()
    assert running.wait() == 3
    assert sorted(running.rest()) == sorted(f"{name} got 15" for name in NAMES)
    assert running.errors() == ""


@every_mode
def test_the_stop_signal_can_be_another(onit, mode):
    running = start(onit, "--stop-signal", "RTMIN+2", mode=mode)
    assert running.wait() == 0
    assert sorted(running.rest()) == sorted(f"{name} got 36" for name in NAMES)


def test_where_nobody_gets_the_signal_none_is_said_to_be_sent(onit):
    # The child of the shell that becomes onit is none of those that came from the command.
    running = onit.start("-v", "true", through=("sh", "-c", 'sleep 1000 >&- 2>&- & echo $!; exec "$@"', "sh"))
    stranger = int(running.line())
    assert running.wait() == 0
    os.kill(stranger, signal.SIGKILL)
    until(lambda: is_dead(stranger), "the stranger is gone")
    assert "outlived" not in running.errors()


@every_mode
def test_what_ignores_the_stop_signal_is_killed_after_the_grace_and_named(onit, mode):
    running = start(onit, "--stop-grace-period", "500ms", members=[f"{member},ignore" for member in WHEREVER], mode=mode)
    assert running.wait() == 0
    assert sorted(running.rest()) == sorted(f"{name} got 15" for name in NAMES)
    errors = running.errors()
    assert "time to end is over" in errors
    for name in NAMES:
        assert f"killed '{name}'" in errors


@every_mode
def test_a_grace_of_nothing_kills_at_once(onit, mode):
    running = start(onit, "--stop-grace-period", "0", mode=mode)
    assert running.wait() == 0
    assert running.rest() == []


@every_mode
def test_what_is_stopped_is_woken_so_that_it_can_end(onit, mode):
    members = ["near,stopped", "away,session,stopped"]
    running = onit.start(helper("family"), *members, mode=mode)
    running.lines_until("main ready")
    until(lambda: all(status(pid)["State"][0] == "T" for pid in descendants(running.onit) if name_of(pid) != "family"),
          "both are stopped")
    running.end_input()
    assert running.wait() == 0
    assert {line for line in running.rest() if line.endswith(" 15")} == {"near got 15", "away got 15"}


@every_mode
def test_wait_waits_for_all_of_them(onit, mode):
    running = start(onit, "--on-exit", "wait", members=[f"{member},eof" for member in WHEREVER], mode=mode)
    until(lambda: len(children(running.onit)) == len(NAMES) and "family" not in map(name_of, children(running.onit)),
          "the command is gone")
    assert running.process.poll() is None
    running.end_input()
    assert running.wait() == 0
    assert running.rest() == []


@every_mode
def test_while_onit_waits_a_signal_goes_to_all_of_them(onit, mode):
    running = start(onit, "--on-exit", "wait", mode=mode)
    until(lambda: "family" not in map(name_of, children(running.onit)), "the command is gone")
    running.signal(signal.SIGINT)
    assert running.wait() == 0
    assert sorted(running.rest()) == sorted(f"{name} got 2" for name in NAMES)


@pytest.mark.parametrize("mode", ["root", "user"])
def test_leave_leaves_them(onit, mode):
    running = start(onit, "--on-exit", "leave", main=("--now", "--exit", 6), mode=mode)
    assert running.wait() == 6
    left = until(lambda: len(found := strays()) == len(NAMES) and found, "they are ours now")
    assert {name_of(pid) for pid in left} == NAMES
    end_strays()
    assert running.rest() == []


@pytest.mark.parametrize("mode", ["root-pid1", "user-pid1"])
def test_leave_as_PID_1_ends_at_once(onit, mode):
    running = start(onit, "--on-exit", "leave", main=("--now", "--exit", 6), mode=mode)
    assert running.wait() == 6
    assert running.rest() == []


@every_mode
def test_kill_after_kills_everything_that_ignores_a_TERM(onit, mode):
    running = start(onit, "--kill-after", "500ms", members=[f"{member},ignore" for member in WHEREVER], main=(), mode=mode)
    running.signal(signal.SIGTERM)
    assert running.wait() == 137
    assert "main got 15" in running.rest()
    assert "time to end is over" in running.errors()


@every_mode
def test_kill_after_holds_also_when_TERM_was_rewritten(onit, mode):
    running = start(onit, "--kill-after", "500ms", "--rewrite", "TERM:WINCH", members=[], main=(), mode=mode)
    running.signal(signal.SIGTERM)
    assert running.wait() == 137
    assert running.rest() == ["main got 28"]


@every_mode
def test_kill_after_does_not_start_with_another_signal(onit, mode):
    running = start(onit, "--kill-after", "1ms", members=[], main=("--exit", 4), mode=mode)
    running.signal(signal.SIGHUP)
    assert running.line() == "main got 1"
    running.signal(signal.SIGUSR2)
    assert running.line() == "main got 12"
    running.end_input()
    assert running.wait() == 4


@every_mode
def test_kill_after_limits_the_grace_of_what_remains_too(onit, mode):
    running = start(onit, "--kill-after", "500ms", "--stop-grace-period", "1h", members=["away,session,ignore"],
                    main=("--obey",), mode=mode)
    running.signal(signal.SIGTERM)
    assert running.wait() == 143


@every_mode
def test_a_TERM_is_held_back_for_the_drain(onit, mode):
    before = time.monotonic()
    running = start(onit, "--drain", "1s", members=[], main=("--obey",), mode=mode)
    running.signal(signal.SIGTERM)
    running.signal(signal.SIGWINCH)
    assert running.line() == "main got 28"  # everything else passes
    assert running.wait() == 143
    assert time.monotonic() - before >= 1
    assert running.rest() == ["main got 15"]


@every_mode
def test_a_second_TERM_skips_the_drain(onit, mode):
    running = start(onit, "-v", "--drain", "1h", members=[], main=("--obey",), mode=mode)
    running.signal(signal.SIGTERM)
    told = b""
    while b"holding SIGTERM back" not in told:
        told += os.read(running.process.stderr.fileno(), 4096)
    running.signal(signal.SIGTERM)
    assert running.wait() == 143
    assert running.rest() == ["main got 15"]


@every_mode
def test_kill_after_starts_when_a_second_TERM_skips_the_drain(onit, mode):
    running = start(onit, "-v", "--drain", "1h", "--kill-after", "500ms", members=[], main=(), mode=mode)
    running.signal(signal.SIGTERM)
    told = b""
    while b"holding SIGTERM back" not in told:
        told += os.read(running.process.stderr.fileno(), 4096)
    running.signal(signal.SIGTERM)
    assert running.wait() == 137
    assert running.rest() == ["main got 15"]


@every_mode
def test_a_command_that_ends_during_the_drain_ends_onit(onit, mode):
    running = start(onit, "--drain", "1h", members=[], main=("--exit", 8), mode=mode)
    running.signal(signal.SIGTERM)
    running.end_input()
    assert running.wait() == 8


@every_mode
def test_a_killed_command_is_137_and_the_rest_is_still_asked_to_end(onit, mode):
    running = start(onit, main=(), mode=mode)
    command = [pid for pid in descendants(running.onit) if name_of(pid) == "family"][0]
    os.kill(command, signal.SIGKILL)
    assert running.wait() == 137
    assert sorted(running.rest()) == sorted(f"{name} got 15" for name in NAMES)


@as_root
def test_a_process_that_came_from_outside_is_neither_signalled_nor_waited_for(onit, mode):
    if mode == "root":  # beside onit, where there is no namespace to enter
        outsider = subprocess.Popen([helper("family")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        running = start(onit, main=("--obey",), mode=mode)
    else:
        running = start(onit, "--forward", "all", main=("--obey",), mode=mode)
        outsider = subprocess.Popen(["nsenter", "--target", str(running.onit), "--pid", "--mount", helper("family")],
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert outsider.stdout.readline() == "main ready\n"
    if mode == "root-pid1":
        inside = until(lambda: children(outsider.pid), "it is inside")[0]
        assert len(status(inside)["NSpid"].split()) == 2
    running.signal(signal.SIGTERM)
    assert running.wait() == 143
    if mode == "root":
        assert outsider.communicate(timeout=TIMEOUT_S)[0] == ""
        assert outsider.returncode == 0
    else:
        # onit has ended without waiting for it, and the kernel has ended the namespace.
        assert outsider.communicate(timeout=TIMEOUT_S)[0] == ""


@as_root
@pytest.mark.parametrize("options", [[], ["--on-exit", "wait"], ["--forward", "all"], ["--stop-grace-period", "0"]],
                         ids=" ".join)
def test_a_child_that_onit_had_before_is_left_alone_when_it_is_not_PID_1(options, mode):
    sidecar_input, ours = os.pipe()
    process = subprocess.Popen(
        [*MODES[mode], "bash", "-c", f"{helper('family')} <&{sidecar_input} & exec {ONIT} {' '.join(options)} "
         "sh -c 'read x; echo command; exit 3'"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, pass_fds=[sidecar_input])
    os.close(sidecar_input)
    assert process.stdout.readline() == "main ready\n"
    process.stdin.write("\n")
    process.stdin.close()
    assert process.stdout.readline() == "command\n"
    if mode == "root":
        assert process.wait(TIMEOUT_S) == 3
        os.close(ours)
        assert process.stdout.read() == ""
    elif "wait" in options:
        # PID 1 takes it with it, so it is one of those that are waited for.
        assert process.poll() is None
        os.close(ours)
        assert process.wait(TIMEOUT_S) == 3
    else:
        assert process.stdout.readline() == ("" if "0" in options else "main got 15\n")
        os.close(ours)
        assert process.wait(TIMEOUT_S) == 3
    process.stdout.close()
    until(lambda: not strays(), "the sidecar has ended")


@pytest.mark.parametrize("chains, tree", [(0, 100), (20, 0), (5, 50)])
@pytest.mark.parametrize("mode", ["root", "root-pid1", "user-pid1"])
def test_those_who_fork_for_ever_are_all_killed_and_reaped(onit, mode, chains, tree):
    running = onit.start("--stop-grace-period", "50ms", helper("storm"), chains, tree, 1000, mode=mode)
    assert running.line() == "ready"
    assert running.wait() == 5
    assert children(os.getpid()) == []  # not even a zombie
    assert running.rest() == []
    assert "does not end" not in running.errors()


def test_zombies_by_the_thousand_are_not_taken_for_processes_that_cannot_be_killed(onit):
    running = onit.start("--stop-grace-period", "50ms", helper("storm"), 20, 0, 24000)
    assert running.line() == "ready"
    assert running.wait() == 5
    assert "does not end" not in running.errors()
    assert children(os.getpid()) == []


def test_no_one_is_killed_whose_parent_is_not_a_descendant(onit):
    other = subprocess.Popen([helper("family")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout.readline() == "main ready\n"
    running = start(onit, "--stop-grace-period", "1ms", members=[f"{member},ignore" for member in WHEREVER])
    assert running.wait() == 0
    assert other.communicate(timeout=TIMEOUT_S)[0] == ""
    assert other.returncode == 0
