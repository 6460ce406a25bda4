"""What is asked of onit by control: it is done, and the answer says what has become of it."""

import json
import os
import signal
import threading

import pytest

from client import services  # noqa: F401
from harness import until
from service_files import IDLE
from services import UNTIL_OPEN, note, script




def post(services, path):
    """Status and body of an answer."""
    response = services.ask(path, "POST")
    body = response.read().decode()
    return response.status, json.loads(body) if response.headers["Content-Type"] == "application/json" else body


def get(services, path):
    response = services.ask(path)
    body = response.read().decode()
    return response.status, json.loads(body) if response.headers["Content-Type"] == "application/json" else body


def state_of(services, name):
    return get(services, f"/v1/services/{name}")[1]["state"]


class Later:
    """Asks now, and has the answer when it comes."""

    def __init__(self, services, path, method="GET"):
        self._response = None
        self._thread = threading.Thread(target=self._take_answer, args=(services.send(path, method),))
        self._thread.start()

    def _take_answer(self, connection):
        response = connection.getresponse()
        self._response = response.status, json.loads(response.read())

    def is_open(self):
        return self._thread.is_alive()

    def answer(self):
        self._thread.join()
        return self._response


# --- Start, stop, restart -------------------------------------------------------------------------------------------


def test_a_service_is_stopped_and_started_again_by_hand(services):
    services.start({"web": {"command": services.obedient("web")}, "other": {"command": IDLE}})
    services.until_noted("web ready")
    status, service = post(services, "/v1/services/web/stop?wait=1")
    assert status == 200 and service["state"] == "stopped" and service["pid"] is None
    assert services.journal == ["web ready", f"web got {signal.SIGTERM.value}"]
    status, service = post(services, "/v1/services/web/start?wait=1")
    assert status == 200 and service["state"] == "up" and service["pid"] is not None
    services.until_noted("web ready", "web ready")
    assert services.stop() == 0


def test_an_order_that_is_not_waited_for_is_answered_when_it_is_on_its_way(services):
    services.start({"web": {"command": services.obedient("web", "--gate", services.room / "gate")}})
    services.until_noted("web ready")
    status, service = post(services, "/v1/services/web/stop")
    assert status == 202 and service["state"] == "stopping"
    services.open_gate()
    services.until_told("service 'web' has stopped")
    assert post(services, "/v1/services/web/start?format=text")[0] == 202
    services.until_noted("web ready", "web ready")
    assert services.stop() == 0


def test_a_restart_is_a_new_run_and_counts_for_nothing(services):
    services.start({"web": {"command": services.obedient("web")}})
    services.until_noted("web ready")
    before = get(services, "/v1/services/web")[1]
    status, after = post(services, "/v1/services/web/restart?wait=1")
    assert status == 200 and after["state"] == "up" and after["pid"] != before["pid"]
    assert after["restarts"] == 0 and after["mark"] != before["mark"]
    assert services.stop() == 0


def test_whoever_waits_for_a_restart_is_not_told_of_the_run_before(services):
    """It is up and ready until it has been stopped, which takes as long as it likes."""
    services.start({"web": {"command": services.obedient("web", "--gate", services.room / "gate")}})
    services.until_noted("web ready")
    restart = Later(services, "/v1/services/web/restart?wait=1", "POST")
    services.until_noted(f"web got {signal.SIGTERM.value}")
    ready = Later(services, "/v1/services/web/wait?for=ready")
    assert state_of(services, "web") == "stopping"
    assert restart.is_open() and ready.is_open()
    services.open_gate()
    assert restart.answer()[0] == 200
    assert ready.answer()[0] == 200
    services.until_noted("web ready", "web ready")
    assert services.stop() == 0


