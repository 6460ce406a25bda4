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

PAIR_MEASURES = ("pid1_run", "process_run", "spread_run", "latency", "paced", "burst", "pss", "dirty", "wakeups")

# Why a target is missed, as far as it is the design's doing. Shown only while it is.
REASONS = {
    "pss": "the kernel maps 64 KiB of a file around every page that is touched. What a bare command runs lies in one such "
           "block, if the kernel places the binary as its alignment asks (for static PIE since Linux 6.10).",
    "latency": "between the call that takes the signal and the one that sends it on there is a state machine and a clock; "
               "the peers have a table or nothing.",
    "paced": "onit looks whether somebody else has ended before it sleeps again, and asks about stops in the same call.",
    "burst": "each end goes through the state machine, which may have to count it or to act on it. Before Linux 6.9 there is a "
             "call more for each orphan: it is looked at before it is reaped, for it could be the command, whose number must not "
             "go to another process while its group has to be told.",
}


@dataclass
class Comparison:
    """onit under the name of a peer, beside that peer."""
    key: str
    label: str
    unit: str
    values: list  # the peer's, onit's
    digits: int
    ratio: float | None  # None where the peer's is nothing
    noise: tuple | None  # from where to where the ratio may be
    word: str  # lower, level (no difference that this run could tell), higher


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


def align(lines, texts):
    """In columns, of which the first `texts` are texts and the others are numbers."""
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join("  ".join(cell.ljust(w) if i < texts else cell.rjust(w)
                               for i, (cell, w) in enumerate(zip(line, widths))) for line in lines)


def table(results):
    return align([["", "", *results["subjects"]], *rows(results)], 2)


def with_unit(label, unit):
    return f"{label}, {unit}" if unit else label


def compare(pair):
    """The comparisons of a pair, one for each measure that is asked of it."""
    for key, label, unit, digits in MEASURES:
        if key not in PAIR_MEASURES:
            continue
        entry = pair["measures"][key]
        values = [middle(v) for v in entry["values"]]
        low, median, high = (entry["more"][name] for name in ("low", "median", "high"))
        word = "higher" if low > 0 else "lower" if high < 0 else "level"
        ratio = noise = None
        if values[0] > 0:
            low, ratio, high = (1 + difference / values[0] for difference in (low, median, high))
            noise = (low, high)
        yield Comparison(key, label, unit, values, digits, ratio, noise, word)


def pair_cells(comparison):
    c = comparison
    noise = "" if c.noise is None or c.noise[0] == c.noise[1] else f"{c.noise[0]:.2f} – {c.noise[1]:.2f}"
    return [with_unit(c.label, c.unit), *(number(v, c.digits) for v in c.values), number(c.ratio, 2), noise, c.word]


def pair_table(results):
    lines = [["", "", "peer", "onit", "ratio", "noise", ""]]
    lines += [[pair["names"][1], *pair_cells(c)] for pair in results["pairs"] for c in compare(pair)]
    return f"{align(lines, 2)}\n\n{check_of_noise(results)}".rstrip()


def counted(comparisons):
    """How many are lower, level, higher, in words."""
    words = [c.word for c in comparisons]
    return ", ".join(f"{word} in {words.count(word)}" for word in ("lower", "level", "higher") if word in words)


def check_of_noise(results):
    """What the run says of equals; nothing if it had none."""
    text = ""
    for pair in results["check"]:
        comparisons = list(compare(pair))
        ratios = [c.ratio for c in comparisons if c.ratio is not None]
        text += (f"As a check, {pair['names'][1]} beside {pair['names'][0]}, the same program twice: {counted(comparisons)} "
                 f"of {len(comparisons)}, with ratios from {min(ratios):.2f} to {max(ratios):.2f}.")
    return text


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
        lines.append([with_unit(label, unit), *cells])
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
    if any(v.word == "level" for v in judged):
        text += "\n\n*Level*: the difference is smaller than what this run can tell (95 % confidence)."
    return text + explain("missed", judged)


