"""How services end: in order, each in its own way, in time, and with everything that came from them."""

import os
import signal

import pytest

from harness import descendants, end_strays, every_mode, helper, is_dead, name_of, status, strays, until
from services import UNTIL_OPEN, note, script

TERM = int(signal.SIGTERM)

# Root as Docker gives it to a container: without most capabilities, among them the one to look into others' processes.
AS_IN_DOCKER = ["setpriv", "--bounding-set", "-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,"
                "+net_bind_service,+net_raw,+sys_chroot,+mknod,+audit_write,+setfcap", "--"]
as_root = pytest.mark.parametrize("mode", ["root", "root-pid1"])
two_modes = pytest.mark.parametrize("mode", ["root", "user-pid1"])


# --- Order ----------------------------------------------------------------------------------------------------------


@every_mode
def test_services_stop_in_reverse_order_of_their_dependencies_and_a_level_in_parallel(services, mode):
    """Those of the middle end only when both of them have been asked to."""
    def last(name, *depends_on):
        command = services.obedient(name, "--gate", services.room / "gate")
        return {"command": command, "depends_on": list(depends_on), "stop_grace_period": "1h"}

    services.start({"db": last("db"), "left": last("left", "db"), "right": last("right", "db"),
                    "front": last("front", "left", "right")}, init={"stop_grace_period": "1h"}, mode=mode)
    services.until_noted("db ready", "left ready", "right ready", "front ready")
    services.signal()
    services.until_noted(f"front got {TERM}")
    assert not [line for line in services.journal if "got" in line and "front" not in line]
    services.open_gate()
    assert services.wait() == 0
    ends = [line for line in services.journal if "ready" not in line]
    assert ends[:2] == [f"front got {TERM}", "front ends"]
    assert sorted(ends[2:6]) == [f"left ends", f"left got {TERM}", "right ends", f"right got {TERM}"]
    assert ends[6:] == [f"db got {TERM}", "db ends"]


def test_services_that_do_not_need_each_other_stop_at_the_same_time(services):
    names = ["a", "b", "c"]
    services.start({name: {"command": services.obedient(name, "--gate", services.room / "gate")} for name in names})
    services.until_noted(*(f"{name} ready" for name in names))
    services.signal()
    services.until_noted(*(f"{name} got {TERM}" for name in names))
    services.open_gate()
    assert services.wait() == 0


def test_a_service_that_was_only_to_have_run_before_is_not_stopped_after_its_dependents(services):
    services.start({"job": {"command": services.obedient("job", "--gate", services.room / "gate"),
                            "ready": {"file": "/"}},
                    "once": {"type": "oneshot", "command": script("exit 0")},
                    "web": {"command": services.obedient("web"), "depends_on": {"once": "completed", "job": "ready"}}})
    services.until_noted("job ready", "web ready")
    services.signal()
    services.until_noted(f"job got {TERM}")
    assert services.journal.index(f"web got {TERM}") < services.journal.index(f"job got {TERM}")
    services.open_gate()
    assert services.wait() == 0


@every_mode
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT], ids=lambda number: number.name)
def test_each_of_three_signals_ends_everything_in_order_and_is_a_success(services, number, mode):
    services.start({"db": {"command": services.obedient("db")},
                    "web": {"command": services.obedient("web"), "depends_on": ["db"]}}, mode=mode)
    services.until_noted("db ready", "web ready")
    services.signal(number)
    assert services.wait() == 0
    assert services.journal[2:] == [f"web got {TERM}", f"db got {TERM}"]


def test_the_command_beside_services_is_stopped_as_one_of_them(services):
    services.start({"web": {"command": services.obedient("web")}}, "--", *services.obedient("main"))
    services.until_noted("main ready", "web ready")
    assert services.stop() == 0
    assert sorted(services.journal[2:]) == [f"main got {TERM}", f"web got {TERM}"]


def test_what_has_not_started_yet_does_not_start_any_more(services):
    services.start({"slow": {"type": "oneshot", "command": services.obedient("slow")},
                    "web": {"command": services.obedient("web"), "depends_on": ["slow"]}})
    services.until_noted("slow ready")
    assert services.stop() == 0
    assert services.journal == ["slow ready", f"slow got {TERM}"]


def test_what_is_to_be_started_again_is_not(services):
    services.start({"web": {"command": script(note("run") + "exit 1"), "restart": "always", "restart_delay": "1h",
                            "restart_max_delay": "1h"}})
    services.until_told("service 'web' is started again")
    assert services.stop() == 0
    assert services.journal == ["run"]


