"""Health checks: how many failures count, from when on, and what follows."""

import contextlib
import re
import resource
import subprocess

import pytest

from harness import MODES, is_dead
from service_files import AS_ANYBODY, IDLE, note, python, script, server, services  # noqa: F401

HEALTHY = "service 'web' is healthy"
UNHEALTHY = "service 'web' is unhealthy"
OFTEN = {"interval": "10ms", "timeout": "10s"}
NOTED = script(note("runs $$") + "exec sleep 1000")


def scripted(*outcomes):
    """A check that ends with these codes, one after the other, and with the last of them from then on. It notes them."""
    cases = "".join(f"{i}) code={code} ;;" for i, code in enumerate(outcomes[:-1]))
    return script('n=$(grep -c ^check "$JOURNAL")\ncase $n in ' + cases + f" *) code={outcomes[-1]} ;; esac\n" +
                  note("check $code") + "exit $code")


def runs_of(services, count):
    """The pids of the runs, as soon as each of so many has noted its own."""
    def noted():
        return [line.split()[1] for line in services.journal if line.startswith("runs ")]
    services.until(lambda: len(noted()) >= count, f"noted by {count} runs")
    return noted()


def checks(services):
    return [line for line in services.journal if line.startswith("check")]


@AS_ANYBODY
def test_a_check_that_succeeds_makes_a_service_healthy(services, server, mode):
    services.start({"web": {"command": IDLE, "healthcheck": {"http": server.url} | OFTEN}}, mode=mode)
    server.answer(503)
    assert HEALTHY not in services.messages
    server.answer(204)
    services.until_told(HEALTHY)
    assert services.stop() == 0


def test_checks_that_have_ended_hold_no_descriptors(services):
    healthcheck = {"exec": scripted(0), "retries": 1} | OFTEN
    services.start({"web": {"command": IDLE, "healthcheck": healthcheck}}, through=["prlimit", "--nofile=40:40"])
    services.until_noted(*["check 0"] * 40)
    assert UNHEALTHY not in services.messages
    assert services.stop() == 0


def test_so_many_failures_in_a_row_make_a_service_unhealthy_and_fewer_do_not(services):
    healthcheck = {"exec": scripted(0, 1, 1, 0, 1, 1, 1), "retries": 3} | OFTEN
    services.start({"web": {"command": IDLE, "healthcheck": healthcheck}})
    services.until_told("service 'web' is unhealthy: 3 checks in a row have failed")
    assert checks(services)[:7] == [f"check {code}" for code in (0, 1, 1, 0, 1, 1, 1)]
    # It was told with the seventh; what follows is told no more.
    services.until_noted(*["check 1"] * 10)
    assert services.messages.count(UNHEALTHY) == 1 and services.messages.count(HEALTHY) == 1
    assert services.stop() == 0


def limit(services, mode, resource, soft):
    """Changes a limit of the running onit, as its own user does."""
    subprocess.run([*MODES[mode], "prlimit", "--pid", str(services.onit), f"--{resource}={soft}:"], check=True)


@contextlib.contextmanager
def without(services, what="nofile", mode="root"):
    before = resource.getrlimit({"nofile": resource.RLIMIT_NOFILE, "nproc": resource.RLIMIT_NPROC}[what])[0]
    limit(services, mode, what, {"nofile": 3, "nproc": 1}[what])
    yield
    limit(services, mode, what, "unlimited" if before == resource.RLIM_INFINITY else before)


CANNOT = "cannot probe: "  # the reason is in the words of the C library
AT_ONCE = {"retries": 1, "on_unhealthy": "restart"} | OFTEN


# Root may have as many processes as he likes.
@pytest.mark.parametrize("what, mode", [("nofile", "root"), ("nproc", "user")])
def test_a_check_that_cannot_be_executed_for_lack_of_something_says_nothing_about_the_service(
        services, what, mode):
    services.start({"web": {"command": NOTED, "healthcheck": {"exec": scripted(0)} | AT_ONCE}}, mode=mode)
    services.until_told(HEALTHY)
    with without(services, what, mode):
        services.until_told(CANNOT)
    services.until_noted(*["check 0"] * (len(checks(services)) + 5))
    assert services.messages.count(CANNOT) == 1 and UNHEALTHY not in services.messages
    assert sum(line.startswith("runs") for line in services.journal) == 1
    assert services.stop() == 0


