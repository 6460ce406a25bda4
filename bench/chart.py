"""docs/benchmarks.svg: one small bar chart for each measure. Plain SVG, light and dark."""
from dataclasses import dataclass
from html import escape

import report

PANELS = (  # key, title, what it says, target or None
    ("pid1_run", "Start-up added", "µs, whole run as PID 1", "half of the fastest"),
    ("pid1_exit", "Exit added", "µs, from the command's to the init's", None),
    ("faults", "Page faults added", "until the command has ended", None),
    ("calls", "System calls", "init, and its child until exec", None),
    ("latency", "Signal latency added", "µs, kill to receipt", None),
    ("paced", "CPU per orphan, one by one", "µs", None),
    ("burst", "CPU per orphan, 250 at once", "µs", None),
    ("wakeups", "Wake-ups at idle", "per minute", None),
    ("dirty", "Private dirty", "KiB at idle", 32),
    ("pss", "Proportional share (PSS)", "KiB at idle", 96),
    ("rss", "Resident", "KiB at idle", None),
    ("size", "Size", "KB; pale: the shared libraries it needs", 409.6),
)
RATIOS = {  # of onit under the name of a peer to that peer: measure -> label
    "pid1_run": "start-up",
    "process_run": "not PID 1",
    "latency": "signal",
    "paced": "orphan",
    "burst": "… at once",
    "wakeups": "wake-ups",
    "dirty": "dirty",
    "pss": "PSS",
}
COLUMNS = 4
PANEL_WIDTH, GAP, MARGIN = 244, 28, 36
LABEL_WIDTH, VALUE_WIDTH = 70, 56
BAR, PITCH = 14, 22
HEAD = 48
TOP = 104
WIDTH = 2 * MARGIN + COLUMNS * PANEL_WIDTH + (COLUMNS - 1) * GAP

FONT = 'font: 12px -apple-system, "Segoe UI", "Helvetica Neue", Helvetica, Arial, "DejaVu Sans", sans-serif;'
LIGHT = {"back": "#ffffff", "ink": "#1b1f24", "faint": "#656d76", "bar": "#b6bec8", "rule": "#d8dee4", "us": "#0969da", "goal": "#bc4c00"}
DARK = {"back": "#0d1117", "ink": "#e6edf3", "faint": "#8b949e", "bar": "#4b5563", "rule": "#30363d", "us": "#4493f8", "goal": "#f0883e"}


def colours(c):
    """Plain rules rather than CSS variables: not every renderer knows those."""
    return (f"text {{ fill: {c['ink']}; }} .back {{ fill: {c['back']}; }} .faint, .sub {{ fill: {c['faint']}; }} "
            f".us, .ours {{ fill: {c['us']}; }} .bar {{ fill: {c['bar']}; }} .rule {{ stroke: {c['rule']}; }} "
            f".value {{ stroke: {c['back']}; }} .goal {{ stroke: {c['goal']}; }} .goalkey {{ fill: {c['goal']}; }}")


STYLE = f"""
  text {{ {FONT} }}
  .title {{ font-size: 22px; font-weight: 600; }} .sub {{ font-size: 13px; }} .name {{ font-size: 13.5px; font-weight: 600; }}
  .faint, .goalkey {{ font-size: 11px; }} .us {{ font-weight: 700; }} .pale {{ opacity: .4; }}
  .value {{ paint-order: stroke; stroke-width: 5px; stroke-linejoin: round; }}
  .goal {{ stroke-width: 1.5; stroke-dasharray: 3 2.5; }}
  {colours(LIGHT)}
  @media (prefers-color-scheme: dark) {{ {colours(DARK)} }}
"""


def values_of(results, key, subjects):
    """(value, further value shown pale) of each; None where it could not be had."""
    if key == "size":
        files = [results["files"][i] for i in subjects]
        return [(f["bytes"] / 1000, f["libraries"] / 1000) for f in files]
    values = [results["measures"][key][i] for i in subjects]
    return [None if v is None else (max(0.0, report.middle(v)), 0) for v in values]


def label_of(value, further):
    shown = f"{value:.1f}" if 0 < value < 10 and value != round(value) else f"{value:,.0f}"
    return shown + (" + libc" if further else "")


def draw_bar(x, y, width, kind):
    if width <= 0:
        return f'<rect class="{kind}" x="{x}" y="{y}" width="1.5" height="{BAR}"/>'
    radius = min(3.0, width / 2)
    right = x + width
    return (f'<path class="{kind}" d="M{x} {y}H{right - radius:.1f}a{radius:.1f} {radius:.1f} 0 0 1 {radius:.1f} {radius:.1f}'
            f'v{BAR - 2 * radius:.1f}a{radius:.1f} {radius:.1f} 0 0 1 -{radius:.1f} {radius:.1f}H{x}z"/>')


def goal_of(results, target, key, subjects):
    if target == "half of the fastest":
        names = [results["subjects"][i] for i in subjects]
        peers = [v[0] for v, name in zip(values_of(results, key, subjects), names) if v and not name.startswith("onit")]
        return 0.5 * min(peers) if peers else None
    return target


@dataclass
class Bar:
    label: str
    is_ours: bool  # its name
    kind: str  # "ours" or "bar"
    value: tuple | None  # and what is shown pale; None where it could not be had
    shown: str


