"""The release binary for 64-bit ARM, run under qemu-user: what depends on the architecture (numbers of system calls,
layouts of structures, the musl build) works there too. qemu hands an execve of a native program to the kernel, so the
commands are this machine's own. qemu-user knows no subreapers, so it runs as PID 1."""

import json
import os
import pathlib
import signal
import subprocess

ONIT = os.environ.get("ONIT_AARCH64", str(pathlib.Path(__file__).resolve().parents[2] / "build" / "onit-aarch64"))
QEMU = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "qemu-aarch64-static", ONIT]
LIMIT = 60


def run(*arguments, **options):
    return subprocess.run([*QEMU, *arguments], capture_output=True, text=True, timeout=LIMIT, **options)


def signalled(number, *arguments):
    """Starts it, waits until the command says that it is up, and sends a signal to PID 1 from outside."""
    process = subprocess.Popen([*QEMU, *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "up\n"
    children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(children[0]), number)
    return process.wait(LIMIT)


def test_it_is_a_static_binary_for_aarch64():
    header = pathlib.Path(ONIT).read_bytes()[:20]
    assert header[:4] == b"\x7fELF" and int.from_bytes(header[18:20], "little") == 183


def test_it_exits_with_the_commands_status():
    assert run("sh", "-c", "exit 7").returncode == 7
    assert run("sh", "-c", "kill -KILL $$").returncode == 137


def test_it_passes_signals_on():
    for number, expected in [(signal.SIGTERM, 11), (signal.SIGUSR1, 12), (signal.SIGHUP, 13)]:
        script = "trap 'exit 11' TERM; trap 'exit 12' USR1; trap 'exit 13' HUP; echo up; while :; do sleep 0.05; done"
        assert signalled(number, "sh", "-c", script) == expected


def test_it_stops_what_outlives_the_command_in_another_session(tmp_path):
    saved = tmp_path / "saved"
    job = f"trap 'echo yes >{saved}; exit 0' TERM; echo ready >&3; while :; do sleep 0.05; done"
    path = tmp_path / "command"
    path.write_text(f"#!/bin/sh\nmkfifo {tmp_path}/f\nsetsid sh {tmp_path}/job 3>{tmp_path}/f &\nread x <{tmp_path}/f\nexit 5\n")
    (tmp_path / "job").write_text(job + "\n")
    path.chmod(0o755)
    assert run(str(path)).returncode == 5
    assert saved.read_text() == "yes\n"


def test_it_reaps_orphans():
    script = "for i in 1 2 3 4 5 6 7 8 9 10; do sh -c 'true &'; done; exit 3"
    result = run("--exit-code", "max", "--on-exit", "wait", "sh", "-c", script)
    assert result.returncode == 3


def test_it_says_why_a_command_cannot_be_executed(tmp_path):
    script = tmp_path / "windows"
    script.write_bytes(b"#!/bin/sh\r\necho hi\r\n")
    script.chmod(0o755)
    result = run(str(script))
    assert result.returncode == 126 and "CRLF" in result.stderr
    result = run("no-such-command")
    assert result.returncode == 127 and "not found on PATH" in result.stderr


def test_its_plan_is_json():
    plan = json.loads(run("--user", "0:0", "--env", "A=b", "--clear-env", "--dry-run", "true").stdout)
    assert plan["command"] == ["true"] and plan["environment"] == {"A": "b"}
