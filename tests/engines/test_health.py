"""The example that tells each engine how its services are: Docker, Compose, a Swarm, and a pod that Podman plays. Each
sees it healthy, then unhealthy when its web server hangs, and does what it does about that."""

import json
import subprocess
import time

import pytest

from engines import wait_until

HANG = ("onitctl", "signal", "STOP", "shop")
REASON = "shop is unhealthy"


@pytest.fixture(scope="session")
def directory(docker_engine, example_directory):
    directory = example_directory("health")
    docker_engine.build("shop:1", directory)
    return directory


def health(engine, container):
    """(status, what the last checks said)"""
    state = json.loads(engine.get("inspect", "--format={{json .State.Health}}", container))
    return state["Status"], [entry["Output"] for entry in state["Log"] or ()]


def wait_for(engine, container, status):
    wait_until(lambda: health(engine, container)[0] == status, f"{container} is {status}")


# --- Docker ---------------------------------------------------------------------------------------------------


def test_docker_sees_a_container_become_healthy_and_unhealthy_and_says_why(docker, directory):
    container = docker.start("shop:1")
    container.wait_running()
    wait_for(docker, container.name, "healthy")
    assert "shop" in container.exec("onitctl", "status")
    container.exec(*HANG)
    wait_for(docker, container.name, "unhealthy")
    assert REASON in health(docker, container.name)[1][-1]
    container.exec("onitctl", "signal", "CONT", "shop")
    wait_for(docker, container.name, "healthy")
    assert container.stop() == 0


# --- Compose --------------------------------------------------------------------------------------------------


@pytest.fixture
def compose(docker, directory):
    """docker-compose on the example's file."""
    address = docker.argv[docker.argv.index("-H") + 1]

    def call(*arguments):
        return subprocess.run(["docker-compose", "--file", directory / "compose.yaml", "--project-name", "health",
                               *arguments], env=docker.environment | {"DOCKER_HOST": address}, capture_output=True,
                              text=True, timeout=60, check=False)

    yield call
    call("down", "--timeout=1")


def test_compose_starts_a_container_when_the_one_that_it_depends_on_is_healthy(docker, compose):
    start = time.time()
    done = compose("up", "--detach")
    assert done.returncode == 0, done.stdout + done.stderr
    shop = compose("ps", "--quiet", "shop").stdout.strip()
    visitor = compose("ps", "--all", "--quiet", "visitor").stdout.strip()
    assert health(docker, shop)[0] == "healthy"
    assert "the shop is open" in wait_until(lambda: docker.get("logs", visitor), "the visitor has spoken")
    # Docker's own account of it, which unlike the log of the checks is not cut to the last five.
    happened = docker.get("events", f"--since={start:.6f}", f"--until={time.time():.6f}", "--format={{.Action}} {{.ID}}",
                          "--filter=event=health_status", "--filter=event=start").splitlines()
    assert happened.index(f"health_status: healthy {shop}") < happened.index(f"start {visitor}")
    docker.get("exec", shop, *HANG)
    wait_for(docker, shop, "unhealthy")
    assert REASON in health(docker, shop)[1][-1]


# --- Swarm ----------------------------------------------------------------------------------------------------


@pytest.fixture
def stack(docker, directory):
    docker.get("swarm", "init", "--advertise-addr=127.0.0.1", "--listen-addr=127.0.0.1")
    docker.get("stack", "deploy", "--resolve-image=never", "--compose-file", directory / "stack.yml", "health")
    yield "health_shop"
    docker.call("stack", "rm", "health")
    docker.get("swarm", "leave", "--force")


def tasks(docker, service, *filters):
    return docker.get("ps", "--all", "--quiet", "--no-trunc", f"--filter=label=com.docker.swarm.service.name={service}",
                      *(f"--filter={each}" for each in filters)).split()


def test_a_swarm_replaces_a_task_that_is_unhealthy(docker, stack):
    def healthy():
        return tasks(docker, stack, "status=running", "health=healthy")

    (first,) = wait_until(lambda: len(found := healthy()) == 1 and found, "the task is healthy")
    docker.get("exec", first, *HANG)
    (second,) = wait_until(lambda: len(found := healthy()) == 1 and first not in found and found, "it is replaced")
    assert second != first
    wait_until(lambda: first in tasks(docker, stack, "status=exited"), "the old one has ended")


# --- Kubernetes -----------------------------------------------------------------------------------------------


@pytest.fixture
def pod(podman, example_directory):
    directory = example_directory("health")
    podman.build("localhost/shop:1", directory)
    return podman.play(directory / "shop.yaml")


def probe(podman):
    """Runs the liveness probe, as the kubelet would."""
    return podman.call("healthcheck", "run", "shop-shop").returncode


def test_the_probes_of_a_pod_without_privileges_see_it_live_and_hang(podman, pod):
    def ask(path):
        return podman.call("exec", "shop-shop", "busybox", "wget", "-q", "-O", "-", f"http://127.0.0.1:9464/{path}")

    wait_until(lambda: ask("readyz").returncode == 0, "/readyz succeeds")
    assert ask("livez").returncode == 0
    assert probe(podman) == 0
    podman.get("exec", "shop-shop", *HANG)
    # Podman restarts the container after the second probe that fails: there is to be only one.
    wait_until(lambda: "503" in ask("livez").stderr, "/livez fails")
    assert "503" in ask("readyz").stderr
    assert REASON in podman.call("exec", "shop-shop", "onitctl", "health").stdout
    assert probe(podman) == 1
