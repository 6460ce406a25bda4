"""Runs the measurements of services: all supervisors in turn, lap after lap, in an order that differs."""
import contextlib
import os
import random
import re
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from services import run_one, trees
from services.run_one import Run, TookTooLong

SIZES = (1, 10, 100, 1000)
CRASH_SIZE = 100  # the number of services among which some are killed, and beside which one fails again and again
FLOODERS = 4  # clients that ask onit for its status without end
LIMIT_S = 60  # for each wait; who takes longer is told as having done so
RESTED_S = 1.2  # so long a service is up before it is killed: all but onit treat an earlier end as a failed start
DESCRIPTORS = 8192  # four for each of the services, and some

FREESTANDING = ["-static", "-nostdlib", "-ffreestanding", "-fno-stack-protector", "-fno-pie", "-no-pie",
                "-Wl,--build-id=none", "-Wl,-z,noseparate-code"]


@dataclass
class Logger:
    """One way of a supervisor to log."""
    supervisor: trees.Supervisor
    label: str
    log: str
    to_pipe: bool
    key: str = ""  # for those that the targets are about


def loggers(supervisors):
    for supervisor in supervisors:
        kind = type(supervisor)
        name = supervisor.name
        if kind is trees.S6:
            yield Logger(supervisor, "s6-log", "", False)
            yield Logger(supervisor, "s6-log, TAI64N", "t", False, "s6-log t")
            yield Logger(supervisor, "s6-log, ISO 8601", "T", False, "s6-log T")
            yield Logger(supervisor, "s6-log, ISO 8601", "T", True, "s6-log T, pipe")
        elif kind is trees.Runit:
            yield Logger(supervisor, "svlogd", "", False)
            yield Logger(supervisor, "svlogd -tt", "-tt", False)
        elif kind is trees.Supervisord:
            yield Logger(supervisor, "supervisord", "", False)
            yield Logger(supervisor, "supervisord", "", True)
        else:
            for to_pipe in (False, True):
                yield Logger(supervisor, f"{name}, raw", 'format = "raw"', to_pipe)
                yield Logger(supervisor, f"{name}, prefix", 'format = "prefix"', to_pipe, f"{name} prefix {to_pipe}")
                yield Logger(supervisor, f"{name}, prefix and timestamps", 'format = "prefix", timestamps = true', to_pipe)
    yield Logger(trees.Copy(), trees.Copy.name, "", True)


def compile_programs(source, to, compiler, lines_ms):
    to.mkdir(parents=True, exist_ok=True)
    common = [compiler, "-O2", "-Wall", "-Wextra", "-Werror"]
    for name in ("service", "failing", "lines", "signalled"):
        subprocess.run([*common, *FREESTANDING, f"-DBENCH_MS={lines_ms}", "-o", to / name, source / f"{name}.c"], check=True)
    for name in ("launch", "copy", "sink", "flood"):
        subprocess.run([*common, "-o", to / name, source / f"{name}.c"], check=True)


def memory_kib(pids):
    """(private dirty, PSS) of all of them together."""
    dirty = pss = 0
    for pid in pids:
        with contextlib.suppress(OSError):  # gone meanwhile
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            dirty += int(re.search(r"^Private_Dirty:\s+(\d+)", text, re.M)[1])
            pss += int(re.search(r"^Pss:\s+(\d+)", text, re.M)[1])
    return dirty, pss


