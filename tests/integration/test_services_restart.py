"""Services that end: they are started again, have failed, or end everything; and what they leave behind."""

import os
import re
import signal

import pytest

from harness import children, every_mode, is_dead, name_of, until
from services import QUICKLY, UNTIL_OPEN, note, script


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
