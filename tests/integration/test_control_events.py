"""What has happened, and how the start went, as control tells it; and pages about more services than fit into a piece."""

import json
import re

from client import services  # noqa: F401
from harness import until
from service_files import IDLE
from services import script

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"


def events(services, query=""):
    return services.get_json_lines("/v1/events" + query)


def test_what_happens_is_told_in_order_and_with_its_time(services):
    services.start({"job": {"type": "oneshot", "command": ["true"]}, "web": {"command": IDLE, "depends_on": ["job"]}})
    services.until_told("all services are ready")
    told = events(services)
    assert [entry["number"] for entry in told] == list(range(1, len(told) + 1))
    assert all(re.fullmatch(TIME, entry["time"]) for entry in told)
    assert [entry["time"] for entry in told] == sorted(entry["time"] for entry in told)
    assert [(entry.get("service"), entry["event"]) for entry in told] == [
        ("job", "starting"), ("web", "waiting"), ("job", "started"), ("job", "exited"), ("job", "completed"),
        ("web", "starting"), ("web", "started"), (None, "all_ready")]
    assert told[1]["text"] == "service 'web' waits until 'job' has completed"
    assert [entry["event"] for entry in events(services, "?service=web")] == ["waiting", "starting", "started"]
    lines = services.get("/v1/events?format=text").splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == [entry["text"] for entry in told]
    assert services.stop() == 0


def test_whoever_follows_is_told_until_the_end(services):
    services.start({"web": {"command": services.obedient("web")}, "other": {"command": IDLE}})
    services.until_told("all services are ready")
    response = services.ask("/v1/events?follow=1&service=web")
    assert [json.loads(response.readline())["event"] for _ in range(2)] == ["starting", "started"]
    services.ask("/v1/services/other/restart?wait=1", "POST").read()
    services.ask("/v1/services/web/stop", "POST").read()
    assert [json.loads(response.readline())["event"] for _ in range(4)] == ["asked", "stopping", "exited", "stopped"]
    all_of_them = services.ask("/v1/events?follow=1&format=text")
    assert services.stop() == 0
    assert all_of_them.read().decode().splitlines()[-1].endswith(" exiting with code 0")


def test_what_was_asked_for_is_told_with_who_has_asked(services):
    services.start({"web": {"command": services.obedient("web")}, "later": {"command": IDLE, "autostart": False}})
    services.until_noted("web ready")
    services.until_told("all services are ready")
    last = events(services)[-1]["number"]
    services.ask("/v1/services/web/signal?signal=WINCH", "POST").read()
    for order in ("start", "restart", "stop"):
        services.ask(f"/v1/services/later/{order}?wait=1", "POST").read()
    services.ask("/v1/reload", "POST").read()
    until(lambda: "the file was read again" in services.messages, "read again")
    told = [entry for entry in events(services) if entry["number"] > last]
    asked = ("asked", "signalled", "reloaded")
    assert [(entry.get("service"), entry["event"], entry["text"]) for entry in told if entry["event"] in asked] == [
        ("web", "signalled", "service 'web' was sent SIGWINCH by onitctl"),
        ("later", "asked", "service 'later' was asked to start by onitctl"),
        ("later", "asked", "service 'later' was asked to restart by onitctl"),
        ("later", "asked", "service 'later' was asked to stop by onitctl"),
        (None, "reloaded", "the file was read again")]
    everything = services.ask("/v1/events?follow=1&format=text")
    services.ask("/v1/shutdown", "POST").read()
    assert services.wait() == 0
    assert " stopping all services: onitctl shutdown\n" in everything.read().decode()


