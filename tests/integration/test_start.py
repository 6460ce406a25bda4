"""The first microseconds: a signal at every moment, and what becomes of a start that fails."""

import os
import re
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import ONIT, TIMEOUT_S, children, helper, program_of, strays, until

# TERM itself can end onit until its first own system call has blocked all signals. These moments come before it:
# the return from exec, and the C library's arch_prctl and set_tid_address, an entry and a return each.
BEFORE_CONTROL = 1 + 2 * 2
# A signal that PID 1 neither blocks nor handles is dropped when it is sent, so there the entry is too early as well.
BEFORE_CONTROL_OF_PID_1 = BEFORE_CONTROL + 1


def signal_at(moment, *arguments, flags=()):
    result = subprocess.run([helper("signal_at"), *flags, str(moment), str(int(signal.SIGTERM)), ONIT, *arguments],
                            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert result.returncode == 0, result
    lines = result.stdout.splitlines()
    return lines[0], lines[1:]


def every_moment(check, first=1, most=400):
    """Calls check(first), check(first + 1) ... until it says that there was no such moment any more; two at a time."""
    with ThreadPoolExecutor(2) as pool:
        for moment in range(first, most, 8):
            if "sent at the end" in pool.map(check, range(moment, moment + 8)):
                return
    raise AssertionError(f"start-up takes more than {most} moments")


OPTIONS = [[], ["--forward", "child"], ["--forward", "all"],
           ["-v", "--user", "1000:1000", "--nice", "1", "--chdir", "/", "--ulimit", "core=0", "--env", "A=1"]]


@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
@pytest.mark.parametrize("flags", [[], ["--pid1"]], ids=["root", "root-pid1"])
def test_a_TERM_at_every_moment_of_the_start_ends_onit_and_its_command(onit, flags, options):
    def check(moment):
        sent, outcome = signal_at(moment, *options, "/bin/sleep", "1000", flags=flags)
        in_control = moment > BEFORE_CONTROL
        assert outcome == ["exit 143" if in_control else "killed 15"], (moment, sent)
        return sent

    every_moment(check, first=BEFORE_CONTROL_OF_PID_1 + 1 if flags else 1)
    assert strays() == []


@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
@pytest.mark.parametrize("flags", [[], ["--pid1"]], ids=["root", "root-pid1"])
def test_a_TERM_at_every_moment_of_the_child_before_it_is_the_command_ends_it(onit, flags, options):
    def check(moment):
        sent, outcome = signal_at(moment, *options, "/bin/sleep", "1000", flags=["--child", *flags])
        assert outcome == ["exit 143"], (moment, sent)
        return sent

    every_moment(check)
    assert strays() == []


def test_a_signal_that_comes_before_the_session_is_made_is_not_lost(onit):
    # The child is held at the door to its session: the group that the signal is for does not exist yet.
    for call in ("setsid", "setpgid"):
        for target in ("child", "group", "all"):
            prefix = ["setsid"] if call == "setsid" else []
            process = subprocess.Popen(
                [*prefix, "strace", "-f", "-o", "/dev/null", "-e", f"trace={call}", "-e",
                 f"inject={call}:delay_enter=1000000", ONIT, "--forward", target, "sleep", "1000"],
                stdin=subprocess.DEVNULL)
            found = until(lambda: [pid for pid in children(process.pid) if program_of(pid) == ONIT
                                   and children(pid)], "onit has a child")[0]
            os.kill(found, signal.SIGTERM)
            assert process.wait(TIMEOUT_S) in (143, -15)
    assert strays() == []


@pytest.mark.parametrize("error, words", [("EAGAIN", "Resource temporarily unavailable"), ("ENOMEM", "Out of memory|Cannot allocate memory")])
def test_a_process_that_cannot_be_made_is_125_and_one_line(error, words):
    call = "fork,vfork,clone,clone3"
    result = subprocess.run(
        ["strace", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:error={error}", ONIT, "sleep", "1000"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert result.returncode == 125, result
    assert re.fullmatch(f"onit: cannot start 'sleep': fork: ({words})\n", result.stderr)


def test_a_real_limit_on_processes_is_told():
    script = f"ulimit -u 1; exec {ONIT} true"
    result = subprocess.run(["setpriv", "--reuid", "4321", "--clear-groups", "bash", "-c", script], capture_output=True,
                            text=True, timeout=TIMEOUT_S, check=False)
    assert result.returncode == 125, result
    assert "cannot start 'true': fork: " in result.stderr


@pytest.mark.parametrize("stderr", ["pipe", "file"])
def test_that_there_is_no_descriptor_left_is_told(room, stderr):
    # Three are allowed, and 0, 1 and 2 are in use.
    with open(room / "errors", "w+") as file:
        result = subprocess.run(["prlimit", "--nofile=3:3", ONIT, "true"], stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE if stderr == "pipe" else file,
                                text=True, timeout=TIMEOUT_S, check=False)
        file.seek(0)
        told = result.stderr if stderr == "pipe" else file.read()
    assert result.returncode == 125, result
    assert told.count("\n") == 1 and "cannot start 'true': socketpair" in told