def measure_bars(results, key, subjects):
    bars = []
    for subject, value in zip(subjects, values_of(results, key, subjects)):
        name = results["subjects"][subject]
        ours = name.startswith("onit")
        bars.append(Bar(name, ours, "ours" if ours else "bar", value, label_of(*value) if value else "not measured"))
    return bars


def ratio_bars(pair):
    bars = []
    for c in report.compare(pair):
        if c.key in RATIOS:
            value = None if c.ratio is None else (max(0.0, c.ratio), 0)
            bars.append(Bar(RATIOS[c.key], False, "ours", value, "both none" if value is None else f"{value[0]:.2f} ×"))
    return bars


def draw_panel(title, unit, bars, goal, x, y, width, label_width):
    largest = max([bar.value[0] + bar.value[1] for bar in bars if bar.value] + [goal or 0]) or 1
    scale = (width - label_width - VALUE_WIDTH) / largest
    left = x + label_width
    bottom = y + HEAD + len(bars) * PITCH - PITCH + BAR
    out = [f'<text class="name" x="{x}" y="{y + 12}">{escape(title)}</text>',
           f'<text class="faint" x="{x}" y="{y + 28}">{escape(unit)}</text>',
           f'<line class="rule" x1="{left - 0.5}" y1="{y + HEAD - 4}" x2="{left - 0.5}" y2="{bottom + 4}"/>']
    labels = []
    for row, bar in enumerate(bars):
        at = y + HEAD + row * PITCH
        out.append(f'<text class="{"us" if bar.is_ours else ""}" x="{left - 8}" y="{at + 11}" text-anchor="end">{escape(bar.label)}</text>')
        if bar.value is None:
            out.append(f'<text class="faint" x="{left + 6}" y="{at + 11}">{bar.shown}</text>')
            continue
        own, further = bar.value
        if further:
            out.append(draw_bar(left, at, (own + further) * scale, "bar pale"))
        out.append(draw_bar(left, at, own * scale, bar.kind))
        end = left + max(1.5, (own + further) * scale) + 6
        labels.append(f'<text class="value {"us" if bar.kind == "ours" else "faint"}" x="{end:.1f}" y="{at + 11}">{bar.shown}</text>')
    if goal is not None:
        at = left + goal * scale
        out.append(f'<line class="goal" x1="{at:.1f}" y1="{y + HEAD - 5}" x2="{at:.1f}" y2="{bottom + 5}"/>')
    out += labels  # last, with a halo, so that no line runs through a number
    return "\n".join(out)


def draw_grid(panels, y, columns=COLUMNS, label_width=LABEL_WIDTH):
    """Panels in rows, each as high as its highest; and where the next thing may begin."""
    out = []
    width = (WIDTH - 2 * MARGIN - (columns - 1) * GAP) // columns
    for first in range(0, len(panels), columns):
        row = panels[first:first + columns]
        for column, (title, unit, bars, goal) in enumerate(row):
            out.append(draw_panel(title, unit, bars, goal, MARGIN + column * (width + GAP), y, width, label_width))
        y += HEAD + max(len(bars) for _, _, bars, _ in row) * PITCH + GAP
    return out, y


def head(width, height, label):
    """What every picture begins with."""
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{label}">',
        f"<style>{STYLE}</style>",
        f'<rect class="back" width="{width}" height="{height}" rx="10"/>',
    ]


def note_of(machine):
    return f"{machine['date']} · {machine['processor']} · Linux {machine['kernel'].split('-')[0]} · {machine['system']}"


def draw(results):
    subjects = list(range(1, len(results["subjects"])))
    grid, end = draw_grid([
        (title, unit, measure_bars(results, key, subjects), goal_of(results, target, key, subjects))
        for key, title, unit, target in PANELS], TOP)
    if results["pairs"]:
        heading = [f'<text class="title" x="{MARGIN}" y="{end + 30}">Under their names</text>',
                   f'<text class="sub" x="{MARGIN}" y="{end + 54}">onit called as one of them, beside the original: '
                   'its share of what that one takes.</text>']
        ratios, end = draw_grid([(f"As {pair['names'][0]}", "ratio; the line is the original", ratio_bars(pair), 1.0)
                                 for pair in results["pairs"]], end + 86)
        grid += heading + ratios
    width, height = WIDTH, end + 34
    machine = results["machine"]
    out = [
        *head(width, height, f"onit beside other container inits: bar charts of {len(PANELS)} measures"),
        f'<text class="title" x="{MARGIN}" y="48">What an init costs</text>',
        f'<text class="sub" x="{MARGIN}" y="72">One command behind each, in turn on the same machine. Shorter is better.</text>',
        f'<line class="goal" x1="{width - MARGIN - 96}" y1="68" x2="{width - MARGIN - 72}" y2="68"/>',
        f'<text class="goalkey" x="{width - MARGIN - 66}" y="72">onit\'s target</text>',
    ]
    out += grid
    note = f"{note_of(machine)} · medians"
    out.append(f'<text class="faint" x="{MARGIN}" y="{height - 22}">{escape(note)}</text>')
    out.append("</svg>\n")
    return "\n".join(out)
