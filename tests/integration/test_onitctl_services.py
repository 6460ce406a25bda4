"""onitctl and an onit that runs services."""

import json
import signal
import subprocess

import pytest

from client import onitctl, socket_of
from harness import ONIT, TIMEOUT_S
from services import UNTIL_OPEN, note, script


@pytest.fixture
def ctl(services):
    """Runs onitctl with the onit of this test."""

    def run(*words):
        result = onitctl(socket_of(services), *words, capture_output=True, text=True, timeout=TIMEOUT_S)
        print(words, result)
        return result.returncode, result.stdout, result.stderr

    return run


@pytest.fixture
def running(services, ctl):
    """Two services that stay, and the end of onit."""
    services.start({name: {"command": services.obedient(name)} for name in ("web", "db")},
                   init={"control": str(socket_of(services))})
    services.until_noted("web ready", "db ready")
    yield services
    if services.running.process.poll() is None:
        services.stop()


def test_the_status_of_some_services_is_one_table(running, ctl):
    code, table, _ = ctl("status", "db", "web")
    assert code == 0
    assert [line.split()[0] for line in table.splitlines()] == ["NAME", "db", "web"]
    assert max(map(len, table.splitlines())) <= 80
    assert [service["name"] for service in json.loads(ctl("status", "--json")[1])["services"]] == ["web", "db"]
    assert ctl("status", "wep") == (1, "", "onitctl: there is no service 'wep'; did you mean 'web'?\n")


def test_services_are_stopped_started_and_restarted_and_that_is_waited_for(running, ctl):
    assert ctl("stop", "--wait", "web", "db")[0] == 0
    assert not running.pids("web") + running.pids("db")
    assert ctl("start", "--wait", "web")[0] == 0
    before = running.pid("web")
    assert ctl("restart", "--wait", "web")[0] == 0
    assert running.pid("web") != before
    assert not running.pids("db")


def test_of_several_services_none_is_touched_if_one_is_unknown(running, ctl):
    before = running.pid("web")
    code, _, errors = ctl("stop", "--wait", "web", "nobody", "noone")
    assert code == 1
    assert errors == "onitctl: there is no service 'nobody'\nonitctl: there is no service 'noone'\n"
    assert running.pid("web") == before


def test_a_signal_goes_to_each_service_that_is_named(services, ctl):
    services.start({name: {"command": services.family(name), "stop_grace_period": "0"} for name in ("a", "b", "c")},
                   init={"control": str(socket_of(services))})
    services.until_noted("a ready", "b ready", "c ready")
    assert ctl("signal", "USR1", "a", "c")[0] == 0
    services.until_noted(f"a got {int(signal.SIGUSR1)}", f"c got {int(signal.SIGUSR1)}")
    assert f"b got {int(signal.SIGUSR1)}" not in services.journal
    services.stop()


def test_wait_ends_when_the_condition_holds_and_by_its_timeout_before(services, ctl):
    services.start({"slow": {"type": "oneshot", "command": script(UNTIL_OPEN + note("done"))},
                    "stays": {"command": services.obedient("stays")}}, init={"control": str(socket_of(services))})
    services.until_noted("stays ready")
    assert ctl("wait", "started", "slow")[0] == 0
    assert ctl("wait", "completed", "slow", "--timeout", "50ms") == (124, "", "onitctl: slow is not completed after 50 ms\n")
    services.open_gate()
    assert ctl("wait", "completed", "slow")[0] == 0
    assert "done" in services.journal
    services.stop()


def test_health_is_0_or_1(running, ctl, room):
    code, line, errors = ctl("health", "web")
    assert (code, line.count("\n"), errors) == (0, 1, "")
    assert ctl("health")[0] == 0
    assert ctl("stop", "--wait", "web")[0] == 0
    assert ctl("health", "web")[0] == 1
    assert ctl("health", "--live", "web")[0] == 0
    assert ctl("health", "nobody")[0] == 1
    running.stop()
    assert ctl("health")[0] == 1


def in_json(told):
    """The exit code, and what each line of stdout says."""
    code, output, errors = told
    assert errors == ""
    return code, [json.loads(line) for line in output.splitlines()]


