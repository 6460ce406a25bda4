"""What is looked at in more than one tool."""

import os
import pathlib
import re
import signal
import sys

from cases import LAST, ending, has_taken_signals, ranges, stat_of, tidy
from harness import children, end_strays, helper, is_dead, until

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "pty"))

# pylint: disable=wrong-import-position
from terminal import CTRL_C, CTRL_Z, ENTER, Process, Terminal, wait_until  # noqa: E402

PID_1_OF_TERMINAL = ["unshare", "--fork", "--pid", "--mount-proc", "--kill-child", "setsid", "--ctty"]


# --- Signals


def signals_passed_on(init, numbers, options=()):
    """Sends one signal after the other, and a last one that always arrives."""
    running = pid = None
    passed, lost, deadly, changed = [], [], [], []
    for number in numbers:
        if running is None:
            running = init.start_family(options=options)
            pid = running.onit
        os.kill(pid, number)
        until(lambda: has_taken_signals(pid), "the signal is taken")
        if is_dead(pid):
            deadly.append(number)
            running.wait()
            end_strays()
            running = None
            continue
        os.kill(pid, LAST)
        got = [int(line.split()[-1]) for line in running.lines_until(f"main got {LAST}")]
        if number == LAST:
            got.append(LAST)
        if got == [number, LAST]:
            passed.append(number)
        elif got == [LAST]:
            lost.append(number)
        else:
            changed.append(f"{number} as {ranges(got[:-1])}")
    said = [f"gets {ranges(passed)}"]
    if changed:
        said.append("; ".join(changed))
    if lost:
        said.append(f"not {ranges(lost)}")
    if deadly:
        said.append(f"the init dies of {ranges(deadly)}")
    return "; ".join(said)


def who_gets(init, number, *options, env=None):
    """Which of the program's family get a signal."""
    running = init.start_family("near,eof,ignore", "apart,group,eof,ignore", "away,session,eof,ignore",
                                options=options, env=env)
    pid = running.onit
    running.signal(number)
    until(lambda: has_taken_signals(pid), "the signal is taken")
    running.signal(LAST)
    lines = running.lines_until(f"main got {LAST}")
    running.end_input()
    lines += running.rest()
    return " and ".join(sorted({line.split()[0] for line in lines if line.endswith(f" got {number}")})) or "nobody"


# --- The program's place


def place_of_program(init, *options, env=None):
    """Session and process group, when the init is no leader of either."""
    running = init.start_family(options=options, env=env)
    pid = running.onit
    (child,) = children(pid)
    ours, its = stat_of(pid), stat_of(child)

    def of(kind):
        return "its own" if its[kind] == child else "the init's" if its[kind] == ours[kind] else "another"

    seen = f"group {of('group')}, session {of('session')}"
    running.end_input()
    running.wait()
    return seen


def inherited_signals(init):
    """USR1 is blocked and USR2 ignored, as the init is started."""
    arguments = [*init.dashes, "cat", "/proc/self/status"]
    through = [helper("launch_with"), "--block", "10", "--ignore", "12", "--"]
    result = init.run(*arguments, through=through)
    fields = dict(line.split(":\t") for line in result.stdout.splitlines())

    def numbers(name):
        mask = int(fields[name], 16)
        return ranges([number for number in range(1, 65) if mask >> (number - 1) & 1])

    return f"blocked {numbers('SigBlk')}, ignored {numbers('SigIgn')}"


def descriptors(init):
    """Which of 5 and 6, which it inherits, stay open in the init and in the program."""
    null = os.open("/dev/null", os.O_RDONLY)
    for number in (205, 206):
        os.dup2(null, number)
    os.close(null)
    running = init.start_family(pass_fds=[205, 206])
    for number in (205, 206):
        os.close(number)
    pid = running.onit
    running.signal(LAST)
    running.lines_until(f"main got {LAST}")

    def inherited(process):
        return len({"205", "206"} & set(os.listdir(f"/proc/{process}/fd")))

    return f"{inherited(pid)} of 2 in the init, {inherited(children(pid)[0])} of 2 in the program"


def directories(init, *options):
    """Where they are that were started in /usr."""
    running = init.start_family(options=options, cwd="/usr")
    pid = running.onit
    running.signal(LAST)
    running.lines_until(f"main got {LAST}")
    return f"init in {os.readlink(f'/proc/{pid}/cwd')}, program in {os.readlink(f'/proc/{children(pid)[0]}/cwd')}"


