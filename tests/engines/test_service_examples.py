"""The examples of services, made and run as their README says: each starts in order, shows its output under its names,
lives through the death of its parts where it should, and stops in order and in time with exit code 0."""

import json
import re
import time

import pytest

from engines import LIMIT_S, died_of, processes_of, wait_until

PORTS = {"postgres-migrate-web": 8080, "nginx-app": 80, "cron": 8080, "procfile": 8080}


class Example:
    """A container of an example, in which onit tells what it does (-v). What a service writes has its name in front."""

    def __init__(self, docker, image, options):
        self.docker = docker
        self.container = docker.start(image, options=("--env=ONIT_OPTIONS=-v", *options))
        self.container.wait_running()

    # --- What is written: onit's messages are on stderr, where they are in order.

    def logs(self, *options):
        logs = self.docker.call("logs", *options, self.container.name)
        return logs.stdout + logs.stderr

    def messages(self):
        return self.docker.call("logs", self.container.name).stderr

    def count(self, text):
        return len(re.findall(text, self.logs(), re.M))

    def expect(self, text, times=1):
        wait_until(lambda: self.count(text) >= times, f"{text!r} is written {times} times in:\n{self.logs()}")

    def status(self):
        """What onitctl tells of each service: state, pid and number of restarts."""
        status = json.loads(self.container.exec("/bin/onitctl", "status", "--json"))
        return {each["name"]: (each["state"], str(each["pid"]), each["restarts"]) for each in status["services"]}

    # --- What happens inside.

    def beside(self, *command):
        """Runs a command of another image in the container's namespaces: the example's own may have no shell."""
        return self.docker.get("run", "--rm", f"--network=container:{self.container.name}",
                               f"--pid=container:{self.container.name}", "base", *command)

    def get(self, port, path="/"):
        """A page, as soon as there is one."""
        fetch = f"wget -q -O - http://127.0.0.1:{port}{path} 2>/dev/null"
        return self.beside("sh", "-c", f"until {fetch}; do usleep 20000; done")

    def kill(self, service):
        """Kills a service's main process, and returns its pid."""
        pid = self.status()[service][1]
        self.beside("kill", "-9", pid)
        return pid

    def crash(self, service):
        """Kills a service's main process and waits for the next one."""
        before = self.kill(service)
        self.expect(f"^onit: service '{service}' was killed by SIGKILL")

        def runs_again():
            state, pid, restarts = self.status()[service]
            return state == "up" and pid != before and restarts > 0

        wait_until(runs_again, f"{service} is up again in:\n{self.logs()}")

    def wait_without_zombies(self):
        def zombies():
            return [row for row in processes_of(self.beside("ps", "-o", "pid,ppid,stat,comm")) if row[2].startswith("Z")]

        wait_until(lambda: not zombies(), "there is no zombie")

    def stop(self):
        """The exit code; a KILL of the engine would fail."""
        return self.container.stop()


@pytest.fixture
def start(docker, example):
    return lambda name, *options: Example(docker, example(name), options)


def in_order(text, *parts):
    """Whether lines that match come in this order."""
    at = 0
    for part in parts:
        found = re.compile(part, re.M).search(text, at)
        assert found, f"{part!r} does not come after what was before it in:\n{text}"
        at = found.end()


def test_the_database_its_migration_and_the_web_start_in_order_and_stop_in_reverse(start):
    example = start("postgres-migrate-web")
    assert example.get(PORTS["postgres-migrate-web"]) == "visit 1"
    example.expect("^onit: all services are ready")
    in_order(example.messages(), "'initdb' starts", "'initdb' has completed", "'db' starts", "'db' is ready",
             "'migrate' starts", "'migrate' has completed", "'web' starts", "'web' is ready")
    assert example.count(r"^migrate\b.*migrated") == 1
    assert example.count(r"^db\b.*database system is ready to accept connections") == 1
    states = {name: row[0] for name, row in example.status().items()}
    assert states == {"initdb": "completed", "db": "up", "migrate": "completed", "web": "up"}
    example.wait_without_zombies()
    assert example.stop() == 0
    in_order(example.messages(), "'web' is asked to end by SIGTERM", "'web' has stopped", "'db' is asked to end by SIGINT",
             "received fast shutdown request", "database system is shut down", "'db' has stopped", "exiting with code 0")


def test_a_database_that_was_stopped_while_it_was_made_is_made_anew_and_then_kept(start):
    example = start("postgres-migrate-web")
    example.expect(r"^initdb\b.*creating subdirectories")
    assert example.stop() == 0
    example.docker.get("start", example.container.name)
    assert example.get(PORTS["postgres-migrate-web"]) == "visit 1"
    example.docker.get("restart", example.container.name)
    assert example.get(PORTS["postgres-migrate-web"]) == "visit 2"


