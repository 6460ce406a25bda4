"""The measurements of services as tables, as verdicts on the targets, and as a section of docs/benchmarks.md."""
import report
from report import Verdict

SIZED = (  # key, label, unit, factor, digits
    ("up", "from the start until all are up", "ms", 1e3, 1),
    ("cpu", "CPU for that, of its own processes", "ms", 1e3, 1),
    ("stop", "from the request to stop until the end", "ms", 1e3, 1),
    ("processes", "its own processes", "", 1, 0),
    ("dirty", "private dirty", "KiB", 1, 0),
    ("pss", "proportional share (PSS)", "KiB", 1, 0),
    ("wakeups", "wake-ups at idle", "per minute", 1, 0),
    ("idle_cpu", "CPU at idle", "ms a minute", 1, 1),
)

DIRTY_KIB_PER_SERVICE = 4
LOG_FACTOR = 3  # so many times the speed of s6-log with timestamps
LINEAR = 1.5  # ten times as many services may take so many times ten times as long
STORM = 1.25  # so many times as long may a restart take beside a service that fails again and again
STORM_SLACK_S = 0.002
FLOOD_MS = 1  # so much later may a signal come through while clients ask without end


def get(results, *path):
    return results["values"].get("/".join(map(str, path)))


def median(results, *path):
    value = get(results, *path)
    return None if value is None else value["median"]


def show(value, factor=1, digits=0):
    """The median, and from where to where single values lie if there are several."""
    if value is None:
        return "–"
    numbers = [f"{value[key] * factor:,.{digits}f}" for key in ("median", "min", "max")]
    return numbers[0] if numbers[1] == numbers[2] else f"{numbers[0]} ({numbers[1]} – {numbers[2]})"


def size_rows(results):
    for key, label, unit, factor, digits in SIZED:
        for size in results["sizes"]:
            values = [get(results, key, name, size) for name in results["supervisors"]]
            if any(values):
                yield [report.with_unit(label, unit), f"{size:,}", *(show(v, factor, digits) for v in values)]


def size_table(results):
    return [["", "services", *results["supervisors"]], *size_rows(results)]


def crash_table(results):
    rows = [["milliseconds", "kill -9 to the restart", "beside the failing one", "start of 100", "beside the failing one",
             "starts of the failing one, per second"]]
    for name in results["all"]:
        rows.append([name, *(show(get(results, "crash", name, when), 1e3, 1) for when in ("calm", "storm")),
                     show(get(results, "up", name, 100), 1e3, 1), show(get(results, "storm_up", name), 1e3, 1),
                     show(get(results, "storm_rate", name), 1, 1)])
    return rows


def log_table(results):
    rows = [["", "to", "MB/s", "million lines/s", "CPU s per GB"]]
    for way in results["loggers"]:
        rate, cpu = get(results, "log_rate", way["path"]), get(results, "log_cpu", way["path"])
        rows.append([way["label"], way["sink"], show(rate), show(rate, 0.01, 2), show(cpu, 1, 2)])
    return rows


def ours(results):
    """The name of onit, the first if there are several; None if it was not measured."""
    return next((name for name in results["supervisors"] if name.startswith("onit")), None)


def judge_memory(results, name):
    few, many = (median(results, "dirty", name, size) for size in (10, 1000))
    if few is None or many is None:
        return
    each = (many - few) / 990
    yield Verdict("dirty", "private dirty for each further service", f"at most {DIRTY_KIB_PER_SERVICE} KiB", f"{each:.1f} KiB",
                  "met" if each <= DIRTY_KIB_PER_SERVICE else "missed")


def judge_idle(results, name):
    values = [median(results, "wakeups", name, size) for size in results["sizes"]]
    most = max((v for v in values if v is not None), default=None)
    if most is not None:
        yield Verdict("wakeups", "wake-ups at idle, any number of services", "0", f"{most:,.0f} per minute",
                      "met" if most == 0 else "missed")


def judge_linear(results, name):
    for key, label in (("up", "start"), ("dirty", "memory"), ("stop", "stop")):
        few, many = (median(results, key, name, size) for size in (100, 1000))
        if few and many:
            ratio = many / few
            yield Verdict(key, f"{label} of 1,000 services", "linear in their number", f"{ratio:.1f} × that of 100",
                          "met" if ratio <= 10 * LINEAR else "missed")


def judge_storm(results, name):
    for label, calm, storm in (("restart", median(results, "crash", name, "calm"), median(results, "crash", name, "storm")),
                               ("start", median(results, "up", name, 100), median(results, "storm_up", name))):
        if calm and storm:
            met = storm <= STORM * calm + STORM_SLACK_S
            yield Verdict("storm", f"{label} of others beside one that fails again and again", "not delayed",
                          f"{storm * 1e3:.1f} ms, {calm * 1e3:.1f} ms without it", "met" if met else "missed")


def judge_flood(results, name):
    calm, flood = (median(results, "signal", name, when) for when in ("calm", "flood"))
    if calm and flood:
        added = (flood - calm) * 1e3
        yield Verdict("flood", "delay of a signal while clients ask without end", f"at most {FLOOD_MS} ms",
                      f"{added:.2f} ms", "met" if added <= FLOOD_MS else "missed")


