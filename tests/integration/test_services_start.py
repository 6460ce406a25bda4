"""Which services start, and when: the order of their dependencies, profiles, and where services come from."""

import os
import re
import signal

import pytest

from harness import every_mode
from services import UNTIL_OPEN, note, script

as_root_and_as_PID_1 = pytest.mark.parametrize("mode", ["root", "user-pid1"])


# --- The start ------------------------------------------------------------------------------------------------------


@every_mode
def test_a_service_starts_when_a_oneshot_that_it_needs_has_completed(services, mode):
    services.start({"web": {"command": services.obedient("web"), "depends_on": {"migrate": "completed"}},
                    "migrate": {"type": "oneshot", "command": script(UNTIL_OPEN + note("migrated"))}}, mode=mode)
    services.until_told("service 'migrate' has started")
    services.until_told("service 'web' waits until 'migrate' has completed")
    services.open_gate()
    services.until_noted("web ready")
    assert services.journal == ["migrated", "web ready"]
    assert services.stop() == 0


def test_a_service_starts_when_one_that_it_needs_has_ended_whether_successfully_or_not(services):
    services.start({"web": {"command": services.obedient("web"), "depends_on": {"try": "exited"}},
                    "try": {"type": "oneshot", "command": script(UNTIL_OPEN + note("tried") + "exit 3")}})
    services.until_told("service 'web' waits until 'try' has ended")
    services.open_gate()
    services.until_noted("web ready")
    assert services.journal == ["tried", "web ready"]
    assert services.stop() == 0


def test_a_service_starts_when_one_that_it_needs_has_said_that_it_is_ready(services):
    services.start({"web": {"command": services.obedient("web"), "depends_on": {"db": "ready"}},
                    "db": {"command": script(UNTIL_OPEN + note("db is ready") + "echo >&3; exec sleep 1000"),
                           "ready": {"fd": 3}}})
    services.until_told("service 'web' waits until 'db' is ready")
    services.open_gate()
    services.until_noted("web ready")
    assert services.journal == ["db is ready", "web ready"]
    assert services.stop() == 0


def test_a_service_starts_when_the_health_check_of_one_that_it_needs_succeeds(services):
    healthcheck = {"exec": script('[ -e "$ROOM/gate" ] && ' + note("checked")), "interval": "10ms"}
    services.start({"web": {"command": services.obedient("web"), "depends_on": {"db": "healthy"}},
                    "db": {"command": services.obedient("db"), "healthcheck": healthcheck}})
    services.until_told("service 'web' waits until 'db' is healthy")
    services.until_noted("db ready")
    assert "web ready" not in services.journal
    services.open_gate()
    services.until_noted("web ready")
    assert services.journal.index("checked") < services.journal.index("web ready")
    assert services.stop() == 0


def test_a_service_starts_when_one_that_it_needs_is_executed(services):
    services.start({"web": {"command": services.obedient("web"), "depends_on": {"db": "started"}},
                    "db": {"command": services.obedient("db"), "ready": {"file": "/nowhere"}}})
    services.until_noted("web ready", "db ready")
    assert services.is_before("service 'db' has started", "service 'web' starts")
    assert services.stop() == 0


def test_a_list_of_dependencies_means_what_each_of_them_has_to_offer(services):
    services.start({"web": {"command": services.obedient("web"), "depends_on": ["db", "migrate", "cache"]},
                    "db": {"command": script(note("db is ready") + "echo >&3; exec sleep 1000"), "ready": {"fd": 3}},
                    "migrate": {"type": "oneshot", "command": script(note("migrated"))},
                    "cache": {"command": services.obedient("cache")}})
    services.until_noted("web ready", "cache ready")
    assert services.journal.index("db is ready") < services.journal.index("web ready")
    assert services.journal.index("migrated") < services.journal.index("web ready")
    assert services.is_before("service 'cache' has started", "service 'web' starts")
    assert services.stop() == 0


@every_mode
def test_services_that_do_not_need_each_other_start_at_the_same_time(services, mode):
    """Each of them waits until all of them run."""
    all_are_there = 'until [ "$(wc -l < "$JOURNAL")" -ge 4 ]; do sleep 0.01; done\n'
    meets_the_others = {"type": "oneshot", "command": script(note("here") + all_are_there), "depends_on": ["first"]}
    services.start({"first": {"type": "oneshot", "command": script(note("first"))}}
                   | {name: meets_the_others for name in ("a", "b", "c")}, mode=mode)
    assert services.wait() == 0
    assert services.journal == ["first", "here", "here", "here"]


def test_a_service_that_waits_keeps_nobody_from_starting(services):
    services.start({"slow": {"type": "oneshot", "command": script(UNTIL_OPEN)},
                    "patient": {"command": services.obedient("patient"), "depends_on": ["slow"]},
                    "free": {"command": services.obedient("free")}})
    services.until_noted("free ready")
    assert services.journal == ["free ready"]
    assert services.stop() == 0
    assert services.journal == ["free ready", f"free got {int(signal.SIGTERM)}"]


