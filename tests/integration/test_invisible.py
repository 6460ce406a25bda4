"""The command cannot tell that onit is there."""

import itertools
import os
import resource
import signal
import subprocess

import pytest

from harness import MODES, ONIT, TIMEOUT_S, UNPRIVILEGED, every_mode, helper, until

SHELL = "/bin/sh"


def compare(room, mode, launcher=(), options=(), arguments=(), **popen):
    """Takes the snapshot bare and under onit: what the launcher prepares is the same."""
    before = [helper("launch_with"), *map(str, launcher), "--"]
    seen = {}
    for name, onit in (("bare", []), ("under onit", [ONIT, *options])):
        (room / name).touch()
        (room / name).chmod(0o666)
        result = subprocess.run([*MODES[mode], *before, *onit, helper("snapshot"), room / name, *arguments],
                                timeout=TIMEOUT_S, check=False, **({"stdin": subprocess.DEVNULL} | popen))
        assert result.returncode == 0, (name, result)
        seen[name] = (room / name).read_bytes().decode(errors="surrogateescape").splitlines()
    return seen["bare"], seen["under onit"]


@every_mode
def test_the_command_sees_what_it_would_see_without_onit(room, mode):
    bare, under = compare(room, mode)
    assert under == bare
    assert len(bare) > 40


@every_mode
@pytest.mark.parametrize("launcher", [
    ["--block", 15], ["--block", 17, "--block", 33, "--block", 64], ["--ignore", 17], ["--ignore", 1],
    ["--ignore", 13, "--ignore", 2, "--ignore", 3], ["--ignore", 20, "--ignore", 21, "--ignore", 22],
    ["--ignore", 17, "--block", 17], ["--ignore", 35, "--ignore", 64]], ids=lambda words: " ".join(map(str, words)))
def test_blocked_and_ignored_signals_are_those_that_onit_was_started_with(room, mode, launcher):
    bare, under = compare(room, mode, launcher)
    assert under == bare
    mask = next(line for line in under if line.startswith("SigIgn" if "--ignore" in launcher else "SigBlk"))
    assert int(mask.split()[1], 16) != 0


@pytest.mark.parametrize("closed", [combination for n in range(4) for combination in itertools.combinations(range(3), n)],
                         ids=str)
@pytest.mark.parametrize("mode", ["root", "user-pid1"])
def test_closed_standard_descriptors_stay_closed(room, mode, closed):
    launcher = [word for fd in closed for word in ("--close", fd)]
    bare, under = compare(room, mode, launcher, options=["-v"], stderr=subprocess.DEVNULL)
    assert under == bare
    present = {int(line.split()[1].rstrip(":")) for line in under if line.startswith("descriptor")}
    assert present == {0, 1, 2} - set(closed)


@every_mode
def test_inherited_descriptors_are_all_there_and_no_other(room, mode):
    launcher = [word for fd in (3, 4, 7, 100, 255) for word in ("--open", fd)]
    bare, under = compare(room, mode, launcher)
    assert under == bare
    assert sum(line.startswith("descriptor") for line in under) == 8


@every_mode
@pytest.mark.parametrize("launcher", [
    ["--no-env"],
    ["--env", "A=1", "--env", "A=2", "--env", "PATH=/bin", "--env", "A=1"],
    ["--env", "no equals sign", "--env", "", "--env", "=", "--env", "=x", "--env", "A"],
    ["--env", "B=\udcff\udc80\n", "--env", "A=" + "x" * 100000],
], ids=["empty", "duplicates", "no variables", "odd bytes"])
def test_the_environment_is_the_same_byte_for_byte_and_in_order(room, mode, launcher):
    bare, under = compare(room, mode, launcher)
    assert under == bare
    assert sum(line.startswith("environment") for line in under) == launcher.count("--env")


@every_mode
def test_everything_else_that_is_inherited_passes_through(room, mode):
    def unusual():
        os.umask(0o137)
        os.chdir("/usr/lib")
        os.nice(3)
        resource.setrlimit(resource.RLIMIT_CORE, (1000, 20000))
        resource.setrlimit(resource.RLIMIT_STACK, (1 << 20, 1 << 22))
        resource.setrlimit(resource.RLIMIT_NOFILE, (50, 70))
        with open("/proc/self/oom_score_adj", "w") as adjustment:
            adjustment.write("77")

    bare, under = compare(room, mode, preexec_fn=unusual)
    assert under == bare
    for line in ("cwd: /usr/lib", "77", "Umask:\t0137"):
        assert line in under