def context_switches(pid):
    with contextlib.suppress(OSError):
        return sum(map(int, re.findall(r"ctxt_switches:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())))
    return 0


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "count": len(values)}


class Bench:
    def __init__(self, work, source, compiler, onits, quick):
        """`onits`: (name, program) of each build."""
        self.programs = work / "programs"
        self.directory = work / "trees"
        self.quick = quick
        self.laps = 1 if quick else 3
        self.crashes = 1 if quick else 2
        self.signals = 50 if quick else 200
        self.idle_s = 5 if quick else 10
        self.sizes = (10, 100) if quick else SIZES
        self.samples = {}
        self.problems = []
        self.random = random.Random(1)
        compile_programs(source, self.programs, compiler, 200 if quick else 400)
        run_one.mount_tmpfs(self.directory)
        raise_descriptors()
        self.supervisors = self.find(onits)
        self.patient = [s for s in self.supervisors if not s.name.endswith("no back-off")]
        self.swift = [s for s in self.supervisors if s.tool != "supervisord"]

    def find(self, onits):
        found = []
        for name, program in onits:
            onit = trees.Onit(program, name)
            if self.works(onit):
                found += [onit, trees.Onit(program, f"{name}, no back-off", has_back_off=False)]
        for peer in (trees.S6(), trees.Runit(), trees.Supervisord()):
            if peer.path() is None:
                print(f"bench: {peer.name} is not installed (scripts/setup bench); left out", file=sys.stderr)
            elif self.works(peer):
                found.append(peer)
        return found

    def plan(self, name, **what):
        return trees.Plan(self.directory / name, self.programs, **what)

    def works(self, supervisor):
        try:
            with Run(supervisor, self.plan("probe"), 10) as run:
                run.wait_up()
            return True
        except TookTooLong as problem:
            print(f"bench: {problem}; left out", file=sys.stderr)
            return False

    def add(self, *path, value):
        self.samples.setdefault("/".join(map(str, path)), []).append(value)

    def in_turn(self, subjects, measure, *arguments):
        for subject in self.random.sample(subjects, len(subjects)):
            try:
                measure(subject, *arguments)
            except TookTooLong as problem:
                self.problems.append(str(problem))
                print(f"bench: {problem}", file=sys.stderr, flush=True)

    def run(self):
        began = time.time()
        ways = list(loggers(self.patient))
        for lap in range(self.laps):
            print(f"bench: services, lap {lap + 1} of {self.laps}", flush=True)
            for size in self.sizes:
                self.in_turn(self.supervisors if size == CRASH_SIZE else self.patient, self.life, size)
            self.in_turn(self.supervisors if not self.quick else self.swift, self.storm)
            self.in_turn(ways, self.log)
            self.in_turn([s for s in self.patient if isinstance(s, trees.Onit)], self.flood)
        if self.quick:
            self.in_turn([s for s in self.patient if s in self.swift], self.life, SIZES[-1])
        self.idle()
        return {
            "supervisors": [s.name for s in self.patient], "all": [s.name for s in self.supervisors],
            "loggers": [{"label": w.label, "sink": "a pipe" if w.to_pipe else "files", "key": w.key,
                         "path": self.path_of(w)} for w in ways],
            "sizes": list(SIZES), "values": {path: spread(values) for path, values in self.samples.items()},
            "problems": sorted(set(self.problems)), "seconds": round(time.time() - began), "laps": self.laps, "flooders": FLOODERS,
            "idle_s": self.idle_s, "packages": packages()}

    def life(self, supervisor, size):
        """Start, rest, some crashes, end."""
        with Run(supervisor, self.plan("life", count=size), LIMIT_S) as run:
            self.add("up", supervisor.name, size, value=run.wait_up())
            run.settle()
            own, services = run.processes()
            dirty, pss = memory_kib(own)
            self.add("cpu", supervisor.name, size, value=run.cpu_s())
            self.add("processes", supervisor.name, size, value=len(own))
            self.add("dirty", supervisor.name, size, value=dirty)
            self.add("pss", supervisor.name, size, value=pss)
            if size == CRASH_SIZE:
                self.crash_some(run, services, "calm")
            expected = size + (self.crashes if size == CRASH_SIZE else 0)
            if run.counts[run_one.UP] != expected:
                self.problems.append(run.describe(f"{run.counts[run_one.UP]:,} starts in place of {expected:,}"))
            seconds, code = run.stop()
            if code not in supervisor.exit_codes:
                self.problems.append(run.describe(f"exit code {code} after a stop"))
            self.add("stop", supervisor.name, size, value=seconds)

    def crash_some(self, run, services, when):
        time.sleep(RESTED_S)
        for pid in self.random.sample(services, self.crashes):
            time.sleep(self.random.uniform(0, 0.3))  # not in step with those who look once a second
            self.add("crash", run.supervisor.name, when, value=run.crash(pid))

    def storm(self, supervisor):
        """One more service, which fails as soon as it starts, beside the others."""
        with Run(supervisor, self.plan("storm", count=CRASH_SIZE, has_failing=True), LIMIT_S) as run:
            self.add("storm_up", supervisor.name, value=run.wait_up())
            failing = str(self.programs / "failing")
            services = [pid for pid in run.processes()[1] if run_one.program_of(pid) != failing]
            began, count = time.monotonic(), run.counts[run_one.FAILING]
            self.crash_some(run, services, "storm")
            seconds = time.monotonic() - began
            self.add("storm_rate", supervisor.name, value=(run.counts[run_one.FAILING] - count) / seconds)

    def flood(self, supervisor):
        """Signals to a command through onit, while nobody asks it anything and while some do without end."""
        plan = self.plan("flood", count=10, command="signalled")
        with Run(supervisor, plan, LIMIT_S) as run:
            run.wait(lambda: run.counts[run_one.UP] > plan.count, "the command was up")
            run.settle()
            for when in ("calm", "flood"):
                with contextlib.ExitStack() as stack:
                    if when == "flood":
                        flooder = subprocess.Popen([self.programs / "flood", supervisor.socket(plan), str(FLOODERS)])
                        stack.callback(flooder.wait)
                        stack.callback(flooder.kill)
                    taken = []
                    for _ in range(self.signals):
                        time.sleep(self.random.uniform(0, 0.005))  # not in step with anything
                        taken.append(run.pass_signal())
                    self.add("signal", supervisor.name, when, value=statistics.median(taken))

    @staticmethod
    def path_of(way):
        return f"{way.supervisor.name}/{way.log or 'plain'}/{'pipe' if way.to_pipe else 'files'}"

    def log(self, way):
        plan = self.plan("log", program="lines", log=way.log, to_pipe=way.to_pipe)
        with contextlib.ExitStack() as stack:
            output = subprocess.DEVNULL
            if way.to_pipe:
                sink = subprocess.Popen([self.programs / "sink"], stdin=subprocess.PIPE)
                stack.callback(sink.wait)
                output = stack.enter_context(sink.stdin)
            run = stack.enter_context(Run(way.supervisor, plan, LIMIT_S, output))
            run.wait_up()
            run.settle()
            (writer,) = run.processes()[1]
            before = run.cpu_s()
            os.kill(writer, 10)  # SIGUSR1
            run.wait(lambda: run.counts[run_one.LINES], "all was written")
            run.settle()
            duration_ns, count = run.last[run_one.LINES]
            self.add("log_rate", self.path_of(way), value=count * 1e3 / duration_ns)  # MB/s
            self.add("log_cpu", self.path_of(way), value=(run.cpu_s() - before) * 1e9 / count)

    def idle(self):
        """All at once, each with every number of services: what they do while there is nothing to do."""
        with contextlib.ExitStack() as stack:
            held = []
            for supervisor in self.patient:
                for size in self.sizes:
                    run = stack.enter_context(Run(supervisor, self.plan(f"idle{len(held)}", count=size), LIMIT_S))
                    try:
                        run.wait_up()
                        held.append((supervisor.name, size, run))
                    except TookTooLong as problem:
                        self.problems.append(str(problem))
            time.sleep(2 * RESTED_S)
            own = [run.processes()[0] for *_, run in held]
            before = [self.look(pids) for pids in own]
            time.sleep(self.idle_s)
            for (name, size, _), pids, (wakeups, cpu) in zip(held, own, before):
                later_wakeups, later_cpu = self.look(pids)
                self.add("wakeups", name, size, value=(later_wakeups - wakeups) * 60 / self.idle_s)
                self.add("idle_cpu", name, size, value=(later_cpu - cpu) / 1e6 * 60 / self.idle_s)  # ms a minute

    @staticmethod
    def look(pids):
        return sum(map(context_switches, pids)), sum(map(run_one.cpu_ns, pids))


def raise_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(soft, DESCRIPTORS) if hard == resource.RLIM_INFINITY else min(max(soft, DESCRIPTORS), hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def packages():
    listed = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\n", "s6", "runit", "supervisor"],
                            capture_output=True, text=True).stdout
    return listed.split("\n")[:-1]
