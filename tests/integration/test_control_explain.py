"""Why a service is as it is, in the words of control: one test for each kind of sentence."""

import json
import os
import re
import signal

import pytest

from client import services  # noqa: F401
from harness import until
from service_files import IDLE, free_port, python
from services import UNTIL_OPEN, script

FAST = {"interval": "10ms"}
TIME = r"[\d.]+ (ms|s)"
AGO = r"(just now|\d[\d.]* s ago)"


def explain(services, *names):
    query = "&".join(f"service={name}" for name in names)
    return services.get(f"/v1/explain?{query}")


def until_explained(services, name, pattern):
    """Waits until the sentence is that one, and returns it."""
    def sentence():
        text = explain(services, name)
        return re.fullmatch(pattern, text.rstrip("\n")) and text
    return until(sentence, f"explained: {pattern}; it is {explain(services, name)!r}")


def test_lines_that_a_full_disk_did_not_take_are_told(services):
    services.start({"web": {"command": script("echo one; echo two; exec sleep 1000"), "log": {"file": "/dev/full"}}})
    until_explained(services, "web", f"web has been up for {TIME}; lines that its log could not take: 2")
    assert services.stop() == 0


def test_a_service_that_waits_is_explained_by_what_the_last_one_in_the_chain_waits_for(services):
    port = free_port()
    services.start({"db": {"command": IDLE, "ready": {"tcp": f"127.0.0.1:{port}"} | FAST},
                    "app": {"command": IDLE, "depends_on": ["db"]},
                    "web": {"command": IDLE, "depends_on": {"app": "started"}}})
    reason = (rf"which is starting: tcp 127\.0\.0\.1:{port}: Connection refused, \d+ tries in {TIME}; "
              rf"it has {TIME} left \(ready\.timeout\)")
    until_explained(services, "web", rf"web is waiting for app to start, which is waiting for db to be ready, {reason}")
    first, second = explain(services, "app", "db").splitlines()
    assert re.fullmatch(f"app is waiting for db to be ready, {reason}", first)
    assert second.startswith("db is starting: tcp ")
    assert services.stop() == 0


@pytest.mark.parametrize("ready, sign", [
    ({"log": "listening on"}, "no line that it has written matches 'listening on'"),
    ({"notify": True}, r"it has not sent READY=1"),
    ({"fd": 3}, "it has not written a newline to descriptor 3"),
    ({"file": "/nowhere/x"} | FAST, r"file /nowhere/x: No such file or directory, \d+ tries in [\d.]+ (ms|s)"),
    ({"exec": ["sh", "-c", "exit 7"]} | FAST, r"exec sh -c exit 7: ended with exit code 7, \d+ tries in [\d.]+ (ms|s)"),
    ({"exec": ["sh", "-c", "kill -9 $$$$"]} | FAST, r"exec .*: was killed by SIGKILL, \d+ tries in [\d.]+ (ms|s)"),
    ({"exec": ["/nowhere/check"]} | FAST, r"exec /nowhere/check: exec '/nowhere/check': no such file, \d+ tries in .*"),
    ({"exec": ["sleep", "1000"], "attempt_timeout": "10ms"} | FAST, r"exec sleep 1000: no end within its time, \d+ tries .*"),
])
def test_a_service_that_starts_is_explained_by_what_is_missing(services, ready, sign):
    services.start({"web": {"command": IDLE, "ready": ready}})
    until_explained(services, "web", rf"web is starting: {sign}.*; it has {TIME} left \(ready\.timeout\)")
    assert services.stop() == 0


def test_a_service_that_hangs_since_nobody_reads_its_output_is_explained_by_that(services):
    services.start({"flood": {"command": ["yes", "x" * 100]}, "other": {"command": IDLE}})
    waits = r"nobody has read onit's stdout for \d\S* (s|min)"
    until_explained(services, "flood", rf"flood has been up for {TIME}; its output waits: {waits}")
    assert re.fullmatch(rf"flood has been up .*; its output waits: {waits}\n", services.get("/v1/explain"))
    line = services.get("/v1/services?format=text").splitlines()[1]
    assert "  nobody has read onit's stdout for" in line
    services.signal()
    services.running.wait()


def test_what_was_found_in_the_run_before_counts_no_more(services):
    services.start({"web": {"command": IDLE, "ready": {"file": "/nowhere/x", "interval": "1h", "timeout": "2h"}}})
    found = rf"web is starting: file /nowhere/x: No such file or directory, 1 try in {TIME}; it has .* left \(.*\)"
    until_explained(services, "web", found)
    services.ask("/v1/services/web/restart", "POST").read()
    services.until_told("service 'web' has started", 2)
    until_explained(services, "web", found)
    assert services.stop() == 0