def judge_logs(results, name):
    """Prefixed lines to files and to a pipe, each beside the fastest of s6-log with timestamps to the same."""
    ways = {way["key"]: way["path"] for way in results["loggers"] if way["key"]}
    for mine, theirs, sink in ((f"{name} prefix False", ("s6-log t", "s6-log T"), "files"),
                               (f"{name} prefix True", ("s6-log T, pipe",), "a pipe")):
        peers = [ways[key] for key in theirs if key in ways]
        if mine not in ways or not peers:
            continue
        best = max(median(results, "log_rate", path) or 0 for path in peers)
        least = min(median(results, "log_cpu", path) or 1e9 for path in peers)
        rate, cpu = median(results, "log_rate", ways[mine]), median(results, "log_cpu", ways[mine])
        if not best or rate is None:
            continue
        yield Verdict("log_rate", f"log throughput, prefix, to {sink}", f"at least {LOG_FACTOR} × s6-log with timestamps",
                      f"{rate:,.0f} MB/s, {rate / best:.1f} ×", "met" if rate >= LOG_FACTOR * best else "missed")
        yield Verdict("log_cpu", f"CPU per GB of log, prefix, to {sink}", f"at most 1/{LOG_FACTOR} of s6-log with timestamps",
                      f"{cpu:.2f} s, 1/{least / cpu:.1f}", "met" if cpu * LOG_FACTOR <= least else "missed")


def judge(results):
    name = ours(results)
    if name is None:
        return []
    own = f"{name}, no back-off"
    return [*judge_memory(results, name), *judge_idle(results, name), *judge_linear(results, name),
            *judge_storm(results, own), *judge_flood(results, name), *judge_logs(results, name)]


def text(results):
    """For the terminal."""
    parts = [report.align(size_table(results), 2), report.align(crash_table(results), 1), report.align(log_table(results), 2)]
    parts += [f"{v.word:7} {v.label}: {v.value} (target: {v.target})" for v in judge(results)]
    parts += [f"bench: {problem}" for problem in results["problems"]]
    return "\n\n".join(parts[:3]) + "\n\n" + "\n".join(parts[3:])


def markdown(rows):
    head, *body = rows
    return report.markdown_table([head, *([f"**{row[0]}**" if row[0].startswith("onit") else row[0], *row[1:]] for row in body)])


def targets(results):
    judged = judge(results)
    if not judged:
        return "Not measured: this build of onit has no services."
    rows = [["measure", "target", "onit", ""]]
    rows += [[v.label, v.target, v.value, v.word if v.word != "missed" else "**missed**"] for v in judged]
    return report.markdown_table(rows)


def section(results):
    left_out = "".join(f"\n- {problem}." for problem in results["problems"])
    return SECTION.format(
        targets=targets(results), sizes=markdown(size_table(results)), crashes=markdown(crash_table(results)),
        logs=markdown(log_table(results)), packages=", ".join(results["packages"]),
        problems=f"\n\nWhat did not come to an end:\n{left_out}" if left_out else "",
        **{key: results[key] for key in ("seconds", "laps", "idle_s", "flooders")})


SECTION = """\
## Services

onit with a file of services, beside s6, runit and supervisor with the same services. Medians; in brackets the lowest and the
highest value.

![onit beside s6, runit and supervisor](benchmarks-services.svg)

### Targets for services

{targets}

### By the number of services

{sizes}

### Crashes, and a service that fails again and again

{crashes}

Among 100 services; *the failing one* is one more, which ends with code 1 as soon as it is up. How soon a supervisor starts again
what has ended is its policy more than its speed: s6 and supervisor let about a second pass, onit the `restart_delay` of 100 ms,
runit nothing if the service was up for a second. *No back-off* is onit with a delay of a millisecond, always.

### Log throughput

{logs}

Lines of 100 bytes. *Files* are rotated at 10 MB, five of them are kept.{problems}

### How services were measured

{packages}. {laps} times in turn, in {seconds} seconds, in the same run as the rest of this page.

- **A service** is a static program without a C library ([service.c](../bench/services/service.c)) that says by a FIFO that it is
  up, with the time of its clock, and sleeps. The supervisor is PID 1 of a pid namespace of its own.
- **Each as it is usually set up**: s6 and runit with a logger for each service, supervisor with a file for each and its control
  socket, onit with lines prefixed to its own stdout and its control socket. A `run` of s6 and runit is the service itself, not a
  script; those of their loggers are one line for `sh`. The trees lie in memory (tmpfs).
- **Its own processes** are all but the services: s6-svscan, s6-supervise and s6-log; runsvdir, runsv and svlogd; supervisord; onit.
  Memory is the sum of their `/proc/PID/smaps_rollup`, CPU that of `/proc/PID/schedstat`.
- **Stop** is TERM to s6-svscan, supervisord and onit. runsvdir stops nothing at TERM, so it is
  `sv force-stop`, `sv shutdown`, then HUP, as in Debian's `/etc/runit/3`; sv looks only every few hundred milliseconds.
- **Idle**: context switches and CPU of its own processes in {idle_s} seconds, all trees at rest beside each other.
- **Crashes**: services that were up for more than a second are killed, one after the other, not in step with anything.
- **Signals**: SIGUSR1 to onit, which passes it on to its command beside 10 services; then again while {flooders} clients ask for
  the status of all services, each anew as soon as it is answered ([flood.c](../bench/services/flood.c)).
- **Logs**: a program that writes blocks of 64,000 bytes as fast as they are taken, for 0.4 s, to the usual log of each. The writer,
  the logger and, for a pipe, a reader that throws all away (splice(2)) share the processors. supervisord does not look at lines
  and adds nothing to them; *a plain pipe copy* is a program that does nothing but read and write.
"""