@every_mode
def test_a_failed_dependency_fails_its_dependents_with_the_reason(services, mode):
    services.start({"migrate": {"type": "oneshot", "command": script("exit 3")},
                    "app": {"command": services.obedient("app"), "depends_on": ["migrate"]},
                    "web": {"command": services.obedient("web"), "depends_on": ["app"], "essential": True}}, mode=mode)
    assert services.wait() == 3
    assert services.journal == []
    assert "service 'app' has failed, exit code 3: 'migrate', which it needs, has failed" in services.messages
    assert "service 'web' has failed, exit code 3: 'app', which it needs, has failed" in services.messages


def test_a_failed_dependency_is_no_matter_for_those_who_do_not_need_it(services):
    services.start({"migrate": {"type": "oneshot", "command": script("exit 3")},
                    "app": {"command": services.obedient("app"), "depends_on": ["migrate"]},
                    "web": {"command": services.obedient("web")}})
    services.until_told("service 'app' has failed")
    services.until_noted("web ready")
    assert services.stop() == 0
    assert services.journal == ["web ready", f"web got {int(signal.SIGTERM)}"]


def test_a_service_that_does_not_become_ready_in_time_fails_its_dependents(services):
    services.start({"db": {"command": services.obedient("db"), "ready": {"file": "/nowhere", "timeout": "50ms"}},
                    "web": {"command": services.obedient("web"), "depends_on": ["db"], "essential": True}})
    assert services.wait() not in (0, 125)
    assert "web ready" not in services.journal
    assert re.search("service 'db' has failed, .*: it did not become ready in time", services.messages)
    assert re.search("service 'web' has failed, .*: 'db', which it needs, has failed", services.messages)


@as_root_and_as_PID_1
def test_a_oneshot_that_takes_longer_than_its_timeout_is_ended_and_has_failed(services, mode):
    services.start({"migrate": {"type": "oneshot", "command": services.family("migrate"), "timeout": "1s",
                                "stop_grace_period": "50ms"},
                    "web": {"command": services.obedient("web"), "depends_on": ["migrate"]}}, mode=mode)
    assert services.wait() == 137
    assert "web ready" not in services.journal
    assert services.is_before("service 'migrate' is asked to end by SIGTERM: it took too long", "and is killed")
    assert "service 'migrate' has failed, exit code 137: it took too long" in services.messages


def test_a_oneshot_without_timeout_may_take_as_long_as_it_likes(services):
    services.start({"migrate": {"type": "oneshot", "command": script(note("begun") + UNTIL_OPEN + note("done"))}})
    services.until_noted("begun")
    services.open_gate()
    assert services.wait() == 0
    assert services.journal == ["begun", "done"]


# --- What is not started --------------------------------------------------------------------------------------------


def test_a_service_without_autostart_does_not_start(services):
    services.start({"web": {"command": services.obedient("web")},
                    "debug": {"command": services.obedient("debug"), "autostart": False}})
    services.until_told("all services are ready")
    services.until_noted("web ready")
    assert services.stop() == 0
    assert "service 'debug' starts" not in services.messages


def test_a_service_without_autostart_starts_if_one_that_starts_needs_it(services):
    services.start({"web": {"command": services.obedient("web"), "depends_on": ["db"]},
                    "db": {"command": services.obedient("db"), "autostart": False}})
    services.until_noted("web ready", "db ready")
    assert services.stop() == 0


@pytest.mark.parametrize("active", [[], ["debug"], ["debug", "test"]], ids=lambda names: "+".join(names) or "none")
def test_a_service_with_profiles_exists_only_if_one_of_them_is_active(services, active):
    services.start({"web": {"type": "oneshot", "command": script(note("web"))},
                    "shell": {"type": "oneshot", "command": script(note("debug")), "profiles": ["debug"]},
                    "check": {"type": "oneshot", "command": script(note("test")), "profiles": ["test"]}},
                   *(word for name in active for word in ("--profile", name)))
    assert services.wait() == 0
    assert sorted(services.journal) == sorted(["web", *active])


# --- Other sources of services --------------------------------------------------------------------------------------


@every_mode
def test_services_of_the_command_line_run_and_each_of_them_is_essential(services, room, mode):
    services.start_with("--service", f"web={' '.join(services.obedient('web'))}",
                        "--service", f"api={' '.join(services.obedient('api', '--gate', room / 'gate'))}",
                        cwd=room, mode=mode)
    services.until_noted("web ready", "api ready")
    os.kill(services.pid("web"), signal.SIGKILL)
    services.open_gate()
    assert services.wait() in (137, 128 + signal.SIGTERM)
    assert "stopping all services: " in services.messages


def test_a_service_of_the_command_line_is_one_more_beside_those_of_a_file(services):
    services.start({"web": {"command": services.obedient("web")}},
                   "--service", f"api={' '.join(services.obedient('api'))}")
    services.until_noted("web ready", "api ready")
    assert services.stop() == 0


@as_root_and_as_PID_1
def test_a_Procfile_runs_as_it_is_and_one_end_ends_everything(services, room, mode):
    (room / "Procfile").write_text("# a comment\n\n"
                                   "web: " + " ".join(services.obedient("web")) + "\n"
                                   "worker: echo $PORT >> $JOURNAL; " + UNTIL_OPEN.strip() + "; exit 4\n")
    services.start_with("-f", room / "Procfile", cwd=room, mode=mode)
    services.until_noted("web ready", "5100")
    services.open_gate()
    assert services.wait() == 4
    assert services.journal[-1] == f"web got {int(signal.SIGTERM)}"
