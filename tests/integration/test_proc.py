"""Without a /proc that can be trusted: nobody else is hit, and a stop still works as far as it can."""

import os
import signal
import subprocess

import pytest

from harness import ONIT, TIMEOUT_S, children, descendants, helper, name_of, program_of, strays, until

FOREIGN = ["unshare", "--fork", "--pid", "--kill-child"]  # /proc shows the pid namespace outside
ABSENT = [*FOREIGN, "--mount", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"]
ABSENT_OUTSIDE = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"]


def start(prefix, *arguments):
    process = subprocess.Popen([*prefix, ONIT, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    while (line := process.stdout.readline()) != "main ready\n":
        assert line, process.communicate()
    return process


@pytest.fixture
def bystanders():
    """Processes with low pids of their own namespaces' numbering cannot be had outside; these are close by."""
    processes = [subprocess.Popen([helper("family")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
                 for _ in range(3)]
    for process in processes:
        assert process.stdout.readline() == "main ready\n"
    yield
    for process in processes:
        assert process.communicate(timeout=TIMEOUT_S)[0] == ""  # no signal at all
        assert process.returncode == 0


@pytest.mark.parametrize("prefix", [FOREIGN, ABSENT], ids=["foreign", "absent"])
@pytest.mark.parametrize("options", [[], ["--stop-grace-period", "0"], ["--forward", "all"]], ids=" ".join)
def test_PID_1_without_proc_still_reaches_everybody_in_its_namespace(bystanders, prefix, options):
    process = start(prefix, *options, helper("family"), "--exit", 3, "near", "away,session", "daemon,session,orphan")
    process.stdin.close()
    assert process.wait(TIMEOUT_S) == 3
    lines = sorted(process.stdout.read().splitlines())
    if "0" in options:
        assert lines == []
    else:
        assert set(lines) == {"near got 15", "away got 15", "daemon got 15"}


@pytest.mark.parametrize("prefix", [FOREIGN, ABSENT], ids=["foreign", "absent"])
def test_PID_1_without_proc_kills_what_ignores_the_stop_signal(bystanders, prefix):
    process = start(prefix, "--stop-grace-period", "500ms", helper("family"), "--now", "away,session,ignore")
    assert process.wait(TIMEOUT_S) == 0
    assert process.stdout.read() == "away got 15\n"


@pytest.mark.parametrize("prefix", [FOREIGN, ABSENT, ABSENT_OUTSIDE], ids=["foreign", "absent", "absent, not PID 1"])
@pytest.mark.parametrize("target", ["child", "group", "all"])
def test_signals_are_forwarded_without_proc(bystanders, prefix, target):
    process = start(prefix, "--forward", target, helper("family"))
    found = until(lambda: [pid for pid in [process.pid, *descendants(process.pid)] if program_of(pid) == ONIT], "onit")[0]
    for number in (signal.SIGTERM, signal.SIGUSR1, 40):
        os.kill(found, number)
        assert process.stdout.readline() == f"main got {int(number)}\n"
    process.stdin.close()
    assert process.wait(TIMEOUT_S) == 0


def test_who_is_not_PID_1_and_has_no_proc_stops_the_group_and_says_what_it_cannot(bystanders):
    process = start(ABSENT_OUTSIDE, "--stop-grace-period", "500ms", helper("family"), "--now", "near", "away,session")
    assert process.wait(TIMEOUT_S) == 0
    left = [pid for pid in strays() if name_of(pid) == "away"]
    assert len(left) == 1
    os.kill(left[0], signal.SIGKILL)
    until(lambda: left[0] not in strays() and left[0] not in children(os.getpid()), "it is gone")
    assert process.stdout.read() == "near got 15\n"
    assert process.stderr.read().count("/proc cannot be read") == 1