def test_ten_thousand_arguments_pass_through(room):
    arguments = [f"argument-{i}" for i in range(10000)] + ["", "-v", "--", "ä\n"]
    bare, under = compare(room, "root", arguments=arguments)
    assert under == bare
    assert sum(line.startswith("argument ") for line in under) == len(arguments)


def test_environment_and_arguments_as_large_as_the_kernel_allows_pass_through(onit):
    argument = "x" * 131071  # MAX_ARG_STRLEN with its NUL, execve(2)
    result = onit.run("--", "/bin/echo", argument)
    assert result.stdout == argument + "\n"


# In the other modes unshare(1) holds the descriptors, too.
where_nobody_else_holds_them = pytest.mark.parametrize("mode", ["root", "user"])


@where_nobody_else_holds_them
def test_the_reader_sees_the_end_of_stdout_as_soon_as_the_command_has_closed_it(onit, mode):
    running = onit.start(SHELL, "-c", "exec >&-; read x; exit 4", mode=mode)
    assert running.rest() == []
    running.end_input()
    assert running.wait() == 4


@where_nobody_else_holds_them
def test_a_writer_notices_that_the_command_has_closed_stdin(onit, mode):
    running = onit.start(SHELL, "-c", "exec <&-; echo closed; sleep 1000", mode=mode)
    assert running.line() == "closed"

    def refused():
        try:
            running.process.stdin.write(b"x")
            running.process.stdin.flush()
        except BrokenPipeError:
            return True
        return False

    until(refused, "the pipe is broken")
    running.process.stdin = None


@every_mode
def test_onit_holds_no_inherited_descriptor_but_stderr(onit, mode):
    inherited, ours = os.pipe()
    running = onit.start(SHELL, "-c", "echo ready; read x", mode=mode, pass_fds=[ours])
    assert running.line() == "ready"
    pid = running.onit
    kept = {"socket", "anon_inode"}  # what a failed start is told through, and the command's pidfd

    def others():
        try:
            links = {fd: os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
        except FileNotFoundError:
            return ["one that was just closed"]
        return [fd for fd, link in links.items() if fd != "2" and link.split(":")[0] not in kept]

    until(lambda: not others(), "all are closed but stderr and onit's own two")
    assert len(os.listdir(f"/proc/{pid}/fd")) <= 3
    assert os.readlink(f"/proc/{pid}/fd/2") == f"pipe:[{os.fstat(running.process.stderr.fileno()).st_ino}]"
    os.close(inherited)
    os.close(ours)


@every_mode
def test_the_command_can_itself_wait_for_its_children_when_SIGCHLD_was_not_ignored(onit, mode):
    assert onit.run(SHELL, "-c", "(exit 5) & wait $!", mode=mode).returncode == 5


@pytest.mark.parametrize("prefix", [[], ["setsid"], ["nohup"], ["env", "-i"], ["setsid", "nohup"]], ids=" ".join)
def test_the_exit_code_passes_through_however_onit_is_started(prefix):
    for code in (0, 1, 77, 125, 126, 127, 128, 255):
        result = subprocess.run([*prefix, ONIT, SHELL, "-c", f"exit {code}"], stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=TIMEOUT_S, check=False)
        assert result.returncode == code
        assert result.stderr in (b"", b"nohup: ignoring input\n")


def test_a_command_that_ignores_HUP_survives_it(onit):
    running = onit.start(helper("launch_with"), "--ignore", "1", "--", SHELL, "-c", "echo ready; read x; exit 6")
    assert running.line() == "ready"
    running.signal(signal.SIGHUP)
    running.end_input()
    assert running.wait() == 6


@pytest.mark.parametrize("prefix", [[], UNPRIVILEGED], ids=["root", "user"])
def test_the_name_that_onit_is_called_by_does_not_matter(prefix):
    for name in ("", "-", "--help", "/sbin/init", "x" * 1000):
        result = subprocess.run([*prefix, helper("launch_with"), "--argv0", name, "--", ONIT, SHELL, "-c", "exit 3"],
                                timeout=TIMEOUT_S, check=False, stdin=subprocess.DEVNULL)
        assert result.returncode == 3, name


def test_pdeathsig_ends_onit_and_its_command_when_the_parent_dies(onit):
    script = f"exec 3<&0; {ONIT} --pdeathsig TERM {helper('family')} --obey <&3 & echo $!; wait"
    parent = subprocess.Popen([SHELL, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    told = {parent.stdout.readline() for _ in range(2)}  # in whatever order
    assert "main ready\n" in told
    pid = int((told - {"main ready\n"}).pop())
    parent.kill()
    assert parent.stdout.read() == "main got 15\n"  # up to the end of both
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 143
    parent.communicate()
