"""One supervisor with its services, from its start to its end, seen from outside."""
import ctypes
import fcntl
import os
import shutil
import signal
import struct
import subprocess
import time
from pathlib import Path

RECORD = struct.Struct("QQQ")  # record.h
BEGIN, UP, FAILING, LINES, SIGNAL, END = range(6)
F_SETPIPE_SZ = 1031
PAUSE_S = 0.01  # between two looks at what does not announce itself


class TookTooLong(Exception):
    """What was waited for did not come in time."""


def mount_tmpfs(directory):
    """Gives this process, and those that it starts, a directory in memory; it goes with them. Trees and logs are there,
    so that no disk is measured."""
    directory.mkdir(parents=True, exist_ok=True)
    libc = ctypes.CDLL(None, use_errno=True)
    new_namespace, recursive, private = 0x20000, 0x4000, 0x40000  # CLONE_NEWNS, MS_REC, MS_PRIVATE
    for failed in (libc.unshare(new_namespace), libc.mount(b"none", b"/", None, recursive | private, None),
                   libc.mount(b"tmpfs", os.fsencode(directory), b"tmpfs", 0, b"size=2g")):
        if failed:
            raise SystemExit(f"bench: {os.strerror(ctypes.get_errno())}: the benchmark of services needs root")


def children(pid):
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def program_of(pid):
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return ""


def cpu_ns(pid):
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
    except OSError:
        return 0


class Run:
    """A supervisor that runs a plan. To be used in a `with`, at the end of which nothing of it is left."""

    def __init__(self, supervisor, plan, limit_s, stdout=subprocess.DEVNULL):
        self.supervisor = supervisor
        self.plan = plan
        self.limit_s = limit_s
        self.stdout = stdout
        self.counts = [0] * (END + 1)
        self.last = [None] * (END + 1)  # (time, value) of the last record of each kind

    def __enter__(self):
        shutil.rmtree(self.plan.directory, ignore_errors=True)
        self.plan.directory.mkdir(parents=True)
        argv = self.supervisor.make(self.plan)
        path = self.plan.directory / "fifo"
        os.mkfifo(path)
        self.fifo = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        try:
            fcntl.fcntl(self.fifo, F_SETPIPE_SZ, 1 << 20)
        except OSError:
            pass  # what there is by default holds 2,700 records
        environment = {"PATH": os.defpath + ":/usr/sbin:/sbin", "HOME": "/", "BENCH_FIFO": str(path)}
        self.complaints = open(self.plan.directory / "stderr", "w")
        self.launcher = subprocess.Popen([self.plan.programs / "launch", *argv], env=environment, stdin=subprocess.DEVNULL,
                                         stdout=self.stdout, stderr=self.complaints)
        return self

    def __exit__(self, *_):
        if self.launcher.poll() is None:
            for pid in children(self.launcher.pid):
                os.kill(pid, signal.SIGKILL)  # PID 1 of the namespace, and with it everybody in there
            self.launcher.wait()
        os.close(self.fifo)
        self.complaints.close()
        shutil.rmtree(self.plan.directory, ignore_errors=True)

    def read(self):
        """Takes in what was told."""
        try:
            data = os.read(self.fifo, 1 << 20)
        except BlockingIOError:
            return
        for kind, at, value in RECORD.iter_unpack(data):
            self.counts[kind] += 1
            if kind != UP or self.last[UP] is None or at > self.last[UP][0]:
                self.last[kind] = (at, value)

    def wait(self, holds, what):
        """Until `holds()`; TookTooLong after the limit, or when the supervisor has ended on the way."""
        limit = time.monotonic() + self.limit_s
        while True:
            self.read()
            if holds():
                return
            if self.counts[END]:
                raise TookTooLong(self.describe(f"it ended before {what}"))
            if time.monotonic() > limit:
                raise TookTooLong(self.describe(f"{what} took more than {self.limit_s} s"))
            time.sleep(PAUSE_S)

    def describe(self, what):
        said = (self.plan.directory / "stderr").read_text(errors="replace").strip().splitlines()[:2]
        services = "1 service" if self.plan.count == 1 else f"{self.plan.count:,} services"
        return f"{self.supervisor.name}, {services}: {what}{''.join('; ' + line for line in said)}"

    def wait_up(self):
        """Until all are up. Returns how long that took from the supervisor's first instruction, in seconds."""
        self.wait(lambda: self.counts[UP] >= self.plan.count, "all were up")
        return (self.last[UP][0] - self.last[BEGIN][0]) / 1e9

    @property
    def pid(self):
        """Of the supervisor."""
        return children(self.launcher.pid)[0]

    def processes(self):
        """(its own, the services') pids, as of now."""
        services = {str(self.plan.programs / name) for name in ("service", "failing", "lines", "signalled")}
        own, theirs, unseen = [], [], [self.pid]
        while unseen:
            pid = unseen.pop()
            unseen += children(pid)
            (theirs if program_of(pid) in services else own).append(pid)
        return own, theirs

    def cpu_s(self):
        """What the supervisor's own processes have had of the processors, in seconds."""
        return sum(map(cpu_ns, self.processes()[0])) / 1e9

    def settle(self):
        """Waits until all services are there and its own processes do nothing any more, but not for ever: some never rest
        for long."""
        before = -1.0
        for _ in range(100):
            own, services = self.processes()
            after = sum(map(cpu_ns, own)) / 1e9
            if len(services) >= self.plan.count and after - before < 1e-4:
                return
            before = after
            time.sleep(0.05)

    def crash(self, pid):
        """Kills a service. Returns how long it took until it was up again, in seconds."""
        self.read()
        count = self.counts[UP]
        killed_at = time.monotonic_ns()
        os.kill(pid, signal.SIGKILL)
        self.wait(lambda: self.counts[UP] > count, "the restart")
        return (self.last[UP][0] - killed_at) / 1e9

    def pass_signal(self):
        """Sends SIGUSR1 to the supervisor. Returns how long it took until its command had it, in seconds."""
        self.read()
        count = self.counts[SIGNAL]
        sent_at = time.monotonic_ns()
        os.kill(self.pid, signal.SIGUSR1)
        self.wait(lambda: self.counts[SIGNAL] > count, "the signal had come")
        return (self.last[SIGNAL][0] - sent_at) / 1e9

    def stop(self):
        """Stops all. Returns how long that took, in seconds, and the exit code of the supervisor."""
        asked_at = time.monotonic_ns()
        self.supervisor.stop(self.plan, self.pid)
        self.wait(lambda: self.counts[END], "the end")
        ended_at, status = self.last[END]
        return (ended_at - asked_at) / 1e9, os.waitstatus_to_exitcode(status)
