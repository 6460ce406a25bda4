"""At idle there is nothing: no wake-up, no thread, no memory asked for."""

import os
import signal
import subprocess
import sys

import pytest

from harness import PLAIN, TIMEOUT_S, children, every_mode, helper, status, until


@every_mode
def test_nothing_wakes_onit_while_the_command_just_runs(onit, mode):
    running = onit.start(helper("family"), mode=mode)
    running.lines_until("main ready")
    pid = running.onit
    until(lambda: status(pid)["State"][0] == "S", "onit sleeps")
    switches = ("voluntary_ctxt_switches", "nonvoluntary_ctxt_switches")
    before = [status(pid)[name] for name in switches]
    # The span: another process does work that takes a while. The command, which onit watches, answers in between.
    subprocess.run(["sh", "-c", "i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done"], check=True, timeout=TIMEOUT_S)
    assert [status(pid)[name] for name in switches] == before
    running.signal(signal.SIGHUP)
    assert running.line() == "main got 1"
    until(lambda: [status(pid)[name] for name in switches] != before, "onit sleeps again")


@every_mode
def test_a_deadline_far_away_wakes_nobody(onit, mode):
    running = onit.start("--drain", "1h", helper("family"), mode=mode)
    running.lines_until("main ready")
    pid = running.onit
    running.signal(signal.SIGTERM)
    until(lambda: status(pid)["ShdPnd"] == "0" * 16 and status(pid)["State"][0] == "S", "onit drains")
    before = status(pid)["voluntary_ctxt_switches"]
    subprocess.run(["sh", "-c", "i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done"], check=True, timeout=TIMEOUT_S)
    assert status(pid)["voluntary_ctxt_switches"] == before


@every_mode
def test_onit_is_one_thread(onit, mode):
    running = onit.start("-v", helper("family"), mode=mode)
    running.lines_until("main ready")
    assert status(running.onit)["Threads"] == "1"
    assert len(os.listdir(f"/proc/{running.onit}/task")) == 1


def test_the_trap_for_allocations_works():
    # bash asks for memory after it has forked.
    environment = {**os.environ, "LD_PRELOAD": helper("alloc_trap_preload.so"), "ALLOC_TRAP_FD": "2"}
    result = subprocess.run([sys.executable, "-c", "import os; os.fork() or os._exit(0); x = bytearray(10000)"],
                            env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S, check=False)
    assert b"allocation after fork" in result.stderr


@pytest.mark.parametrize("options", [[], ["-v"], ["-v", "--log-format", "json"], ["--forward", "all", "--drain", "1ms"],
                                     ["--user", "1000:1000", "--env", "A=1"]], ids=" ".join)
def test_no_memory_is_asked_for_once_the_command_is_started(options):
    # onit closes what it inherits but stderr, so the trap writes there.
    reader, writer = os.pipe()
    environment = {**os.environ, "LD_PRELOAD": helper("alloc_trap_preload.so"), "ALLOC_TRAP_FD": "2"}
    process = subprocess.Popen(
        [PLAIN, *options, "--stop-grace-period", "20ms", "env", "-u", "LD_PRELOAD", helper("family"), "--exit", "3", "near,ignore",
         "away,session,orphan,ignore"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=writer, env=environment,
        text=True)
    os.close(writer)
    while (line := process.stdout.readline()) != "main ready\n":
        assert line
    for number in (signal.SIGUSR1, signal.SIGHUP, 40):
        os.kill(process.pid, number)
        lines = 3 if "all" in options else 2
        assert {process.stdout.readline().split()[-1] for _ in range(lines)} == {str(int(number))}
    for child in children(process.pid):
        os.kill(child, signal.SIGSTOP)
        os.kill(child, signal.SIGCONT)
    process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 3
    with open(reader) as told:
        assert "allocation after fork" not in told.read()
