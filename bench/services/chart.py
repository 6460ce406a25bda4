"""docs/benchmarks-services.svg: one small bar chart for each measure of services, in the style of docs/benchmarks.svg."""
from html import escape

import chart
from services import report

SIZED = (  # key, number of services, title, unit, factor
    ("dirty", 100, "Memory, 100 services", "KiB private dirty", 1),
    ("dirty", 1000, "Memory, 1,000 services", "KiB private dirty", 1),
    ("pss", 1000, "Memory, 1,000 services", "KiB, proportional share (PSS)", 1),
    ("processes", 1000, "Processes, 1,000 services", "of its own", 1),
    ("up", 100, "Start of 100", "ms until all are up", 1e3),
    ("up", 1000, "Start of 1,000", "ms until all are up", 1e3),
    ("stop", 100, "Stop of 100", "ms until the end", 1e3),
    ("stop", 1000, "Stop of 1,000", "ms until the end", 1e3),
    ("wakeups", 100, "Wake-ups at idle, 100 services", "per minute", 1),
    ("idle_cpu", 100, "CPU at idle, 100 services", "ms a minute", 1),
)
LOG_LABEL_WIDTH = 200


def bar(label, name, value):
    ours = name.startswith("onit")
    return chart.Bar(label, ours, "ours" if ours else "bar", None if value is None else (value, 0),
                     "not measured" if value is None else chart.label_of(value, 0))


def sized_panels(results):
    for key, size, title, unit, factor in SIZED:
        bars = []
        for name in results["supervisors"]:
            value = report.median(results, key, name, size)
            bars.append(bar(name, name, None if value is None else value * factor))
        yield title, unit, bars, None
    for when, title in (("calm", "Restart after a crash"), ("storm", "… beside one that keeps failing")):
        yield title, "ms from kill -9; a policy, not a speed", [
            bar(name, name, (report.median(results, "crash", name, when) or 0) * 1e3) for name in results["supervisors"]], None


def log_panels(results):
    for sink in ("files", "a pipe"):
        ways = [way for way in results["loggers"] if way["sink"] == sink]
        for key, title, unit in (("log_rate", f"Logs to {sink}", "MB/s, 100-byte lines; longer is better"),
                                 ("log_cpu", f"CPU for logs to {sink}", "seconds per GB")):
            yield title, unit, [bar(way["label"], way["label"], report.median(results, key, way["path"])) for way in ways], None


def draw(results, machine):
    grid, end = chart.draw_grid(list(sized_panels(results)), chart.TOP)
    panels = list(log_panels(results))
    logs, end = chart.draw_grid(panels, end + 10, columns=2, label_width=LOG_LABEL_WIDTH)
    width, height = chart.WIDTH, end + 34
    note = f"{chart.note_of(machine)} · medians"
    return "\n".join([
        *chart.head(width, height, "onit beside other supervisors: bar charts of what services cost"),
        f'<text class="title" x="{chart.MARGIN}" y="48">What services cost</text>',
        f'<text class="sub" x="{chart.MARGIN}" y="72">The same services under each, in turn on the same machine. '
        'Shorter is better, but for the speed of logs.</text>',
        *grid, *logs,
        f'<text class="faint" x="{chart.MARGIN}" y="{height - 22}">{escape(note)}</text>', "</svg>\n"])
