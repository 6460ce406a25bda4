"""Images that were made for tini, dumb-init or catatonit, with those and with onit behind their names."""

import dataclasses
import re
import shutil
import subprocess

import pytest

from engines import ONIT, died_of, missing, own_directory, wait_until


@dataclasses.dataclass
class Peer:
    program: str  # what the distribution calls it
    entrypoint: list
    not_found: int  # its exit code if there is no such command
    version: str  # what it says of itself, on stdout and stderr together
    version_on_stderr: bool = False

    @property
    def path(self):
        return self.entrypoint[0]


PEERS = {
    "tini": Peer("tini-static", ["/usr/bin/tini", "-g", "--"], 127, r"tini version 0\.19\.0( - git\.\w+)?\n"),
    "dumb-init": Peer("dumb-init", ["/usr/bin/dumb-init", "--"], 2, r"dumb-init v1\.2\.5( .*)?\n", True),
    "catatonit": Peer("catatonit", ["/usr/bin/catatonit", "-g", "--"], 1, r"tini version [\d.]+_catatonit\n"),
}


def copy_with_libraries(program, root, path):
    """A program, and what it is linked with if it is not static."""
    (root / path).parent.mkdir(parents=True)
    shutil.copy(program, root / path)
    linked = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    for library in re.findall(r"/\S+", linked):
        (root / library[1:]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, root / library[1:])


@pytest.fixture(scope="session")
def images(docker_engine):
    """Makes the image of a peer, with what is behind its name being the peer itself, or onit."""
    made = {}
    room = own_directory("stand-ins")

    def make(name, binary):
        if (name, binary) not in made:
            peer = PEERS[name]
            program = shutil.which(peer.program) if binary == "itself" else ONIT
            directory = room / f"{name}-{binary}"
            copy_with_libraries(program, directory / "rootfs", peer.path[1:])
            entrypoint = ", ".join(f'"{word}"' for word in peer.entrypoint)
            (directory / "Dockerfile").write_text(f"FROM base\nCOPY rootfs/ /\nENTRYPOINT [{entrypoint}]\n")
            made[name, binary] = f"{name}-{binary}"
            docker_engine.build(made[name, binary], directory)
        return made[name, binary]

    yield make
    shutil.rmtree(room)


class Subject:
    """An image with a peer as its entrypoint, or with onit in its place."""

    def __init__(self, docker, image, peer):
        self.docker, self.image, self.peer = docker, image, peer

    def run(self, *command, options=()):
        return self.docker.run(self.image, *command, options=options)

    def start(self, *command):
        container = self.docker.start(self.image, *command)
        container.expect("ready")
        return container


@pytest.fixture(params=["itself", "onit"])
def binary(request):
    return request.param


@pytest.fixture(params=PEERS)
def subject(docker, images, request, binary):
    peer = PEERS[request.param]
    if binary == "itself" and missing(peer.program):
        pytest.skip(f"SKIP: no {peer.program}")
    return Subject(docker, images(request.param, binary), peer)


def test_the_first_process_is_what_the_image_names(subject, binary):
    container = subject.run("sh", "-c", "readlink /proc/1/exe; cmp -s /proc/1/exe /bin/onit")
    assert container.output == f"{subject.peer.path}\n"
    assert (container.exit_code == 0) == (binary == "onit")


def test_it_says_the_version_that_scripts_look_for(subject):
    container = subject.run("--version", options=[f"--entrypoint={subject.peer.path}"])
    on_stdout, on_stderr = container.texts()
    if subject.peer.version_on_stderr:
        on_stdout, on_stderr = on_stderr, on_stdout
    assert container.exit_code == 0
    assert re.fullmatch(subject.peer.version, on_stdout) and on_stderr == ""


@pytest.mark.parametrize("how, code", [("exit 0", 0), ("exit 3", 3), ("exit 255", 255), ("kill -TERM $$", 143)])
def test_the_container_ends_with_the_exit_code_of_the_command(subject, how, code):
    container = subject.run("sh", "-c", how)
    assert (container.exit_code, container.texts()) == (code, ("", ""))


def test_a_command_that_is_not_there_ends_the_container_with_the_peers_exit_code(subject):
    container = subject.run("nothing-there")
    assert container.exit_code == subject.peer.not_found
    assert container.output == "" and "No such file or directory" in container.errors


def test_a_stop_ends_the_command_its_own_way(subject):
    container = subject.start("stopper", "3")
    assert container.stop() == 3
    assert container.texts() == ("stopping\n", "")


def test_a_command_without_a_handler_dies_of_the_stop(subject):
    assert subject.start("sh", "-c", "echo ready; exec sleep 1000").stop() == died_of("TERM")


def test_a_signal_reaches_the_whole_group_of_the_command(subject):
    container = subject.start("sh", "-c", "trap 'echo main; wait; exit 6' USR1;"
                                          "sh -c 'trap \"echo other; exit\" USR1; echo ready; sleep 1000 & wait' &"
                                          "wait")
    container.kill("USR1")
    assert container.wait() == 6
    assert sorted(container.output.split()) == ["main", "other"]


def test_signals_sent_one_after_another_all_arrive(subject):
    container = subject.start("listener")
    for name, number in ("HUP", 1), ("USR1", 10), ("USR2", 12), ("WINCH", 28):
        container.kill(name)
        container.expect(f"got {number}")


def test_orphans_are_reaped_while_the_command_runs(subject):
    container = subject.start("sh", "-c", "orphans 20; echo ready; exec sleep 1000")
    wait_until(lambda: not container.zombies(), "all orphans are reaped")
    assert container.stop() == died_of("TERM")