def test_a_restart_that_waits_for_others_to_stop_is_not_over_yet(services):
    """The service is up and ready all the time until it gets its turn."""
    services.start({"db": {"command": services.obedient("db")},
                    "web": {"command": services.obedient("web", "--gate", services.room / "gate"), "depends_on": ["db"]}})
    services.until_noted("db ready", "web ready")
    restart = Later(services, "/v1/services/db/restart?wait=1", "POST")
    services.until_noted(f"web got {signal.SIGTERM.value}")
    ready = Later(services, "/v1/services/db/wait?for=ready")
    assert state_of(services, "db") == "up"
    assert services.get("/v1/explain?service=db").endswith("; it is to end as soon as web, which needs it, has ended\n")
    assert restart.is_open() and ready.is_open()
    services.open_gate()
    assert restart.answer()[0] == ready.answer()[0] == 200
    services.until_noted("db ready", "db ready", "web ready", "web ready")
    assert services.stop() == 0


def test_what_needs_a_service_is_stopped_before_it_and_comes_back_with_it(services):
    services.start({"db": {"command": services.obedient("db")},
                    "web": {"command": services.obedient("web"), "depends_on": ["db"]}})
    services.until_noted("db ready", "web ready")
    assert post(services, "/v1/services/db/stop?wait=1")[0] == 200
    term = signal.SIGTERM.value
    assert services.journal[-2:] == [f"web got {term}", f"db got {term}"]
    status, text = post(services, "/v1/services/web/start?format=text")
    assert status == 202
    assert text.startswith("web is waiting for db to start, which was stopped by hand ")
    # Who waits for that would wait for ever, so he is told.
    status, answer = post(services, "/v1/services/web/start?wait=1")
    assert status == 409 and "which was stopped by hand" in answer["error"]
    assert post(services, "/v1/services/db/start?wait=1")[0] == 200
    services.until_noted("web ready", "web ready")
    assert services.stop() == 0


def test_a_start_that_fails_is_answered_with_the_reason(services):
    services.start({"bad": {"command": ["/nowhere/bad"]}, "web": {"command": IDLE}})
    services.until_told("service 'bad' has failed")
    status, answer = post(services, "/v1/services/bad/start?wait=1")
    assert (status, answer) == (409, {"error": "bad has failed: exec '/nowhere/bad': no such file"})
    assert services.stop() == 0


def test_the_start_of_a_oneshot_is_waited_for_until_its_work_is_done(services):
    work = {"type": "oneshot", "command": script(note("began") + UNTIL_OPEN + note("done"))}
    services.start({"job": work, "web": {"command": IDLE}})
    services.until_noted("began")
    answer = Later(services, "/v1/services/job/start?wait=1", "POST")
    assert state_of(services, "job") == "starting" and answer.is_open()
    services.open_gate()
    status, service = answer.answer()
    assert status == 200 and service["state"] == "completed" and services.journal == ["began", "done"]
    assert services.stop() == 0


def test_a_scheduled_service_runs_when_it_is_asked_for(services):
    night = {"type": "oneshot", "command": script(note("ran") + '[ ! -e "$ROOM/gate" ]'), "schedule": {"cron": "0 0 1 1 *"}}
    services.start({"night": night})
    status, service = post(services, "/v1/services/night/start?wait=1")
    assert status == 200 and service["state"] == "scheduled" and service["next_run"].endswith("-01-01T00:00:00Z")
    assert services.journal == ["ran"]
    services.open_gate()
    status, answer = post(services, "/v1/services/night/start?wait=1")
    assert status == 409 and "its last run has failed: it ended with exit code 1" in answer["error"]
    assert services.stop() == 0


# --- Signals --------------------------------------------------------------------------------------------------------


def test_a_signal_is_sent_to_a_service_that_runs(services):
    services.start({"web": {"command": services.family("web")}, "other": {"command": IDLE},
                    "off": {"command": IDLE, "autostart": False}})
    services.until_noted("web ready")
    assert post(services, "/v1/services/web/signal?signal=USR1&format=text") == (200, "web was sent SIGUSR1\n")
    services.until_noted(f"web got {signal.SIGUSR1.value}")
    assert post(services, "/v1/services/off/signal?signal=USR1") == (409, {"error": "off does not run"})
    post(services, "/v1/services/web/signal?signal=9")
    services.until_told("service 'web' has failed")
    assert services.stop() == 0


