"""Services run wherever a program can: without privileges, without a writable directory, behind another init.

One story is told everywhere: three services start, one of them crashes and is started again, and all are stopped.
"""

import os
import shutil
import signal
import subprocess

import pytest

from harness import MODES, ONIT, NAMESPACE, descendants, every_mode, helper, name_of, program_of, until

TERM = int(signal.SIGTERM)


DAEMON = "daemon,session,orphan"


def file_of_services(family, init, daemon=DAEMON):
    def service(name, *more):
        members = [daemon] if name == "web" and daemon else []
        words = [family, "--as", name, "--stay", "--obey", *members]
        return "\n".join([f"[services.{name}]", f"command = {words!r}", 'restart = "on-failure"',
                          'restart_delay = "1ms"', *more, ""])

    return "\n".join([f"[init]\n{init}", '[log]\nformat = "raw"',
                      service("db", 'ready = { log = "^db ready$$" }'), service("web", 'depends_on = ["db"]'),
                      service("worker", 'stop_signal = "INT"')])


def tell_the_story(running, messages, stop=None, with_daemon=True):
    """Reads stdout: there may be nothing to write to."""
    def lines_until(*awaited):
        missing, found = list(awaited), []
        while missing:
            try:
                found.append(running.line())
            except AssertionError as error:
                raise AssertionError(f"{error}; awaited: {missing}; onit: {messages.read_text()}") from error
            if found[-1] in missing:
                missing.remove(found[-1])
        return found

    daemon = ["daemon"] if with_daemon else []
    first = lines_until("db ready", *(f"{name} ready" for name in daemon), "web ready", "worker ready")
    assert first.index("db ready") < first.index("web ready")
    os.kill([pid for pid in descendants(running.onit) if name_of(pid) == "worker"][0], signal.SIGKILL)
    lines_until("worker ready")
    os.kill(stop or running.onit, signal.SIGTERM)
    assert running.wait() == 0
    assert sorted(line for line in running.rest() if "got" in line and not line.endswith(" 17")) == [
        *(f"{name} got {TERM}" for name in daemon), f"db got {TERM}", f"web got {TERM}",
        f"worker got {int(signal.SIGINT)}"]
    told = messages.read_text()
    assert 0 < told.find("service 'worker' was killed by SIGKILL") < told.find("service 'worker' is started again")
    assert 0 < told.find("service 'web' has stopped") < told.find("service 'db' is asked to end by SIGTERM")
    # The harness finds whoever is left.


@pytest.fixture
def story(onit, room):
    def run(*through, mode="root", init='control = ""', stop=None, **options):
        (room / "onit.toml").write_text(file_of_services(helper("family"), init))
        with (room / "messages").open("wb") as messages:
            running = onit.start("-v", "-f", room / "onit.toml", mode=mode, through=through, stderr=messages, **options)
        tell_the_story(running, room / "messages", stop(running) if stop else None)

    return run


# --- Privileges -----------------------------------------------------------------------------------------------------


@every_mode
def test_services_run_as_whoever_starts_onit_and_as_PID_1_or_not(story, mode):
    story(mode=mode)


@every_mode
def test_services_run_when_no_privileges_can_be_gained(story, mode):
    story("setpriv", "--no-new-privs", mode=mode)


@pytest.mark.parametrize("mode", ["root", "root-pid1", "user-pid1"])
def test_services_run_without_any_capability(story, mode):
    story("setpriv", "--bounding-set=-all", "--inh-caps=-all", mode=mode)


@every_mode
def test_services_run_without_an_environment(story, mode):
    story("env", "-i", mode=mode)


@every_mode
def test_services_run_with_few_descriptors(story, mode):
    story("sh", "-c", 'ulimit -n 64; exec "$@"', "sh", mode=mode)


@every_mode
def test_services_run_without_stdin(story, mode):
    story("sh", "-c", 'exec "$@" <&-', "sh", mode=mode)


# --- File systems ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["root", "root-pid1"])
def test_services_run_when_nothing_can_be_written(story, mode):
    read_only = 'mount -o remount,bind,ro / && mount -t tmpfs -o ro none /run && ! touch /x 2>/dev/null && exec "$@"'
    story("unshare", "--mount", "sh", "-c", read_only, "sh", mode=mode, init="")


def add_with_libraries(root, program, path):
    """Copies a program into a file system, with what it is linked to."""
    shutil.copy(program, root / path)
    linked = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    for word in linked.split():
        if word.startswith("/"):
            there = root / word.lstrip("/")
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(word, there)


@pytest.fixture
def image(room):
    """The file system of a container with two programs and nothing else: no shell, no /tmp, no /run, no /etc/passwd."""
    root = room / "root"
    for name in ("", "dev", "proc", "etc"):
        (root / name).mkdir()
    os.mknod(root / "dev" / "null", 0o666 | 0o020000, os.makedev(1, 3))
    (root / "dev" / "null").chmod(0o666)
    add_with_libraries(root, ONIT, "onit")
    add_with_libraries(root, helper("family"), "family")
    return root


@pytest.mark.parametrize("proc", ["with", "without"])
@pytest.mark.parametrize("who", ["0:0", "1000:1000"], ids=["root", "user"])
@pytest.mark.parametrize("pid_1", [True, False], ids=["PID 1", "not PID 1"])
def test_services_run_in_an_image_that_is_empty_and_read_only(onit, room, image, pid_1, who, proc):
    """The file is where onit looks for it, and what it does not say is as it is by default."""
    # Without /proc, who is not PID 1 cannot know of a daemon that has left everything behind.
    can_see = pid_1 or proc == "with"
    (image / "etc" / "onit.toml").write_text(file_of_services("/family", "", DAEMON if can_see else None))
    steps = [f"mount --bind {image} {image}", f"mount -o remount,bind,ro {image}"]
    if proc == "with":
        steps.append(f"mount -t proc none {image}/proc")
    steps.append(f'shift; exec chroot --userspec={who} --groups= {image} /onit "$@"')
    through = [*(NAMESPACE if pid_1 else ["unshare"]), "--mount", "sh", "-c", " && ".join(steps), "sh"]
    with (room / "messages").open("wb") as messages:
        running = onit.start("-v", through=through, program=image / "onit", stderr=messages, env={})
    tell_the_story(running, room / "messages", with_daemon=can_see)


# --- Other inits ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_services_run_behind_another_init_as_docker_run_with_init_has_it(story, mode):
    """The signal comes from that one, which has nobody else."""
    def init_above(running):
        here = os.path.realpath(shutil.which("tini"))

        def find():
            return [pid for pid in [running.process.pid, *descendants(running.process.pid)] if program_of(pid) == here]

        return until(find, "tini runs")[0]

    story("tini", "-s", "--", mode=mode, stop=init_above)


@every_mode
def test_services_run_behind_an_onit_that_runs_one_command(story, mode):
    story(ONIT, "--", mode=mode)
