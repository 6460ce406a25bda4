"""dumb-init 1.2.5."""

import signal

from cases import BOTH, LAST, PID_1, dumb_init, has_taken_signals, state_of
from harness import children, until
from looks import (left_behind, place_of_program, signals_passed_on, start_on_terminal, terminal_of_program,
                   who_gets)

EXIT_3 = ["sh", "-c", "exit 3"]
BAD_REWRITE = "Usage: -r option takes <signum>:<signum>"

# --- What is answered at once

for option in ("-h", "--help", "--h", "--hel"):
    dumb_init.run(f"{option} prints help", [option])
for option in ("-V", "--version", "--vers"):
    dumb_init.run(f"{option} tells the version", [option], find="^dumb-init v1.2.5")
dumb_init.run("-V behind -h", ["-h", "-V"])
dumb_init.run("-h behind -V", ["-V", "-h"], find="^dumb-init v1.2.5")
dumb_init.run("-h in front of an unknown option", ["-h", "--yolo"])
dumb_init.run("an unknown option in front of -h", ["--yolo", "-h"])
dumb_init.run("-V in a cluster", ["-vcV"], find="^dumb-init v1.2.5")
dumb_init.run("nothing to run", [], modes=BOTH)
dumb_init.run("-- and nothing to run", ["--"])
dumb_init.run("an option and nothing to run", ["-c"])
dumb_init.run("an unknown long option", ["--yolo", "true"])
dumb_init.run("an unknown letter", ["-x", "true"])
dumb_init.run("an unknown letter in a cluster", ["-cx", "true"])
dumb_init.run("a long option that is the beginning of two", ["--ver", "true"], find="^\\S+: .*ambiguous")
dumb_init.run("a long option with a value that it does not take", ["--verbose=1", "true"])
dumb_init.run("a long option with a single dash", ["-verbose", "true"])

# --- Where options end

dumb_init.run("options in front of --", ["-c", "--", *EXIT_3])
dumb_init.run("options of the program without --", EXIT_3)
dumb_init.run("options of the program without --, with POSIXLY_CORRECT", EXIT_3, env={"POSIXLY_CORRECT": "1"})
dumb_init.run("a second -- is the name of a program", ["--", "--", "true"])
dumb_init.run("-- behind the program is its argument", ["printf", "%s.", "--", "-c"])
dumb_init.run("options of dumb-init's behind the program are the program's", ["printf", "%s.", "-V", "--help"])
dumb_init.run("a single dash is the name of a program", ["-", "x"])
dumb_init.run("an empty argument is the name of a program", ["", "x"])
dumb_init.run("options in a cluster", ["-vc", *EXIT_3], find="Child exited .*")
dumb_init.run("long options", ["--verbose", "--single-child", "--rewrite", "15:3", *EXIT_3], find="Child exited .*")
dumb_init.run("beginnings of long options", ["--verb", "--s", "--r=15:3", *EXIT_3], find="Child exited .*")

# --- -r

for text in ("", "herp", "herp:derp", "15", "15::12", "15:derp", "derp:12", ":", "15:", ":15", "0", "0:1", "1:32",
             "32:1",
             "-1:1", "1:-1", "15:3:2", "15:3x", " 15:3", "15: 3", "+15:3", "0x0f:3", "TERM:QUIT", "4294967297:1"):
    dumb_init.run(f"-r '{text}'", ["-r", text, *EXIT_3], find=BAD_REWRITE)
for arguments in (["-r"], ["--rewrite"], ["-c", "-r"]):
    dumb_init.run(f"{' '.join(arguments)} without a value", arguments, find=BAD_REWRITE)
for text in ("1:1", "31:31", "31:0", "015:3", "9:15", "17:10"):
    dumb_init.run(f"-r '{text}'", ["-r", text, *EXIT_3], find=BAD_REWRITE)
dumb_init.run("-r with a bad value in front of -h", ["-r", "x", "-h"], find=BAD_REWRITE)


def rewritten(*rules, options=(), numbers=(1, 2, 15)):
    words = [word for rule in rules for word in ("-r", rule)]
    return lambda init: signals_passed_on(init, numbers, [*options, *words])


dumb_init.case("-r 15:3", modes=BOTH)(rewritten("15:3"))
dumb_init.case("-r15:3")(lambda init: signals_passed_on(init, [15], ["-r15:3"]))
dumb_init.case("-r 15:0", modes=BOTH)(rewritten("15:0"))
dumb_init.case("-r for several signals")(rewritten("15:3", "1:0", "2:10"))
dumb_init.case("-r twice for one signal")(rewritten("15:3", "15:10"))
dumb_init.case("-r is not applied to its own result")(rewritten("15:2", "2:1", "1:15"))
dumb_init.case("-r 15:3 with -c", modes=BOTH)(rewritten("15:3", options=["-c"]))
dumb_init.case("-r with leading zeros")(rewritten("015:03"))

# --- Sessions and signals

dumb_init.case("session and process group of the program with -c", modes=BOTH)(
    lambda init: place_of_program(init, "-c"))
