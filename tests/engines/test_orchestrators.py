"""docs/orchestrators.md: its file of services and its Deployment, played by Podman as they stand there, and its lines
for a container and for a swarm, each in the place where it belongs."""

import json
import re

import pytest
import yaml

from engines import ROOT, wait_until

PAGE = (ROOT / "docs" / "orchestrators.md").read_text()
BLOCKS = re.findall(r"^```(toml|yaml)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SERVICES = next(text for kind, text in BLOCKS if kind == "toml")
DOCUMENTS = [yaml.safe_load(text) for kind, text in BLOCKS if kind == "yaml"]
(DEPLOYMENT,) = [each for each in DOCUMENTS if each.get("kind") == "Deployment"]
(STACK,) = [each for each in DOCUMENTS if "version" in each]
FOR_A_CONTAINER = [each for each in DOCUMENTS if "kind" not in each and "version" not in each]

SHOP = "shop-pod-0-shop"
DRAIN_S = 5
(IMAGE,) = [each["image"] for each in DEPLOYMENT["spec"]["template"]["spec"]["containers"]]


@pytest.fixture(scope="session")
def directory(podman_engine, docker_engine, example_directory):
    """The example's image, with the services of the page, and a place for manifests."""
    directory = example_directory("health")
    services = directory / "rootfs" / "etc" / "onit.toml"
    before = services.read_text()
    # With all the time to look at it, as a second TERM ends it in any case.
    services.write_text(SERVICES.replace(f'drain = "{DRAIN_S}s"', 'drain = "10m"'))
    podman_engine.build(IMAGE, directory)
    services.write_text(before)
    return directory


def play(podman, directory, **keys):
    """The page's Deployment, with some keys of its container set otherwise."""
    manifest = json.loads(json.dumps(DEPLOYMENT))
    manifest["spec"]["template"]["spec"]["containers"][0] |= keys
    file = directory / "page.yaml"
    file.write_text(yaml.safe_dump(manifest))
    return podman.play(file)


def answer(podman, path):
    """(whether it is yes, what was said)"""
    asked = podman.call("exec", SHOP, "busybox", "wget", "-q", "-O", "-", f"http://127.0.0.1:9464{path}")
    return asked.returncode == 0, asked.stdout.strip()


def wait_ready(podman):
    wait_until(lambda: answer(podman, "/readyz") == (True, "ready"), "it is ready")


def test_the_deployment_of_the_page_runs_without_privileges_and_heals_itself(podman, directory):
    play(podman, directory)
    wait_ready(podman)
    status = podman.get("exec", SHOP, "busybox", "cat", "/proc/1/status")
    assert re.search(r"^Uid:\s1000\s.*^CapBnd:\s0+$.*^NoNewPrivs:\s1$", status, re.MULTILINE | re.DOTALL)
    assert "Read-only" in podman.call("exec", SHOP, "sh", "-c", "echo >/x").stderr
    assert podman.get("exec", SHOP, "busybox", "ls", "/run").split() == ["onit.sock"]
    (pid,) = podman.get("exec", SHOP, "busybox", "pidof", "httpd").split()
    podman.get("exec", SHOP, "sh", "-c", f"kill -KILL {pid}")
    wait_until(lambda: podman.get("exec", SHOP, "busybox", "pidof", "httpd") != pid, "it runs again")
    wait_ready(podman)


def test_the_deployment_of_the_page_is_alive_but_not_ready_while_it_drains(podman, directory):
    pod = play(podman, directory)
    wait_ready(podman)
    podman.get("kill", "--signal=TERM", SHOP)
    wait_until(lambda: answer(podman, "/readyz") == (False, ""), "it is not ready any more")
    assert answer(podman, "/livez") == (True, "alive")
    assert podman.get("exec", SHOP, "busybox", "wget", "-q", "-O", "-", "http://127.0.0.1:8080/") == "open"
    podman.call("pod", "stop", pod)
    assert podman.get("inspect", "--format={{.State.ExitCode}}", SHOP) == "0"


@pytest.mark.parametrize("keys", FOR_A_CONTAINER, ids=lambda keys: "+".join(keys))
def test_the_lines_for_a_container_fit_into_the_deployment(podman, directory, keys):
    play(podman, directory, **keys)
    wait_ready(podman)
    probes = [each["exec"]["command"] for each in keys.values() if isinstance(each, dict) and "exec" in each]
    for command in probes:
        podman.get("exec", SHOP, *command)


def test_the_times_of_the_page_add_up():
    drain, all_together = (int(re.search(rf'^{key} = "(\d+)s"', SERVICES, re.MULTILINE)[1])
                           for key in ("drain", "stop_grace_period"))
    assert drain == DRAIN_S
    assert drain + all_together < DEPLOYMENT["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    assert f"drain {drain} s  +  stop_grace_period of [init] {all_together} s" in PAGE


def test_a_swarm_takes_the_stack_of_the_page(docker, directory):
    docker.build(STACK["services"]["shop"]["image"], directory)
    docker.get("swarm", "init", "--advertise-addr=127.0.0.1", "--listen-addr=127.0.0.1")
    try:
        file = directory / "page.yml"
        file.write_text(yaml.safe_dump(STACK))
        docker.get("stack", "deploy", "--resolve-image=never", "--compose-file", file, "page")
        wanted = STACK["services"]["shop"]["deploy"]["replicas"]
        wait_until(lambda: len(docker.get("ps", "--quiet", "--filter=health=healthy").split()) == wanted,
                   "all are healthy")
    finally:
        docker.call("stack", "rm", "page")
        docker.call("swarm", "leave", "--force")