@pytest.mark.parametrize("verb, state", [("start", "up"), ("stop", "stopped"), ("restart", "up")])
def test_an_order_in_JSON_prints_each_service_on_a_line(running, ctl, verb, state):
    code, services = in_json(ctl(verb, "--wait", "--json", "db", "web"))
    assert (code, [(service["name"], service["state"]) for service in services]) == (0, [("db", state), ("web", state)])
    code, services = in_json(ctl(verb, "--json", "web"))
    assert (code, [service["name"] for service in services]) == (0, ["web"])


def test_wait_in_JSON_prints_the_service_or_says_why_not(running, ctl):
    code, services = in_json(ctl("wait", "ready", "web", "--json"))
    assert (code, [(service["name"], service["ready"]) for service in services]) == (0, [("web", True)])
    code, output, errors = ctl("wait", "healthy", "web", "--json")
    assert (code, output, errors) == (1, "", "onitctl: web has no healthcheck\n")


def test_health_in_JSON_has_the_exit_code_of_health(running, ctl):
    assert in_json(ctl("health", "--json")) == (0, [{"healthy": True, "text": "ready"}])
    assert ctl("stop", "--wait", "web")[0] == 0
    code, [verdict] = in_json(ctl("health", "--json", "web"))
    assert (code, verdict["healthy"]) == (1, False)
    assert verdict["text"].startswith("web ")


def test_reload_in_JSON_prints_what_has_changed_or_what_is_wrong(running, ctl):
    assert in_json(ctl("reload", "--json")) == (0, [{"added": [], "changed": [], "removed": []}])
    running.file.write_text("[services.web]\n")
    code, [answer] = in_json(ctl("reload", "--json"))
    assert (code, list(answer)) == (1, ["errors"])
    assert answer["errors"]


def test_a_service_that_calls_onitctl_is_told_where_onit_listens(services, ctl):
    services.start({"asks": {"type": "oneshot", "essential": True,
                             "command": script(f'echo "$("{ONIT}" --as onitctl status asks --json | wc -l)" >> "$JOURNAL"')}},
                   init={"control": str(socket_of(services))})
    services.wait()
    assert services.journal == ["3"]


def test_shutdown_ends_onit_with_the_code_that_is_asked_for(running, ctl):
    assert ctl("shutdown", "--exit-code", "7")[0] == 0
    assert running.wait() == 7


def test_followed_logs_come_as_they_are_written_and_end_with_onit(services):
    services.start({"talks": {"command": script("echo one\n" + UNTIL_OPEN + "echo two; exec sleep 1000")}},
                   init={"control": str(socket_of(services))})
    services.until_told("service 'talks' has started")  # before that, onit listens
    with subprocess.Popen([ONIT, "--as", "onitctl", "--socket", socket_of(services), "logs", "-f", "talks"],
                          stdout=subprocess.PIPE, text=True) as follower:
        assert follower.stdout.readline() == "talks | one\n"
        services.open_gate()
        assert follower.stdout.readline() == "talks | two\n"
        services.stop()
        assert follower.stdout.read() == ""
        assert follower.wait(TIMEOUT_S) == 0


def test_who_follows_too_slowly_is_told_that_it_is_not_onits_end(services):
    # Much more than any buffer on the way holds.
    services.start({"talks": {"command": script("echo hello\n" + UNTIL_OPEN + "yes 0123456789abcdef | head -n 4000000\n"
                                                + note("done") + "sleep 1000")}},
                   init={"control": str(socket_of(services))}, stdout=-3)
    services.until_told("service 'talks' has started")
    with subprocess.Popen([ONIT, "--as", "onitctl", "--socket", socket_of(services), "logs", "-f"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as follower:
        assert follower.stdout.readline() == "talks | hello\n"
        services.open_gate()
        services.until_noted("done")
        assert "bytes are missing here" in follower.stdout.read().splitlines()[-1]
        assert "goes on" in follower.stderr.read()
        assert follower.wait(TIMEOUT_S) == 1
    services.stop()
