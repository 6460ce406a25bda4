"""Orphans, stopped and traced children, and whose exit code it is."""

import os
import signal
import subprocess

import pytest

from harness import MODES, ONIT, TIMEOUT_S, children, descendants, every_mode, helper, is_dead, name_of, status, until

ORPHANS = 20000


@pytest.mark.parametrize("mode, burst", [("root", 500), ("root-pid1", 500), ("user-pid1", 7)])
def test_twenty_thousand_orphans_leave_no_zombie(onit, mode, burst):
    total = ORPHANS if burst > 100 else 2800
    running = onit.start(helper("orphans"), total, burst, mode=mode)
    assert running.line() == "done"
    until(lambda: len(children(running.onit)) == 1, "all orphans are reaped while the command lives")
    running.end_input()
    assert running.wait() == 0


@every_mode
def test_exits_are_noticed_also_when_onit_was_started_with_SIGCHLD_ignored(mode):
    process = subprocess.Popen(
        [*MODES[mode], helper("launch_with"), "--ignore", "17", "--", ONIT, "--exit-code", "max", "--on-exit", "wait",
         helper("family"), "--exit", "3", "orphan,orphan,eof,code=9"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    process.stdin.close()
    assert process.wait(TIMEOUT_S) == 9


@every_mode
def test_deaths_that_come_all_at_once_are_all_noticed(onit, mode):
    # onit is stopped while they die: one SIGCHLD stands for all of them.
    running = onit.start("--on-exit", "wait", helper("family"), "--now", *[f"m{i},eof" for i in range(40)], mode=mode)
    running.lines_until("main ready")
    pid = running.onit
    until(lambda: len(children(pid)) == 40, "the command is gone, its children are ours")
    os.kill(pid, signal.SIGSTOP)
    until(lambda: status(pid)["State"][0] == "T", "onit is stopped")
    running.end_input()
    until(lambda: all(map(is_dead, children(pid))), "all are zombies")
    os.kill(pid, signal.SIGCONT)
    assert running.wait() == 0


def has_nothing_to_do(pid):
    """No signal is waiting for it, and it waits for one."""
    seen = status(pid)
    return int(seen["ShdPnd"], 16) == 0 and seen["State"][0] == "S"


@every_mode
def test_a_stopped_command_is_not_taken_for_dead(onit, mode):
    running = onit.start("-v", helper("family"), "--exit", 7, "other,eof", mode=mode)
    running.lines_until("main ready")
    command = children(running.onit)[0]
    for pid in descendants(running.onit):
        os.kill(pid, signal.SIGSTOP)
        until(lambda pid=pid: status(pid)["State"][0] == "T", "it is stopped")
    until(lambda: has_nothing_to_do(running.onit), "onit has heard of it")
    running.signal(signal.SIGUSR1)
    until(lambda: has_nothing_to_do(running.onit), "onit goes on, and has passed it on")
    assert not is_dead(command)
    for pid in descendants(running.onit):
        os.kill(pid, signal.SIGCONT)
    got = {running.line() for _ in range(2)}
    assert {"main got 10", "other got 10"} & got
    running.end_input()
    assert running.wait() == 7
    assert "was stopped by SIGSTOP" in running.errors()


@every_mode
def test_a_stopped_orphan_is_not_taken_for_dead(onit, mode):
    running = onit.start("--on-exit", "wait", helper("family"), "--now", "other,stopped,orphan,eof", mode=mode)
    running.lines_until("main ready")
    pid = running.onit
    until(lambda: [name_of(child) for child in children(pid)] == ["other"], "the orphan is ours")
    other = children(pid)[0]
    until(lambda: status(other)["State"][0] == "T", "it is stopped")
    assert running.process.poll() is None
    running.signal(signal.SIGCONT)
    running.end_input()
    assert running.wait() == 0


@pytest.mark.parametrize("mode", ["root", "root-pid1", "user", "user-pid1"])
def test_a_command_that_asks_to_be_traced_is_not_taken_for_dead(onit, mode):
    running = onit.start("--kill-after", "300ms", helper("traced"), mode=mode)
    assert running.line() == "ready"
    command = children(running.onit)[0]
    until(lambda: status(command)["State"][0] == "t", "it is in a trace stop")
    running.signal(signal.SIGTERM)
    assert running.wait() == 137


@pytest.mark.parametrize("mode", ["root", "root-pid1"])
def test_a_debugger_may_attach_to_the_command_and_to_onit(onit, mode):
    running = onit.start(helper("family"), "--exit", 5, mode=mode)
    running.lines_until("main ready")
    for pid in (children(running.onit)[0], running.onit):
        debugger = subprocess.Popen([helper("traced"), str(pid)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert debugger.stdout.readline() == "attached\n"
        assert debugger.communicate(timeout=30)[0] == "detached\n"
        running.signal(signal.SIGUSR1)
        assert running.line() == "main got 10"
    running.end_input()
    assert running.wait() == 5


@every_mode
@pytest.mark.parametrize("whose, expected", [("main", 3), ("first", 9), ("max", 200)])
def test_the_exit_code_is_whose_the_option_says(onit, mode, whose, expected):
    # One orphan ends with 9 before the command ends with 3; afterwards another with 200.
    running = onit.start("--exit-code", whose, helper("family"), "--exit", 3, "early,session,orphan,code=9",
                         "late,session,code=200", mode=mode)
    running.lines_until("main ready")
    early = [pid for pid in children(running.onit) if name_of(pid) == "early"][0]
    os.kill(early, signal.SIGUSR1)
    until(lambda: early not in children(running.onit), "the orphan is reaped")
    running.end_input()
    assert running.wait() == expected


@every_mode
def test_mapped_exit_codes(onit, mode):
    options = ["--map-exit", "143:0", "--map-exit", "3:4", "--map-exit", "4:5", "--map-exit", "0:1"]
    for script, code in [("kill -TERM $$", 0), ("exit 3", 4), ("exit 4", 5), ("exit 0", 1), ("exit 7", 7)]:
        assert onit.run(*options, "sh", "-c", script, mode=mode).returncode == code
    # What onit itself has to say is not translated.
    assert onit.run("--map-exit", "127:0", "/no/such/thing", mode=mode).returncode == 127
