"""tini 0.19.0, and docker-init, which is the same program."""

import os
import signal
import sys

from cases import BOTH, PID_1, tini
from harness import is_dead, until
from looks import left_behind, orphan, signals_passed_on, who_gets

EXIT_3 = ["sh", "-c", "exit 3"]
PERMUTES = "glibc's getopt permutes; onit stops at the first argument that is no option, as a tini built with musl does"

# --- What is answered at once

tini.run("--version alone tells the version", ["--version"], modes=BOTH)
tini.run("--version behind another option is no option", ["-v", "--version"], find="Usage")
tini.run("--version in front of a program is no option", ["--version", "true"], find="Usage")
tini.run("-h prints help", ["-h"])
tini.run("-l prints the licence", ["-l"])
tini.run("-h acts at once, whatever follows", ["-h", "-x", "-e", "no"])
tini.run("-h acts in its turn", ["-e", "no", "-h"])
tini.run("-h in a cluster acts", ["-gh"])
tini.run("nothing to run", [], find="Usage")
tini.run("-- and nothing to run", ["--"], find="Usage")
tini.run("an option and nothing to run", ["-g"], find="Usage")
tini.run("an unknown option", ["-x", "true"], find="Usage")
tini.run("an unknown long option", ["--subreaper", "true"], find="Usage")
tini.run("an unknown option in a cluster", ["-gx", "true"], find="Usage")

# --- Where options end

tini.run("options in front of --", ["-g", "--", *EXIT_3])
tini.run("a second -- is the name of a program", ["--", "--", "true"])
tini.run("-- behind the program is its argument", ["--", "sh", "-c", 'echo "$@"', "sh", "--", "-x"])
tini.run("options of the program without --", EXIT_3, find="Usage")
tini.run("options of the program without --, with POSIXLY_CORRECT", EXIT_3, env={"POSIXLY_CORRECT": "1"})
tini.run("an option of tini's behind the program", ["printf", "%s.", "-e", "0"])
tini.run("-- behind the program without one in front", ["printf", "%s.", "--", "-x"])
tini.run("a single dash is the name of a program", ["-", "x"])
tini.run("an empty argument is the name of a program", ["", "x"])
tini.run("options in a cluster", ["-sgv", "--", "true"], find="Spawned")
tini.run("a cluster that ends with a value", ["-ge3", "--", *EXIT_3])
tini.run("a value in its own word", ["-e", "3", "--", *EXIT_3])
tini.run("a value attached to its option", ["-e3", "--", *EXIT_3])
tini.run("the rest of a cluster is the value", ["-eg", "true"])
tini.run("an option takes what looks like another as its value", ["-e", "-g", "true"])
tini.run("-- as a value", ["-e", "--", "true"])
tini.run("a value with an equals sign", ["-e=3", "true"])

# --- -e

for number, what in [("0", "zero"), ("255", "255"), ("007", "leading zeros"), (" 7", "a leading blank"),
                     ("+7", "a plus sign")]:
    tini.run(f"-e with {what}", ["-e", number, "--", "sh", "-c", f"exit {int(number)}"])
for text, what in [("256", "a number too high"), ("-1", "a negative number"), ("x", "no number"), ("", "an empty word"),
                   ("7x", "a number and more"), ("0x7", "a hexadecimal number"), ("7 ", "a trailing blank"),
                   ("99999999999999999999", "an overflow"), ("4294967299", "an overflow of 32 bits")]:
    tini.run(f"-e with {what}", ["-e", text, "true"])
tini.run("-e without a value", ["-e"], find="Usage")
tini.run("-e for some other code", ["-e", "4", "--", *EXIT_3])
tini.run("-e repeated", ["-e", "4", "-e", "3", "--", *EXIT_3])
tini.run("-e for the code of a signal", ["-e", "143", "--", "sh", "-c", "kill $$"], modes=BOTH)
tini.run("-e for the code of a program that is not there", ["-e", "127", "/nosuch"])
tini.run("-e does not concern a bad option", ["-e", "1", "-x"], find="Usage")

# --- -p

SIGNAL_NAMES = (
    "HUP INT QUIT ILL TRAP ABRT IOT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CLD CONT STOP "
    "TSTP TTIN TTOU URG "
    "XCPU XFSZ VTALRM PROF WINCH IO POLL PWR SYS UNUSED RTMIN RTMIN+1 RTMAX").split()


@tini.case("the signals whose names -p does not know")
def names_not_known(init):
    refused = [name for name in SIGNAL_NAMES if init.run("-p", "SIG" + name, "true").returncode != 0]
    return " ".join(refused)


for name, what in [("TERM", "a name without SIG"), ("sigterm", "a name in lower case"), ("15", "a number"),
                   ("", "an empty word"),
                   ("SIGNONE", "no signal")]:
    tini.run(f"-p with {what}", ["-p", name, "true"])
