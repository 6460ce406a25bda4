"""Runs the measurements. Everything that is timed is timed in harness.c; here the numbers are collected."""
import contextlib
import os
import platform
import re
import shutil
import signal
import struct
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import stats

MEMORY = (("rss", "Rss"), ("pss", "Pss"), ("dirty", "Private_Dirty"))


@dataclass
class Subject:
    name: str
    source: Path | None  # None: the command without an init
    tool: str = "onit"  # what it is called, and so whose options it takes
    stands_in: bool = False  # onit, called as another tool is
    path: str | None = None

    def __post_init__(self):
        self.program = self.source and self.source.read_bytes()  # a build that goes on meanwhile does not change it

    def place(self, directory):
        """Makes the copy that runs, and its link: a new file each time, so that no two subjects share pages, and which
        pages it gets, which caches mind, is left to chance."""
        if self.source is None:
            return
        copy, link = directory / "program", directory / self.tool
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        with open(copy, "wb") as file:
            file.write(self.program)
            os.fchmod(file.fileno(), 0o755)
            # Pages not yet written to the disk would count as dirty memory; and read back they come in the sizes in which
            # those of an image do, which since Linux 6.18 decide how much of a file is mapped at once.
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        link.symlink_to(copy.name)
        self.path = str(link)

    def argv(self, kind, command):
        if self.path is None:
            return command
        # Elsewhere than as PID 1, tini reaps orphans only if it is told to; the others see to it by themselves.
        flags = ["-s"] if kind == "process" and self.tool.startswith("tini") else []
        return [self.path, *flags, "--", *command]


@dataclass
class Column:
    """Where the numbers of a measure are."""
    measure: str
    samples: str
    index: int
    unit: float = 1
    is_added: bool = False  # to the bare command