for value in ("0", "1", "", "00", "no"):
    dumb_init.case(f"session and process group of the program with DUMB_INIT_SETSID={value}")(
        lambda init, value=value: place_of_program(init, env={"DUMB_INIT_SETSID": value}))

dumb_init.case("who gets a signal", modes=BOTH)(lambda init: who_gets(init, signal.SIGWINCH))
dumb_init.case("who gets a signal with -c", modes=BOTH)(lambda init: who_gets(init, signal.SIGWINCH, "-c"))
dumb_init.case("signals that reach the program with -c")(
    lambda init: signals_passed_on(init, [n for n in range(1, 32) if n not in (9, 19, 20, 21, 22)], ["-c"]))


def stop_signal(init, number, *options):
    """What the init and the program do at a signal that stops, and what the program has got once they are continued."""
    running = init.start_family(options=options)
    pid = running.onit
    (child,) = children(pid)
    running.signal(number)
    # The kernel stops no PID 1 that asks it to.
    until(lambda: state_of(pid) == "T" or (init.mode == PID_1 and has_taken_signals(pid)), "the init stops")
    until(lambda: has_taken_signals(child), "the program has had its signal")
    init_does, program_does = ["stops" if state_of(each) == "T" else "goes on" for each in (pid, child)]
    running.signal(signal.SIGCONT)
    running.signal(LAST)
    got = " ".join(line.split()[-1] for line in running.lines_until(f"main got {LAST}")[:-1])
    return f"the init {init_does}, the program {program_does}; with CONT the program has got {got}"


for number, name in ((20, "TSTP"), (21, "TTIN"), (22, "TTOU")):
    dumb_init.case(name)(lambda init, number=number: stop_signal(init, number))
    dumb_init.case(f"{name} as PID 1", modes=(PID_1,))(lambda init, number=number: stop_signal(init, number))
    dumb_init.case(f"{name} with -c")(lambda init, number=number: stop_signal(init, number, "-c"))
    dumb_init.case(f"{name} rewritten to USR1")(
        lambda init, number=number: stop_signal(init, number, "-r", f"{number}:10"))
    dumb_init.case(f"{name} rewritten to 0")(lambda init, number=number: stop_signal(init, number, "-r", f"{number}:0"))
    dumb_init.case(f"{name} rewritten to itself")(
        lambda init, number=number: stop_signal(init, number, "-r", f"{number}:{number}"))

# --- The end

dumb_init.case("processes left behind when not PID 1")(
    lambda init: left_behind(init, "near,ignore", "apart,group", "away,session"))
dumb_init.case("processes left behind with -r 15:3")(
    lambda init: left_behind(init, "near,ignore", "away,session", options=["-r", "15:3"]))
dumb_init.case("processes left behind with -r 15:0")(
    lambda init: left_behind(init, "near,ignore", "away,session", options=["-r", "15:0"]))
dumb_init.case("processes left behind with -c")(
    lambda init: left_behind(init, "near,ignore", "away,session", options=["-c"]))

# --- Messages

LINES = (r"(?:Child spawned with PID \d+|Forwarded signal \d+ to children|"
         r"A child with PID \d+ exited with exit status \d+|A child with PID \d+ was terminated by signal \d+|"
         r"Child exited with status \d+\. Goodbye|Received signal 15)\.")
dumb_init.run("lines with -v", ["-v", *EXIT_3], modes=BOTH, find=LINES)
dumb_init.run("the line of the child with -v", ["-v", *EXIT_3], modes=BOTH, find=r"setsid complete\.")
dumb_init.run("the line of the child with -v and -c", ["-vc", *EXIT_3], modes=BOTH, find=r"setsid complete\.")
dumb_init.run("lines with -v and -c", ["-vc", *EXIT_3], find=LINES)
dumb_init.run("lines with -v, of a program killed by a signal", ["-v", "sh", "-c", "kill -9 $$"], find=LINES)
dumb_init.run("lines with -v and -r 15:3", ["-v", "-r", "15:3", *EXIT_3], find=LINES)
dumb_init.run("lines with -v and -r 15:0", ["-v", "-r", "15:0", *EXIT_3], find=LINES)
for value in ("1", "0", "", "2", "11", "yes"):
    dumb_init.run(f"lines with DUMB_INIT_DEBUG={value}", EXIT_3, env={"DUMB_INIT_DEBUG": value}, find="Child exited .*")
dumb_init.run("without -v there is silence", EXIT_3)
dumb_init.run("-v does not go to stdout", ["-v", "printf", "x"], find="^x|Goodbye")


@dumb_init.case("lines with -v about a signal", modes=BOTH)
def about_a_signal(init):
    running = init.start_family(options=["-v"])
    running.signal(15)
    running.line()
    running.signal(64)
    running.line()
    running.end_input()
    running.process.stdin = None
    text = running.process.communicate(timeout=30)[1].decode()
    return " / ".join(line for line in text.splitlines() if "ignal 15" in line or "ignal 64" in line)


dumb_init.case("the terminal with -c")(lambda init: terminal_of_program(init, "-c"))
dumb_init.case("signals at the start on a terminal with -c")(lambda init: start_on_terminal(init, "-c"))
