"""After an abnormal end the last line says why, once; after any other there is none."""

import subprocess

import pytest

from service_files import IDLE, services  # noqa: F401
from services import script

CRASH = script("echo broken >&2; exit 3")


def last_words(services, sections, init=None, end=lambda running: None):
    """onit's exit code, and what it wrote to stderr as it does when nobody asks for more."""
    services.write(sections, init)
    running = services.running = services.runner.start("-f", services.file, stderr=subprocess.PIPE)
    end(running)
    code = running.wait()
    return code, running.process.stderr.read().decode().splitlines()


def test_why_a_container_has_ended_is_its_last_line(services):
    web = {"command": CRASH, "essential": True, "restart": "on-failure", "restart_delay": "1ms", "max_restarts": 2}
    code, lines = last_words(services, {"web": web, "other": {"command": IDLE}})
    assert code == 3
    assert lines[-1] == ("onit: exit code 3: service 'web' has failed: it ended with exit code 3; its last line: 'broken'; "
                         "no more than 2 restarts within 60 s are allowed (max_restarts)")
    assert lines[-2] == "onit: warning: stopping all services: 'web' has ended"


def test_the_reason_is_that_of_the_service_where_it_began(services):
    code, lines = last_words(services, {"db": {"command": ["/nowhere/db"]}, "other": {"command": IDLE},
                                        "web": {"command": IDLE, "depends_on": ["db"], "essential": True}})
    assert code == 127
    assert lines[-1] == ("onit: exit code 127: service 'web' cannot start: it needs db, which has failed: "
                         "exec '/nowhere/db': no such file")


def test_what_was_just_said_is_not_said_again(services):
    code, lines = last_words(services, {"web": {"command": CRASH, "essential": True}})
    assert code == 3
    assert lines == ["broken", "onit: warning: service 'web' has failed, exit code 3: it ended with exit code 3"]


def test_what_ends_well_too_often_has_failed_with_a_code_of_its_own(services):
    web = {"command": ["true"], "essential": True, "restart": "always", "restart_delay": "1ms", "max_restarts": 2,
           "restart_window": "90s"}
    code, lines = last_words(services, {"web": web})
    assert code == 1
    assert lines[-1] == ("onit: warning: service 'web' has failed, which counts as exit code 1: it ended with exit code 0; "
                         "no more than 2 restarts within 90 s are allowed (max_restarts)")


def test_if_nothing_is_left_to_run_the_worst_end_is_the_reason(services):
    code, lines = last_words(services, {"a": {"command": script("exit 2")},
                                        "b": {"command": script("exit 1"), "depends_on": {"a": "exited"}}})
    assert code == 2
    assert lines[-1] == "onit: exit code 2: service 'a' has failed: it ended with exit code 2"


def test_what_had_to_be_killed_is_the_reason_if_the_end_was_asked_for(services):
    stubborn = {"command": services.family("web"), "stop_grace_period": "100ms"}
    def end(running):
        services.until_noted("web ready")
        running.signal(15)
    code, lines = last_words(services, {"web": stubborn, "other": {"command": IDLE}}, end=end)
    assert code == 137
    assert lines[-1] == ("onit: exit code 137: everything was asked to end by SIGTERM; "
                         "service 'web' did not end within 100 ms (stop_grace_period), and was killed")


def test_what_had_to_be_killed_when_the_time_of_all_was_over_is_the_reason(services):
    def end(running):
        services.until_noted("web ready")
        running.signal(2)
    code, lines = last_words(services, {"web": {"command": services.family("web")}, "other": {"command": IDLE}},
                             {"stop_grace_period": "100ms"}, end)
    assert code == 137
    assert lines[-1] == ("onit: exit code 137: everything was asked to end by SIGINT; "
                         "service 'web' did not end within 100 ms ([init] stop_grace_period), and was killed")


def test_what_had_to_be_killed_since_somebody_lost_patience_is_the_reason(services):
    def end(running):
        services.until_noted("web ready")
        running.signal(15)
        services.until_noted("web got 15")
        running.signal(15)
    code, lines = last_words(services, {"web": {"command": services.family("web")}}, end=end)
    assert code == 137
    assert lines[-1] == ("onit: exit code 137: everything was asked to end by SIGTERM; "
                         "service 'web' had not ended when that was asked again, and was killed")


def test_one_restart_that_was_allowed_is_one(services):
    web = {"command": CRASH, "essential": True, "restart": "on-failure", "restart_delay": "1ms", "max_restarts": 1}
    code, lines = last_words(services, {"web": web, "other": {"command": IDLE}})
    assert code == 3
    allowed = "no more than 1 restart within 60 s is allowed (max_restarts)"
    assert lines[-1].endswith("; " + allowed)
    assert [line for line in lines if allowed in line and "has failed, exit code 3" in line]


@pytest.mark.parametrize("grace", ["5s"])
def test_there_is_no_such_line_if_all_is_well(services, grace):
    def end(running):
        services.until_noted("web ready")
        running.signal(15)
    web = {"command": services.obedient("web"), "stop_grace_period": grace}
    code, lines = last_words(services, {"web": web, "bad": {"command": CRASH}}, end=end)
    assert code == 0
    assert not [line for line in lines if "exit code 0" in line]
