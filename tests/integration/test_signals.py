"""Every signal, to whom it belongs, once."""

import os
import signal
import subprocess

import pytest

from harness import NAMESPACE, ONIT, children, descendants, every_mode, helper, is_dead, program_of, status, until

CATCHABLE = [number for number in range(1, 65) if number not in (signal.SIGKILL, signal.SIGSTOP)]
RTMIN = 34


def start_family(onit, *arguments, options=(), **more):
    running = onit.start(*options, helper("family"), *arguments, **more)
    running.lines_until("main ready")
    return running


@every_mode
def test_every_signal_reaches_the_command_exactly_once(onit, mode):
    running = start_family(onit, mode=mode)
    for number in CATCHABLE:
        running.signal(number)
        assert running.line() == f"main got {number}"
    running.end_input()
    assert running.rest() == []
    assert running.wait() == 0


@every_mode
def test_a_burst_of_all_signals_arrives_complete(onit, mode):
    running = start_family(onit, mode=mode)
    onit_pid = running.onit
    # CONT and the four that stop cancel each other inside the kernel.
    burst = [number for number in CATCHABLE if number not in (18, 20, 21, 22)]
    for number in burst:
        os.kill(onit_pid, number)
    got = sorted(int(running.line().split()[-1]) for _ in burst)
    running.end_input()
    assert running.rest() == []
    assert got == burst


@every_mode
def test_real_time_signals_are_counted(onit, mode):
    running = start_family(onit, mode=mode)
    onit_pid = running.onit
    for _ in range(100):
        os.kill(onit_pid, RTMIN + 5)
    assert [running.line() for _ in range(100)] == [f"main got {RTMIN + 5}"] * 100
    running.end_input()
    assert running.rest() == []


@pytest.mark.parametrize("target, expected", [
    ("child", {"main"}),
    ("group", {"main", "near"}),
    ("all", {"main", "near", "apart", "away", "lost"}),
])
@every_mode
def test_a_signal_goes_to_whom_forward_says(onit, mode, target, expected):
    relatives = ["near,eof", "apart,group,eof", "away,session,eof", "lost,session,orphan,eof"]
    running = start_family(onit, *relatives, options=["--forward", target, "--stop-signal", "CONT"], mode=mode)
    for number in (signal.SIGCHLD, signal.SIGWINCH):  # those at which they do not end
        running.signal(number)
        assert {running.line() for _ in expected} == {f"{name} got {number}" for name in expected}
    running.end_input()
    rest = [line for line in running.rest() if not line.endswith((" 17", " 18"))]
    assert rest == []
    assert running.wait() == 0


@every_mode
def test_rewritten_signals_arrive_as_what_they_became_and_dropped_ones_not_at_all(onit, mode):
    options = ["--rewrite", "TERM:QUIT", "--rewrite", "HUP:none", "--rewrite", "USR1:RTMIN+3", "--rewrite",
               "RTMIN+3:USR1", "--rewrite", "CHLD:USR2"]
    running = start_family(onit, options=options, mode=mode)
    for sent, got in [(15, 3), (10, RTMIN + 3), (RTMIN + 3, 10), (17, 12)]:
        running.signal(sent)
        assert running.line() == f"main got {got}"
    running.signal(signal.SIGHUP)
    running.signal(signal.SIGWINCH)
    assert running.line() == f"main got {int(signal.SIGWINCH)}"
    running.end_input()
    assert running.rest() == []


@every_mode
def test_the_exit_code_of_a_signalled_command_is_128_and_the_signal(onit, mode):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, RTMIN, 64):
        running = onit.start("sh", "-c", "echo ready; exec sleep 1000", mode=mode)
        assert running.line() == "ready"
        running.signal(number)
        assert running.wait() == 128 + number


@pytest.mark.parametrize("mode", ["root", "root-pid1"])
def test_onit_goes_on_when_it_may_not_signal_a_command_of_another_user(mode):
    # The capability is missing from the bounding set, so even root's exec does not get it.
    prefix = NAMESPACE if mode == "root-pid1" else []
    process = subprocess.Popen(
        [*prefix, "setpriv", "--bounding-set", "-kill", "--inh-caps", "-kill", ONIT, "--user", "1000:1000",
         helper("family"), "--exit", "3"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "main ready\n"
    pids = until(lambda: [pid for pid in [process.pid, *descendants(process.pid)] if program_of(pid) == ONIT], "onit")
    assert int(status(pids[0])["CapEff"], 16) >> 5 & 1 == 0  # CAP_KILL
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
        os.kill(pids[0], number)
        until(lambda: int(status(pids[0])["ShdPnd"], 16) == 0, "the signal was taken")
    assert not is_dead(pids[0])
    out, err = process.communicate(timeout=30)
    assert process.returncode == 3
    assert out == ""
    assert err.count("not permitted") == 1, err


@every_mode
def test_a_signal_that_the_command_was_started_with_blocked_stays_blocked(onit, mode):
    running = onit.start(helper("launch_with"), "--block", "15", "--", "/bin/cat", mode=mode)
    running.process.stdin.write(b"ready\n")
    running.process.stdin.flush()
    assert running.line() == "ready"
    running.signal(signal.SIGTERM)
    until(lambda: int(status(running.onit)["ShdPnd"], 16) == 0, "onit has passed it on")
    running.process.stdin.write(b"still here\n")
    running.end_input()
    assert running.rest() == ["still here"]
    assert running.wait() == 0


@pytest.mark.parametrize("prefix", [[], ["setsid"]], ids=["member", "leader"])
def test_a_signal_that_is_pending_when_onit_starts_is_passed_on(prefix):
    process = subprocess.Popen(
        [*prefix, helper("launch_with"), "--block", "15", "--pend", "15", "--", ONIT, helper("family")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert [process.stdout.readline() for _ in range(2)] == ["main ready\n", "main got 15\n"]
    assert process.communicate(timeout=30)[0] == ""
    assert process.returncode == 0


@every_mode
def test_a_stopped_command_is_continued_by_the_signal_to_do_so(onit, mode):
    running = onit.start("sh", "-c", "echo $$; read x; echo $x; exit 9", mode=mode)
    running.line()
    command = children(running.onit)[0]
    os.kill(command, signal.SIGSTOP)
    until(lambda: status(command)["State"][0] == "T", "the command is stopped")
    running.signal(signal.SIGCONT)
    running.process.stdin.write(b"on\n")
    running.process.stdin.flush()
    assert running.line() == "on"
    assert running.wait() == 9