def test_the_web_and_the_database_survive_their_crashes_and_keep_what_they_had(start):
    example = start("postgres-migrate-web")
    port = PORTS["postgres-migrate-web"]
    assert example.get(port) == "visit 1"
    example.crash("db")
    # PostgreSQL refuses to start beside a process of the one before, and its processes have sessions of their own.
    assert example.status()["db"][2] == 1, example.logs()
    assert example.get(port) == "visit 2"
    example.crash("web")
    assert example.get(port) == "visit 3"
    assert example.count(r"^migrate\b.*migrated") == 1, "a migration that has completed runs once"
    assert example.stop() == 0


def test_the_container_ends_with_a_migration_that_fails(start, room):
    (room / "migrations.sql").write_text("SELECT wrong;\n")
    example = start("postgres-migrate-web", f"--volume={room}/migrations.sql:/srv/migrations.sql:ro")
    assert example.container.wait() == 3  # psql(1): an error in a script, with ON_ERROR_STOP
    in_order(example.messages(), "'migrate' has failed, exit code 3", "'web' has failed.*'migrate', which it needs, has failed",
             "database system is shut down")


def test_nginx_starts_after_the_application_and_stops_before_it(start):
    example = start("nginx-app")
    assert example.get(PORTS["nginx-app"]).startswith("request ")
    example.wait_without_zombies()
    assert example.stop() == 0
    in_order(example.messages(), "'app' is ready", "'nginx' starts", "'nginx' is asked to end by SIGQUIT",
             "'nginx' has stopped", "'app' is asked to end by SIGTERM", "'app' has stopped")


def test_no_request_is_refused_while_the_application_is_started_again(start):
    example = start("nginx-app")
    worker = example.get(PORTS["nginx-app"]).split()[-1]
    assert worker == example.status()["app"][1]
    # Not `get`, which would try again: the connection waits in the socket that onit keeps.
    answer = example.beside("sh", "-c", f"kill -9 {worker}; wget -q -O - http://127.0.0.1:8000/")
    assert answer.startswith("request ") and answer.split()[-1] != worker
    example.crash("nginx")
    assert example.get(PORTS["nginx-app"]).startswith("request ")
    assert example.stop() == 0


def test_a_scheduled_job_runs_at_the_full_minute(start):
    example = start("cron")
    limit = time.monotonic() + 60 + LIMIT_S  # the minute may just have begun
    while not example.count(r"^report\b.*wrote the report"):
        assert time.monotonic() < limit, example.logs()
        time.sleep(1)
    assert time.time() % 60 < 30
    example.crash("web")
    assert example.get(PORTS["cron"], "/index.html").startswith("report of ")
    example.wait_without_zombies()
    assert example.stop() == 0


def test_a_legacy_daemon_saves_before_it_is_told_to_end(start):
    example = start("legacy-daemon")
    example.expect(r"^legacyd\b.*has worked: 3,")
    example.wait_without_zombies()
    assert example.stop() == 0
    in_order(example.logs(), r"^legacyd\b.*legacyd has started", r"^legacyd\b.*has worked", r"^legacyd\b.*has saved \d+")


def test_the_log_of_a_legacy_daemon_is_rotated_and_its_files_are_bounded(start):
    example = start("legacy-daemon")

    def files():
        listed = example.container.exec("/bin/busybox", "ls", "-l", "/var/log/onit")
        return [int(line.split()[4]) for line in listed.splitlines() if line.startswith("-")]

    wait_until(lambda: len(files()) == 3, "three files are kept")
    assert max(files()) < 20_000 + 16_384 and len(files()) <= 3
    example.crash("legacyd")
    example.expect(r"^legacyd\b.*legacyd has started", times=2)
    assert example.stop() == 0


def test_a_procfile_runs_its_release_first_and_stops_all(start):
    example = start("procfile")
    assert example.get(PORTS["procfile"]) == "it works"
    example.expect(r"^worker\b.*the worker has read: it works")
    example.wait_without_zombies()
    in_order(example.messages(), "'release' has completed", "'worker' starts")
    assert example.stop() == 0
    assert example.count(r"^worker\b.*the worker has finished") == 1


def test_a_procfile_ends_when_one_of_its_processes_does(start):
    example = start("procfile")
    example.get(PORTS["procfile"])
    example.kill("web")
    assert example.container.wait() == died_of("KILL")
    assert example.count(r"^worker\b.*the worker has finished") == 1