def test_a_service_that_always_restarts_does_not_when_it_was_asked_to_end(services):
    services.start({"web": {"command": services.obedient("web"), "restart": "always", "restart_delay": "1ms"}})
    services.until_noted("web ready")
    assert services.stop() == 0
    assert services.journal == ["web ready", f"web got {TERM}"]


def test_while_a_TERM_is_held_back_services_go_on_and_a_second_one_is_not_held_back(services):
    services.start({"web": {"command": services.obedient("web")}}, init={"drain": "1h"})
    services.until_noted("web ready")
    services.signal()
    services.until_told("holding SIGTERM back")
    assert services.journal == ["web ready"]
    assert services.stop() == 0
    assert services.journal == ["web ready", f"web got {TERM}"]


def test_a_TERM_is_held_back_only_for_so_long(services):
    services.start({"web": {"command": services.obedient("web")}}, init={"drain": "30ms"})
    services.until_noted("web ready")
    assert services.stop() == 0
    assert "holding SIGTERM back" in services.messages
    assert services.journal == ["web ready", f"web got {TERM}"]


# --- Each in its own way --------------------------------------------------------------------------------------------


@every_mode
def test_each_service_gets_its_own_stop_signal(services, mode):
    services.start({"db": {"command": services.obedient("db"), "stop_signal": "SIGINT"},
                    "web": {"command": services.obedient("web"), "stop_signal": "QUIT"},
                    "app": {"command": services.obedient("app"), "stop_signal": "RTMIN+3"}}, mode=mode)
    services.until_noted("db ready", "web ready", "app ready")
    assert services.stop() == 0
    assert sorted(services.journal[3:]) == ["app got 37", f"db got {int(signal.SIGINT)}",
                                            f"web got {int(signal.SIGQUIT)}"]


@every_mode
def test_the_whole_group_of_a_service_gets_its_stop_signal_once(services, mode):
    services.start({"web": {"command": services.obedient("web", "near", "apart,group", "away,session",
                                                         "daemon,session,orphan")}}, mode=mode)
    services.until_noted("web ready")
    assert services.stop() == 0
    names = ("apart", "away", "daemon", "near", "web")
    assert sorted(line for line in services.journal if "got" in line and not line.endswith(f" {int(signal.SIGCHLD)}")
                  ) == [f"{name} got {TERM}" for name in names]


@every_mode
def test_a_service_that_takes_longer_than_its_own_grace_is_killed_and_others_are_not(services, mode):
    services.start({"stubborn": {"command": services.family("stubborn"), "stop_grace_period": "50ms"},
                    "web": {"command": services.obedient("web", "--gate", services.room / "gate"),
                            "stop_grace_period": "1h"}}, init={"stop_grace_period": "1h"}, mode=mode)
    services.until_noted("stubborn ready", "web ready")
    services.signal()
    services.until_told("service 'stubborn' was killed by SIGKILL")
    services.open_gate()
    assert services.wait() == 137
    assert services.journal[-1] == "web ends"
    assert "service 'stubborn' took too long to end, and is killed" in services.messages
    assert "service 'web' took too long" not in services.messages


def test_whoever_sends_onit_signals_faster_than_it_takes_them_is_killed_in_time(services):
    """With many services it takes onit longer to take a signal than others to send one; real-time ones queue up."""
    jobs = {f"job{number}": {"type": "oneshot", "command": ["true"]} for number in range(300)}
    flood = {"command": [helper("flood"), str(signal.SIGRTMIN + 6), "2"], "stop_grace_period": "200ms",
             "depends_on": {name: "completed" for name in jobs}}
    services.start({"flood": flood} | jobs)
    services.until_told("service 'flood' has started")
    until(lambda: int(status(services.pid("flood"))["SigBlk"], 16) >> (TERM - 1) & 1, "it cares for no signal")
    assert services.stop() == 137
    assert "service 'flood' took too long to end, and is killed" in services.messages


def test_a_grace_of_nothing_kills_at_once(services):
    services.start({"web": {"command": services.obedient("web"), "stop_grace_period": "0s"}})
    services.until_noted("web ready")
    services.stop()
    assert services.journal == ["web ready"]


