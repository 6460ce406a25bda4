"""The examples, made and run as their README says."""

import pytest

from engines import processes_of, wait_until

EXAMPLES = {
    # name: (port, options that it claims to live with)
    "nginx": (80, ()),
    "busybox-httpd": (8080, ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges")),
}


def beside(docker, container, *command, pid=False):
    """Runs a command of another image beside the container: the example's own has no shell, and keeps having none."""
    options = ["--rm", f"--network=container:{container.name}"]
    if pid:
        options.append(f"--pid=container:{container.name}")
    return docker.get("run", *options, "base", *command)


def page(docker, container, port):
    container.wait_running()
    # As long as it starts it refuses; what comes after that is the answer.
    return beside(docker, container, "sh", "-c",
                  f"until wget -q -O - http://127.0.0.1:{port}/ 2>/dev/null; do usleep 20000; done")


def zombies(docker, container):
    listed = beside(docker, container, "ps", "-o", "pid,ppid,stat,comm", pid=True)
    return [each for each in processes_of(listed) if each[2].startswith("Z")]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_serves_and_stops_at_once_without_zombies(docker, example, name):
    port, options = EXAMPLES[name]
    container = docker.start(example(name), options=options)
    for _ in range(3):
        assert page(docker, container, port) == "it works"
    wait_until(lambda: not zombies(docker, container), "there is no zombie")
    assert container.stop() == 0
    assert "onit" not in container.errors, container.errors


def test_the_dockerfiles_are_what_a_user_would_write(docker, example):
    for name in EXAMPLES:
        example(name)
        entry = docker.get("inspect", "--format={{json .Config.Entrypoint}}", f"example-{name}")
        layers = docker.get("history", "--quiet", f"example-{name}").split()
        assert "/bin/onit" in entry and len(layers) <= 5


def test_nginx_ends_at_a_term_that_is_rewritten_too(docker, example):
    container = docker.start(example("nginx"), "--rewrite", "TERM:QUIT", "/usr/sbin/nginx", "-g",
                             "daemon off; error_log stderr notice;",
                             options=["--stop-signal=SIGTERM"])
    assert page(docker, container, 80) == "it works"
    assert container.stop() == 0
    assert "signal 3 (SIGQUIT) received" in container.errors and "SIGTERM" not in container.errors


def test_nginx_reloads_at_hup_and_its_old_workers_are_reaped(docker, example):
    container = docker.start(example("nginx"))
    assert page(docker, container, 80) == "it works"

    def workers():
        listed = beside(docker, container, "ps", "-o", "pid,ppid,stat,comm", pid=True)
        rows = processes_of(listed)
        master = next(pid for pid, parent, _, name in rows if parent == 1 and name == "nginx")
        return {pid for pid, parent, *_ in rows if parent == master}

    before = workers()
    # For the master. A worker that has it too takes no notice.
    container.kill("HUP")
    wait_until(lambda: (after := workers()) and not after & before, "new workers run")
    assert page(docker, container, 80) == "it works"
    assert zombies(docker, container) == []
    assert container.stop() == 0


def test_httpd_without_the_mapping_ends_with_143(docker, example):
    container = docker.start(example("busybox-httpd"), "httpd", "-f", "-p", "8080", "-h", "/srv",
                             options=["--entrypoint=/bin/onit", "--workdir=/srv", "--env=PATH=/bin"])
    # There is no `httpd` in that image, which onit says.
    assert container.wait() == 127
    assert "httpd" in container.errors

    container = docker.start(example("busybox-httpd"), "/bin/busybox", "httpd", "-f", "-p", "8080", "-h", "/srv",
                             options=["--entrypoint=/bin/onit"])
    assert page(docker, container, 8080) == "it works"
    assert container.stop() == 143
