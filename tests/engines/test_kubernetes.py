"""The example of a Deployment, played by Podman: a container with onit as itself, and one with it in tini's place."""

import json
import time

import pytest

from engines import died_of, processes_of, promptly, wait_until

SERVER, CLOCK = "web-pod-0-server", "web-pod-0-clock"
DRAIN_S = 1  # as the manifest says


@pytest.fixture(scope="session")
def manifest(podman_engine, example_directory):
    """With the images that it names, made as the README says to."""
    directory = example_directory("kubernetes")
    for target in "web", "clock":
        podman_engine.build(f"localhost/{target}:1", directory, f"--target={target}")
    return directory / "web.yaml"


@pytest.fixture(scope="module")
def player(podman_engine):
    yield podman_engine
    podman_engine.remove_pods()


@pytest.fixture
def web(player, manifest):
    """Podman with a pod that tests look at and talk to, one after the other; none does anything to it that lasts."""
    if not player.pods:
        player.play(manifest)
    return player


@pytest.fixture
def pod(player, manifest):
    """A pod of the test's own. There is but one at a time, for the manifest names it."""
    player.remove_pods()
    yield player.play(manifest)
    player.remove_pods()


def children(podman, container, pid):
    """Those that are alive. Who was put in by exec is nobody's child here."""
    listed = podman.get("exec", container, "busybox", "ps", "-o", "pid,ppid,stat,comm")
    return [child for child, parent, state, _ in processes_of(listed) if parent == pid and not state.startswith("Z")]


def command_of(podman, container):
    (command,) = wait_until(lambda: children(podman, container, 1), "the command runs")
    return command


def of_proc(podman, container, pid, file):
    return podman.get("exec", container, "busybox", "cat", f"/proc/{pid}/{file}")


def environment(podman, container, pid):
    return dict(entry.split("=", 1) for entry in of_proc(podman, container, pid, "environ").split("\0") if entry)


def served(podman):
    return podman.call("exec", SERVER, "wget", "-q", "-O", "-", "http://127.0.0.1:8080/").stdout


def state(podman, container, what):
    return json.loads(podman.get("inspect", f"--format={{{{json .State.{what}}}}}", container))


@pytest.mark.parametrize("container, first", [(SERVER, "/bin/onit\0--map-exit\0"), (CLOCK, "/tini\0--\0")],
                         ids=["onit", "tini"])
def test_each_container_has_onit_first_and_the_settings_of_the_config_map(web, container, first):
    assert of_proc(web, container, 1, "cmdline").startswith(first)
    settings = environment(web, container, command_of(web, container))
    assert (settings["PORT"], settings["INTERVAL"]) == ("8080", "1")
    assert "ONIT_OPTIONS" not in settings


def test_the_server_serves_what_the_config_map_holds(web):
    wait_until(lambda: served(web) == "it works", "it serves")
    assert web.get("exec", SERVER, "busybox", "cat", "/srv/index.html") == "it works"


@pytest.mark.parametrize("container", [SERVER, CLOCK])
def test_the_security_context_is_in_force(web, container):
    for pid in 1, command_of(web, container):
        status = dict(line.split(":", 1) for line in of_proc(web, container, pid, "status").splitlines())
        assert status["Uid"].split() == status["Gid"].split() == ["1000"] * 4
        assert {status[name].strip() for name in ("CapPrm", "CapEff", "CapBnd")} == {"0000000000000000"}
        assert status["NoNewPrivs"].strip() == "1"
    assert "Read-only file system" in web.call("exec", container, "sh", "-c", "echo >/x").stderr


def probe(podman, container):
    """Runs the liveness probe, as systemd would where there is one."""
    return podman.call("healthcheck", "run", container).returncode


@pytest.mark.parametrize("container", [SERVER, CLOCK])
def test_the_liveness_probe_runs_and_succeeds(web, container):
    wait_until(lambda: probe(web, container) == 0, "the probe succeeds")
    assert state(web, container, "Health.Log")[-1]["ExitCode"] == 0
    assert state(web, container, "Health.Status") == "healthy"


def test_the_liveness_probe_notices_a_clock_that_stands_still(web):
    wait_until(lambda: probe(web, CLOCK) == 0, "the probe succeeds")
    command = command_of(web, CLOCK)
    web.get("exec", CLOCK, "sh", "-c", f"kill -STOP {command}")
    # What it had begun may still end.
    wait_until(lambda: not children(web, CLOCK, command), "its last process is through")
    web.get("exec", CLOCK, "busybox", "rm", "/tmp/now")
    assert probe(web, CLOCK) == 1
    web.get("exec", CLOCK, "sh", "-c", f"kill -CONT {command}")
    wait_until(lambda: probe(web, CLOCK) == 0, "the probe succeeds again")


def test_a_container_whose_command_was_killed_is_restarted(player, pod):
    # Whether the exec comes to its end before the container does is not told.
    player.call("exec", CLOCK, "sh", "-c", f"kill -KILL {command_of(player, CLOCK)}")
    wait_until(lambda: json.loads(player.get("inspect", "--format={{json .RestartCount}}", CLOCK)) == 1
               and state(player, CLOCK, "Running"), "it runs again")
    wait_until(lambda: probe(player, CLOCK) == 0, "the probe succeeds")


def test_a_pod_is_drained_and_stopped_and_taken_down(player, pod, manifest):
    # Podman 4.3 sends nothing but KILL with `kube down` alone.
    start = time.monotonic()
    with promptly(lambda: "the stop of the pod"):
        stopped = player.call("pod", "stop", pod)
    assert time.monotonic() - start >= DRAIN_S
    assert (stopped.returncode, stopped.stderr) == (0, "")
    assert (state(player, SERVER, "ExitCode"), state(player, CLOCK, "ExitCode")) == (0, died_of("TERM"))
    player.get("kube", "down", manifest)
    assert player.get("ps", "--all", "--quiet") == player.get("pod", "ls", "--quiet") == ""