def explain(word, judged, told=()):
    """Why what is marked with the word is so; each reason once, and none of the measures in `told`."""
    reasons = {REASONS[v.key]: v.label for v in judged if v.word == word and v.key in REASONS and v.key not in told}
    return "".join(f"\n\n**Why {word}** ({label}): {reason}" for reason, label in reasons.items())


def pair_section(results):
    """onit under the name of each peer, beside that peer."""
    parts, judged = [], []
    for pair in results["pairs"]:
        comparisons = list(compare(pair))
        lines = [[f"as {pair['names'][0]}", *pair["names"], "ratio", "noise", ""]]
        for cells in map(pair_cells, comparisons):
            lines.append([*cells[:-1], cells[-1] if cells[-1] != "higher" else "**higher**"])
        parts.append(markdown_table(lines))
        judged += comparisons
    if not parts:
        return "Not measured: none of them is installed here."
    parts.append(f"In all: {counted(judged)} of {len(judged)}. {check_of_noise(results)}".rstrip())
    told = {v.key for v in judge(results) if v.word == "missed" and v.key in REASONS}
    if any(c.word == "higher" and c.key in told for c in judged):
        parts[-1] += " For what is missed above as well, the reason is the one given there."
    parts[-1] += explain("higher", judged, told)
    return "\n\n".join(parts)


def page(results, services=""):
    """docs/benchmarks.md; `services`: the section about them, in Markdown."""
    m = results["machine"]
    group = ("in a cgroup of their own with the cpu controller, as in a container" if m["cgroup"] else
             "without a cgroup of their own (none could be made), so every session is a scheduling group of its own")
    busy = "" if max(m["load"]) < m["processors"] else ", a busy machine"
    return PAGE.format(
        measures=measure_table(results), targets=target_section(results), pairs=pair_section(results),
        spreads=spread_table(results), group=group, services=services,
        packages=", ".join(m["packages"]), load=f"{m['load'][0]:.1f} before, {m['load'][1]:.1f} after{busy}",
        paced=m["orphans"][0], burst=m["orphans"][1], **{k: m[k] for k in (
            "processor", "processors", "kernel", "system", "date", "seconds", "laps", "rounds", "signals")})


PAGE = """\
# Benchmarks

*Written by `make bench`; do not edit. To see what it is on your machine, run it there: it takes about eight minutes.*

![onit beside tini, tini-static, dumb-init and catatonit](benchmarks.svg)

{measures}

Medians. In brackets: the bare command, without any init; what is *added* is the difference to it in the same round.

## Targets

{targets}

## Under their names

onit called as one of them (by a link of that name), beside the original, in the same run and with the same options. *Ratio*
is onit to the original, from the median of their differences in the same round; *noise* is from where to where that may be
(99 % confidence). *Level*: 1 is in between, so this run cannot tell the two apart.

{pairs}

## How it was measured

{date}, {system}, Linux {kernel}, {processor}, {processors} processors; load {load}.
Debian packages: {packages}. {rounds:,} rounds for each start, {signals:,} signals, {paced:,} orphans one at a time and
{burst:,} at once for each init, in {seconds} seconds, {group}.

- **In one run, in turn.** In each round every subject has its turn, in another order each time, and the whole is gone
  through {laps} times. So whatever else the machine does hits all alike, and medians do not mind it much.
- **A copy of its own** is what each subject runs, made anew each time that the whole is gone through: which pages a file
  gets is chance, and caches mind it. *Noise* is from the medians of these {laps} times, without the lowest and the highest.
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

To repeat it: `make bench`, on Debian or Ubuntu, as root (for the pid namespaces and the cgroup). `bench/run --quick` takes
a minute and a half and writes no documents; `bench/run --onit A --onit B` compares two builds; `--only command` and
`--only services` measure half.

## How far the numbers spread

{spreads}

{services}"""
