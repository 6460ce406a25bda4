"""onit's exit code tells how its services have ended, and a message why."""

import os
import re
import signal

import pytest

from harness import every_mode
from services import UNTIL_OPEN, note, script

two_modes = pytest.mark.parametrize("mode", ["root", "user-pid1"])


def exits(code):
    return {"command": script(f"exit {code}")}


def exits_when_open(code):
    return {"command": script(UNTIL_OPEN + f"exit {code}")}


# --- Nothing is left to run -----------------------------------------------------------------------------------------


@every_mode
def test_when_nothing_is_left_to_run_the_highest_code_counts(services, mode):
    services.start({"a": exits(3), "b": exits(7), "c": exits(0)}, mode=mode)
    assert services.wait() == 7
    assert "nothing is left to run" in services.messages


def test_when_everything_has_succeeded_the_code_is_0(services):
    services.start({"a": exits(0), "b": {"type": "oneshot", **exits(0)}})
    assert services.wait() == 0


def test_only_the_last_run_of_a_service_counts(services):
    services.start({"web": {"command": script('if [ -e "$ROOM/again" ]; then exit 0; fi; touch "$ROOM/again"; exit 9'),
                            "restart": "on-failure", "restart_delay": "1ms"}})
    assert services.wait() == 0


def test_a_code_that_means_success_is_onits_all_the_same(services):
    """It is no failure, but it is the code of what ran."""
    services.start({"web": {**exits(3), "success_exit_codes": [0, 3]}, "worse": exits(2)})
    assert services.wait() == 3
    assert "service 'web' has failed" not in services.messages
    assert services.messages.splitlines()[-1].startswith("onit: exit code 3: service 'web' has completed ")


@every_mode
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGUSR1, signal.SIGSEGV],
                         ids=lambda number: number.name)
def test_a_service_that_is_killed_by_a_signal_counts_as_128_and_its_number(services, number, mode):
    services.start({"web": {"command": script(f"ulimit -c 0; kill -{int(number)} $$")}}, mode=mode)
    assert services.wait() == 128 + number
    assert f"service 'web' was killed by {number.name}" in services.messages


# --- Somebody ends everything ---------------------------------------------------------------------------------------


@every_mode
@pytest.mark.parametrize("code", [0, 5, 255])
def test_the_code_of_the_essential_service_that_ended_counts(services, code, mode):
    services.start({"web": {**exits_when_open(code), "essential": True},
                    "other": {"command": services.obedient("other", "--exit", 9)}, "bad": exits(77)}, mode=mode)
    services.until_noted("other ready")
    services.until_told("service 'bad' has failed")
    services.open_gate()
    assert services.wait() == code


def test_of_two_essential_services_that_which_ended_first_counts(services):
    services.start({"first": {**exits_when_open(4), "essential": True},
                    "second": {"command": services.obedient("second"), "essential": True}})
    services.until_noted("second ready")
    services.open_gate()
    assert services.wait() == 4


def test_an_essential_service_that_is_killed_counts_as_128_and_the_signal(services):
    services.start({"web": {"command": services.obedient("web"), "essential": True}})
    services.until_noted("web ready")
    os.kill(services.pid("web"), signal.SIGKILL)
    assert services.wait() == 137


def test_the_code_of_a_failed_oneshot_that_an_essential_service_needs_counts(services):
    services.start({"migrate": {"type": "oneshot", **exits(42)},
                    "web": {"command": services.obedient("web"), "essential": True, "depends_on": ["migrate"]},
                    "other": {"command": services.obedient("other")}})
    assert services.wait() == 42
    assert "stopping all services: 'web' has ended" in services.messages
    assert "'migrate', which it needs, has failed" in services.messages


def test_the_code_of_a_service_that_gives_up_and_ends_everything_counts(services):
    services.start({"bad": {**exits(6), "restart": "always", "restart_delay": "1ms", "max_restarts": 1,
                            "on_give_up": "shutdown"}, "other": {"command": services.obedient("other")}})
    assert services.wait() == 6


