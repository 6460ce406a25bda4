"""onit as the pause process of Podman's pods: the first process of the pod, under the name of catatonit."""

import pytest

from engines import died_of, promptly, wait_until


@pytest.fixture
def pod(podman):
    """A pod whose containers see each other, and the pause process as their first."""
    return podman.create_pod("--share=pid,ipc")


def start(podman, pod, *command, options=()):
    return podman.start("base", *command, options=(f"--pod={pod}", *options))


def pause_of(podman, pod):
    return podman.get("pod", "inspect", "--format={{.InfraContainerID}}", pod)


def stop(podman, pod):
    """`podman pod stop`: what it wrote on stderr."""
    with promptly(lambda: "the stop of the pod"):
        done = podman.call("pod", "stop", "--time=50", pod)
    assert done.returncode == 0, done.stderr
    return done.stderr


def exit_code(podman, container):
    return int(podman.get("inspect", "--format={{.State.ExitCode}}", container))


def test_the_pause_process_of_a_pod_is_onit(podman, pod):
    container = start(podman, pod, "sh", "-c", "echo ready; exec sleep 1000")
    container.expect("ready")
    container.exec("cmp", "/proc/1/exe", "/bin/onit")
    assert container.exec("sh", "-c", "tr '\\0' ' ' </proc/1/cmdline") == "/catatonit -P"
    (first,) = [each for each in container.processes() if each[0] == 1]
    assert first == (1, 0, "S", "catatonit")


def test_the_pause_process_reaps_the_orphans_of_all_containers(podman, pod):
    containers = [start(podman, pod, "sh", "-c", "orphans 40; echo done; exec sleep 1000") for _ in range(2)]
    for container in containers:
        container.expect("done")
    containers[0].exec("orphans", "40")
    wait_until(lambda: sorted(name for *_, name in containers[0].processes()) == ["catatonit", "sleep", "sleep"],
               "all orphans are reaped")


def test_an_orphan_that_lives_on_becomes_a_child_of_the_pause_process(podman, pod):
    container = start(podman, pod, "sh", "-c", "sh -c 'setsid sleep 1000 &'; echo ready; exec sleep 2000")
    container.expect("ready")

    def orphans():
        return [pid for pid, parent, _, name in container.processes() if parent == 1 and name == "sleep"]

    (orphan,) = wait_until(orphans, "the orphan sleeps")
    container.exec("kill", orphan)
    wait_until(lambda: orphan not in [pid for pid, *_ in container.processes()], "it is reaped")


@pytest.mark.parametrize("name", ["TERM", "INT"])
def test_the_pause_process_takes_notice_of_a_request_to_end_only(podman, pod, name):
    container = start(podman, pod, "sh", "-c", "echo ready; exec sleep 1000")
    container.expect("ready")
    pause = pause_of(podman, pod)
    for other in "HUP", "QUIT", "USR1", "WINCH", "37":
        podman.get("kill", f"--signal={other}", pause)
    container.exec("orphans", "5")
    wait_until(lambda: not container.zombies(), "it reaps still")
    podman.get("kill", f"--signal={name}", pause)
    assert container.wait() == died_of("KILL"), "the kernel ends a pid namespace with its first process"
    assert podman.get("wait", pause) == "0"


def test_a_pod_ends_at_once_when_it_is_stopped(podman, pod):
    container = start(podman, pod, "stopper", "0")
    container.expect("ready")
    assert "SIGKILL" not in stop(podman, pod)
    assert exit_code(podman, pause_of(podman, pod)) == 0
    # Podman stops the containers of a pod side by side, and the pause process waits for this one.
    assert container.wait() == 0


def test_containers_that_share_no_processes_have_onit_each_and_end_their_own_way(podman):
    pod = podman.create_pod("--share=ipc")
    plain = start(podman, pod, "onit", "stopper", "3")
    under_init = start(podman, pod, "stopper", "4", options=["--init"])
    for container, first in (plain, "onit"), (under_init, "podman-init"):
        container.expect("ready")
        assert [each[3] for each in container.processes() if each[0] == 1] == [first]
        container.exec("orphans", "10")
        wait_until(lambda: not container.zombies(), "all orphans are reaped")
    assert "SIGKILL" not in stop(podman, pod)
    assert (plain.wait(), under_init.wait(), exit_code(podman, pause_of(podman, pod))) == (3, 4, 0)
    assert (plain.output, under_init.output) == ("stopping\n", "stopping\n")


def test_a_pod_is_started_again_with_its_pause_process(podman, pod):
    container = start(podman, pod, "sh", "-c", "echo ready; exec sleep 1000")
    container.expect("ready")
    podman.get("pod", "restart", pod)
    container.exec("orphans", "5")
    wait_until(lambda: not container.zombies(), "it reaps again")
    assert container.exec("sh", "-c", "tr '\\0' ' ' </proc/1/cmdline") == "/catatonit -P"
