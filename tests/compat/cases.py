"""A case: a sentence, what is looked at, and what is seen of the real program and of onit in its place.

What is seen is a short text, which is compared with expected.json and goes into the table of docs/compatibility.md as
it is. So a wrong belief about the real program fails just like a wrong onit. Where the two differ, the file says why.
"""

import atexit
import dataclasses
import functools
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import typing

from harness import ONIT, ROOT, TIMEOUT_S, helper, status

DOCUMENT = ROOT / "docs" / "compatibility.md"
BEGIN, END = "<!-- cases: begin -->", "<!-- cases: end -->"

REAL = {
    "tini": ["/usr/bin/tini", "/usr/bin/tini-static"],
    "dumb-init": ["/usr/bin/dumb-init"],
    "catatonit": ["/usr/bin/catatonit"],
}
NAMES = {"tini": ["tini", "tini-static", "docker-init"], "dumb-init": ["dumb-init"],
         "catatonit": ["catatonit", "podman-init"]}

NOT_PID_1, PID_1 = "root", "root-pid1"
BOTH = (NOT_PID_1, PID_1)

CATCHABLE = [number for number in range(1, 65) if number not in (signal.SIGKILL, signal.SIGSTOP)]

# The signal with the highest number is taken last: when it has arrived, so has what was sent before it.
LAST = 64


# What is expected to be seen, case by case: `real`, which is null where the real program does not show it reliably,
# `onit`, and where the two differ `why`.
EXPECTED = json.loads((pathlib.Path(__file__).parent / "expected.json").read_text())


@dataclasses.dataclass(frozen=True)
class Case:
    tool: str
    name: str
    look: typing.Callable
    modes: tuple

    @property
    def expected(self):
        return EXPECTED[self.tool].get(self.name, {"real": "?", "onit": "?"})

    def row(self, seen):
        """Its line in the table of the document."""
        cells = [self.name, seen["real"] or "", seen["onit"] if seen["onit"] != seen["real"] else "the same",
                 seen.get("why", "")]
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


class Tool:
    """Collects the cases of one tool."""

    def __init__(self, name):
        self.name = name
        self.cases = []

    def case(self, name, modes=(NOT_PID_1,)):
        """For a function that looks at an Init and says what it sees."""

        def add(look):
            assert all(name != other.name for other in self.cases), f"twice: {name}"
            self.cases.append(Case(self.name, name, look, modes))
            return look

        return add

    def run(self, name, arguments, modes=(NOT_PID_1,), find=None, **options):
        """What is seen is how a run ends. `find` is a pattern for the parts of its output that matter."""
        self.case(name, modes)(lambda init: ended(init, init.run(*arguments, **options), find))


class Init:
    """The program that a case looks at, in the mode in which it does."""

    def __init__(self, runner, tool, program, mode):
        self.runner, self.tool, self.program, self.mode = runner, tool, program, mode
        self.dashes = [] if tool == "dumb-init" else ["--"]

    @property
    def is_real(self):
        return self.program in REAL[self.tool]

    def environment(self, **more):
        unwanted = re.compile("TINI_|DUMB_INIT_|CATATONIT_|ONIT_|POSIXLY_CORRECT|LISTEN_")
        return {name: value for name, value in os.environ.items() if not unwanted.match(name)} | more

    def run(self, *arguments, **options):
        """Runs it to its end."""
        running = self.start(*arguments, stdin=subprocess.DEVNULL, **options)
        out, err = running.process.communicate(timeout=TIMEOUT_S)
        return Ended(running.process.returncode, out.decode(), err.decode())

    def start(self, *arguments, env=None, **options):
        return self.runner.start(*arguments, program=self.program, mode=self.mode, env=self.environment(**env or {}),
                                 **options)

    def start_family(self, *arguments, options=(), **more):
        """Starts it with a command that tells which signals it gets; see tests/integration/family.c."""
        running = self.start(*options, *self.dashes, helper("family"), *arguments, **more)
        running.lines_until("main ready")
        return running


