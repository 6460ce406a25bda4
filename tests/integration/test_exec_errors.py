"""A command that cannot be executed: 126 or 127, and a line that says why."""

import os
import shutil
import subprocess

import pytest

from harness import ONIT, TIMEOUT_S, every_mode, helper


def write(path, content, mode=0o755):
    path.write_bytes(content)
    path.chmod(mode)
    return path


def with_elf_machine(path, machine):
    content = bytearray(open("/bin/true", "rb").read())
    content[18:20] = machine.to_bytes(2, "little")  # e_machine, elf(5)
    return write(path, bytes(content))


def without_dynamic_linker(path):
    content = open("/bin/true", "rb").read()
    linker = b"/lib64/ld-linux-x86-64.so.2"
    assert linker in content
    return write(path, content.replace(linker, b"/lib64/ld-nowhere-at-all.so"))


def link_to_nothing(path):
    path.symlink_to("/no/such/target")
    return path


def directory(path):
    path.mkdir()
    return path


CASES = {
    "missing": (lambda path: path, 127, ["no such file"]),
    "in a directory that is missing": (lambda path: path / "x", 127, ["no such file"]),
    "below a file": (lambda path: write(path, b"x") / "x", 127, ["no such file"]),
    "dangling link": (link_to_nothing, 127, ["symbolic link", "not there"]),
    "directory": (directory, 126, ["directory"]),
    "no x": (lambda path: write(path, b"#!/bin/sh\n", 0o644), 126, ["not executable", "chmod +x"]),
    "CRLF": (lambda path: write(path, b"#!/bin/sh\r\necho hi\r\n"), 126, ["CRLF", "dos2unix"]),
    "no interpreter": (lambda path: write(path, b"#!/no/such/python -u\n"), 126,
                       ["interpreter", "'/no/such/python'", "not there"]),
    "no dynamic linker": (without_dynamic_linker, 126, ["dynamic linker", "'/lib64/ld-nowhere-at-all.so'"]),
    "aarch64": (lambda path: with_elf_machine(path, 183), 126, ["built for aarch64", "x86_64"]),
    "riscv": (lambda path: with_elf_machine(path, 243), 126, ["built for riscv"]),
    "unknown machine": (lambda path: with_elf_machine(path, 9999), 126, ["built for machine 9999"]),
    "empty": (lambda path: write(path, b""), 126, ["empty"]),
    "no #!": (lambda path: write(path, b"echo hi\n"), 126, ["#!"]),
    "cut short": (lambda path: write(path, open("/bin/true", "rb").read()[:100]), 126, []),
    "only #!": (lambda path: write(path, b"#!"), 126, []),
    "only #! and blanks": (lambda path: write(path, b"#!  \n"), 126, []),
    "FIFO": (lambda path: os.mkfifo(path, 0o755) or path, 126, ["not a regular file"]),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("how", ["by path", "on PATH", "relative"])
def test_the_line_says_why_it_cannot_be_executed(onit, room, case, how):
    prepare, code, words = CASES[case]
    path = prepare(room / "program")
    if how == "by path":
        result = onit.run(path)
    elif how == "relative":
        result = onit.run(f"./{os.path.relpath(path, room)}", cwd=room)
    else:
        result = onit.run("--env", f"PATH={path.parent}", path.name)
        if code == 127:
            words = ["not found on PATH", str(path.parent)]
    assert result.returncode == code, result
    assert result.stderr.startswith("onit: exec '") and result.stderr.count("\n") == 1, result.stderr
    assert "program" in result.stderr
    for word in words:
        assert word in result.stderr, result.stderr


@every_mode
def test_a_missing_command_is_127_and_a_forbidden_one_126_in_every_mode(onit, room, mode):
    assert onit.run("/no/such/thing", mode=mode).returncode == 127
    assert onit.run("--env", "PATH=/usr/bin:/bin", "no-such-thing", mode=mode).returncode == 127
    assert onit.run("/etc/passwd", mode=mode).returncode == 126


def test_a_verb_of_onitctl_that_is_no_command_is_told_to_be_one(onit, room):
    result = onit.run("--env", "PATH=/usr/bin:/bin", "check", "onit.toml", cwd=room)
    assert result.returncode == 127
    assert result.stderr == "onit: exec 'check': not found on PATH (/usr/bin:/bin); did you mean 'onitctl check'?\n"
    assert "onitctl" not in onit.run("--env", "PATH=/usr/bin:/bin", "checks", cwd=room).stderr
    program = room / "check"
    program.write_text("#!/bin/sh\necho it runs\n")
    program.chmod(0o755)
    assert onit.run("--env", f"PATH={room}", "check").stdout == "it runs\n"
    assert "onitctl" not in onit.run("--env", "PATH=/usr/bin:/bin", "check", cwd=room).stderr


@pytest.mark.parametrize("command, hint", [
    (["sleep 5"], "; it is one word, and no shell takes it apart: write 'sh -c' in front of it, or each word by itself"),
    (["/bin/echo hi && date"], "; it is one word, and no shell takes it apart: write 'sh -c' in front of it, or each "
                               "word by itself"),
    (["A=1", "date"], "; to set a variable, write 'env' in front of it"),
    (["A=1 date"], "; to set a variable, write 'env' in front of it"),
    (["no such", "thing"], ""), (["=1"], ""), (["./a=1"], "")])
def test_a_shell_s_syntax_is_told_to_be_none(onit, command, hint):
    result = onit.run("--env", "PATH=/usr/bin:/bin", *command)
    found = "no such file" if "/" in command[0] else "not found on PATH (/usr/bin:/bin)"
    assert (result.returncode, result.stderr) == (127, f"onit: exec '{command[0]}': {found}{hint}\n")


def test_a_command_without_name_is_not_found_as_in_a_shell(onit):
    result = onit.run("--", "")
    assert (result.returncode, result.stderr.count("\n")) == (127, 1), result


def test_a_directory_on_PATH_that_may_not_be_searched_does_not_make_a_missing_command_a_forbidden_one(onit, room):
    (room / "closed").mkdir(mode=0o700)
    result = onit.run("--env", f"PATH={room}/closed:/bin", "no-such-thing", mode="user")
    assert result.returncode == 127, result


def test_what_another_user_may_not_reach_is_126_and_says_who(onit, room):
    (room / "closed").mkdir()
    write(room / "closed" / "program", b"#!/bin/sh\n")
    (room / "closed").chmod(0o700)
    write(room / "mine", b"#!/bin/sh\n", 0o700)
    for path in (room / "closed" / "program", room / "mine"):
        for arguments, mode in ([[path], "user"], [["--user", "1000:1000", path], "root"]):
            result = onit.run(*arguments, mode=mode)
            assert result.returncode == 126, result
            assert str(path) in result.stderr and "ermission denied" in result.stderr, result.stderr
    assert "user 1000" in onit.run("--user", "1000:1000", room / "mine").stderr


def test_a_file_system_without_exec_is_named(room):
    script = (f"mount -t tmpfs -o noexec none {room} && cp /bin/true {room}/program && {ONIT} {room}/program")
    result = subprocess.run(["unshare", "--mount", "sh", "-c", script], capture_output=True, text=True,
                            timeout=TIMEOUT_S, check=False)
    assert result.returncode == 126
    assert "noexec" in result.stderr


def test_PATH_is_the_one_that_the_command_gets(onit, room):
    for name in ("a", "b"):
        (room / name).mkdir()
        write(room / name / "program", f"#!/bin/sh\necho {name}\n".encode())
    path = {**os.environ, "PATH": f"{room}/a:/usr/bin:/bin"}
    assert onit.run("program", env=path).stdout == "a\n"
    assert onit.run("--env", f"PATH={room}/b", "program", env=path).stdout == "b\n"
    (room / "file").write_text(f"PATH={room}/b\n")
    assert onit.run("--env-file", room / "file", "program", env=path).stdout == "b\n"
    assert onit.run("--env", f"PATH=/nowhere:{room}/a:{room}/b", "program", env=path).stdout == "a\n"


def test_an_element_of_PATH_that_cannot_be_executed_is_passed_over_and_told_at_the_end(onit, room):
    for name in ("a", "b"):
        (room / name).mkdir()
    write(room / "a" / "program", b"#!/bin/sh\n", 0o644)
    only_a = onit.run("--env", f"PATH={room}/a:{room}/b:/nowhere", "program")
    assert only_a.returncode == 126
    assert f"exec '{room}/a/program': it is not executable" in only_a.stderr
    write(room / "b" / "program", b"#!/bin/sh\necho b\n")
    assert onit.run("--env", f"PATH={room}/a:{room}/b", "program").stdout == "b\n"


def test_an_empty_element_of_PATH_is_the_working_directory(onit, room):
    write(room / "program", b"#!/bin/sh\necho here\n")
    for path in ("", ":/nowhere", "/nowhere:", "/nowhere::/none"):
        assert onit.run("--env", f"PATH={path}", "program", cwd=room).stdout == "here\n", path
        assert onit.run("--env", f"PATH={path}", "--chdir", room, "program").stdout == "here\n", path


def test_without_PATH_the_usual_directories_are_searched():
    result = subprocess.run([helper("launch_with"), "--no-env", "--", ONIT, "sh", "-c", "echo found"], capture_output=True,
                            text=True, timeout=TIMEOUT_S, check=False)
    assert result.stdout == "found\n"


def test_a_path_longer_than_the_kernel_allows_is_no_crash(onit):
    assert onit.run("/" + "x" * 5000).returncode == 126
    assert onit.run("x" * 5000).returncode == 127
    assert onit.run("--env", "PATH=/" + "y" * 5000 + ":/bin", "true").returncode == 0


def test_an_environment_that_is_too_large_says_so(onit, room):
    (room / "file").write_text("".join(f"V{i}={'x' * 100000}\n" for i in range(20)))
    result = onit.run("--ulimit", "stack=4194304", "--env-file", room / "file", "/bin/true")
    assert result.returncode == 126
    assert "Argument list too long" in result.stderr


def test_a_program_that_is_being_written_says_so(onit, room):
    shutil.copy("/bin/true", room / "program")
    with open(room / "program", "r+b"):
        try:
            subprocess.run([room / "program"], check=True, timeout=TIMEOUT_S)
            forbidden = False  # Linux 6.11 and 6.12 have no objection
        except OSError:
            forbidden = True
        result = onit.run(room / "program")
    assert (result.returncode, "busy" in result.stderr) == ((126, True) if forbidden else (0, False))


@every_mode
def test_a_command_that_cannot_be_executed_leaves_no_process(onit, mode):
    running = onit.start("/no/such/thing", mode=mode)
    assert running.wait() == 127
    assert running.errors().count("\n") == 1