def test_a_signal_that_may_not_be_sent_is_told_to_whoever_asked_and_a_stop_that_does_nothing_to_all(services):
    services.start({"web": {"command": script(note("ready") + "exec sleep 1000"), "user": "nobody",
                            "stop_grace_period": "10ms"}}, through=["setpriv", "--bounding-set=-kill"])
    services.until_noted("ready")
    assert post(services, "/v1/services/web/signal?signal=HUP") == (
        409, {"error": "web was not sent SIGHUP: Operation not permitted"})
    post(services, "/v1/services/web/stop")
    services.until_told("service 'web': SIGTERM: Operation not permitted")
    os.kill(services.pid("sleep"), signal.SIGKILL)
    services.signal()
    services.wait()


# --- Waiting --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("condition", ["started", "ready", "healthy"])
def test_a_condition_is_waited_for_until_it_holds(services, condition):
    sign = services.room / "sign"
    web = {"command": IDLE,
           "ready": {"file": str(sign), "interval": "10ms"},
           "healthcheck": {"file": str(services.room / "well"), "interval": "10ms"}}
    services.start({"web": web})
    waiter = Later(services, f"/v1/services/web/wait?for={condition}")
    if condition != "started":
        assert state_of(services, "web") == "starting" and waiter.is_open()
    sign.touch()
    if condition == "healthy":
        until(lambda: state_of(services, "web") == "up", "it is up")
        assert waiter.is_open()
    (services.room / "well").touch()
    status, service = waiter.answer()
    assert status == 200 and service["state"] in ("starting", "up")
    assert services.stop() == 0


@pytest.mark.parametrize("condition, code, status", [("completed", 0, 200), ("completed", 1, 409), ("exited", 1, 200),
                                                     ("stopped", 1, 200), ("ready", 0, 409)])
def test_the_end_of_a_service_is_waited_for(services, condition, code, status):
    services.start({"job": {"command": script(UNTIL_OPEN + f"exit {code}")}, "web": {"command": IDLE}})
    until(lambda: state_of(services, "job") == "up", "it runs")
    if condition != "ready":
        waiter = Later(services, f"/v1/services/job/wait?for={condition}")
        assert state_of(services, "job") == "up" and waiter.is_open()
        services.open_gate()
        assert waiter.answer()[0] == status
    else:
        services.open_gate()
        services.until_told("service 'job' has completed")
        assert get(services, f"/v1/services/job/wait?for={condition}")[0] == status
    assert services.stop() == 0


def test_what_never_comes_is_not_waited_for(services):
    services.start({"web": {"command": IDLE}, "off": {"command": IDLE, "autostart": False},
                    "bad": {"command": ["/nowhere/bad"]}})
    services.until_told("service 'bad' has failed")
    for name, condition, why in (("web", "healthy", "web has no healthcheck"),
                                 ("off", "ready", "off has not been started: nobody has asked for it"),
                                 ("bad", "ready", "bad has failed: exec '/nowhere/bad'")):
        status, answer = get(services, f"/v1/services/{name}/wait?for={condition}")
        assert status == 409 and answer["error"].startswith(why)
    assert services.stop() == 0


def test_whoever_waits_is_told_when_everything_ends(services):
    services.start({"web": {"command": services.obedient("web", "--gate", services.room / "gate"),
                            "ready": {"file": "/nowhere/sign"}}})
    services.until_noted("web ready")
    waiter = Later(services, "/v1/services/web/wait?for=ready")
    assert state_of(services, "web") == "starting" and waiter.is_open()
    services.signal()
    assert waiter.answer() == (409, {"error": "everything ends"})
    assert post(services, "/v1/services/web/start") == (409, {"error": "everything ends"})
    services.open_gate()
    assert services.wait() == 0


