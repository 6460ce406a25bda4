"""catatonit. onit follows 0.2.1; the real one that is compared is Debian's 0.1.7."""

import os
import re
import signal

from cases import BOTH, catatonit, ending, has_taken_signals, takes_signals
from harness import children, until
from looks import left_behind, signals_passed_on, who_gets

EXIT_3 = ["sh", "-c", "exit 3"]
VERSION = "a later version"

# --- What is answered at once

for option in ("-V", "--version", "--v", "--vers"):
    catatonit.run(f"{option} tells the version", [option])
catatonit.run("--version behind another option", ["-g", "--version"])
catatonit.run("--version in front of a program", ["--version", "false"])
catatonit.run("-h prints help", ["-h"])
catatonit.run("-L prints the licence", ["-L"])
catatonit.run("-h in front of -V", ["-h", "-V"])
catatonit.run("-V in a cluster", ["-gV"])
catatonit.run("-h in front of an unknown option", ["-h", "-x"])
catatonit.run("an unknown option in front of -h", ["-x", "-h"], find="invalid option -- 'x'")
catatonit.run("nothing to run", [], find="^ERROR \\(catatonit:\\d+\\): ", modes=BOTH)
catatonit.run("-- and nothing to run", ["--"], find="^ERROR \\(catatonit:\\d+\\): ")
catatonit.run("an option and nothing to run", ["-g"], find="^ERROR \\(catatonit:\\d+\\): ")
catatonit.run("an unknown letter", ["-x", "true"], find="invalid option -- 'x'")
catatonit.run("an unknown letter in a cluster", ["-gx", "true"], find="invalid option -- 'x'")
catatonit.run("an unknown long option", ["--yolo", "true"], find="unrecognized option '--yolo'")
catatonit.run("--help, which is none", ["--help"], find="unrecognized option '--help'")
catatonit.run("--version with a value", ["--version=1"], find="^tini version")

# --- Where options end

catatonit.run("options in front of --", ["-g", "--", *EXIT_3])
catatonit.run("a second -- is the name of a program", ["--", "--", "true"], find="No such file or directory")
catatonit.run("options of the program without --", EXIT_3, find="invalid option -- 'c'")
catatonit.run("options of the program without --, with POSIXLY_CORRECT", EXIT_3, env={"POSIXLY_CORRECT": "1"})
catatonit.run("an option of catatonit's behind the program", ["printf", "%s.", "-g"])
catatonit.run("-V behind the program", ["printf", "%s.", "-V"])
catatonit.run("-- behind the program", ["printf", "%s.", "--", "-x"])
catatonit.run("-- behind -- and the program", ["--", "printf", "%s.", "--", "-x"])
catatonit.run("a single dash is the name of a program", ["-", "x"], find="No such file or directory")
catatonit.run("an option twice", ["-gg", "--", *EXIT_3])

# --- Environment


def debug_lines(init, env):
    """Whether there are any. The real init and its child write theirs in pieces that mix, so only the last is whole."""
    stderr = init.run("--", *EXIT_3, env=env).stderr
    return "DEBUG (catatonit:PID): on stderr" if re.search(r"DEBUG \(catatonit:\d+\): ", stderr) else "silence"


for value in ("", "0", "1"):
    catatonit.case(f"lines with CATATONIT_DEBUG={value}")(
        lambda init, value=value: debug_lines(init, {"CATATONIT_DEBUG": value}))
    catatonit.run(f"CATATONIT_LOG={value}", ["--", *EXIT_3], env={"CATATONIT_LOG": value},
                  find=r"^ERROR \(catatonit:\d+\): ")
catatonit.run("CATATONIT_LOG and --version", ["--version"], env={"CATATONIT_LOG": "x"},
              find=r"^ERROR \(catatonit:\d+\): |^tini.*")
catatonit.run("without CATATONIT_DEBUG there is silence", ["--", *EXIT_3], modes=BOTH)

# --- Signals

catatonit.case("who gets a signal", modes=BOTH)(lambda init: who_gets(init, signal.SIGWINCH))
catatonit.case("who gets a signal with -g", modes=BOTH)(lambda init: who_gets(init, signal.SIGWINCH, "-g"))
catatonit.case("TSTP, TTIN and TTOU", modes=BOTH)(lambda init: signals_passed_on(init, [20, 21, 22]))

# --- Pause


def pause(init, *arguments, numbers=(), last):
    """Everything is sent that must not end it, and then what does."""
    running = init.start("-P", *arguments)
    pid = running.onit
    until(lambda: takes_signals(pid), "it takes signals")
    for number in numbers:
        running.signal(number)
        until(lambda: has_taken_signals(pid), "the signal is taken")
        if running.process.poll() is not None:
            return f"{ending(running.wait())} at {number}"
    assert children(pid) == []
    running.signal(last)
    return ending(running.wait())


SYNCHRONOUS = (4, 5, 6, 7, 8, 11, 31)
OTHERS = [n for n in range(1, 65) if n not in (2, 9, 15, 19, 32, 33, *SYNCHRONOUS)]
for number in (signal.SIGTERM, signal.SIGINT):
    catatonit.case(f"-P ends at {signal.Signals(number).name}", modes=BOTH)(
        lambda init, number=number: pause(init, last=number))
catatonit.case("-P swallows all other signals", modes=BOTH)(
    lambda init: pause(init, numbers=OTHERS, last=signal.SIGTERM))
catatonit.case("-P ignores arguments")(lambda init: pause(init, "--", "/nosuch", last=signal.SIGTERM))


@catatonit.case("-P reaps orphans", modes=BOTH)
def pause_reaps(init):
    # The pause process takes the place of a shell, which has a child.
    running = init.start("-P", through=["sh", "-c", 'sleep 1000 & exec "$@"', "sh"])
    pid = running.onit
    until(lambda: takes_signals(pid), "it takes signals")
    (child,) = children(pid)
    os.kill(child, signal.SIGKILL)
    until(lambda: children(pid) == [], "it is reaped")
    running.signal(signal.SIGTERM)
    return f"reaped; {ending(running.wait())}"


# --- The end

catatonit.case("processes left behind when not PID 1")(
    lambda init: left_behind(init, "near", "apart,group", "away,session"))
