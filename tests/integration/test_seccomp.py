"""Profiles that are older than the system calls: what they refuse with EPERM or ENOSYS is done in another way."""

import errno
import os
import signal
import subprocess
import sys

import pytest

from harness import every_mode, helper, until


@pytest.fixture(params=[errno.EPERM, errno.ENOSYS], ids=["EPERM", "ENOSYS"])
def profile(request):
    return [helper("refuse"), request.param]


@every_mode
@pytest.mark.parametrize("target", ["group", "all"])
def test_signals_and_exit_codes_pass_through(onit, profile, mode, target):
    running = onit.start("--forward", target, helper("family"), "--exit", 7, mode=mode, through=profile)
    running.lines_until("main ready")
    for number in (signal.SIGTERM, signal.SIGHUP, 40):
        running.signal(number)
        assert running.line() == f"main got {int(number)}"
    running.end_input()
    assert running.rest() == []
    assert running.wait() == 7
    assert running.errors() == ""


@every_mode
def test_what_remains_is_stopped_and_killed(onit, profile, mode):
    running = onit.start("--stop-grace-period", "500ms", helper("family"), "--now", "away,session",
                         "stubborn,session,orphan,ignore", mode=mode, through=profile)
    running.lines_until("main ready")
    assert running.wait() == 0
    assert sorted(running.rest()) == ["away got 15", "stubborn got 15"]
    assert "killed 'stubborn'" in running.errors()


@every_mode
@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOSYS], ids=["EPERM", "ENOSYS"])
def test_the_group_of_the_command_gets_its_signal_if_only_pidfd_send_signal_is_refused(onit, mode, number):
    profile = [helper("hostile_refuse"), "pidfd_send_signal", number]
    running = onit.start(helper("family"), "--now", "mate", mode=mode, through=profile)
    running.lines_until("main ready")
    assert running.wait() == 0
    assert running.rest() == ["mate got 15"]
    assert running.errors() == ""


@every_mode
def test_no_inherited_descriptor_is_kept(onit, profile, mode):
    inherited, ours = os.pipe()
    running = onit.start(helper("family"), mode=mode, through=profile, pass_fds=[ours])
    running.lines_until("main ready")
    pid = running.onit
    # Only stderr and the pipe for a failed start.
    until(lambda: len(os.listdir(f"/proc/{pid}/fd")) == 2, "the others are closed")
    os.close(inherited)
    os.close(ours)


def test_the_profile_refuses_the_calls():
    script = "import os; os.pidfd_open(os.getpid())"
    result = subprocess.run([helper("refuse"), str(errno.EPERM), sys.executable, "-c", script], capture_output=True,
                            text=True, check=False, timeout=30)
    assert "PermissionError" in result.stderr
