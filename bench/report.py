"""The results as a table, as verdicts on the targets, and as docs/benchmarks.md."""
from dataclasses import dataclass

MEASURES = (  # key, label, unit, digits
    ("pid1_run", "start-up added, whole run, as PID 1", "µs", 0),
    ("pid1_start", "… until the command's first instruction", "µs", 0),
    ("pid1_exit", "… from the command's exit to the end of the init", "µs", 0),
    ("process_run", "start-up added, whole run, as an ordinary process", "µs", 0),
    ("spread_run", "start-up added, whole run, as PID 1, on all processors", "µs", 0),
    ("faults", "page faults added", "", 0),
    ("faults_init", "… of the init alone", "", 0),
    ("calls", "system calls: init, and its child until exec", "", 0),
    ("latency", "signal: added until it is received", "µs", 2),
    ("latency_spread", "signal: the same, on all processors", "µs", 2),
    ("paced", "CPU for an orphan, one at a time", "µs", 2),
    ("burst", "CPU for an orphan, 250 at once", "µs", 2),
    ("rss", "resident at idle", "KiB", 0),
    ("pss", "proportional share (PSS) at idle", "KiB", 0),
    ("dirty", "private dirty at idle", "KiB", 0),
    ("wakeups", "wake-ups at idle, per minute", "", 0),
)

# Why a target is missed, as far as it is the design's doing. Shown only while it is.
REASONS = {
    "pss": "the kernel maps 64 KiB of a file around every page that is touched. What a bare command runs lies in one such "
           "block, if the kernel places the binary as its alignment asks (for static PIE since Linux 6.10).",
    "latency": "between the call that takes the signal and the one that sends it on there is a state machine and a clock; "
               "the peers have a table or nothing.",
    "paced": "onit looks whether somebody else has ended before it sleeps again, and asks about stops in the same call.",
    "burst": "of orphans that end together each but the first is looked at before it is reaped (waitid(2) with WNOWAIT), for "
             "it could be the command, whose number must not go to another process while onit decides. That is one system "
             "call more for each.",
}


@dataclass
class Verdict:
    key: str
    label: str
    target: str
    value: str
    word: str  # met, level (no difference that this run could tell), missed


def middle(value):
    return value["median"] if isinstance(value, dict) else value


def number(value, digits):
    if value is None:
        return "–"
    return f"{middle(value):,.{digits}f}"


def inits(results):
    """Indexes of onit (the first if there are several) and of the peers."""
    names = results["subjects"]
    ours = next(i for i, name in enumerate(names) if name.startswith("onit"))
    return ours, [i for i, name in enumerate(names) if i > 0 and not name.startswith("onit")]


def size_cells(results):
    cells = []
    for file in results["files"]:
        if file is None:
            cells.append("")
        else:
            cells.append(f"{file['bytes']:,}" + ("" if file["static"] else f" + {file['libraries']:,} shared"))
    return cells


def rows(results):
    yield ["size", "bytes", *size_cells(results)]
    for key, label, unit, digits in MEASURES:
        values = results["measures"][key]
        cells = [number(v, digits) for v in values]
        if key in ("calls", "faults", "faults_init"):
            cells[0] = ""
        elif key.startswith(("pid1_", "process_", "spread_", "latency")):
            cells[0] = f"({cells[0]})"
        elif values[0] is None:
            cells[0] = ""
        yield [label, unit, *cells]


def table(results):
    lines = [["", "", *results["subjects"]], *rows(results)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join("  ".join(cell.ljust(w) if i < 2 else cell.rjust(w)
                               for i, (cell, w) in enumerate(zip(line, widths))) for line in lines)


def judge_absolute(key, label, target, value, limit, unit, inclusive=True):
    met = value <= limit if inclusive else value < limit
    return Verdict(key, label, target, f"{value:,.0f} {unit}".strip(), "met" if met else "missed")


def judge_relative(results, key, label, factor, digits):
    """onit's median against `factor` times the lowest median of a peer."""
    ours, peers = inits(results)
    values = results["measures"][key]
    best = min(peers, key=lambda i: values[i]["median"])
    mine, theirs = values[ours], values[best]
    ratio = mine["median"] / theirs["median"]
    if ratio <= factor:
        word = "met"
    elif mine["low"] <= factor * theirs["high"]:
        word = "level"
    else:
        word = "missed"
    target = "at most the fastest" if factor == 1 else f"at most {factor} × the fastest"
    name = results["subjects"][best]
    value = f"{mine['median']:,.{digits}f} µs, {ratio:.2f} × {name} ({theirs['median']:,.{digits}f} µs)"
    return Verdict(key, label, target, value, word)


def judge(results):
    ours, peers = inits(results)
    at = {key: results["measures"][key][ours] for key in ("dirty", "pss", "wakeups")}
    verdicts = [judge_absolute("size", "size, static", "below 400 KB", results["files"][ours]["bytes"], 409600, "bytes", False)]
    if not results["files"][ours]["static"]:
        verdicts[0].word = "missed"
    if peers:
        verdicts += [
            judge_relative(results, "pid1_run", "start-up added, as PID 1", 0.5, 0),
            judge_relative(results, "process_run", "start-up added, as an ordinary process", 0.5, 0),
        ]
    verdicts += [
        judge_absolute("dirty", "private dirty at idle", "at most 32 KiB", at["dirty"], 32, "KiB"),
        judge_absolute("pss", "PSS at idle", "at most 96 KiB", at["pss"], 96, "KiB"),
        judge_absolute("wakeups", "wake-ups at idle", "0", at["wakeups"], 0, "per minute"),
    ]
    if peers:
        verdicts += [
            judge_relative(results, "latency", "signal to receipt, added over none", 1, 2),
            judge_relative(results, "paced", "CPU per orphan, one at a time", 1, 2),
            judge_relative(results, "burst", "CPU per orphan, 250 at once", 1, 2),
        ]
    return verdicts


def verdicts(results):
    judged = judge(results)
    return "\n".join(f"{v.word:7} {v.label}: {v.value} (target: {v.target})" for v in judged)


def markdown_table(lines):
    head, *body = lines
    rule = ["---" if i < 1 else "---:" for i in range(len(head))]
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, rule, *body))