def test_a_check_that_gets_no_socket_says_nothing_about_the_service(services, server):
    services.start({"web": {"command": NOTED, "healthcheck": {"http": server.url} | AT_ONCE}})
    server.answer(204)
    connection, _ = server.take()
    with without(services):
        connection.sendall(b"HTTP/1.1 204 Good\r\n\r\n")
        connection.close()
        services.until_told(f"service 'web': http {server.url[len('http://'):]}: {CANNOT}")
    server.answer(204)
    server.answer(503)
    services.until_told(UNHEALTHY)
    assert services.messages.count(CANNOT) == 1 and services.messages.count("1 check") == 1
    services.end()


def test_a_service_that_nobody_can_look_at_is_not_ready_in_time(services):
    ready = {"exec": script("exit 1"), "interval": "10ms", "timeout": "2s"}
    services.start({"web": {"command": IDLE, "ready": ready}})
    services.until_told("service 'web' has started")
    limit(services, "root", "nofile", 3)
    services.until_told(f"it did not become ready in time (exec /bin/sh -c exit 1: {CANNOT}")
    assert services.wait() == 1


def test_an_unhealthy_service_can_become_healthy_again(services):
    healthcheck = {"exec": scripted(0, 1, 1, 0), "retries": 2} | OFTEN
    services.start({"web": {"command": NOTED, "healthcheck": healthcheck}})
    services.until_told(HEALTHY, 2)
    assert services.messages.count(UNHEALTHY) == 1
    assert len(runs_of(services, 1)) == 1
    assert services.stop() == 0


def test_failures_do_not_count_in_the_start_period_until_a_check_has_succeeded(services):
    healthcheck = {"exec": scripted(*[1] * 10, 0, 1), "retries": 2, "start_period": "1h", "start_interval": "10ms"} | OFTEN
    services.start({"web": {"command": IDLE, "healthcheck": healthcheck}})
    services.until_told(UNHEALTHY)
    assert HEALTHY in services.messages
    assert len(checks(services)) >= 13
    assert services.stop() == 0


def test_failures_count_when_the_start_period_is_over(services):
    healthcheck = {"exec": script("exit 1"), "retries": 2, "start_period": "100ms", "start_interval": "10ms"} | OFTEN
    services.start({"web": {"command": IDLE, "healthcheck": healthcheck}})
    services.until_told("2 checks in a row have failed")
    assert services.stop() == 0


def test_an_unhealthy_service_runs_on_unless_somebody_has_asked_for_more(services):
    healthcheck = {"exec": scripted(1), "retries": 1} | OFTEN
    services.start({"web": {"command": NOTED, "healthcheck": healthcheck}})
    services.until_told(UNHEALTHY)
    services.until_noted(*["check 1"] * 5)
    assert len(runs_of(services, 1)) == 1
    assert services.stop() == 0


def test_an_unhealthy_service_can_be_started_again(services):
    healthcheck = {"exec": scripted(0, 1, 1, 0), "retries": 2, "on_unhealthy": "restart"} | OFTEN
    services.start({"web": {"command": NOTED, "healthcheck": healthcheck, "restart_delay": "1ms"}})
    services.until_told(HEALTHY, 2)
    assert "service 'web' is asked to end by SIGTERM: its health check failed too often" in services.messages
    first, second = runs_of(services, 2)
    assert is_dead(first) and not is_dead(second)
    assert services.stop() == 0


@pytest.mark.parametrize("probe, end", [
    ({"healthcheck": {"exec": ["false"], "retries": 1, "on_unhealthy": "restart"} | OFTEN}, "is unhealthy"),
    ({"ready": {"exec": ["false"], "timeout": "50ms"}, "restart": "on-failure"}, "is asked to end")], ids=["health", "ready"])
