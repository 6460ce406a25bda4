"""Files of services: where they are found, how they are checked, what is said of them."""

import json
import os
import subprocess

import pytest

from harness import ONIT, TIMEOUT_S

PROCFILE = "web: ./serve $PORT\nrelease: ./migrate\n# a note\nworker: ./work\n"


@pytest.fixture
def onitctl(onit):
    return lambda *words, **how: onit.run("--as", "onitctl", *words, **how)


@pytest.fixture
def procfile(room):
    (room / "Procfile").write_text(PROCFILE)
    return room / "Procfile"


def names(result):
    assert (result.returncode, result.stderr) == (0, ""), result
    return [service["name"] for service in json.loads(result.stdout)["services"]]


def test_a_good_file_is_one_line_with_the_order_of_the_start(onitctl, procfile):
    result = onitctl("check", procfile)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == f"{procfile}: ok, 3 services: release, web, worker (starts in this order)\n"


def test_all_problems_are_told_with_their_places_and_their_number(onitctl, procfile, room):
    (room / "Procfile.bad").write_text("web: x\nnothing\nweb: y\n")
    result = onitctl("check", room / "Procfile.bad", procfile, room / "Procfile.missing")
    assert result.returncode == 125
    assert result.stdout.startswith(f"{procfile}: ok")
    lines = result.stderr.splitlines()
    assert lines[0].startswith(f"{room}/Procfile.bad:2:1: ")
    assert lines[1].startswith(f"{room}/Procfile.bad:3:1: ") and "'web'" in lines[1]
    assert "Procfile.missing" in lines[2] and "No such file" in lines[2]
    assert lines[3:] == ["3 problems"]


def test_a_variable_that_is_not_set_is_a_warning_of_a_good_file_and_of_the_start(onitctl, onit, room):
    (room / "s.toml").write_text(
        "[init]\ncontrol = ''\n[services.a]\ncommand = ['sh', '-c', 'for unset in 1; do echo n=$unset; done']\n")
    words = f"{room}/s.toml:4:24: command: $unset is not set, so nothing is in its place; write $$unset to keep "
    result = onitctl("check", room / "s.toml")
    assert (result.returncode, result.stdout) == (0, f"{room}/s.toml: ok, 1 service: a\n")
    assert result.stderr.startswith(f"warning: {words}") and result.stderr.count("\n") == 1
    assert onit.run("-f", room / "s.toml").stderr.count(f"onit: warning: {words}") == 1


def test_limits_that_could_not_be_applied_here_are_a_warning(room):
    (room / "s.toml").write_text(
        "[services.a]\ncommand = 'x'\ncgroup = { memory_max = '64MB' }\n[services.b]\ncommand = 'x'\n")
    read_only = 'mount -t tmpfs -o ro none /sys/fs/cgroup && exec "$@"'
    result = subprocess.run(["unshare", "--mount", "sh", "-c", read_only, "sh", ONIT, "--as", "onitctl", "check",
                             room / "s.toml"], capture_output=True, text=True, timeout=TIMEOUT_S)
    assert (result.returncode, result.stdout) == (0, f"{room}/s.toml: ok, 2 services: a, b (starts in this order)\n")
    place = f"warning: {room}/s.toml: service 'a': cgroup limits cannot be applied here: "
    assert result.stderr.startswith(place) and result.stderr.count("\n") == 1


def test_a_variable_that_is_not_set_in_an_env_file_is_a_warning_of_a_good_file_and_once_of_the_start(
        onitctl, onit, room):
    env, text = room / "a.env", "[init]\ncontrol = ''\n"
    env.write_text("# by hand\nA=1\nB=pa$unset\n")
    for name in "ab":
        text += f"[services.{name}]\ncommand = ['sh', '-c', 'exit 1']\nenv_file = '{env}'\n"
    (room / "s.toml").write_text(text + "restart = 'on-failure'\nrestart_delay = '1ms'\nmax_restarts = 3\n")
    # It may be a part of a password.
    words = f"{env}:3:3: B: $... is not set, so nothing is in its place; write $$... to keep "
    result = onitctl("check", room / "s.toml")
    assert (result.returncode, result.stdout) == (0, f"{room}/s.toml: ok, 2 services: a, b (starts in this order)\n")
    assert result.stderr.startswith(f"warning: {words}") and result.stderr.count("\n") == 1
    messages = onit.run("-f", room / "s.toml").stderr
    assert messages.count(f"onit: warning: {words}") == messages.count(" is not set, ") == 1
    assert "unset" not in messages


def test_a_pipe_in_place_of_an_env_file_is_left_to_the_one_whom_it_is_for(onitctl, room):
    os.mkfifo(room / "pipe")
    pipe = os.open(room / "pipe", os.O_RDWR | os.O_NONBLOCK)
    os.write(pipe, b"A=$unset\n")
    (room / "s.toml").write_text(f"[services.a]\ncommand = 'x'\nenv_file = '{room}/pipe'\n")
    assert onitctl("check", room / "s.toml").stderr == ""
    assert os.read(pipe, 100) == b"A=$unset\n"
    os.close(pipe)


