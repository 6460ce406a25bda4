"""Whether all is well: for probes of orchestrators, and for people."""

import json

from client import services  # noqa: F401
from harness import until
from service_files import IDLE
from services import script

FAST = {"interval": "10ms"}


def verdict(services, path):
    response = services.ask(path)
    return response.status, response.read().decode()


def until_verdict(services, path, status):
    until(lambda: verdict(services, path)[0] == status, f"{path} is answered by {status}")
    return verdict(services, path)[1]


def test_without_essential_services_all_that_are_to_run_have_to_be_ready(services):
    services.start({"web": {"command": IDLE, "ready": {"file": str(services.room / "sign")} | FAST},
                    "job": {"type": "oneshot", "command": ["true"]},
                    "done": {"command": ["true"]},
                    "night": {"type": "oneshot", "command": ["false"], "schedule": {"cron": "0 0 1 1 *"}},
                    "off": {"command": IDLE, "autostart": False}})
    services.until_told("service 'job' has completed")
    services.until_told("service 'done' has completed")
    assert verdict(services, "/v1/health?service=done")[0] == 200
    assert until_verdict(services, "/readyz", 503) == "web is starting\n"
    until(lambda: verdict(services, "/v1/health")[1].startswith("web is starting: file "), "somebody has looked")
    assert verdict(services, "/livez") == (200, "alive\n")
    assert verdict(services, "/v1/health?live=1") == (200, "alive\n")
    assert verdict(services, "/v1/health?live=0")[0] == 503
    assert verdict(services, "/v1/health?live=1&service=web")[0] == 200
    (services.room / "sign").touch()
    assert until_verdict(services, "/readyz", 200) == "ready\n"
    assert verdict(services, "/v1/health") == (200, "ready\n")
    assert services.stop() == 0


def test_with_essential_services_only_those_count(services):
    services.start({"web": {"command": IDLE, "essential": True}, "bad": {"command": ["/nowhere/bad"]}})
    services.until_told("service 'bad' has failed")
    assert until_verdict(services, "/readyz", 200) == "ready\n"
    assert until_verdict(services, "/v1/health?service=bad", 503).startswith("bad has failed: ")
    services.ask("/v1/services/web/stop?wait=1", "POST").read()
    assert verdict(services, "/readyz") == (503, "web is stopped\n")
    assert services.stop() == 0


def test_what_services_write_is_not_told_to_everybody(services):
    services.start({"web": {"command": script("echo secret; exit 1"), "essential": True, "restart": "on-failure",
                            "restart_delay": "1h", "restart_max_delay": "1h"}})
    until(lambda: "secret" in until_verdict(services, "/v1/health", 503), "it has spoken")
    until(lambda: verdict(services, "/readyz") == (503, "web is backing off\n"), "the state is told")
    assert services.stop() == 0


def test_only_an_essential_service_that_is_unhealthy_is_a_reason_not_to_live(services):
    def check(name):
        return {"file": str(services.room / name), "retries": 1} | FAST
    services.start({"web": {"command": IDLE, "essential": True, "healthcheck": check("web")},
                    "aside": {"command": IDLE, "healthcheck": check("aside")}})
    services.until_told("service 'aside' is unhealthy")
    assert until_verdict(services, "/livez", 503) == "web is unhealthy\n"
    assert until_verdict(services, "/readyz", 503) == "web is unhealthy\n"
    assert verdict(services, "/v1/health?live=1")[1].startswith("web is unhealthy: ")
    assert verdict(services, "/v1/health?live=1&service=aside")[0] == 503
    (services.room / "web").touch()
    assert until_verdict(services, "/livez", 200) == "alive\n"
    assert verdict(services, "/readyz") == (200, "ready\n")
    assert verdict(services, "/v1/health?service=aside")[0] == 503
    assert services.stop() == 0


def test_one_service_is_judged_by_itself(services):
    services.start({"web": {"command": IDLE}, "job": {"type": "oneshot", "command": ["true"]},
                    "night": {"type": "oneshot", "command": ["true"], "schedule": {"cron": "0 0 1 1 *"}}})
    services.until_told("service 'job' has completed")
    for name in "web", "job", "night":
        until_verdict(services, f"/v1/health?service={name}", 200)
    answer = json.loads(until_verdict(services, "/v1/health?service=job&format=json", 200))
    assert answer["healthy"] is True and answer["text"].startswith("job has completed ")
    assert verdict(services, "/v1/health?service=jop")[0] == 404
    assert services.stop() == 0


def test_a_service_that_is_being_stopped_by_hand_is_not_ready(services):
    services.start({"web": {"command": services.obedient("web", "--gate", services.room / "gate"), "essential": True}})
    services.until_noted("web ready")
    assert until_verdict(services, "/readyz", 200) == "ready\n"
    services.ask("/v1/services/web/restart", "POST").read()
    assert verdict(services, "/readyz") == (503, "web is stopping\n")
    assert verdict(services, "/v1/health?service=web")[0] == 503
    assert verdict(services, "/livez")[0] == 200
    services.open_gate()
    assert until_verdict(services, "/readyz", 200) == "ready\n"
    assert services.stop() == 0


def test_who_is_about_to_end_is_not_ready(services):
    """Before anything is stopped, so that load balancers take notice, and until the end."""
    services.start({"web": {"command": services.obedient("web", "--gate", services.room / "gate")}}, "--drain=50ms")
    services.until_noted("web ready")
    until_verdict(services, "/readyz", 200)
    services.signal()
    services.until_told("holding SIGTERM back")
    assert until_verdict(services, "/readyz", 503) in ("onit is about to end\n", "everything ends\n")
    assert verdict(services, "/livez")[0] == 200
    until(lambda: verdict(services, "/readyz") == (503, "everything ends\n"), "it ends")
    services.open_gate()
    assert services.wait() == 0