def listen_pid(init, value):
    """LISTEN_PID as the program sees it; `value` is a word for sh, in which $$ is the init's pid."""
    script = f'export LISTEN_PID={value}; exec "$@"'
    told = 'case $LISTEN_PID in $$) echo its own;; $PPID) echo "the init\'s";; *) echo "${LISTEN_PID-unset}"; esac'
    result = init.run(*init.dashes, "sh", "-c", told, through=["sh", "-c", script, "sh"])
    return result.stdout.strip()


# --- The end


def left_behind(init, *members, options=()):
    """The program ends at once; what those that it leaves behind get, and whether they live on."""
    running = init.start(*options, *init.dashes, helper("family"), "--now", *members)
    running.lines_until("main ready")
    code = running.wait()
    names = [member.partition(",")[0] for member in members]
    alive = {process.name: process for process in map(Process, children(os.getpid())) if process.name in names}
    for process in alive.values():
        until(lambda pid=process.pid: has_taken_signals(pid), "it has told what it got")
    alive = {name: process for name, process in alive.items() if not is_dead(process.pid)}
    for process in alive.values():
        os.kill(process.pid, signal.SIGKILL)
        until(lambda pid=process.pid: is_dead(pid), "it is killed")
    end_strays()
    got = [line.replace(" got ", " gets ") for line in running.rest()]
    return "; ".join([ending(code), *sorted(got), *(f"{name} lives on" for name in sorted(alive))])


def orphan(init, *options, env=None):
    """An orphan ends while the program lives: who reaps it, and what is said. The main program is not meant."""
    running = init.start_family("lost,session,orphan,eof", options=options, env=env)
    pid = running.onit
    found = [child for child in children(pid) if Process(child).name == "lost"]
    if found:
        os.kill(found[0], signal.SIGUSR1)
        until(lambda: found[0] not in children(pid), "it is reaped")
        # The init says what it has to before it takes the next signal.
        running.signal(LAST)
        running.lines_until(f"main got {LAST}")
    running.end_input()
    running.process.stdin = None
    out, err = running.process.communicate(timeout=30)
    said = [line for line in (out + err).decode().splitlines() if "Reaped zombie" in line]
    if not found:
        return "it goes to another reaper"
    return "it is reaped" + "".join(f", `{re.sub('pid=.*', 'pid=N', tidy(init, line))}`" for line in said)


def exit_of_signal(init, number, *options):
    running = init.start(*options, *init.dashes, "sh", "-c", "echo ready; exec sleep 1000")
    running.line()
    os.kill(children(running.onit)[0], number)
    return ending(running.wait())


# --- Terminals


def on_terminal(init, *options, command=("cat",), as_pid_1=False, **more):
    wrapper = PID_1_OF_TERMINAL if as_pid_1 else []
    return Terminal(*wrapper, init.program, *options, *init.dashes, *command, controls=not as_pid_1,
                    environment=more.pop("environment", None), **more)


def terminal_of_program(init, *options, as_pid_1=False):
    """The init leads the session of a terminal."""
    with on_terminal(init, *options, as_pid_1=as_pid_1) as terminal:
        program = terminal.wait_reading("cat")
        foreground = "in the foreground" if terminal.foreground() == program.pid else "not in the foreground"
        owner = "its own" if program.session == program.pid else "the init's"
        terminal.type(CTRL_C)
        return f"group {foreground}, session {owner}; Ctrl-C: exit {terminal.wait()}"


def foreground_afterwards(init):
    """A script runs the init; afterwards it wants to read the terminal."""
    line = " ".join([init.program, *init.dashes, "true"])
    with Terminal("sh", "-c", f"{line}; echo do''ne; exec cat") as terminal:
        terminal.expect("done")
        foreground = terminal.foreground()
        return "the script's group" if foreground == terminal.session.pid else "a group that is dead"


def after_ctrl_z(init, as_pid_1):
    """Ctrl-Z, with no shell around that could continue what it stops."""
    with on_terminal(init, command=["cat"], as_pid_1=as_pid_1) as terminal:
        program = terminal.wait_reading("cat")
        terminal.type(CTRL_Z + "on" + ENTER)

        def seen():
            if program.stopped:
                return "the program is stopped for ever"
            return "the program goes on" if terminal.unread().count("on") == 2 else None

        return wait_until(seen, "it is stopped or goes on")


def start_on_terminal(init, *options):
    """The signals that the program of a session leader gets before any is sent, and then HUP and CONT."""
    with on_terminal(init, *options, command=[helper("family")]) as terminal:
        terminal.expect("main ready")
        pid = terminal.session.pid
        for numbers in ([LAST], [signal.SIGHUP, LAST], [signal.SIGCONT, LAST]):
            for number in numbers:
                os.kill(pid, number)
            terminal.expect(f"main got {LAST}")
        return " ".join(re.findall(r"main got (\d+)", terminal.output))