tini.run("-p without a value", ["-p"], find="Usage")
tini.run("-p with the value attached", ["-pSIGTERM", "--", *EXIT_3])


@tini.case("with -p the init gets the signal when its parent dies, and passes it on")
def parent_death(init):
    starter = "import subprocess, sys; p = subprocess.Popen(sys.argv[1:], stdin=0); p.wait()"
    running = init.start_family(options=["-p", "SIGUSR1"], through=[sys.executable, "-c", starter])
    pid = running.onit
    os.kill(running.process.pid, signal.SIGKILL)
    seen = running.line()
    running.end_input()
    until(lambda: is_dead(pid), "the init ends")
    return seen


# --- Verbosity

KINDS = r"^\[(FATAL|WARN |INFO |DEBUG|TRACE) tini"


def levels(init, *options, env=None):
    """Which kinds of lines there are, and where. What the lines say is prose."""
    result = init.run(*options, "--", "sh", "-c", "(sleep 0 &); exit 3", env=env)
    kinds = {name: [kind for kind in ("FATAL", "WARN ", "INFO ", "DEBUG", "TRACE") if f"[{kind} tini (" in text]
             for name, text in (("stdout", result.stdout), ("stderr", result.stderr))}
    told = "; ".join(f"{' '.join(kind.strip() for kind in found)} on {name}" for name, found in kinds.items() if found)
    return told or "silence"


for options in ([], ["-v"], ["-v", "-v"], ["-vvv"], ["-vvvv"]):
    written = " ".join(options) or "no -v"
    tini.case(f"lines with {written}")(lambda init, options=options: levels(init, *options))
    tini.case(f"lines with {written} as PID 1", modes=(PID_1,))(lambda init, options=options: levels(init, *options))
for value in ("0", "1", "2", "3", "4", "9", "", "no", "-1", " 2", "2x"):
    tini.case(f"lines with TINI_VERBOSITY={value}")(
        lambda init, value=value: levels(init, env={"TINI_VERBOSITY": value}))
tini.case("TINI_VERBOSITY overrides -v")(lambda init: levels(init, "-vvv", env={"TINI_VERBOSITY": "0"}))
tini.run("lines that scripts look for", ["-vvv", "--", *EXIT_3],
         find="Spawned child process 'sh' with pid '\\d+'|Received SIGCHLD|Main child exited normally .*")
tini.run("lines that scripts look for, of a program killed by a signal", ["-v", "--", "sh", "-c", "kill -9 $$"],
         find="Main child exited with .*")
tini.run("a fatal error is told at TINI_VERBOSITY=0 too", ["--", "/nosuch"], env={"TINI_VERBOSITY": "0"})
tini.run("the warning when not PID 1", ["true"], find=r"\[WARN  tini \(\d+\)\] Tini is not running as PID 1")
tini.run("no such warning as PID 1", ["true"], modes=(PID_1,), find="Tini is not")
tini.run("no such warning with -s", ["-s", "true"], find="Tini is not")
tini.run("no such warning with TINI_SUBREAPER", ["true"], env={"TINI_SUBREAPER": ""}, find="Tini is not")
tini.run("no such warning with TINI_VERBOSITY=0", ["true"], env={"TINI_VERBOSITY": "0"}, find="Tini is not")


# --- Orphans

tini.case("an orphan with -s")(lambda init: orphan(init, "-s"))
for value in ("", "0", "1"):
    tini.case(f"an orphan with TINI_SUBREAPER={value}")(
        lambda init, value=value: orphan(init, env={"TINI_SUBREAPER": value}))
tini.case("an orphan with -w")(lambda init: orphan(init, "-s", "-w"))
tini.case("an orphan with -w as PID 1", modes=(PID_1,))(lambda init: orphan(init, "-w"))
tini.case("an orphan with -w and TINI_VERBOSITY=0")(
    lambda init: orphan(init, "-sw", env={"TINI_VERBOSITY": "0"}))
tini.case("an orphan with -w and -vv")(lambda init: orphan(init, "-swvv"))
tini.run("-w says nothing of the program itself", ["-sw", "true"])

# --- Signals

tini.case("who gets a signal", modes=BOTH)(lambda init: who_gets(init, signal.SIGWINCH))
tini.case("who gets a signal with -g", modes=BOTH)(lambda init: who_gets(init, signal.SIGWINCH, "-g"))
for value in ("", "0", "1"):
    tini.case(f"who gets a signal with TINI_KILL_PROCESS_GROUP={value}")(
        lambda init, value=value: who_gets(init, signal.SIGWINCH, env={"TINI_KILL_PROCESS_GROUP": value}))


tini.case("TSTP, TTIN and TTOU", modes=BOTH)(lambda init: signals_passed_on(init, [20, 21, 22]))

# --- What is left behind

tini.case("processes left behind when not PID 1")(lambda init: left_behind(init, "near", "apart,group", "away,session"))