@every_mode
def test_pre_stop_runs_to_its_end_before_the_stop_signal(services, mode):
    services.start({"web": {"command": services.obedient("web"), "stop_grace_period": "1h",
                            "pre_stop": script(note("draining") + UNTIL_OPEN + note("drained"))}},
                   init={"stop_grace_period": "1h"}, mode=mode)
    services.until_noted("web ready")
    services.signal()
    services.until_noted("draining")
    assert services.journal == ["web ready", "draining"]
    services.open_gate()
    assert services.wait() == 0
    assert services.journal == ["web ready", "draining", "drained", f"web got {TERM}"]


def test_pre_stop_sees_what_the_service_sees(services):
    services.start({"web": {"command": services.obedient("web"), "environment": {"A": "of web"}, "working_dir": "/usr",
                            "pre_stop": script(note("$A $PWD"))}})
    services.until_noted("web ready")
    assert services.stop() == 0
    assert services.journal == ["web ready", "of web /usr", f"web got {TERM}"]


@pytest.mark.parametrize("pre_stop", [["/nowhere"], ["/bin/false"]], ids=["missing", "failing"])
def test_a_pre_stop_that_fails_does_not_keep_a_service_from_being_stopped(services, pre_stop):
    services.start({"web": {"command": services.obedient("web"), "pre_stop": pre_stop}})
    services.until_noted("web ready")
    assert services.stop() == 0
    assert services.journal == ["web ready", f"web got {TERM}"]


@two_modes
def test_a_pre_stop_that_takes_all_of_the_grace_is_killed_and_the_service_still_gets_its_signal(services, mode):
    services.start({"web": {"command": services.obedient("web"), "stop_grace_period": "1s",
                            "pre_stop": services.family("hook", "child,session,ignore")}}, mode=mode)
    services.until_noted("web ready")
    services.signal()
    services.until_noted("hook ready")
    assert services.wait() == 0
    assert f"web got {int(signal.SIGTERM)}" in services.journal
    # The harness finds whoever is left.


def test_a_service_that_ends_by_itself_has_no_pre_stop(services):
    services.start({"web": {"command": script("exit 0"), "pre_stop": script(note("drained"))}})
    assert services.wait() == 0
    assert services.journal == []


# --- In time --------------------------------------------------------------------------------------------------------


@every_mode
def test_the_deadline_for_everything_wins_over_the_grace_of_a_service(services, mode):
    services.start({"db": {"command": services.obedient("db")},
                    "web": {"command": services.family("web"), "depends_on": ["db"]}},
                   init={"stop_grace_period": "100ms"}, mode=mode)
    services.until_noted("db ready", "web ready")
    assert services.stop() == 137
    assert "the time to end is over" in services.messages


def test_the_deadline_for_everything_wins_over_a_pre_stop(services):
    services.start({"web": {"command": services.obedient("web"), "pre_stop": services.family("hook")}},
                   init={"stop_grace_period": "100ms"})
    services.until_noted("web ready")
    assert services.stop() == 137
    assert "the time to end is over" in services.messages


def test_the_deadline_for_everything_holds_for_those_whom_a_service_has_left_behind(services):
    services.start({"web": {"command": services.obedient("web", "daemon,session,orphan,ignore")}},
                   init={"stop_grace_period": "100ms"})
    services.until_noted("web ready")
    assert services.stop() == 137
    assert "the time to end is over" in services.messages


@every_mode
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_second_request_kills_everything_at_once(services, number, mode):
    services.start({"db": {"command": services.obedient("db"), "stop_grace_period": "1h"},
                    "web": {"command": services.family("web", "daemon,session,orphan,ignore"), "depends_on": ["db"],
                            "stop_grace_period": "1h"}}, init={"stop_grace_period": "1h"}, mode=mode)
    services.until_noted("db ready", "web ready")
    services.signal()
    services.until_noted(f"web got {TERM}")
    services.signal(number)
    assert services.wait() == 137
    assert f"db got {TERM}" not in services.journal
    assert "asked a second time" in services.messages


def test_a_service_that_is_stopped_by_job_control_does_not_outlive_the_grace(services):
    services.start({"web": {"command": services.obedient("web"), "stop_grace_period": "100ms"}})
    services.until_noted("web ready")
    pid = services.pid("web")
    os.kill(pid, signal.SIGSTOP)
    until(lambda: status(pid).get("State", "")[:1] == "T", "it is stopped")
    assert services.stop() in (0, 137)


# --- Those whom a service has started -------------------------------------------------------------------------------

STUBBORN = ["near,ignore", "apart,group,ignore", "daemon,session,orphan,ignore"]