def test_what_a_probe_has_found_is_told_where_it_is_news_and_not_of_the_next_run(services, probe, end):
    services.start({"web": {"command": IDLE, "restart_delay": "1ms", "max_restarts": 0} | probe})

    def told():
        return [line for line in services.messages.splitlines() if "exec false" in line]

    services.until(lambda: len(told()) >= 2, "told twice")
    services.until_told("service 'web' starts", 3)
    assert all(f"service 'web' {end}" in line for line in told())
    assert services.stop() == 0


def test_a_check_that_hangs_has_failed_and_is_killed_with_all_that_it_has_started(services):
    check = script("setsid sleep 2000 & " + note("$!") + "sleep 2000")
    services.start({"web": {"command": IDLE, "healthcheck": {"exec": check, "retries": 2} | OFTEN | {"timeout": "300ms"}}})
    services.until_told("2 checks in a row have failed")
    for pid in services.journal[:2]:
        services.until(lambda pid=pid: is_dead(pid), f"dead: {pid}")
    assert services.stop() == 0


def test_a_server_that_does_not_answer_in_time_is_unhealthy(services, server):
    services.start({"web": {"command": IDLE,
                            "healthcheck": {"http": server.url, "retries": 2} | OFTEN | {"timeout": "100ms"}}})
    connections = [server.take()[0] for _ in range(2)]
    services.until_told("2 checks in a row have failed")
    for connection in connections:
        connection.close()
    assert services.stop() == 0


def test_a_service_is_not_looked_at_before_it_is_ready(services):
    command = python('note("starts"); until_open(); note("becomes ready"); notify("READY=1"); stay()')
    services.start({"web": {"type": "notify", "command": command, "healthcheck": {"exec": scripted(0)} | OFTEN}})
    services.until_noted("starts")
    services.open_gate()
    services.until_told(HEALTHY)
    assert services.journal[:3] == ["starts", "becomes ready", "check 0"]
    assert services.stop() == 0


def test_a_check_runs_as_the_service_s_user_with_its_environment_and_in_its_directory(services):
    check = script('echo "$(id -u):$(id -g) $(pwd) $GREETING" >> "$JOURNAL"')
    services.start({"web": {"command": IDLE, "healthcheck": {"exec": check} | OFTEN, "user": "1234:1235",
                            "working_dir": "/usr", "environment": {"GREETING": "hello"}}})
    services.until_told(HEALTHY)
    assert services.journal[0] == "1234:1235 /usr hello"
    assert services.stop() == 0


def test_what_a_check_writes_is_not_in_the_log(services):
    check = script("echo noise; echo noise >&2; " + note("checked"))
    services.start({"web": {"command": script('until grep -q checked "$JOURNAL"; do sleep 0.01; done; echo end'),
                            "healthcheck": {"exec": check} | OFTEN}})
    assert services.rest() == ["end"]
    services.wait()
    assert "noise" not in services.messages


def test_one_that_waits_for_health_starts_only_then(services):
    dependent = {"command": script(note("dependent") + "exec sleep 1000"), "depends_on": {"web": "healthy"}}
    healthcheck = {"exec": scripted(1, 1, 0), "retries": 9} | OFTEN
    services.start({"web": {"command": IDLE, "healthcheck": healthcheck}, "dependent": dependent})
    services.until_noted("dependent")
    assert services.journal.index("dependent") > services.journal.index("check 0")
    assert re.search(HEALTHY + ".*service 'dependent' starts", services.messages, re.DOTALL)
    assert services.stop() == 0


@pytest.mark.parametrize("retries, told", [(1, "1 check has failed"), (5, "5 checks in a row have failed")])
def test_checks_go_on_while_the_service_is_unhealthy(services, retries, told):
    services.start({"web": {"command": IDLE, "healthcheck": {"exec": scripted(1), "retries": retries} | OFTEN}})
    services.until_told(f"is unhealthy: {told}")
    services.until_noted(*["check 1"] * (retries + 3))
    assert services.stop() == 0
