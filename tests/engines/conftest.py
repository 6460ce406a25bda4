"""Starts each engine once, gives it the images that the tests run, and removes the containers after each test."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "pty")]  # the latter for terminal.py

from engines import DOCKER, ONIT, ROOT, Docker, Podman, missing, own_directory  # noqa: E402

# Says which signal came, once for each. `sleep` is of the same group and dies of it; the next one takes its place.
LISTENER = """#!/bin/busybox sh
for number in 1 2 10 12 15 28 37 64; do trap "echo got $number" $number; done
echo ready
while :; do sleep 1000 & wait; done
"""

# Ends with code $1 at TERM, or at $2, as a server does that closes its files. Its child is there before the trap: one
# that came later would have it until its exec, and lose a signal that comes in between.
STOPPER = """#!/bin/busybox sh
sleep 1000 &
trap "echo stopping; exit $1" ${2:-TERM}
echo ready
wait
"""

# Leaves a process behind that has a session of its own and onit as its parent. Ends when that listens, with code 3.
LEAVER = """#!/bin/busybox sh
mkfifo /tmp/up
setsid sh -c 'sleep 1000 & trap "echo left process got TERM; exit" TERM; echo >/tmp/up; wait' &
read -r _ </tmp/up
exit 3
"""

# $1 orphans, all dead at the end of it, and who adopts them has not waited for them before.
ORPHANS = """#!/bin/busybox sh
n=0
while [ $n -lt $1 ]; do sh -c 'true & exec true'; n=$((n + 1)); done
"""


def make_rootfs(directory):
    """busybox, onit and a few scripts: what most tests run."""
    for name in ("bin", "etc", "tmp", "proc", "dev", "run", "home/app"):
        (directory / name).mkdir(parents=True)
    (directory / "tmp").chmod(0o1777)
    shutil.copy(shutil.which("busybox"), directory / "bin")
    shutil.copy(ONIT, directory / "bin" / "onit")
    subprocess.run([directory / "bin" / "onit", "--link", directory / "bin"], check=True)
    for applet in subprocess.check_output(["busybox", "--list"], text=True).split():
        if applet != "busybox":
            (directory / "bin" / applet).symlink_to("busybox")
    for name, text in {"listener": LISTENER, "stopper": STOPPER, "leaver": LEAVER, "orphans": ORPHANS}.items():
        (directory / "bin" / name).write_text(text)
        (directory / "bin" / name).chmod(0o755)
    (directory / "bin" / "crlf").write_bytes(b"#!/bin/sh\r\necho hello\r\n")
    (directory / "bin" / "crlf").chmod(0o755)
    (directory / "bin" / "not-executable").write_text("text")
    (directory / "etc" / "passwd").write_text(
        "root:x:0:0:root:/root:/bin/sh\napp:x:1234:2345:the application:/home/app:/bin/sh\n")
    (directory / "etc" / "group").write_text("root:x:0:\napp:x:2345:\nextra:x:3456:app\n")
    (directory / "etc" / "app.env").write_text("# settings\nexport GREETING='good morning'\nTO=\"${WHO:-world}\"\r\n")


@pytest.fixture(scope="session")
def rootfs():
    """With a copy of onit that stays the same in all of the run, whoever builds a new one meanwhile."""
    assert os.access(ONIT, os.X_OK), f"{ONIT} is not there; run make"
    directory = own_directory("image")
    make_rootfs(directory)
    yield directory
    shutil.rmtree(directory)


def needs_root(name):
    if os.geteuid() != 0:
        pytest.skip(f"SKIP: no {name} (not root)")


@pytest.fixture(scope="session")
def docker_engine(rootfs):
    if missing("dockerd", "busybox") or not os.access(DOCKER, os.X_OK):
        pytest.skip("SKIP: no docker")
    needs_root("docker")
    engine = Docker(init=rootfs / "bin" / "onit")
    try:
        engine.import_image("base", rootfs, "ENV PATH=/bin")
        yield engine
    finally:
        engine.end()


@pytest.fixture(scope="session")
def podman_engine(rootfs):
    if missing("podman", "runc", "busybox"):
        pytest.skip("SKIP: no podman")
    needs_root("podman")
    engine = Podman(init=rootfs / "bin" / "onit", helpers=rootfs / "bin")
    try:
        engine.import_image("base", rootfs, "ENV PATH=/bin")
        yield engine
    finally:
        engine.end()


@pytest.fixture
def docker(docker_engine):
    yield docker_engine
    docker_engine.remove_containers()


@pytest.fixture
def podman(podman_engine):
    yield podman_engine
    podman_engine.remove_containers()
    podman_engine.remove_pods()


@pytest.fixture(params=["docker", "podman"])
def engine(request):
    return request.getfixturevalue(request.param)


class Onit:
    """onit as first process of a container: as its command, or as the engine's own --init."""

    def __init__(self, engine, as_init, options=()):
        self.engine = engine
        self.as_init = as_init
        self.options = options

    def with_options(self, *options):
        """The same with more options of the engine."""
        return Onit(self.engine, self.as_init, (*self.options, *options))

    def _arguments(self, command):
        return (("--init", *self.options), command) if self.as_init else (self.options, ("onit", *command))

    def start(self, *command):
        options, command = self._arguments(command)
        return self.engine.start("base", *command, options=options)

    def run(self, *command):
        options, command = self._arguments(command)
        return self.engine.run("base", *command, options=options)


@pytest.fixture(params=["as the command", "as --init"])
def onit(engine, request):
    return Onit(engine, request.param == "as --init")


@pytest.fixture
def room():
    """A directory that can be mounted into a container and used there by everybody."""
    directory = own_directory("room")
    directory.chmod(0o777)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def example_directory(rootfs):
    """Lays out an example, as its README says to, in a copy: the tree is not for writing."""
    made = {}
    room = own_directory("examples")

    def make(name):
        if name not in made:
            directory = room / name
            shutil.copytree(ROOT / "examples" / name, directory, ignore=shutil.ignore_patterns("rootfs"))
            # The binary that is tested may be another than the tree's.
            done = subprocess.run([directory / "make-rootfs", rootfs / "bin" / "onit"], capture_output=True, text=True,
                                  check=False)
            assert done.returncode == 0, done.stdout + done.stderr
            made[name] = directory
        return made[name]

    yield make
    shutil.rmtree(room)


@pytest.fixture(scope="session")
def example(docker_engine, example_directory):
    """Makes the image of an example for Docker."""
    made = {}

    def make(name):
        if name not in made:
            docker_engine.build(f"example-{name}", example_directory(name))
            made[name] = f"example-{name}"
        return made[name]

    return make
