"""Services start in the order of their dependencies, are started again, and follow the file when it is read again."""

import os
import re
import signal

import pytest

from harness import children, every_mode, is_dead, name_of, until
from services import UNTIL_OPEN, note, script

as_root_and_as_PID_1 = pytest.mark.parametrize("mode", ["root", "user-pid1"])

QUICKLY = {"restart_delay": "1ms", "restart_max_delay": "1ms"}


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
    services.start({"migrate": {"type": "oneshot", "command": services.family("migrate"), "timeout": "50ms",
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


# --- Restarts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end, failed", [("exit 0", False), ("exit 3", True), ("exit 4", False), ("kill -9 $$", True),
                                         ("kill -TERM $$", True)])
@pytest.mark.parametrize("policy", ["no", "on-failure", "always"])
def test_a_service_is_started_again_after_those_ends_that_its_policy_names(services, policy, end, failed):
    restarts = {} if policy == "no" else {"max_restarts": 2, **QUICKLY}
    services.start({"web": {"command": script(note("run") + end), "restart": policy, "success_exit_codes": [0, 4],
                            **restarts}})
    code = services.wait()
    is_restarted = policy == "always" or (policy == "on-failure" and failed)
    assert services.journal == ["run"] * (3 if is_restarted else 1)
    codes = {"exit 0": 0, "exit 3": 3, "exit 4": 4, "kill -9 $$": 137, "kill -TERM $$": 143}
    assert code == codes[end] or (code == 1 and end == "exit 0" and policy == "always")


def test_a_service_is_not_started_again_unless_that_is_asked_for(services):
    services.start({"web": {"command": script(note("run") + "exit 3")}})
    assert services.wait() == 3
    assert services.journal == ["run"]


def test_the_delay_before_a_restart_doubles_up_to_the_longest(services):
    services.start({"web": {"command": script('date +%s%N >> "$JOURNAL"; exit 1'), "restart": "on-failure",
                            "restart_delay": "20ms", "restart_max_delay": "100ms", "max_restarts": 5}})
    assert services.wait() == 1
    announced = re.findall(r"service 'web' is started again in (\d+) ms, restart (\d+)", services.messages)
    assert [int(number) for _, number in announced] == [1, 2, 3, 4, 5]
    times = [int(line) for line in services.journal]
    for n, ((delay, _), expected) in enumerate(zip(announced, [20, 40, 80, 100, 100])):
        assert 0.9 * expected - 1 <= int(delay) <= 1.1 * expected + 1
        assert times[n + 1] - times[n] >= int(delay) * 1_000_000


def test_a_service_that_was_up_for_long_enough_starts_anew_with_the_shortest_delay(services):
    services.start({"web": {"command": script(note("run") + "exit 1"), "restart": "on-failure", "restart_delay": "1ms",
                            "restart_max_delay": "1h", "restart_reset_after": "0s", "max_restarts": 20}})
    assert services.wait() == 1
    assert services.messages.count("restart 1: ") == 20


def test_restarts_that_are_longer_ago_than_the_window_do_not_count(services):
    services.start({"web": {"command": script(note("run") + "exit 1"), "restart": "on-failure", "max_restarts": 1,
                            "restart_window": "1ms", "restart_delay": "5ms", "restart_max_delay": "5ms"}})
    services.until_noted(*["run"] * 6)
    assert services.stop() == 0


def test_without_a_limit_there_is_no_end_of_restarts(services):
    services.start({"web": {"command": script(note("run") + "exit 1"), "restart": "always", "max_restarts": 0,
                            **QUICKLY}})
    services.until_noted(*["run"] * 30)
    assert services.stop() == 0


def test_a_service_that_has_given_up_is_ignored_unless_it_says_otherwise(services):
    services.start({"bad": {"command": script(note("run") + "exit 3"), "restart": "always", "max_restarts": 2,
                            **QUICKLY},
                    "web": {"command": services.obedient("web")}})
    services.until_told("service 'bad' has failed, exit code 3")
    services.until_noted("web ready")
    assert services.journal.count("run") == 3
    assert services.stop() == 0


@pytest.mark.parametrize("how", [{"on_give_up": "shutdown"}, {"essential": True}], ids=["on_give_up", "essential"])
def test_a_service_that_gives_up_ends_everything_if_that_is_asked_for(services, how):
    services.start({"bad": {"command": script(UNTIL_OPEN + note("run") + "exit 3"), "restart": "on-failure",
                            "max_restarts": 2, **QUICKLY, **how},
                    "web": {"command": services.obedient("web")}})
    services.until_noted("web ready")
    services.open_gate()
    assert services.wait() == 3
    assert services.journal == ["web ready", "run", "run", "run", f"web got {int(signal.SIGTERM)}"]
    assert "stopping all services: 'bad' has ended" in services.messages


def test_an_essential_service_that_gives_up_can_be_ignored_no_more_than_any_essential_end(services):
    """on_give_up is about what is not essential; essential says: when it ends for good, everything ends."""
    services.start({"bad": {"command": script(UNTIL_OPEN + "exit 3"), "essential": True, "on_give_up": "ignore"},
                    "web": {"command": services.obedient("web")}})
    services.until_noted("web ready")
    services.open_gate()
    assert services.wait() == 3


@every_mode
def test_the_end_of_an_essential_service_ends_everything(services, mode):
    services.start({"job": {"command": script(UNTIL_OPEN), "essential": True},
                    "web": {"command": services.obedient("web")}}, mode=mode)
    services.until_noted("web ready")
    services.open_gate()
    assert services.wait() == 0
    assert services.journal == ["web ready", f"web got {int(signal.SIGTERM)}"]


def test_the_end_of_a_service_that_is_not_essential_ends_nobody_else(services):
    services.start({"job": {"command": script(UNTIL_OPEN)}, "web": {"command": services.obedient("web")}})
    services.until_noted("web ready")
    services.open_gate()
    services.until_told("service 'job' has completed")
    assert services.stop() == 0


def test_an_essential_service_that_is_started_again_ends_nothing(services):
    services.start({"web": {"command": services.obedient("web"), "essential": True, "restart": "always", **QUICKLY}})
    for runs in range(1, 4):
        services.until_noted(*["web ready"] * runs)
        os.kill(services.pid("web"), signal.SIGKILL)
    services.until_noted(*["web ready"] * 4)
    assert services.stop() == 0


@every_mode
@pytest.mark.parametrize("word, grace", [("", {}), (",ignore", {"stop_grace_period": "50ms"})], ids=["obeys", "ignores TERM"])
def test_what_a_killed_service_leaves_behind_has_ended_before_it_is_started_again(services, word, grace, mode):
    names = ("near", "apart", "daemon")
    members = [f"near{word}", f"apart,group{word}", f"daemon,session,orphan{word}"]
    services.start({"web": {"command": services.family("web", *members), "restart": "on-failure", **grace,
                            **QUICKLY}}, init={"stop_grace_period": "50ms"}, mode=mode)
    services.until_noted("web ready")
    old = [services.pid(name) for name in names]
    os.kill(services.pid("web"), signal.SIGKILL)
    services.until_noted("web ready", "web ready")
    assert all(map(is_dead, old))
    assert [len(services.pids(name)) for name in names] == [1, 1, 1]
    if not word:
        again = services.journal.index("web ready", services.journal.index("web ready") + 1)
        assert {f"{name} got {int(signal.SIGTERM)}" for name in names} <= set(services.journal[:again])
    assert services.stop() == 137


@every_mode
def test_what_has_lost_its_mark_is_known_by_where_it_writes(services, mode):
    # As PostgreSQL's processes: each has a session, and has written over its environment.
    command = ["/usr/bin/env", "-i", *services.family("db", "daemon,session,orphan")]
    services.start({"db": {"command": command, "restart": "on-failure", **QUICKLY},
                    "other": {"command": services.obedient("other")}}, init={"stop_grace_period": "50ms"}, mode=mode)
    services.until_noted("db ready", "other ready")
    os.kill(services.pid("db"), signal.SIGKILL)
    services.until_noted("db ready", "db ready")
    again = services.journal.index("db ready", services.journal.index("db ready") + 1)
    assert f"daemon got {int(signal.SIGTERM)}" in services.journal[:again]
    assert f"other got {int(signal.SIGTERM)}" not in services.journal
    assert services.stop() == 137


@every_mode
def test_orphans_of_services_are_reaped(services, mode):
    services.start({"web": {"command": script('for i in 1 2 3 4 5; do (setsid sleep 0.01 &) ; done\n' + note("left")
                                              + "exec " + " ".join(services.obedient("web")))}}, mode=mode)
    services.until_noted("web ready")
    until(lambda: [name_of(pid) for pid in children(services.onit)] == ["web"], "only the service is left")
    assert services.stop() == 0


# --- Into the background --------------------------------------------------------------------------------------------


@every_mode
@pytest.mark.parametrize("way", ["", "setsid "], ids=["in its group", "in a session of its own"])
def test_a_service_that_goes_into_the_background_is_told_that_this_is_its_end(services, way, mode):
    services.start({"web": {"command": script(way + "sleep 1000 &"), "essential": True}}, mode=mode)
    assert services.wait() == 0
    line = ("onit: warning: service 'web' left processes behind, which are ended: "
            "if it goes into the background, keep it in the foreground\n")
    assert services.messages.count(line) == services.messages.count("behind") == 1


def test_each_run_that_leaves_somebody_behind_is_told_of(services):
    services.start({"web": {"command": script("sleep 1000 &"), "essential": True, "restart": "always",
                            "max_restarts": 1, **QUICKLY}})
    assert services.wait() == 1
    assert services.messages.count("service 'web' left processes behind") == 2


def test_a_service_that_crashes_is_not_told_to_stay_in_the_foreground(services):
    services.start({"web": {"command": services.family("web", "daemon,session,orphan"), "essential": True}})
    services.until_noted("web ready")
    os.kill(services.pid("web"), signal.SIGKILL)
    assert services.wait() == 137
    assert "service 'web' left processes behind, which are ended\n" in services.messages
    assert "foreground" not in services.messages


@pytest.mark.parametrize("how", ["left nobody behind", "was asked to end"])
def test_nobody_is_said_to_be_left_behind_by_a_service_that(services, how):
    command = script("true & wait") if how == "left nobody behind" else services.obedient("web", "near", "daemon,session")
    services.start({"web": {"command": command, "essential": True}}, init={"stop_grace_period": "50ms"})
    if how == "was asked to end":
        services.until_noted("web ready")
        services.signal()
    services.wait()
    assert "behind" not in services.messages