@dataclasses.dataclass
class Ended:
    returncode: int
    stdout: str
    stderr: str


tini, dumb_init, catatonit = map(Tool, REAL)
TOOLS = [tini, dumb_init, catatonit]


# --- Saying what is seen ------------------------------------------------------------------------------------


def ending(code):
    return f"exit {code}" if code >= 0 else f"dies of {signal_name(-code)}"


def signal_name(number):
    return signal.Signals(number).name if number in list(signal.Signals) else f"signal {number}"


def tidy(init, text):
    """Without what differs from run to run and without the prose of help texts, which nobody parses."""
    text = text.replace(init.program, init.tool)
    text = re.sub(r"\(\d+\)", "(PID)", text)
    text = re.sub(r"x{20,}", "xxx...", text)
    text = re.sub(r"catatonit:\d+", "catatonit:PID", text)
    text = re.sub(r"^\[WARN  tini \(PID\)\] Tini is not running as PID 1 .*\n(Zombie.*\nTo fix.*\n)?", "", text)
    return re.sub(r"(?i)(with pid[ =:]+'?)\d+", r"\1N", text)


def ended(init, result, find=None):
    said = [ending(result.returncode)]
    for name, text in (("stdout", result.stdout), ("stderr", result.stderr)):
        if find is not None:
            found = [match.group() for match in re.finditer(find, text, re.M)]
            if found:
                said.append(f"{name} `{tidy(init, ' / '.join(found))}`")
            continue
        text = tidy(init, text).strip("\n")
        if re.search(r"(?i)usage: \S+ (\[|-)", text) and "\n" in text and "Try" not in text:
            said.append(f"help on {name}")
        elif "licen" in text.lower():
            said.append(f"licence on {name}")
        elif text:
            said.append(f"{name} `{' / '.join(text.splitlines())}`")
    return "; ".join(said)


def ranges(numbers):
    """`1-8, 10`."""
    found = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in found) or "none"


# --- Looking --------------------------------------------------------------------------------------------------


@functools.cache
def links():
    """A directory with onit under the names of the tools."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="onit-as-"))
    atexit.register(shutil.rmtree, directory)
    directory.chmod(0o755)
    for names in NAMES.values():
        for name in names:
            (directory / name).symlink_to(pathlib.Path(ONIT).resolve())
    return directory


def stat_of(pid):
    """Parent, process group, session and the foreground group of its terminal."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return dict(zip(("parent", "group", "session"), map(int, fields[1:4]))) | {"foreground": int(fields[5])}


def state_of(pid):
    return status(pid).get("State", "X")[0]


def has_taken_signals(pid):
    """Whether no signal is waiting for this process but those about its children, and it waits for the next one."""
    seen = status(pid)
    if not seen or seen["State"][0] in "ZX":
        return True
    return int(seen["ShdPnd"], 16) & ~(1 << (signal.SIGCHLD - 1)) == 0 and seen["State"][0] in "ST"


def takes_signals(pid):
    """Whether it is past its start: signals are blocked, to be taken one by one. While sigtimedwait(2) waits for them
    the kernel shows them as not blocked."""
    term = 1 << (signal.SIGTERM - 1)
    try:
        waits = pathlib.Path(f"/proc/{pid}/wchan").read_text().startswith("do_sigtimedwait")
    except OSError:
        return False
    return waits or int(status(pid).get("SigBlk", "0"), 16) & term != 0


# --- The document


def table(seen):
    """All cases, a table for each tool. `seen` is what is to be told in the place of what is expected."""
    tables = []
    for tool in TOOLS:
        head = ["", f"### {tool.name}", "", f"| case | {tool.name} | onit | why |", "|---|---|---|---|"]
        tables += [*head, *(case.row(case.expected | seen.get(case, {})) for case in tool.cases)]
    return "\n".join(tables) + "\n"


def with_table(text, seen=None):
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{table(seen or {})}\n{END}{rest.partition(END)[2]}"