class Bench:
    def __init__(self, work, subjects, quick):
        self.work = work
        self.subjects = subjects
        self.laps = 6 if quick else 12  # so that a busy quarter of a minute spoils no measure as a whole
        self.scale = 0.15 if quick else 1.0
        self.idle_seconds = 3 if quick else 10
        self.cpu = max(os.sched_getaffinity(0))

    def run(self):
        began = time.time()
        samples = {}
        load_before = os.getloadavg()[0]
        for lap in range(self.laps):
            print(f"bench: lap {lap + 1} of {self.laps}", flush=True)
            for number, subject in enumerate(self.subjects):
                subject.place(self.work / "subjects" / str(number))
            self.lap(lap, samples)
        measures = {**self.summarize(samples), "wakeups": self.wakeups()}
        own = [s for s in self.subjects if not s.stands_in]
        results = {"subjects": [s.name for s in own], "measures": {key: v[:len(own)] for key, v in measures.items()}}
        results["measures"]["calls"] = [self.count_calls(s) for s in own]
        results["files"] = [describe_file(s.path) for s in own]
        results["pairs"] = [self.compare(samples, measures, *pair) for pair in self.pairs()]
        results["check"] = [self.compare(samples, measures, *pair) for pair in self.equals()]
        results["machine"] = describe_machine()
        results["machine"].update(seconds=round(time.time() - began), load=[load_before, os.getloadavg()[0]],
                                  laps=self.laps, rounds=len(samples["pid1"]) // len(self.subjects),
                                  orphans=self.orphan_count(), signals=len(samples["latency"]) // len(self.subjects))
        return results

    def counts(self):
        """Starts, signals and orders of orphans for each subject in a lap."""
        return [max(1, round(n * self.scale)) for n in (133, 500, 4)]

    def lap(self, lap, samples):
        """Appends this lap's samples: name -> [((lap, round), subject, numbers...)]."""
        starts, signals, orders = self.counts()
        paced, burst = self.orders()
        for name, pinned, arguments, command, only_inits in (
            ("pid1", True, ["start", "pid1", starts], "stamp", False),
            ("process", True, ["start", "process", starts], "stamp", False),
            ("spread", False, ["start", "pid1", starts], "stamp", False),
            ("latency", True, ["latency", "pid1", signals], "echo", False),
            ("latency_spread", False, ["latency", "pid1", signals // 2], "echo", False),
            ("paced", True, ["orphans", "pid1", orders, *paced], "orphans", True),
            ("burst", True, ["orphans", "pid1", orders, *burst], "orphans", True),
        ):
            for line in self.harness(pinned, arguments, command, only_inits):
                turn, subject, *numbers = map(int, line.split())
                samples.setdefault(name, []).append(((lap, turn), subject + only_inits, *numbers))
        with self.at_rest() as pids:
            for subject, pid in enumerate(pids):
                memory = read_fields(f"/proc/{pid}/smaps_rollup")
                samples.setdefault("memory", []).append(((lap, 0), subject, *(memory[field] for _, field in MEMORY)))

    @staticmethod
    def orders():
        """(bursts, orphans in each, pause in ns): one at a time, and many at once."""
        return (250, 1, 100_000), (4, 250, 1_000_000)

    def orphan_count(self):
        return [self.laps * self.counts()[2] * bursts * size for bursts, size, _ in self.orders()]

    def command_line(self, arguments, command, subjects):
        kind = arguments[1]
        line = [str(self.work / "harness"), *map(str, arguments)]
        for subject in subjects:
            line += [";", *subject.argv(kind, [str(self.work / "command"), command])]
        return line

    def harness(self, pinned, arguments, command, only_inits):
        line = self.command_line(arguments, command, self.subjects[only_inits:])
        pin = (lambda: os.sched_setaffinity(0, {self.cpu})) if pinned else None
        complaints = self.work / "stderr"
        with open(complaints, "w") as stderr:
            done = subprocess.run(line, stdout=subprocess.PIPE, stderr=stderr, preexec_fn=pin, text=True)
        if done.returncode == -signal.SIGALRM:
            raise SystemExit(f"bench: {arguments[0]}: a command behind an init has not answered for ten seconds")
        if done.returncode != 0:
            reason = complaints.read_text().splitlines()[-1:] or [f"status {done.returncode}"]
            raise SystemExit(f"bench: {arguments[0]}: {reason[0]} (it needs root or user namespaces)")
        return done.stdout.splitlines()

    def columns(self):
        for kind in ("pid1", "process", "spread"):
            for index, what in enumerate(("start", "exit", "run")):
                yield Column(f"{kind}_{what}", kind, index, 1e-3, is_added=True)
        for kind in ("latency", "latency_spread"):
            yield Column(kind, kind, 0, 1e-3, is_added=True)
        for kind, (bursts, size, _) in zip(("paced", "burst"), self.orders()):
            yield Column(kind, kind, 0, 1e-3 / (bursts * size))
        for index, (name, _) in enumerate(MEMORY):
            yield Column(name, "memory", index)

    def summarize(self, samples):
        count = len(self.subjects)
        measures = {}
        for column in self.columns():
            summarize = stats.added if column.is_added else stats.plain
            measures[column.measure] = summarize(samples[column.samples], count, column.index, column.unit)
        for name, _ in MEMORY:
            measures[name] = [s["median"] for s in measures[name]]
        own = stats.plain(samples["pid1"], count, 3)
        of_child = stats.plain(samples["pid1"], count, 4)
        bare = own[0]["median"]
        measures["faults_init"] = [s["median"] for s in own]
        measures["faults"] = [0 if i == 0 else own[i]["median"] + of_child[i]["median"] - bare for i in range(count)]
        return measures

    def pairs(self):
        """Each peer with onit under its name."""
        stand_ins = {s.tool: s for s in self.subjects if s.stands_in}
        return [(s, stand_ins[s.name]) for s in self.subjects if s.name in stand_ins]

    def equals(self):
        """One pair that differs in nothing but the name of the file, to see what the noise makes of that."""
        same = [s for s in self.subjects if s.stands_in and s.tool in ("tini", "tini-static")]
        return [tuple(same)] if len(same) == 2 else []

    def compare(self, samples, measures, one, other):
        """For each measure the medians of both, and what `other` has more than `one`."""
        first, second = self.subjects.index(one), self.subjects.index(other)
        more = {column.measure: stats.difference(samples[column.samples], first, second, column.index, column.unit)
                for column in self.columns()}
        wakeups = measures["wakeups"][second] - measures["wakeups"][first]
        more["wakeups"] = {"median": wakeups, "low": wakeups, "high": wakeups}
        return {"names": [one.name, other.name], "measures": {
            name: {"values": [measures[name][i] for i in (first, second)], "more": difference}
            for name, difference in more.items()}}

    @contextlib.contextmanager
    def at_rest(self):
        """Yields the pids of the inits, which have come to rest while their commands sleep."""
        line = self.command_line(["hold", "pid1"], "sleep", self.subjects)
        holder = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        pids = list(map(int, holder.stdout.readline().split()))
        time.sleep(0.5)
        yield pids
        holder.communicate("")

    def wakeups(self):
        with self.at_rest() as pids:
            before = [context_switches(pid) for pid in pids]
            time.sleep(self.idle_seconds)
            after = [context_switches(pid) for pid in pids]
        return [(b - a) * 60 / self.idle_seconds for a, b in zip(before, after)]

    def count_calls(self, subject):
        """System calls of the init from its first instruction to its end, and of its child until exec."""
        trace = self.work / "trace"
        command = [str(self.work / "command"), "stamp"]
        line = ["strace", "-f", "-qq", "-o", str(trace), *subject.argv("process", command)]
        try:
            subprocess.run(line, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           env={"PATH": os.defpath}, check=True, start_new_session=True)
        except (OSError, subprocess.CalledProcessError):
            return None
        lines = trace.read_text().splitlines()
        return 0 if subject.path is None else count_until_exec(lines, command[0])


def count_until_exec(lines, command):
    init = lines[0].split()[0]
    has_execed = False
    count = -1  # the execve of the init itself
    for line in lines:
        pid, call = line.split(maxsplit=1)
        if not re.match(r"\w+\(", call):
            continue
        count += pid == init or not has_execed
        has_execed |= pid != init and call.startswith(f'execve("{command}"')
    return count


@contextlib.contextmanager
def own_cgroup():
    """A cgroup with the cpu controller, as every container has one. Without it, each session is a scheduling group of
    its own (sched(7), autogroup), which containers do not see. Yields whether that could be had."""
    for parent in (Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")):
        group = parent / f"onit-bench-{os.getpid()}"
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            if (group / "cpu.shares").exists() or (group / "cpu.weight").exists():
                (group / "cgroup.procs").write_text(str(os.getpid()))
                yield True
                return
        except OSError:
            continue
        finally:
            with contextlib.suppress(OSError):
                (parent / "cgroup.procs").write_text(str(os.getpid()))
            with contextlib.suppress(OSError):
                group.rmdir()
    yield False


def read_fields(path):
    """Name -> first number, of the lines `Name: 123 ...`."""
    return {name: int(value) for name, value in re.findall(r"^(\w+):\s+(\d+)", Path(path).read_text(), re.M)}


def context_switches(pid):
    fields = read_fields(f"/proc/{pid}/status")
    return fields["voluntary_ctxt_switches"] + fields["nonvoluntary_ctxt_switches"]


def describe_file(path):
    """Size, whether it needs nothing else, and the size of the shared libraries that it needs."""
    if path is None:
        return None
    data = Path(path).read_bytes()
    offset, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    is_static = all(struct.unpack_from("<I", data, offset + i * size)[0] != 3 for i in range(count))  # PT_INTERP
    libraries = 0
    if not is_static:
        listing = subprocess.run(["ldd", path], capture_output=True, text=True).stdout
        libraries = sum(Path(name).stat().st_size for name in set(re.findall(r"(/\S+)", listing)))
    return {"bytes": len(data), "static": is_static, "libraries": libraries}


def describe_machine():
    cpuinfo = Path("/proc/cpuinfo").read_text()
    model = re.search(r"^(?:model name|CPU part)\s*:\s*(.+)", cpuinfo, re.M)
    is_virtual = "hypervisor" in cpuinfo
    system = re.search(r'^PRETTY_NAME="(.+)"', Path("/etc/os-release").read_text(), re.M)
    packages = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\n", "tini", "dumb-init", "catatonit"],
                              capture_output=True, text=True).stdout.split("\n")
    return {
        "processor": (model.group(1) if model else platform.machine()) + (" (virtual machine)" if is_virtual else ""),
        "processors": os.cpu_count(),
        "kernel": platform.release(),
        "system": system.group(1) if system else "",
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "packages": [p for p in packages if p],
    }