def measure_table(results):
    names = [f"**{n}**" if n.startswith("onit") else n for n in results["subjects"]]
    lines = [["", *names]]
    for label, unit, *cells in rows(results):
        lines.append([f"{label}, {unit}" if unit else label, *cells])
    return markdown_table(lines)


def spread_table(results):
    """Quartiles: how far the numbers of single rounds lie apart."""
    names = results["subjects"]
    lines = [["quartiles, µs", *names]]
    for key, label, _, digits in MEASURES:
        values = results["measures"][key]
        if not isinstance(values[1], dict):
            continue
        lines.append([label, *("" if v is None else f"{v['q1']:,.{digits}f} – {v['q3']:,.{digits}f}" for v in values)])
    return markdown_table(lines)


def target_section(results):
    judged = judge(results)
    lines = [["measure", "target", "onit", ""]]
    lines += [[v.label, v.target, v.value, v.word if v.word != "missed" else "**missed**"] for v in judged]
    text = markdown_table(lines)
    reasons = {}
    for v in judged:
        if v.word == "missed" and v.key in REASONS:
            reasons.setdefault(REASONS[v.key], []).append(v.label)
    if any(v.word == "level" for v in judged):
        text += "\n\n*Level*: the difference is smaller than what this run can tell (95 % confidence)."
    for reason, labels in reasons.items():
        text += f"\n\n**Why missed** ({'; '.join(labels)}): {reason}"
    return text


def page(results):
    m = results["machine"]
    group = ("in a cgroup of their own with the cpu controller, as in a container" if m["cgroup"] else
             "without a cgroup of their own (none could be made), so every session is a scheduling group of its own")
    busy = "" if max(m["load"]) < m["processors"] else ", a busy machine"
    return PAGE.format(
        measures=measure_table(results), spreads=spread_table(results), targets=target_section(results), group=group,
        packages=", ".join(m["packages"]), load=f"{m['load'][0]:.1f} before, {m['load'][1]:.1f} after{busy}",
        paced=m["orphans"][0], burst=m["orphans"][1], **{k: m[k] for k in (
            "processor", "processors", "kernel", "system", "date", "seconds", "rounds", "signals")})


PAGE = """\
# Benchmarks

*Written by `make bench`; do not edit. To see what it is on your machine, run it there: it takes about two minutes.*

![onit beside tini, tini-static, dumb-init and catatonit](benchmarks.svg)

{measures}

Medians. In brackets: the bare command, without any init; what is *added* is the difference to it in the same round.

## Targets

{targets}

## How it was measured

{date}, {system}, Linux {kernel}, {processor}, {processors} processors; load {load}.
Debian packages: {packages}. {rounds:,} rounds for each start, {signals:,} signals, {paced:,} orphans one at a time and
{burst:,} at once for each init, in {seconds} seconds, {group}.

- **In one run, in turn.** In each round every subject has its turn, in another order each time, and the whole is gone
  through four times. So whatever else the machine does hits all alike, and medians do not mind it much.
- **One processor**, except where "on all processors" is said: so it is the work that is measured and not how long an idle
  processor of a virtual machine takes to wake.
- **The command** is a static program without a C library ([command.c](../bench/command.c)). The [harness](../bench/harness.c)
  starts each subject like a container engine does: with vfork and exec, in a session of its own, as PID 1 of a new pid
  namespace.
- **Start-up**: from before the spawn until the subject's end is known, for a command that writes the time of its first
  instruction and exits. Less the same for the bare command.
- **Page faults**: from `/proc/PID/stat` after the end: the init, its child until exec and the command, less the bare command.
- **System calls**: as `strace -f` counts them.
- **Signal**: from before `kill(init, SIGUSR1)` to the time that the command takes when it has received it. All subjects
  are there all the time and get one signal each in turn. Less the same for the bare command.
- **CPU for an orphan**: time of the init in `/proc/PID/schedstat`, divided by the number of orphans. They are
  made by a child of the command that leaves a child behind.
- **At idle**: `/proc/PID/smaps_rollup` and the context switches in `/proc/PID/status` of the init while the command sleeps. PSS
  and RSS of a dynamic program count the C library, which it shares with whoever else uses it on this machine.

To repeat it: `make bench`, on Debian or Ubuntu, as root (for the pid namespaces and the cgroup). `bench/run --quick` takes a
quarter of a minute and writes no documents; `bench/run --onit A --onit B` compares two builds.

## How far the numbers spread

{spreads}
"""