def test_a_oneshot_at_work_is_explained_by_its_time(services):
    services.start({"job": {"type": "oneshot", "command": script(UNTIL_OPEN), "timeout": "1h"}})
    until_explained(services, "job", rf"job has been at work for {TIME}; it has 59 min left \(timeout\)")
    services.open_gate()
    assert services.wait() == 0


def test_a_service_that_is_about_to_be_started_again_is_explained_by_how_it_has_ended(services):
    services.start({"web": {"command": script("echo fine; echo broken >&2; exit 3"), "restart": "on-failure",
                            "restart_delay": "1h", "restart_max_delay": "1h"}})
    until_explained(services, "web", r"web is started again in \d+ min, restart 1 of 5 within 60 s: "
                                     r"it ended with exit code 3; its last line: '(broken|fine)'")
    assert services.stop() == 0


def test_a_service_that_has_failed_is_explained_by_its_end_and_its_last_words(services):
    crash = {"command": script("echo it is broken >&2; kill -9 $$"), "restart": "on-failure", "restart_delay": "1ms",
             "max_restarts": 2}
    services.start({"web": crash, "bad": {"command": ["/nowhere/bad"]}, "other": {"command": IDLE},
                    "needy": {"command": IDLE, "depends_on": ["bad"]}})
    until_explained(services, "web", r"web has failed: it was killed by SIGKILL, as the kernel does when memory is "
                                     r"out; its last line: 'it is broken'; no more than 2 restarts within 60 s are allowed \(max_restarts\)")
    until_explained(services, "bad", "bad has failed: exec '/nowhere/bad': no such file")
    until_explained(services, "needy", "needy cannot start: it needs bad, which has failed: exec '/nowhere/bad': no such file")
    assert services.stop() == 0


def test_a_service_that_was_sent_a_signal_that_somebody_asked_for_is_explained_by_that(services):
    services.start({"web": {"command": IDLE}, "other": {"command": IDLE},
                    "needy": {"command": IDLE, "depends_on": {"web": "completed"}}})
    services.until_told("service 'web' has started")
    assert services.ask("/v1/services/web/signal?signal=KILL", "POST").status == 200
    until_explained(services, "web", "web has failed: it was killed by SIGKILL, which onitctl sent")
    until_explained(services, "needy", "needy cannot start: it needs web, which has failed: it was killed by SIGKILL, "
                                       "which onitctl sent")
    assert services.ask("/v1/services/web/start", "POST").status == 202
    until_explained(services, "web", "web has been up for .*")
    pid = json.loads(services.get("/v1/services/web"))["pid"]
    os.kill(pid, signal.SIGKILL)
    until_explained(services, "web", "web has failed: it was killed by SIGKILL, as the kernel does when memory is out")
    assert services.stop() == 0


def test_a_service_that_went_into_the_background_is_explained_by_that(services):
    daemon = {"command": script("setsid sleep 1000 &")}
    services.start({"web": daemon, "api": daemon | {"ready": {"fd": 3}}, "idle": {"command": IDLE}})
    left = "it left processes behind, which are ended"
    until_explained(services, "web", f"web has completed (just now|.* ago); {left}")
    until_explained(services, "api", f"api has failed: it ended without having become ready; {left}")
    told = services.get_json_lines("/v1/events?service=web")
    assert [entry["event"] for entry in told] == ["starting", "started", "exited", "left_behind", "completed"]
    assert services.stop() == 0


def test_a_service_that_did_not_become_ready_is_explained_by_what_was_found_last(services):
    services.start({"web": {"command": IDLE, "ready": {"file": "/nowhere/x", "timeout": "50ms"} | FAST},
                    "other": {"command": IDLE}})
    until_explained(services, "web", "web has failed: it did not become ready in time: "
                                     "file /nowhere/x: No such file or directory")
    assert services.stop() == 0


def test_a_service_that_was_stopped_by_hand_is_explained_so_and_those_that_need_it_too(services):
    services.start({"db": {"command": IDLE}, "web": {"command": IDLE, "depends_on": ["db"]}})
    services.ask("/v1/services/db/stop?wait=1", "POST").read()
    until_explained(services, "db", f"db was stopped by hand {AGO}")
    until_explained(services, "web", f"web is waiting for db to start, which was stopped by hand {AGO}")
    assert services.stop() == 0