def test_what_others_end_with_while_everything_ends_does_not_count(services):
    services.start({"web": {**exits_when_open(0), "essential": True},
                    "other": {"command": script("trap 'exit 9' TERM\n" + note("other ready")
                                                + "while :; do sleep 0.01; done")}})
    services.until_noted("other ready")
    services.open_gate()
    assert services.wait() == 0


# --- Somebody asks for the end --------------------------------------------------------------------------------------


@every_mode
def test_a_requested_stop_in_time_is_0_whatever_services_end_with(services, mode):
    services.start({"web": {"command": services.obedient("web")}, "bad": exits(9),
                    "other": {"command": services.obedient("other"), "essential": True}}, mode=mode)
    services.until_noted("web ready", "other ready")
    services.until_told("service 'bad' has failed")
    assert services.stop() == 0


@every_mode
def test_a_requested_stop_that_somebody_overran_is_137(services, mode):
    services.start({"web": {"command": services.family("web"), "stop_grace_period": "30ms"},
                    "other": {"command": services.obedient("other")}}, mode=mode)
    services.until_noted("web ready", "other ready")
    assert services.stop() == 137


def test_what_overran_before_the_request_is_no_part_of_it(services):
    other = {"command": services.obedient("other")}
    services.start({"web": {"command": services.family("web"), "stop_grace_period": "30ms"}, "other": other})
    services.until_noted("web ready", "other ready")
    services.write({"other": other})
    services.signal(signal.SIGHUP)
    services.until_told("service 'web' is no longer in the file")
    assert services.stop() == 0


# --- exit_code_from -------------------------------------------------------------------------------------------------


@every_mode
def test_exit_code_from_counts_when_nothing_is_left_to_run(services, mode):
    services.start({"test": exits(2), "other": exits(8)}, init={"exit_code_from": "test"}, mode=mode)
    assert services.wait() == 2


def test_exit_code_from_counts_when_another_service_ends_everything(services):
    services.start({"test": {"type": "oneshot", **exits(2)},
                    "other": {**exits_when_open(8), "essential": True, "depends_on": {"test": "exited"}}},
                   init={"exit_code_from": "test"})
    services.open_gate()
    assert services.wait() == 2


def test_exit_code_from_counts_when_the_end_was_asked_for(services):
    ends_with_7 = script("trap 'exit 7' TERM\n" + note("ready") + "while :; do sleep 0.01; done")
    services.start({"test": {"command": ends_with_7},
                    "other": {"command": services.obedient("other")}}, init={"exit_code_from": "test"})
    services.until_noted("ready", "other ready")
    assert services.stop() == 7


def test_exit_code_from_names_a_service_that_could_not_be_executed(services):
    services.start({"test": {"command": ["/nowhere"]}, "other": exits(8)}, init={"exit_code_from": "test"})
    assert services.wait() == 127


# --- What cannot be executed ----------------------------------------------------------------------------------------


@every_mode
def test_a_service_whose_program_is_not_there_is_127_and_named(services, mode):
    services.start({"web": {"command": ["/nowhere/web"], "essential": True}}, mode=mode)
    assert services.wait() == 127
    assert re.search("service 'web': .*'/nowhere/web'", services.messages)


def test_a_service_whose_program_is_not_in_the_search_path_is_127_and_named(services):
    services.start({"web": {"command": ["onit-test-nowhere"]}})
    assert services.wait() == 127
    assert re.search("service 'web': .*'onit-test-nowhere'", services.messages)


@every_mode
def test_a_service_whose_program_cannot_be_executed_is_126_and_named(services, room, mode):
    (room / "web").write_text("#!/bin/sh\n")
    (room / "web").chmod(0o644)
    services.start({"web": {"command": [str(room / "web")], "essential": True}}, mode=mode)
    assert services.wait() == 126
    assert re.search(f"service 'web': .*{room / 'web'}.*chmod", services.messages)


