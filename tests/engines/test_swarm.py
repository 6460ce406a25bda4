"""The example of a stack on a swarm of one node, whose tasks have onit as the init of the engine."""

import json
import time

import pytest

from engines import wait_until

SERVICE = "jobs_worker"


@pytest.fixture(scope="session")
def stack(docker_engine, example_directory):
    """The file of the stack, with its image made as the README says to, on a machine that is a swarm."""
    directory = example_directory("swarm")
    docker_engine.build("worker:1", directory)
    docker_engine.get("swarm", "init", "--advertise-addr=127.0.0.1", "--listen-addr=127.0.0.1")
    yield directory / "stack.yml"
    docker_engine.get("swarm", "leave", "--force")


@pytest.fixture
def deploy(docker, stack):
    """Deploys it, with a variable that the file asks for."""
    def run(**variables):
        docker.get("stack", "deploy", "--resolve-image=never", "--compose-file", stack, "jobs",
                   env=docker.environment | variables)

    yield run
    docker.call("stack", "rm", "jobs")
    wait_until(lambda: not containers(docker), "nothing is left of it")


def containers(docker, *filters):
    """The ids of its tasks' containers."""
    return docker.get("ps", "--all", "--quiet", "--no-trunc", f"--filter=label=com.docker.swarm.service.name={SERVICE}",
                      *(f"--filter={each}" for each in filters)).split()


def healthy(docker):
    return containers(docker, "status=running", "health=healthy")


def log(docker, container):
    return docker.get("logs", container).splitlines()


def events_since(docker, start, *kinds):
    """[(kind, id, attributes)] of containers."""
    listed = docker.get("events", f"--since={start:.6f}", f"--until={time.time():.6f}", "--format={{json .}}",
                        "--filter=type=container", *(f"--filter=event={kind}" for kind in kinds))
    return [(each["Action"], each["Actor"]["ID"], each["Actor"]["Attributes"])
            for each in map(json.loads, listed.splitlines())]


def assert_all_stopped_by_themselves(docker, start, expected):
    """Each of the containers has got a TERM and no KILL, and ended with 0."""
    events = events_since(docker, start, "kill", "die")
    assert {each for kind, each, _ in events if kind == "kill"} == set(expected)
    assert {attributes["signal"] for kind, _, attributes in events if kind == "kill"} == {"15"}
    assert {each: attributes["exitCode"] for kind, each, attributes in events if kind == "die"} == \
        dict.fromkeys(expected, "0")


def test_a_rolling_update_replaces_each_task_when_it_has_finished_its_job(docker, deploy):
    deploy()
    first = wait_until(lambda: len(found := healthy(docker)) == 2 and found, "both tasks are healthy")
    for task in first:
        assert docker.get("exec", task, "busybox", "ps", "-o", "pid,comm").split()[2:4] == ["1", "docker-init"]
        assert log(docker, task) == ["working on mail"]

    start = time.time()
    deploy(QUEUE="invoices")
    wait_until(lambda: docker.get("service", "inspect", "--format={{if .UpdateStatus}}{{.UpdateStatus.State}}{{end}}",
                                  SERVICE) == "completed", "the update is completed")
    wait_until(lambda: set(containers(docker, "status=exited")) == set(first), "the old tasks have ended")
    second = healthy(docker)
    assert len(second) == 2
    for task in second:
        assert log(docker, task) == ["working on invoices"]
    for task in first:
        assert log(docker, task) == ["working on mail", "finished"]
    assert_all_stopped_by_themselves(docker, start, first)

    start = time.time()
    docker.get("stack", "rm", "jobs")
    wait_until(lambda: not containers(docker), "all is removed")
    assert_all_stopped_by_themselves(docker, start, second)


def test_a_task_whose_command_was_killed_is_replaced(docker, deploy):
    deploy()
    killed, other = wait_until(lambda: len(found := healthy(docker)) == 2 and found, "both tasks are healthy")
    docker.call("exec", killed, "sh", "-c", "kill -KILL $(busybox pidof worker)")
    new = wait_until(lambda: len(found := healthy(docker)) == 2 and killed not in found and found, "it is replaced")
    assert other in new
    assert docker.get("inspect", "--format={{.State.ExitCode}}", killed) == "137"