def test_patterns_that_lead_everywhere_again_and_again_are_given_up(onitctl, room):
    for number in range(20):
        (room / f"d{number}").mkdir()
    pattern = f"{room}/" + "*/../" * 500 + "*"
    (room / "s.toml").write_text(f"include = ['{pattern}']\n[services.a]\ncommand = 'x'\n")
    result = onitctl("check", room / "s.toml")
    assert result.returncode == 125
    line = result.stderr.splitlines()[0]
    assert line.startswith(f"{room}/s.toml:1:12: include: ") and "takes too long" in line


def test_a_time_zone_that_is_none_is_told_with_its_place(onitctl, room):
    (room / "s.toml").write_text(
        "[services.a]\ncommand = 'x'\nschedule = { cron = '@daily', timezone = 'Mars/Olympus' }\n")
    result = onitctl("check", room / "s.toml")
    assert result.returncode == 125
    assert result.stderr.startswith(f"{room}/s.toml:3:42: timezone: "), result


def test_what_cannot_be_printed_is_a_failure(onit, procfile):
    with open("/dev/full", "w") as full:
        assert onit.start("--as", "onitctl", "check", procfile, stdout=full).wait() == 125


def test_the_schema_is_printed(onitctl):
    assert json.loads(onitctl("schema").stdout) is not None


def test_the_services_of_a_file_the_command_line_and_the_command_are_one_plan(onit, procfile):
    result = onit.run("--dry-run", "-f", procfile, "--service", "more=a 'b c'", "--", "cmd", "-x")
    assert names(result) == ["release", "web", "worker", "more", "main"]
    services = {service["name"]: service for service in json.loads(result.stdout)["services"]}
    assert services["web"]["command"] == ["/bin/sh", "-c", "./serve $PORT"]
    assert services["web"]["depends_on"] == {"release": "completed"}
    assert services["more"]["command"] == ["a", "b c"]
    assert services["main"]["command"] == ["cmd", "-x"]


def test_a_dry_run_shows_what_the_keys_of_a_service_come_to(onit, room):
    (room / "s.toml").write_text(
        "[services.a]\ncommand = 'run ${WORD}'\nuser = 'www'\nworking_dir = '/${WORD}'\nessential = true\n"
        "restart = 'on-failure'\nenvironment = { A = '${WORD}', B = 1 }\nlog = { file = '/l' }\n"
        "ready = { tcp = '127.0.0.1:${WORD}' }\nhealthcheck = { exec = ['x', 'y'] }\n"
        "[services.b]\ncommand = 'c'\nschedule = { cron = '@daily' }\n"
        "[services.c]\ncommand = 'c'\nready = { fd = 3 }\ndepends_on = 'a'\n")
    result = onit.run("--dry-run", "-f", room / "s.toml", env=os.environ | {"WORD": "80"})
    assert names(result) == ["a", "b", "c"]
    first, second, third = json.loads(result.stdout)["services"]
    assert first == {
        "name": "a", "type": "simple", "command": ["run", "80"], "user": "www", "working_dir": "/80",
        "environment": {"A": "80", "B": "1"}, "depends_on": {}, "ready": "tcp 127.0.0.1:80", "healthcheck": "exec x y",
        "restart": "on-failure", "essential": True, "log": "/l"}
    assert second == {"name": "b", "type": "oneshot", "command": ["c"], "environment": {}, "depends_on": {},
                      "schedule": "@daily", "restart": "no", "essential": False}
    assert third["ready"] == "fd 3" and third["depends_on"] == {"a": "ready"}


def test_services_of_the_command_line_need_no_file(onit):
    assert names(onit.run("--dry-run", "--service", "a=x", "--service", "b=y")) == ["a", "b"]


def test_onit_file_is_read_if_nothing_else_is_named(onit, procfile):
    environment = os.environ | {"ONIT_FILE": str(procfile)}
    assert names(onit.run("--dry-run", env=environment)) == ["release", "web", "worker"]
    assert names(onit.run("--dry-run", "--service", "a=x", env=environment)) == ["a"]
    assert onit.run("echo", "bare", env=environment).stdout == "bare\n"


def test_onit_options_can_name_the_file(onit, procfile):
    environment = os.environ | {"ONIT_OPTIONS": f"-f {procfile} --dry-run"}
    assert names(onit.run(env=environment)) == ["release", "web", "worker"]


@pytest.mark.parametrize("arguments, words", [
    (["-f", "/no/such/Procfile"], ["/no/such/Procfile", "No such file"]),
    (["-f", "/no/such/Procfile", "--", "true"], ["/no/such/Procfile", "No such file"]),
    (["-f", "x", "--user", "0"], ["--user", "'user'"]),
    (["-f", "x", "--on-exit", "wait", "--", "true"], ["--on-exit", "one command"]),
    (["--profile", "p", "true"], ["--profile", "--file"]),
    (["--service", "web", "true"], ["--service 'web'", "NAME=COMMAND"]),
    (["-f", "x", "--as", "tini", "true"], ["tini", "own name"]),
])
def test_bad_input_is_125_and_one_line(onit, arguments, words):
    result = onit.run(*arguments)
    assert (result.returncode, result.stdout) == (125, "")
    assert result.stderr.startswith("onit: ") and result.stderr.count("\n") == 1
    for word in words:
        assert word in result.stderr


def test_a_named_file_that_is_missing_is_told_by_its_name(onit):
    result = onit.run(env=os.environ | {"ONIT_FILE": "/no/such/Procfile"})
    assert result.returncode == 125
    assert "/no/such/Procfile" in result.stderr and "no command" not in result.stderr
