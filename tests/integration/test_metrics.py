"""The page for Prometheus, and docs/metrics.md, which describes it."""

import pathlib
import re
import subprocess
import time

from client import services  # noqa: F401
from harness import TIMEOUT_S, until
from service_files import IDLE
from services import UNTIL_OPEN, note, script

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "metrics.md"
SAMPLE = re.compile(r'([a-z_:]+)(?:\{(.*)\})? ([0-9.]+)')


def promtool(*arguments, text):
    result = subprocess.run(["promtool", "check", *arguments], input=text, capture_output=True, text=True,
                            timeout=TIMEOUT_S, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result


def samples(services):
    """Values by name and labels."""
    found = {}
    for line in services.get("/metrics").splitlines():
        if not line.startswith("#"):
            name, labels, value = SAMPLE.fullmatch(line).groups()
            found[name, labels or ""] = float(value)
    return found


def of(services, name, service="web"):
    return samples(services).get((name, f'service="{service}"'))


def families(text):
    return {line.split()[2]: line.split()[3] for line in text.splitlines() if line.startswith("# TYPE ")}


def blocks(language):
    """The examples of the page in that language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.M | re.S)


def test_promtool_finds_nothing_to_complain_about(services):
    services.start({"web": {"command": IDLE, "healthcheck": {"exec": ["/bin/true"], "interval": "10ms"}},
                    "once": {"command": ["/bin/false"], "type": "oneshot"}})
    until(lambda: of(services, "onit_service_healthy") == 1, "healthy")
    result = promtool("metrics", text=services.get("/metrics"))
    assert result.stdout + result.stderr == ""
    services.stop()


def test_the_page_describes_each_family_and_no_other(services):
    services.start({"web": {"command": IDLE}})
    text = services.get("/metrics")
    described = dict(re.findall(r"^\| `([a-z_]+)(?:\{[a-z, ]*\})?` \| ([a-z]+) \|", PAGE.read_text(), re.M))
    assert described == families(text)
    for name in re.findall(r"\b(?:onit|process)_[a-z_]+", "".join(blocks("yaml"))):
        assert name in described
    services.stop()


def test_the_examples_of_the_page_are_what_prometheus_takes(room):
    config, rules = blocks("yaml")
    (room / "prometheus.yml").write_text(config)
    (room / "onit.rules.yml").write_text(rules)
    promtool("config", str(room / "prometheus.yml"), text="")
    assert "2 rules found" in promtool("rules", str(room / "onit.rules.yml"), text="").stdout


def test_lines_bytes_and_drops_are_counted_to_the_last_one(services):
    count, line = 60_000, "x" * 77 + "\n"
    services.start({"web": {"command": script(f"yes {line.strip()} | head -n {count}; " + note("done") + "sleep 1000"),
                            "log": {"on_full": "drop"}}})
    services.until_noted("done")
    until(lambda: of(services, "onit_service_log_lines_total") == count, "all lines were read")
    assert of(services, "onit_service_log_bytes_total") == count * len(line)
    dropped = of(services, "onit_service_log_dropped_lines_total")
    services.signal()
    assert services.running.rest().count(line.strip()) == count - dropped
    assert 0 < dropped < count
    services.wait()


def test_a_busy_service_takes_cpu_time_and_memory(services):
    services.start({"web": {"command": script("while :; do :; done")}})
    until(lambda: (of(services, "onit_service_cpu_seconds_total") or 0) > 0.05, "it was busy")
    assert of(services, "onit_service_memory_bytes") > 100_000
    own = samples(services)
    assert own["process_resident_memory_bytes", ""] > 10_000
    assert own["process_open_fds", ""] > 3
    assert 0 < own["onit_loop_busy_seconds_total", ""] >= own["onit_loop_longest_turn_seconds", ""] > 0
    services.stop()


def test_what_has_become_of_services_is_told(services):
    began = time.time()
    services.start({
        "web": {"command": script(UNTIL_OPEN + "echo ready; exec sleep 1000"), "ready": {"log": "ready"}},
        "bad": {"command": script("exit 7"), "restart": "on-failure", "restart_delay": "1ms", "max_restarts": 2},
        "off": {"command": IDLE, "autostart": False},
    })
    until(lambda: of(services, "onit_service_restarts_total", "bad") == 2, "restarted twice")
    until(lambda: ("onit_service_state", 'service="bad",state="failed"') in samples(services), "it has failed")
    assert of(services, "onit_service_last_exit_code", "bad") == 7
    assert of(services, "onit_service_up") == of(services, "onit_service_ready") == 0
    assert of(services, "onit_service_start_duration_seconds") is None
    services.open_gate()
    until(lambda: of(services, "onit_service_ready") == 1, "ready")
    now = samples(services)
    assert now["onit_service_state", 'service="web",state="up"'] == now["onit_service_up", 'service="web"'] == 1
    assert 0 < of(services, "onit_service_start_duration_seconds") < TIMEOUT_S
    started = of(services, "onit_service_start_time_seconds")
    assert began - 1 < now["process_start_time_seconds", ""] <= started < time.time() + 1
    assert 0 <= now["onit_service_uptime_seconds", 'service="web"'] < TIMEOUT_S
    for name in ("bad", "off"):
        assert of(services, "onit_service_uptime_seconds", name) is None
    assert of(services, "onit_service_start_time_seconds", "off") is None
    assert of(services, "onit_service_memory_bytes", "off") is None
    assert now["onit_service_info", 'service="off",type="simple"'] == 1
    services.stop()
