"""What is asked of all three."""

import pathlib
import shutil
import tempfile

import looks
from cases import BOTH, CATCHABLE, PID_1, TOOLS, dumb_init, ended

# --- exec

LONG = "x" * 300


def in_room(init, prepare, *arguments, env=None, find=None):
    """Runs a program from a directory that `prepare` fills."""
    with tempfile.TemporaryDirectory(prefix="onit-test-") as name:
        room = pathlib.Path(name)
        prepare(room)
        result = init.run(*init.dashes, *(argument.replace("ROOM", name) for argument in arguments), env=env)
        result.stderr = result.stderr.replace(name, "ROOM")
        return ended(init, result, find)


def script(text, mode=0o755, name="program"):
    def prepare(room):
        (room / name).write_bytes(text)
        (room / name).chmod(mode)

    return prepare


def loop(room):
    (room / "program").symlink_to("program")


def nothing(_room):
    pass


def text_busy(init):
    with tempfile.TemporaryDirectory(prefix="onit-test-") as name:
        shutil.copy("/bin/true", f"{name}/program")
        with open(f"{name}/program", "ab"):
            result = init.run(*init.dashes, f"{name}/program")
        result.stderr = result.stderr.replace(name, "ROOM")
        return ended(init, result)


FAILURES = [
    ("no such file (ENOENT)", nothing, ["/nosuch"]),
    ("no such name in PATH (ENOENT)", nothing, ["nosuch"]),
    ("an empty name (ENOENT)", nothing, [""]),
    ("an interpreter that is not there (ENOENT)", script(b"#!/nosuch\n"), ["ROOM/program"]),
    ("a file without execute permission (EACCES)", script(b"#!/bin/sh\n", 0o644), ["ROOM/program"]),
    ("a directory (EACCES)", nothing, ["ROOM"]),
    ("a file as a directory (ENOTDIR)", script(b""), ["ROOM/program/x"]),
    ("a loop of links (ELOOP)", loop, ["ROOM/program"]),
    ("a name too long (ENAMETOOLONG)", nothing, ["/" + LONG]),
    ("an interpreter that is a directory (EACCES)", script(b"#!/\n"), ["ROOM/program"]),
    ("a script without a first line, which sh runs", script(b"exit 5\n"), ["ROOM/program"]),
    ("an empty file, which sh runs", script(b""), ["ROOM/program"]),
]
for tool in TOOLS:
    for what, prepare, arguments in FAILURES:
        tool.case(f"exec of {what}", modes=BOTH)(
            lambda init, prepare=prepare, arguments=arguments: in_room(init, prepare, *arguments))
    tool.case("exec of a file without execute permission in PATH, with another behind it")(
        lambda init: in_room(init, lambda room: (script(b"", 0o644, "true")(room)), "true",
                             env={"PATH": "ROOM:/usr/bin"}))
    tool.run("a program found in PATH", [*([] if tool is dumb_init else ["--"]), "sh", "-c", "echo $0 $1; exit 7", "a",
                                         "b"], modes=BOTH)
    tool.case("exec of a file that is open for writing (ETXTBSY)")(text_busy)

# --- Exit codes

for tool in TOOLS:
    dashes = [] if tool is dumb_init else ["--"]
    for code in (0, 1, 2, 77, 126, 127, 128, 200, 255):
        tool.run(f"the program exits with {code}", [*dashes, "sh", "-c", f"exit {code}"], modes=BOTH)
    for number in (1, 2, 3, 6, 9, 11, 13, 15, 34, 64):
        tool.case(f"the program is killed by signal {number}", modes=BOTH)(
            lambda init, number=number: looks.exit_of_signal(init, number))

# --- Signals

for tool in TOOLS:
    tool.case("signals that reach the program")(
        lambda init: looks.signals_passed_on(init, [n for n in CATCHABLE if n not in (20, 21, 22)]))
    tool.case("signals that reach the program, as PID 1", modes=(PID_1,))(
        lambda init: looks.signals_passed_on(init, [n for n in CATCHABLE if n not in (20, 21, 22)]))

# --- The program's place

for tool in TOOLS:
    tool.case("session and process group of the program")(looks.place_of_program)
    tool.case("session and process group of the program, as PID 1", modes=(PID_1,))(looks.place_of_program)
    tool.case("a signal blocked and one ignored at the start, in the program", modes=BOTH)(looks.inherited_signals)
    tool.case("descriptors that were open at the start", modes=BOTH)(looks.descriptors)
    tool.case("working directories", modes=BOTH)(looks.directories)
    tool.case("LISTEN_PID with the pid of the init")(lambda init: looks.listen_pid(init, "$$"))
    tool.case("LISTEN_PID with the pid of another")(lambda init: looks.listen_pid(init, "1"))

# --- Orphans

for tool in TOOLS:
    tool.case("an orphan when not PID 1")(looks.orphan)
    tool.case("an orphan as PID 1", modes=(PID_1,))(looks.orphan)

# --- Terminals

for tool in TOOLS:
    tool.case("the terminal of the session that the init leads")(looks.terminal_of_program)
    tool.case("the terminal of the session that the init leads, as PID 1")(
        lambda init: looks.terminal_of_program(init, as_pid_1=True))
    tool.case("signals at the start on a terminal, then HUP and CONT")(looks.start_on_terminal)
