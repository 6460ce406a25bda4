"""The faults of the real programs, from which onit is free."""

import ctypes
import os
import signal
import subprocess

import looks
from cases import (LAST, NOT_PID_1, PID_1, REAL, TOOLS, catatonit, dumb_init, ending, has_taken_signals,
                   takes_signals, tini)
from harness import TIMEOUT_S, children, helper, is_dead, status, until

# --- Started with SIGCHLD ignored


def without_child_signals(init):
    """The program ends. A hang is an init that has no child any more and goes on taking signals."""
    running = init.start(*init.dashes, "sh", "-c", "read x; exit 3", through=[helper("launch_with"), "--ignore", "17",
                                                                              "--"])
    pid = running.onit
    until(lambda: children(pid), "there is a program")
    running.end_input()
    until(lambda: all(map(is_dead, children(pid))), "the program is gone")
    for _ in range(3):
        if is_dead(pid):
            break
        os.kill(pid, LAST)
        until(lambda: has_taken_signals(pid), "the signal is taken")
    else:
        return "hangs"
    return ending(running.wait())


for tool in TOOLS:
    tool.case("started with SIGCHLD ignored", modes=(NOT_PID_1,))(without_child_signals)

# --- A signal between fork and the child's setsid or setpgid

TRACEME, CONT, SETOPTIONS, DETACH, GETEVENTMSG = 0, 7, 0x4200, 17, 0x4201
TRACEFORK, TRACEVFORK, TRACECLONE, EXITKILL = 2, 4, 8, 0x100000


def trace(request, pid, address=None, data=None):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
    assert libc.ptrace(request, pid, address, data) >= 0, os.strerror(ctypes.get_errno())


def early_signal(init, *options):
    """The child is held right after the fork until the init has taken the signal; then it goes on."""
    process = subprocess.Popen([init.program, *options, *init.dashes, helper("family")], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=init.environment(),
                               preexec_fn=lambda: trace(TRACEME, 0))
    os.waitpid(process.pid, 0)
    trace(SETOPTIONS, process.pid, data=TRACEFORK | TRACEVFORK | TRACECLONE | EXITKILL)
    trace(CONT, process.pid)
    _, event = os.waitpid(process.pid, 0)
    assert event >> 16, "a fork"
    child = ctypes.c_ulong()
    trace(GETEVENTMSG, process.pid, data=ctypes.addressof(child))
    os.waitpid(child.value, 0x40000000)  # __WALL
    trace(DETACH, process.pid)

    os.kill(process.pid, signal.SIGHUP)
    until(lambda: has_taken_signals(process.pid), "the signal is taken")
    trace(DETACH, child.value)
    if process.stdout.readline() != b"main ready\n":
        return f"arrives: {ending(process.wait(TIMEOUT_S))}"
    os.kill(process.pid, LAST)
    got = process.stdout.readline()
    process.communicate(timeout=TIMEOUT_S)
    return "is lost" if got == f"main got {LAST}\n".encode() else "arrives"


for tool, options in ((tini, []), (tini, ["-g"]), (dumb_init, []), (dumb_init, ["-c"]), (catatonit, []), (catatonit,
                                                                                                          ["-g"])):
    tool.case(" ".join(["a signal right after the fork", *(["with", *options] if options else [])]))(
        lambda init, options=options: early_signal(init, *options))

# --- A program that has become another user


def not_permitted(init):
    """The init has no CAP_KILL and the program another user, so forwarding fails with EPERM."""
    change = 'echo ready; read x; exec setpriv --reuid 1000 --regid 1000 --clear-groups "$0" --exit 3'
    running = init.start(*init.dashes, "sh", "-c", change, helper("family"),
                         through=["setpriv", "--bounding-set", "-kill", "--inh-caps", "-kill"])
    pid = running.onit
    running.line()
    # Right after the fork catatonit checks with kill(2) whether the program is there, and this is not about that.
    until(lambda: takes_signals(pid), "it takes signals")
    os.kill(pid, signal.SIGWINCH)
    until(lambda: has_taken_signals(pid), "the signal is taken")
    running.process.stdin.write(b"\n")
    running.process.stdin.flush()
    running.lines_until("main ready")
    os.kill(pid, signal.SIGHUP)
    until(lambda: has_taken_signals(pid), "the signal is taken")
    if not is_dead(pid):
        running.end_input()
        return f"goes on; {ending(running.wait())} with the program"
    return f"{ending(running.wait())} at once"


for tool in TOOLS:
    tool.case("a signal that may not be sent (EPERM)")(not_permitted)

# --- Terminals

for tool in TOOLS:
    tool.case("Ctrl-Z without a shell")(lambda init: looks.after_ctrl_z(init, as_pid_1=False))
    tool.case("Ctrl-Z without a shell, as PID 1")(lambda init: looks.after_ctrl_z(init, as_pid_1=True))
    tool.case("the terminal's foreground group afterwards")(looks.foreground_afterwards)

# --- Idle


def wake_ups(init):
    """The span is that in which a real tini, which looks around once a second, wakes up."""
    running = init.start_family()
    pid = running.onit
    clock = init.runner.start("--", "cat", program=REAL["tini"][0])
    until(lambda: children(clock.onit), "tini runs")
    running.signal(LAST)
    running.lines_until(f"main got {LAST}")
    for each in (pid, clock.onit):
        until(lambda each=each: has_taken_signals(each), "it sleeps")

    def count(process):
        return int(status(process)["voluntary_ctxt_switches"])

    before, clock_before = count(pid), count(clock.onit)
    until(lambda: count(clock.onit) >= clock_before + 2, "tini wakes up")
    return "wakes up" if count(pid) > before else "sleeps"


for tool in TOOLS:
    tool.case("with nothing to do")(wake_ups)

# --- What is left behind

for tool in TOOLS:
    tool.case("processes left behind as PID 1", modes=(PID_1,))(
        lambda init: looks.left_behind(init, "away,session", "apart,group,orphan"))
dumb_init.case("processes left behind with -r 15:3, as PID 1", modes=(PID_1,))(
    lambda init: looks.left_behind(init, "away,session", options=["-r", "15:3"]))
dumb_init.case("processes left behind with -r 15:0, as PID 1", modes=(PID_1,))(
    lambda init: looks.left_behind(init, "away,session", options=["-r", "15:0"]))

# --- Old seccomp profiles


def under_an_old_profile(init):
    """clone3, close_range, pidfd_open and pidfd_send_signal are answered with EPERM."""
    running = init.start_family("--exit", "7", through=[helper("refuse"), "1"])
    for number in (signal.SIGTERM, signal.SIGHUP):
        running.signal(number)
        running.lines_until(f"main got {int(number)}")
    running.end_input()
    return ending(running.wait())


for tool in TOOLS:
    tool.case("an old seccomp profile (EPERM)", modes=(NOT_PID_1, PID_1))(under_an_old_profile)