@every_mode
def test_nobody_who_came_from_a_service_survives_its_stop(services, mode):
    """The stop of one service, while another goes on: its end cannot be taken for the end of everything."""
    web = {"command": services.obedient("web", *STUBBORN), "stop_grace_period": "100ms"}
    other = {"command": services.obedient("other")}
    services.start({"web": web, "other": other}, mode=mode)
    services.until_noted("web ready", "other ready")
    pids = [services.pid(member.split(",")[0]) for member in STUBBORN]
    services.write({"other": other})
    services.signal(signal.SIGHUP)
    services.until_told("service 'web' is no longer in the file")
    assert all(map(is_dead, pids))
    assert "other got" not in "\n".join(services.journal)
    assert services.stop() == 0


@as_root
@pytest.mark.parametrize("through", [[], AS_IN_DOCKER], ids=["all capabilities", "those of Docker"])
def test_nobody_who_came_from_a_service_of_another_user_survives_its_stop(services, mode, through):
    web = {"command": services.obedient("web", *STUBBORN), "stop_grace_period": "100ms", "user": "1000:1000"}
    other = {"command": services.obedient("other"), "user": "1001:1001"}
    services.start({"web": web, "other": other}, mode=mode, through=through)
    services.until_noted("web ready", "other ready")
    pids = [services.pid(member.split(",")[0]) for member in STUBBORN]
    assert all(status(pid)["Uid"].split()[0] == "1000" for pid in pids)
    services.write({"other": other})
    services.signal(signal.SIGHUP)
    services.until_told("service 'web' is no longer in the file")
    assert all(map(is_dead, pids))
    assert services.stop() == 0


@every_mode
def test_a_service_that_ends_by_itself_leaves_nobody_behind(services, mode):
    services.start({"web": {"command": script(f"{' '.join(services.family('web', '--now', *STUBBORN))}; exit 3"),
                            "stop_grace_period": "50ms"},
                    "other": {"command": services.obedient("other")}}, mode=mode)
    services.until_told("service 'web' has failed, exit code 3")
    assert not {"near", "apart", "daemon"} & {name_of(pid) for pid in descendants(services.onit)}
    services.until_noted("other ready")
    assert services.stop() == 0


def with_a_daemon(daemon, main):
    """... that has a session of its own, no parent and a new environment: it belongs to nobody, but came from onit."""
    return script(f"(setsid env -i {' '.join(daemon)} &)\nexec {' '.join(main)}")


@every_mode
def test_what_has_lost_every_mark_of_its_service_is_asked_to_end_when_all_have_ended(services, mode):
    services.start({"web": {"command": with_a_daemon(services.obedient("daemon"), services.obedient("web"))}},
                   init={"stop_grace_period": "1h"}, mode=mode)
    services.until_noted("web ready", "daemon ready")
    assert services.stop() == 0
    assert services.journal[-2:] == [f"web got {TERM}", f"daemon got {TERM}"]


@every_mode
def test_what_has_lost_every_mark_of_its_service_and_ignores_TERM_is_killed_in_time(services, mode):
    services.start({"web": {"command": with_a_daemon(services.family("daemon"), services.obedient("web"))}},
                   init={"stop_grace_period": "200ms"}, mode=mode)
    services.until_noted("web ready", "daemon ready")
    assert services.stop() == 137


def test_a_process_that_onit_did_not_start_is_left_alone(services):
    """Whoever became onit executed it, and had a child before."""
    starter = ["/bin/sh", "-c", f"{helper('family')} --as stranger --to \"$JOURNAL\" --stay & exec \"$@\"", "sh"]
    services.start({"web": {"command": services.obedient("web")}}, through=starter)
    services.until_noted("web ready", "stranger ready")
    assert services.stop() == 0
    assert services.journal[-1] == f"web got {TERM}"
    assert [name_of(pid) for pid in strays()] == ["stranger"]
    end_strays()


# --- Services that end because others do ----------------------------------------------------------------------------


def test_a_service_that_is_removed_while_it_starts_is_ended_all_the_same(services):
    other = {"command": services.obedient("other")}
    services.start({"web": {"command": services.obedient("web"), "ready": {"file": "/nowhere"}}, "other": other})
    services.until_noted("web ready", "other ready")
    services.write({"other": other})
    services.signal(signal.SIGHUP)
    services.until_told("service 'web' is no longer in the file")
    assert f"web got {TERM}" in services.journal
    assert services.stop() == 0
