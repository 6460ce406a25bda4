"""What onit shows as the --init of an engine: it goes by the name, and the rules, of docker-init or podman-init."""

import json
import subprocess

import pytest

from engines import ONIT, died_of, wait_until


def run(engine, *command, options=()):
    return engine.run("base", *command, options=("--init", *options))


def start(engine, *command, options=()):
    return engine.start("base", *command, options=("--init", *options))


def inspect(engine, container, what):
    return engine.get("inspect", f"--format={{{{{what}}}}}", container.name)


def test_docker_can_read_the_version_of_its_init(docker):
    version = subprocess.run([ONIT, "--version"], capture_output=True, text=True, check=True).stdout
    commit = version.strip().partition(" - git.")[2]
    assert docker.get("version", "--format={{range .Server.Components}}{{if eq .Name \"onit\"}}"
                      "{{.Details.GitCommit}}{{end}}{{end}}") == commit
    assert f"init version: {commit}\n" in docker.get("info")
    assert "failed to parse" not in docker.sandbox.log.read_text()


@pytest.mark.parametrize("command, code, reason", [
    ("nothing-there", 127, "No such file or directory"),
    ("not-executable", 126, "Permission denied"),
    ("crlf", 127, "No such file or directory"),
    ("/etc", 126, "Permission denied"),
])
def test_a_command_that_cannot_be_started_is_named_as_the_engines_own_init_would(engine, command, code, reason):
    container = run(engine, command)
    (line,) = container.errors.splitlines()
    if engine.name == "docker":
        assert container.exit_code == code
        assert line.startswith("[FATAL tini (")
    else:
        assert container.exit_code == 1
        assert line.startswith("ERROR (catatonit:")
    assert command in line and line.endswith(reason)


def test_a_signal_is_for_the_command_alone(engine):
    # The other one is asked by the command, with a signal that would come to it after the one of the engine.
    container = start(engine, "sh", "-c",
                      "sh -c 'trap \"echo other\" USR1; trap \"echo asked; exit\" 37;"
                      "echo ready; sleep 1000 & wait; wait' &"
                      "other=$!; trap 'echo main; kill -37 $other' USR1; echo ready; wait; wait; exit 6")
    container.expect("ready", "ready")
    container.kill("USR1")
    assert container.wait() == 6
    assert container.output == "main\nasked\n"


# --- $ONIT_OPTIONS --------------------------------------------------------------------------------------------------


def test_options_in_the_environment_have_effect(engine):
    container = start(engine, "stopper", "0", options=["--env=ONIT_OPTIONS=--drain 1h --verbose --log-format json"])
    container.expect("ready")
    container.kill("TERM")
    assert json.loads(container.expect_error("holding"))["level"] == "info"
    container.kill("USR2")  # of which `sh` dies: it is there still, and only the TERM was held back
    assert container.wait() == died_of("USR2")
    assert container.output == ""


def test_a_drain_in_the_environment_holds_the_stop_back(engine):
    container = start(engine, "stopper", "0", options=["--env=ONIT_OPTIONS=--drain 1s"])
    container.expect("ready")
    assert container.stop() == 0
    assert container.output == "stopping\n"


def test_the_variable_of_the_options_does_not_reach_the_command(engine):
    container = run(engine, "env", options=["--env=ONIT_OPTIONS=--stop-grace-period 1s", "--env=OTHER=one"])
    names = [line.partition("=")[0] for line in container.output.splitlines()]
    assert container.exit_code == 0
    assert "OTHER" in names and "ONIT_OPTIONS" not in names


def test_a_dry_run_prints_the_plan_and_runs_nothing(engine, room):
    container = run(engine, "sh", "-c", "echo >/room/ran", options=[
        f"--volume={room}:/room", "--env=ONIT_OPTIONS=--dry-run --drain 3s --map-exit 143:0"])
    plan = json.loads(container.output)
    assert (container.exit_code, container.errors) == (0, "")
    assert plan["command"] == ["sh", "-c", "echo >/room/ran"]
    assert (plan["forward"], plan["drain_ms"], plan["map_exit"]) == ("child", 3000, {"143": 0})
    assert "ONIT_OPTIONS" not in plan["environment"]
    assert not (room / "ran").exists()


@pytest.mark.parametrize("text, named", [("--drian 1s", "--drian"), ("--drain '1s", "quot"), ("nginx", "nginx")])
def test_bad_options_in_the_environment_are_named(engine, text, named):
    container = run(engine, "true", options=[f"--env=ONIT_OPTIONS={text}"])
    (line,) = container.errors.splitlines()
    assert container.exit_code == 125
    assert line.startswith("onit: ONIT_OPTIONS: ") and named in line


# --- Restarts and health checks ---------------------------------------------------------------------------------


def test_a_command_that_fails_is_restarted_as_often_as_the_policy_says(docker):
    container = start(docker, "sh", "-c", "echo try; exit 3", options=["--detach", "--restart=on-failure:2"])
    container.wait()
    wait_until(lambda: inspect(docker, container, 'printf "%d %s" .RestartCount .State.Status') == "2 exited",
               "it was restarted twice and given up")
    assert inspect(docker, container, ".State.ExitCode") == "3"
    assert docker.get("logs", container.name).split() == ["try"] * 3


def test_a_command_that_was_killed_is_restarted_and_one_that_was_stopped_is_not(docker):
    container = start(docker, "stopper", "0", options=["--detach", "--restart=always"])
    container.wait()

    def log():
        return docker.get("logs", container.name).split()

    wait_until(lambda: log() == ["ready"], "it runs")
    (command,) = [pid for pid, parent, _, name in container.processes() if parent == 1 and name == "stopper"]
    docker.call("exec", container.name, "kill", "-KILL", command)  # which may end with the container, and fail
    wait_until(lambda: log() == ["ready", "ready"], "it runs again")
    assert container.stop() == 0
    assert log() == ["ready", "ready", "stopping"]
    assert inspect(docker, container, 'printf "%d %s %d" .RestartCount .State.Status .State.ExitCode') == "1 exited 0"


def test_health_checks_run_beside_the_command_and_their_orphans_are_reaped(docker):
    container = start(docker, "listener", options=[
        "--health-cmd=orphans 3; test -e /tmp/healthy", "--health-interval=100ms", "--health-retries=1"])
    container.expect("ready")

    def wait_for(state):
        wait_until(lambda: inspect(docker, container, ".State.Health.Status") == state, f"it is {state}")

    wait_for("unhealthy")
    container.exec("touch", "/tmp/healthy")
    wait_for("healthy")
    container.exec("rm", "/tmp/healthy")
    wait_for("unhealthy")
    wait_until(lambda: not container.zombies(), "all orphans are reaped")
    container.kill("USR1")
    container.expect("got 10")
