"""Services with a schedule. When they are due is for the unit tests; here, how they live beside others."""

import time

import pytest

from service_files import AS_ANYBODY, IDLE, UNTIL_OPEN, note, script, services  # noqa: F401

# A day that never comes while a test runs: a leap day.
LEAP_DAY = {"cron": "0 0 29 2 *"}


@pytest.mark.parametrize("cron", ["* * * * *", "*/5 8-18 * * mon-fri", "0 2 * * *", "@daily", "0 0 29 2 *", "1,2,3 * * jan *"])
def test_a_schedule_that_can_be_understood_is_accepted(onit, services, cron):
    services.write({"web": {"command": ["true"], "schedule": {"cron": cron}}})
    result = onit.run("--as", "onitctl", "check", services.file)
    assert (result.returncode, result.stderr) == (0, ""), result


@pytest.mark.parametrize("schedule, words", [
    ({"cron": "* * * *"}, ["cron"]),
    ({"cron": "60 * * * *"}, ["cron", "60"]),
    ({"cron": "* * * * * *"}, ["cron"]),
    ({"cron": "@sometimes"}, ["cron", "@sometimes"]),
    ({"cron": "0 0 31 2 *"}, ["cron"]),
    ({"timezone": "UTC"}, ["cron"]),
    ({"cron": "@daily", "overlap": "both"}, ["overlap", "both"]),
], ids=str)
def test_a_schedule_that_cannot_be_understood_is_told_with_its_place(onit, services, schedule, words):
    services.write({"web": {"command": ["true"], "schedule": schedule}})
    for arguments in (["--as", "onitctl", "check", services.file], ["-f", services.file]):
        result = onit.run(*arguments)
        assert result.returncode == 125
        line = result.stderr.splitlines()[0]
        assert f"{services.file}:" in line and all(word in line for word in words), result


@pytest.mark.parametrize("timezone", ["Nowhere/Special", "../../etc/passwd", "/etc/passwd", "Europe"])
def test_a_timezone_that_is_none_is_told_at_the_start(services, timezone):
    result = services.run({"web": {"command": ["true"], "schedule": LEAP_DAY | {"timezone": timezone}},
                           "other": {"command": script(note("runs"))}})
    assert result.returncode == 125 and services.journal == []
    line = result.stderr.splitlines()[0]
    assert f"{services.file}:" in line and "zone" in line and timezone in line


@pytest.mark.parametrize("timezone", ["", "UTC"])
def test_UTC_needs_no_files(services, timezone):
    services.start({"web": {"command": ["true"], "schedule": LEAP_DAY | {"timezone": timezone}}})
    services.until(lambda: services.running.onit, "runs")
    services.until_told("all services are ready")
    assert services.stop() == 0


@AS_ANYBODY
def test_a_service_with_a_schedule_does_not_run_at_the_start_and_keeps_onit_going(services, mode):
    services.start({"backup": {"command": script(note("backup")), "schedule": LEAP_DAY},
                    "other": {"command": script(note("other"))}}, mode=mode)
    services.until_told("service 'other' ended with exit code 0")
    # Its next deadline is years away, so nothing but a signal ends it.
    services.signal()
    assert services.wait() == 0
    assert services.journal == ["other"]
    assert "nothing is left to run" not in services.messages


def test_the_end_of_an_essential_service_ends_a_schedule_too(services):
    services.start({"backup": {"command": ["true"], "schedule": LEAP_DAY},
                    "web": {"command": script(UNTIL_OPEN + "exit 3"), "essential": True}})
    services.until_told("all services are ready")
    services.open_gate()
    assert services.wait() == 3


def test_an_onit_that_waits_for_a_time_to_come_uses_no_cpu(services):
    services.start({"backup": {"command": ["true"], "schedule": LEAP_DAY}, "other": {"command": IDLE}})
    services.until_told("service 'other' has started")

    def cpu():
        with open(f"/proc/{services.onit}/schedstat", encoding="ascii") as file:
            return int(file.read().split()[0])

    def is_quiet():
        before = cpu()
        time.sleep(0.5)
        return cpu() == before

    services.until(is_quiet, "quiet")  # its start may have kept it busy for a while
    assert services.stop() == 0