def test_a_script_with_Windows_line_ends_is_said_to_be_that(services, room):
    (room / "web").write_bytes(b"#!/bin/sh\r\n")
    (room / "web").chmod(0o755)
    services.start({"web": {"command": [str(room / "web")]}})
    assert services.wait() == 126
    assert re.search("service 'web': .*CRLF", services.messages)


@pytest.mark.parametrize("setting", [{"user": "onit-test-nobody"}, {"env_file": ["/nowhere/env"]},
                                     {"working_dir": "/nowhere/dir"}], ids=lambda setting: next(iter(setting)))
def test_a_service_that_cannot_be_started_for_what_its_definition_says_is_125_and_named(services, setting):
    services.start({"web": {"command": ["/bin/true"], "essential": True, **setting}})
    assert services.wait() == 125
    value = next(iter(setting.values()))
    assert re.search("service 'web': .*" + re.escape(value[0] if isinstance(value, list) else value), services.messages)


def test_a_service_that_may_not_change_its_user_is_125_and_named(services):
    services.start({"web": {"command": ["/bin/true"], "user": "12:12"}}, mode="user")
    assert services.wait() == 125
    assert re.search("service 'web': .*not permitted", services.messages)


def test_one_that_could_not_be_executed_is_tried_again_if_it_is_to_be_restarted(services, room):
    services.start({"web": {"command": [str(room / "web")], "restart": "on-failure", "restart_delay": "5ms",
                            "restart_max_delay": "5ms", "max_restarts": 0}})
    services.until_told("service 'web' is started again in")
    (room / "new").write_text("#!/bin/sh\nexit 0\n")
    (room / "new").chmod(0o755)
    (room / "new").rename(room / "web")
    assert services.wait() == 0


def test_one_that_cannot_be_executed_is_no_matter_for_others(services):
    services.start({"bad": {"command": ["/nowhere"]}, "web": {"command": services.obedient("web")}})
    services.until_told("service 'bad' has failed, exit code 127")
    services.until_noted("web ready")
    assert services.stop() == 0


# --- What cannot be used --------------------------------------------------------------------------------------------


@two_modes
def test_a_file_with_errors_is_125_with_all_of_them_and_nothing_is_run(services, mode):
    services.file.write_text("[services.web]\ncommand = 'touch ran'\nautorestart = true\n"
                             "[services.app]\ndepends_on = ['nobody']\ncommand = 'touch ran'\n")
    services.start_with("-f", services.file, cwd=services.room, mode=mode)
    assert services.wait() == 125
    assert f"{services.file}:3:1: " in services.messages
    assert f"{services.file}:5:" in services.messages
    assert "'restart'" in services.messages and "'nobody'" in services.messages
    assert not (services.room / "ran").exists()


def test_a_file_that_is_not_there_is_125_and_named(services):
    services.start_with("-f", "/nowhere/onit.toml")
    assert services.wait() == 125
    assert "/nowhere/onit.toml" in services.messages


def test_services_that_need_each_other_in_a_circle_are_125(services):
    services.start({"a": {"command": "true", "depends_on": ["b"]}, "b": {"command": "true", "depends_on": ["a"]}})
    assert services.wait() == 125
    assert "a cycle" in services.messages


def test_a_file_without_services_is_125(services):
    services.start({})
    assert services.wait() == 125


def test_exit_code_from_has_to_name_a_service(services):
    services.start({"web": {"command": "true"}}, init={"exit_code_from": "wbe"})
    assert services.wait() == 125
    assert "'wbe'" in services.messages


def test_the_signal_by_which_onit_ended_what_did_not_work_is_not_the_exit_code(services):
    services.start({"db": {"command": ["sleep", "1000"], "essential": True,
                           "ready": {"file": "/nowhere", "interval": "10ms", "timeout": "50ms"}}})
    assert services.wait() == 1
    assert "did not become ready in time (file /nowhere: No such file or directory)" in services.messages