def test_a_scheduled_service_is_explained_by_its_time_and_its_last_run(services):
    services.start({"night": {"type": "oneshot", "command": script('[ ! -e "$ROOM/gate" ]'),
                              "schedule": {"cron": "0 0 1 1 *"}}})
    when = r"night is scheduled: it runs next at \d{4}-01-01T00:00:00Z, in \d+ (s|min|h|d)"
    until_explained(services, "night", when)
    services.ask("/v1/services/night/start?wait=1", "POST").read()
    until_explained(services, "night", when + "; its last run has completed")
    services.open_gate()
    services.ask("/v1/services/night/start?wait=1", "POST").read()
    until_explained(services, "night", when + "; its last run has failed: it ended with exit code 1")
    assert services.stop() == 0


def test_a_scheduled_service_that_could_not_be_executed_is_explained_by_that(services):
    command = services.room / "night"
    command.write_text("#!/bin/sh\n")
    command.chmod(0o755)
    services.start({"night": {"type": "oneshot", "command": [str(command)], "schedule": {"cron": "0 0 1 1 *"}}})
    command.unlink()
    services.ask("/v1/services/night/start?wait=1", "POST").read()
    until_explained(services, "night", "night is scheduled: .*; its last run has failed: .*: no such file")
    assert services.stop() == 0


def test_an_unhealthy_service_is_explained_by_what_its_check_finds(services):
    port = free_port()
    services.start({"web": {"command": IDLE, "healthcheck": {"http": f"http://127.0.0.1:{port}/x", "retries": 2} | FAST}})
    until_explained(services, "web", rf"web is unhealthy: http 127\.0\.0\.1:{port}/x: Connection refused, "
                                     r"\d+ checks in a row")
    assert services.stop() == 0


def test_a_service_that_stops_is_explained_by_who_wants_it_and_how_long_it_may_take(services):
    stubborn = {"command": services.obedient("web", "--gate", services.room / "gate"), "stop_grace_period": "1h"}
    hook = {"command": services.obedient("hook"), "pre_stop": script(UNTIL_OPEN), "stop_grace_period": "1h"}
    services.start({"web": stubborn, "hook": hook}, init={"stop_grace_period": "2h"})
    services.until_noted("web ready", "hook ready")
    for name in ("web", "hook"):
        services.ask(f"/v1/services/{name}/stop", "POST").read()
    until_explained(services, "web", rf"web has been stopping for {TIME}: as asked; it is killed if that takes (59|60) min more")
    until_explained(services, "hook", rf"hook is about to be stopped: as asked; pre_stop has run for {TIME}, "
                                      r"and has (59|60) min left")
    services.open_gate()
    until_explained(services, "web", f"web was stopped by hand {AGO}")
    assert services.stop() == 0


def test_what_a_service_says_of_itself_is_part_of_it(services):
    says = python("""
notify("READY=1\\nSTATUS=Serving 3 clients\\nERRNO=2\\nBUSERROR=org.x.Bad\\nEXIT_STATUS=4")
until_open()
notify("RELOADING=1")
stay()""")
    services.start({"web": {"command": says, "ready": {"notify": True}}})
    words = ("it says 'Serving 3 clients'; it says ERRNO: No such file or directory, BUSERROR: org.x.Bad, EXIT_STATUS: 4")
    until_explained(services, "web", f"web has been up for {TIME}; {words}")
    services.open_gate()
    until_explained(services, "web", f"web has been up for {TIME}; it is reloading; {words}")
    assert "reloading" in services.get("/v1/services?format=text")
    assert services.stop() == 0


def test_without_a_name_only_what_is_not_as_it_is_meant_to_be_is_explained(services):
    services.start({"web": {"command": IDLE}, "job": {"type": "oneshot", "command": ["true"]},
                    "night": {"type": "oneshot", "command": ["true"], "schedule": {"cron": "0 0 1 1 *"}}})
    until_explained(services, "job", f"job has completed {AGO}")
    until_explained(services, "web", f"web has been up for {TIME}")
    assert services.get("/v1/explain") == "all is well: what is to run is up, and what is done has succeeded\n"
    services.ask("/v1/services/web/stop?wait=1", "POST").read()
    assert re.fullmatch(f"web was stopped by hand {AGO}\n", services.get("/v1/explain"))
    assert services.stop() == 0