def test_whoever_waits_for_a_service_that_is_taken_out_of_the_file_is_told(services):
    off = {"command": IDLE, "ready": {"file": "/nowhere/sign"}}
    services.start({"web": {"command": IDLE}, "off": off})
    waiter = Later(services, "/v1/services/off/wait?for=ready")
    assert state_of(services, "off") == "starting" and waiter.is_open()
    services.write({"web": {"command": IDLE}}, {"control": str(services.room / "control")})
    assert post(services, "/v1/reload") == (200, {"added": [], "changed": [], "removed": ["off"]})
    assert waiter.answer() == (409, {"error": "it is no longer in the file"})
    assert get(services, "/v1/services/off")[0] == 404
    assert services.stop() == 0


# --- All of it ------------------------------------------------------------------------------------------------------


def test_a_reload_says_what_has_changed(services):
    control = {"control": str(services.room / "control")}
    services.start({"a": {"command": services.obedient("a")}, "b": {"command": IDLE}, "c": {"command": IDLE}})
    services.until_noted("a ready")
    assert post(services, "/v1/reload") == (200, {"added": [], "changed": [], "removed": []})
    assert post(services, "/v1/reload?format=text") == (200, "no service has changed\n")
    services.write({"a": {"command": services.obedient("other")}, "b": {"command": IDLE},
                    "new": {"command": services.obedient("new")}}, control)
    assert post(services, "/v1/reload") == (200, {"added": ["new"], "changed": ["a"], "removed": ["c"]})
    services.until_noted("other ready", "new ready")
    until(lambda: [service["name"] for service in get(services, "/v1/services")[1]["services"]] == ["a", "b", "new"],
          "what was taken out is gone")
    assert services.stop() == 0


def test_a_reload_of_a_file_with_errors_says_all_of_them_and_changes_nothing(services):
    services.start({"web": {"command": services.obedient("web")}})
    services.until_noted("web ready")
    services.file.write_text("[services.web]\ncomand = 'x'\nrestart = 'often'\n")
    status, answer = post(services, "/v1/reload")
    assert status == 422
    assert any("'comand'" in error for error in answer["errors"]) and any("'often'" in error for error in answer["errors"])
    assert all(error in services.messages for error in answer["errors"])
    status, text = post(services, "/v1/reload?format=text")
    assert status == 422 and text == "\n".join(answer["errors"]) + "\nthe file has errors, so nothing is changed\n"
    assert state_of(services, "web") == "up" and services.journal == ["web ready"]
    refused = services.get_json_lines("/v1/events")[-1]
    assert refused["event"] == "reload_refused"
    assert refused["text"] == f"the file has errors, so nothing is changed: {answer['errors'][0]}"
    assert services.stop() == 0


@pytest.mark.parametrize("query, code", [("", 0), ("?exit_code=0", 0), ("?exit_code=7", 7), ("?exit_code=255", 255)])
def test_a_shutdown_ends_everything_with_the_code_that_was_asked_for(services, query, code):
    services.start({"web": {"command": services.obedient("web")}})
    services.until_noted("web ready")
    assert post(services, f"/v1/shutdown{query}") == (202, {"text": "everything ends"})
    assert services.wait() == code
    assert services.journal == ["web ready", f"web got {signal.SIGTERM.value}"]


def test_whoever_ends_too_late_after_a_shutdown_is_named_with_who_has_asked_for_it(services):
    services.start({"web": {"command": services.family("web"), "stop_grace_period": "100ms"}})
    services.until_noted("web ready")
    assert post(services, "/v1/shutdown?exit_code=3")[0] == 202
    assert services.wait() == 3
    assert services.messages.splitlines()[-1] == (
        "onit: exit code 3: everything was asked to end by onitctl shutdown; "
        "service 'web' did not end within 100 ms (stop_grace_period), and was killed")


def test_many_orders_at_once_are_each_answered(services):
    services.start({"a": {"command": IDLE}, "b": {"command": IDLE}})
    asked = [Later(services, f"/v1/services/{name}/{order}", "POST") for order in ("stop", "start", "restart") * 3
             for name in "ab"]
    assert [later.answer()[0] for later in asked] == [202] * len(asked)
    assert services.stop() == 0
