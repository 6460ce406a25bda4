"""onitctl analyze tells how the start went."""

import contextlib
import json
import pathlib
import re
import xml.etree.ElementTree as xml

from client import onitctl, socket_of
from fake_onit import FakeOnit
from harness import ROOT
from services import UNTIL_OPEN, script

READY = "echo >&3; exec sleep 1000"


def shop(services):
    """Services that are ready one behind the other: web last, because of migrate, because of db."""
    init = {"control": str(socket_of(services))}
    services.start({"web": {"command": script(READY), "ready": {"fd": 3}, "depends_on": {"migrate": "completed", "cache": "ready"}},
                    "db": {"command": script(UNTIL_OPEN + READY), "ready": {"fd": 3}},
                    "migrate": {"type": "oneshot", "command": ["true"], "depends_on": ["db"]},
                    "cache": {"command": script(READY), "ready": {"fd": 3}},
                    "backup": {"command": ["true"], "type": "oneshot", "schedule": {"cron": "0 0 1 1 *"}}}, init=init)
    services.until_told("'cache' is ready")
    services.open_gate()
    services.until_told("'web' is ready")


def analyze(services, *arguments):
    result = onitctl(socket_of(services), "analyze", *arguments)
    assert result.returncode == 0, result.stderr
    assert not result.stderr
    return result.stdout


def test_analyze_tells_who_took_how_long(services):
    shop(services)
    lines = analyze(services).splitlines()
    assert re.fullmatch(r"all 4 services were ready after [\d.]+ m?s", lines[0])
    assert lines[2] == "    TOOK    WAITED  SERVICE"
    assert all(re.fullmatch(r" *[\d.]+ m?s +([\d.]+ m?s|-)  \w+", line) for line in lines[3:])
    took = [float(number) * (1000 if unit == "s" else 1) for number, unit, *_ in map(str.split, lines[3:])]
    assert took == sorted(took, reverse=True)
    assert {line.split()[-1] for line in lines[3:]} == {"web", "db", "migrate", "cache"}
    assert analyze(services, "blame").splitlines()[1:] == lines[1:]


def test_analyze_critical_chain_tells_whom_the_last_one_waited_for(services):
    shop(services)
    lines = analyze(services, "critical-chain").splitlines()
    assert [re.sub(r"@[\d.]+ m?s \+[\d.]+ m?s", "@ +", line) for line in lines[3:]] == [
        "web @ +", "└─ migrate @ +", "   └─ db @ +"]


def test_analyze_plot_is_a_picture_of_it(services):
    shop(services)
    picture = xml.fromstring(analyze(services, "plot"))
    assert picture.tag.endswith("}svg")
    texts = [element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert {"web", "db", "migrate", "cache", "backup", "on schedule"} <= set(texts)


def test_analyze_as_json_has_the_facts(services):
    shop(services)
    seen = json.loads(analyze(services, "plot", "--json"))
    of = {service["name"]: service for service in seen["services"]}
    assert [span["state"] for span in of["web"]["spans"]][-3:] == ["waiting", "starting", "up"]
    assert of["migrate"]["depends_on"] == [{"service": "db", "condition": "ready"}]


def test_analyze_tells_who_is_not_ready(services):
    init = {"control": str(socket_of(services))}
    services.start({"web": {"command": ["sleep", "1000"]},
                    "bad": {"type": "oneshot", "command": ["false"], "on_give_up": "ignore"},
                    "late": {"command": ["sleep", "1000"], "ready": {"fd": 3}}}, init=init)
    services.until_told("'bad' has failed")
    services.until_told("'web' has started")
    assert re.match(r"1 of 3 services became ready, the last after [\d.]+ m?s; not bad \(failed\), late \(starting\)\n",
                    analyze(services))


def test_the_picture_in_the_manual_is_what_onitctl_draws(room):
    recorded = pathlib.Path(ROOT, "docs/analyze.json").read_text()
    with contextlib.closing(FakeOnit(room / "onit.sock", {"GET /v1/analysis": (200, recorded)})):
        result = onitctl(room / "onit.sock", "analyze", "plot")
    assert result.stdout == pathlib.Path(ROOT, "docs/analyze.svg").read_text()


def test_an_error_of_onit_is_told(room):
    answers = {"GET /v1/analysis": (503, '{"error": "not now"}')}
    with contextlib.closing(FakeOnit(room / "onit.sock", answers)):
        result = onitctl(room / "onit.sock", "analyze")
    assert (result.returncode, result.stdout, result.stderr) == (1, "", "onitctl: not now\n")
