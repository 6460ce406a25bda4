"""docs/api.md: each of its curl lines works, and every answer is as docs/openapi.json says."""

import json
import pathlib
import re
import shlex
import subprocess

import jsonschema
import pytest

from client import services  # noqa: F401
from harness import TIMEOUT_S, until
from service_files import IDLE, free_port
from services import script

DOCS = pathlib.Path(__file__).parents[2] / "docs"
API = json.loads((DOCS / "openapi.json").read_text())
PAGE = (DOCS / "api.md").read_text()
LINES = [line.strip() for line in PAGE.splitlines() if line.startswith("    curl ")]


def matching_path(path):
    """The path of the description that this one is of."""
    found = [known for known in API["paths"] if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", known), path)]
    assert len(found) == 1, path
    return found[0]


def validate(body, schema):
    jsonschema.Draft202012Validator({"components": API["components"], **schema}).validate(body)


def check(method, path, status, kind, body):
    """Whether the description has this answer."""
    responses = API["paths"][matching_path(path)][method.lower()]["responses"]
    assert str(status) in responses, (method, path, status, body)
    content = responses[str(status)]["content"]
    assert kind in content, (path, kind)
    if kind == "application/json":
        validate(json.loads(body), content[kind]["schema"])
    elif kind == "application/x-ndjson":
        for line in body.splitlines():
            validate(json.loads(line), content[kind]["schema"])
    else:
        assert body.endswith("\n") or not body


def run(line, socket, port):
    """What curl prints: the method, path, status, type and body of the answer."""
    words = shlex.split(line.replace("/run/onit.sock", str(socket)).replace("127.0.0.1:9464", f"127.0.0.1:{port}"))
    url = words[-1]
    form = "\n%{http_code} %{content_type} %{method}"
    # What is followed has no end: until then there is a beginning, or it is looked at once more, for longer.
    for limit in ("0.3", "3", str(TIMEOUT_S)) if "follow=1" in url else (str(TIMEOUT_S),):
        done = subprocess.run([*words, "-sS", "--max-time", limit, "-w", form], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
        body, _, end = done.stdout.rpartition("\n")
        status, rest = end.split(" ", 1)
        if int(status) != 0:
            break
    kind, _, method = rest.rpartition(" ")
    path = re.sub(r"^http://[^/]*", "", url).partition("?")[0]
    return method, path, int(status), kind.partition(";")[0], body


@pytest.fixture
def busy(services):
    """Services in many states."""
    port = free_port()
    services.port = port
    services.start({
        "db": {"command": script("echo listening; exec sleep 1000"), "ready": {"log": "listening"}},
        "web": {"command": script("trap : HUP; echo hello; while :; do sleep 0.01; done"), "depends_on": ["db"],
                "ready": {"log": "hello"}, "healthcheck": {"file": "/", "interval": "10ms"}, "essential": True},
        "night": {"type": "oneshot", "command": ["true"], "schedule": {"cron": "0 0 1 1 *"}},
        "late": {"command": IDLE, "ready": {"file": "/nowhere/late", "interval": "10ms"}},
        "crash": {"command": ["false"], "restart": "on-failure", "restart_delay": "1h", "restart_max_delay": "1h"},
        "bad": {"command": ["/nowhere/bad"]},
        "off": {"command": IDLE, "autostart": False},
    }, init={"listen": f"127.0.0.1:{port}"})
    services.until_told("service 'web' is healthy")
    services.until_told("service 'bad' has failed")
    services.until_told("service 'crash' is started again")
    return services


def test_each_line_of_the_documentation_works_and_each_path_has_one(busy):
    seen = set()
    for line in LINES:
        method, path, status, kind, body = run(line, busy.room / "control", busy.port)
        assert status in (200, 202), (line, status, body)
        check(method, path, status, kind, body)
        seen.add((method.lower(), matching_path(path)))
    assert busy.wait() == 3
    assert seen == {(method, path) for path, methods in API["paths"].items() for method in methods}


def test_answers_in_all_forms_and_errors_are_as_described(busy):
    asked = [("GET", path, status) for path, status in {
        "/v1/services?service=web&service=bad": 200, "/v1/services/web?format=text": 200, "/v1/services/late": 200,
        "/v1/services/crash": 200, "/v1/services/night": 200, "/v1/services/off": 200, "/v1/services/nobody": 404,
        "/v1/services?x=1": 400, "/v1/explain?format=json": 200, "/v1/explain?service=nobody&format=json": 404,
        "/v1/health?format=json": 200, "/v1/health?service=late&format=json": 503, "/v1/health?service=late": 503,
        "/v1/services/bad/wait?for=ready": 409, "/v1/services/web/wait": 400, "/v1/events?format=text": 200,
        "/v1/logs?format=json": 200, "/v1/logs?format=raw": 200, "/v1/logs?format=text": 200, "/v1/logs?format=xml": 400,
    }.items()]
    asked += [("POST", path, status) for path, status in {
        "/v1/services/bad/start?wait=1": 409, "/v1/services/off/signal?signal=HUP": 409, "/v1/services/off/stop": 202,
        "/v1/services/off/stop?wait=1": 200, "/v1/services/off/start?wait=1&format=text": 200, "/v1/services/no/stop": 404,
        "/v1/shutdown?exit_code=x": 400,
    }.items()]
    for method, path, expected in asked:
        response = busy.ask(path, method)
        body = response.read().decode()
        assert response.status == expected, (path, body)
        check(method, path.partition("?")[0], expected, response.headers["Content-Type"].partition(";")[0], body)
    busy.file.write_text("oops")
    for form in "json", "text":
        response = busy.ask(f"/v1/reload?format={form}", "POST")
        check("POST", "/v1/reload", 422, response.headers["Content-Type"].partition(";")[0], response.read().decode())
    assert busy.stop() == 0


def test_a_wrong_method_and_a_wrong_path_are_errors(services):
    services.start({"web": {"command": IDLE}})
    for method, path, status in (("POST", "/v1/services", 405), ("GET", "/v1/reload", 405), ("GET", "/v1/nothing", 404)):
        response = services.ask(path, method)
        assert response.status == status
        validate(json.loads(response.read()), {"$ref": "#/components/schemas/Error"})
    assert services.stop() == 0


def test_the_public_port_tells_only_what_everybody_may_know(busy):
    for path in API["paths"]:
        method, _, status, _, _ = run(f"curl http://127.0.0.1:9464{path.replace('{name}', 'web')}", "", busy.port)
        assert (status == 404) == path.startswith("/v1/"), path
    until(lambda: run("curl http://127.0.0.1:9464/readyz", "", busy.port)[2] == 200, "it is ready")
    assert busy.stop() == 0


def test_whatever_is_asked_for_may_be_refused_as_the_description_says(busy):
    for path, methods in API["paths"].items():
        for described in methods.values():
            assert described["responses"]["default"] == {"$ref": "#/components/responses/Refused"}
        line = f"curl -X PUT --unix-socket /run/onit.sock http://onit{path.replace('{name}', 'web')}"
        _, _, status, kind, body = run(line, busy.room / "control", busy.port)
        content = API["components"]["responses"]["Refused"]["content"]
        assert status == 405
        validate(json.loads(body), content[kind]["schema"])


def test_the_page_names_each_state_and_no_other():
    told = re.search(r"^`state` is one of (.*?)\. ", PAGE, re.M | re.S).group(1)
    schema = next(schema for schema in API["components"]["schemas"].values() if "state" in schema.get("properties", {}))
    assert set(re.findall(r"`([^`]+)`", told)) == set(schema["properties"]["state"]["enum"])