def test_why_a_service_could_not_be_started_is_told(services):
    services.start({"bad": {"command": ["/nowhere/bad"]}, "dir": {"command": ["/"]}, "web": {"command": IDLE}})
    services.until_told("service 'dir' has failed")
    services.until_told("service 'bad' has failed")
    failed = {entry["service"]: entry["text"] for entry in events(services) if entry["event"] == "failed"}
    assert failed["bad"] == ("service 'bad' has failed, exit code 127: it could not be started "
                             "(exec '/nowhere/bad': no such file)")
    assert re.fullmatch(r"service 'dir' has failed, exit code 126: it could not be started \(exec '/': .+\)", failed["dir"])
    assert services.stop() == 0


def test_the_analysis_tells_what_each_service_was_and_when(services):
    services.start({"job": {"type": "oneshot", "command": script("sleep 0.05")},
                    "web": {"command": IDLE, "depends_on": ["job"]},
                    "night": {"type": "oneshot", "command": ["true"], "schedule": {"cron": "0 0 1 1 *"}}})
    until(lambda: '"state": "up"' in services.get("/v1/services/web"), "web is up")
    page = json.loads(services.get("/v1/analysis"))
    job, web, night = page["services"]
    assert job["type"] == "oneshot" and job["depends_on"] == []
    assert [span["state"] for span in job["spans"]] == ["starting", "stopping", "completed"]
    assert web["depends_on"] == [{"service": "job", "condition": "completed"}]
    assert [span["state"] for span in web["spans"]] == ["waiting", "starting", "up"]
    assert [span["state"] for span in night["spans"]] == ["scheduled"]
    for service in page["services"]:
        spans = service["spans"]
        assert all(before["to_ms"] == after["from_ms"] for before, after in zip(spans, spans[1:]))
        assert spans[-1]["to_ms"] == page["now_ms"]
    assert job["spans"][-1]["from_ms"] - job["spans"][0]["from_ms"] >= 50
    assert web["spans"][1]["from_ms"] >= job["spans"][2]["from_ms"]
    assert services.stop() == 0


def test_pages_about_a_thousand_services_are_whole(services):
    count = 1000
    services.start({f"s{i}": {"type": "oneshot", "command": IDLE, "autostart": False} for i in range(count)} |
                   {"web": {"command": IDLE}})
    names = [f"s{i}" for i in range(count)] + ["web"]
    until(lambda: '"state": "up"' in services.get("/v1/services/web"), "web is up")
    page = json.loads(services.get("/v1/services"))
    assert [service["name"] for service in page["services"]] == names
    assert [line.split()[0] for line in services.get("/v1/services?format=text").splitlines()] == ["NAME", *names]
    assert [service["name"] for service in json.loads(services.get("/v1/analysis"))["services"]] == names
    assert len(services.get("/v1/explain").splitlines()) == count
    assert [entry["service"] for entry in json.loads(services.get("/v1/explain?format=json"))["explanations"]] == names[:-1]
    assert services.stop() == 0


def test_the_table_fits_80_columns_and_has_colours_only_when_asked(services):
    services.start({"web": {"command": IDLE, "ready": {"file": "/nowhere/" + "x" * 60, "interval": "10ms"}},
                    "bad": {"command": ["/nowhere/bad"]}, "a-longer-name": {"command": IDLE}})
    services.until_told("service 'bad' has failed")
    services.until_told("service 'a-longer-name' has started")
    until(lambda: "file /nowhere" in services.get("/v1/services?format=text"), "somebody has looked")
    table = services.get("/v1/services?format=text")
    heading, *rows = table.splitlines()
    assert heading.split() == ["NAME", "STATE", "PID", "FOR", "RESTARTS", "EXIT", "REASON"]
    assert all(len(row) <= 80 for row in rows) and "\x1b" not in table
    assert rows[0].endswith("...") and len(rows[0]) == 80
    coloured = services.get("/v1/services?format=text&colour=1")
    assert "\x1b[33mstarting" in coloured and "\x1b[31mfailed" in coloured and "\x1b[32mup" in coloured
    without = re.sub(r"\x1b\[\d*m", "", coloured)
    assert [row.split()[:3] for row in without.splitlines()] == [row.split()[:3] for row in table.splitlines()]
    assert services.stop() == 0
