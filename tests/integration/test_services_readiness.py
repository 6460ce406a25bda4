"""How a service becomes ready: somebody looks, or the service writes a newline to a descriptor (s6)."""

import time

import pytest

from harness import is_dead
from service_files import (AS_ANYBODY, IDLE, READY, UNTIL_OPEN, WAITER, free_port, note, python, script,  # noqa: F401
                           server, services, starts_after)

SOON = {"interval": "10ms"}


# --- Somebody looks -------------------------------------------------------------------------------------------------


@AS_ANYBODY
def test_a_port_that_accepts_a_connection_makes_a_service_ready(services, mode):
    listen = python('until_open(); note("listens"); s = socket.create_server(("127.0.0.1", PORT)); stay()')
    port = free_port()
    listen[-1] = listen[-1].replace("PORT", str(port))
    services.start({"db": {"command": listen, "ready": {"tcp": f"127.0.0.1:{port}"} | SOON}, "web": WAITER}, mode=mode)
    services.until_told("service 'web' waits until 'db' is ready")
    services.open_gate()
    starts_after(services, "listens")
    assert services.stop() == 0


@pytest.mark.parametrize("code", [200, 204, 302, 399])
def test_an_answer_of_200_to_399_makes_a_service_ready(services, server, code):
    services.start({"db": {"command": IDLE, "ready": {"http": server.url} | SOON}, "web": WAITER})
    request = server.answer(code)
    assert request.startswith("GET /healthz HTTP/1.1\r\n") and f"Host: 127.0.0.1:{server.port}\r\n" in request
    services.until_noted("web")
    assert services.stop() == 0


@pytest.mark.parametrize("code", [400, 404, 500, 503])
def test_an_answer_of_400_and_more_does_not_make_a_service_ready(services, server, code):
    services.start({"db": {"command": IDLE, "ready": {"http": server.url} | SOON}})
    for _ in range(3):
        server.answer(code)
    assert READY not in services.messages
    server.answer(200)
    services.until_told(READY)
    assert services.stop() == 0


def test_an_http_probe_needs_no_program(services, server, room):
    services.start({"db": {"command": IDLE, "ready": {"http": server.url} | SOON}}, env={"PATH": str(room / "empty")})
    server.answer(200)
    services.until_told(READY)
    assert services.stop() == 0


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 200", b"HTTP/1.1 2000 OK\r\n\r\n"])
def test_what_is_no_answer_does_not_make_a_service_ready(services, server, answer):
    services.start({"db": {"command": IDLE, "ready": {"http": server.url} | SOON}})
    for _ in range(2):
        connection, _ = server.take()
        connection.sendall(answer)
        connection.close()
    assert READY not in services.messages
    server.answer(200)
    services.until_told(READY)
    assert services.stop() == 0


def test_a_name_of_etc_hosts_can_be_probed(services, server):
    url = server.url.replace("127.0.0.1", "localhost")
    services.start({"db": {"command": IDLE, "ready": {"http": url} | SOON}})
    assert f"Host: localhost:{server.port}\r\n" in server.answer(200)
    services.until_told(READY)
    assert services.stop() == 0


def test_a_server_that_does_not_answer_does_not_hold_up_the_end(services, server):
    services.start({"db": {"command": IDLE, "ready": {"http": server.url, "attempt_timeout": "1h"} | SOON}})
    connection, _ = server.take()
    start = time.monotonic()
    assert services.stop() == 0
    assert time.monotonic() - start < 5
    assert connection.recv(1) == b""
    connection.close()


def test_a_server_that_does_not_answer_is_asked_again(services, server):
    services.start({"db": {"command": IDLE, "ready": {"http": server.url, "attempt_timeout": "1s"} | SOON}})
    silent = [server.take()[0] for _ in range(2)]
    server.answer(200)
    services.until_told(READY)
    for connection in silent:
        connection.close()
    assert services.stop() == 0


@AS_ANYBODY
def test_a_command_that_exits_with_0_makes_a_service_ready(services, mode):
    probe = {"exec": script(note("looked") + '[ -e "$ROOM/gate" ]')} | SOON
    services.start({"db": {"command": IDLE, "ready": probe}, "web": WAITER}, mode=mode)
    services.until_noted("looked", "looked", "looked")
    assert READY not in services.messages and "web" not in services.journal
    services.open_gate()
    services.until_noted("web")
    assert services.stop() == 0


def test_a_command_that_cannot_be_executed_is_no_success(services):
    services.start({"db": {"command": IDLE, "ready": {"exec": ["/no/such/probe"], "timeout": "1s"} | SOON}})
    assert services.wait() != 0
    assert READY not in services.messages
    # Why is told, and told once.
    assert services.messages.count("service 'db': ready: exec '/no/such/probe': no such file") == 1
    assert "orphan" not in services.messages


def test_a_probe_runs_as_the_service_s_user_with_its_environment_and_in_its_directory(services, room):
    probe = script('echo "$(id -u):$(id -g) $(pwd) $GREETING" >> "$JOURNAL"')
    services.start({"db": {"command": IDLE, "ready": {"exec": probe}, "user": "1234:1235", "working_dir": "/usr",
                           "environment": {"GREETING": "hello"}}})
    services.until_told(READY)
    assert services.journal == ["1234:1235 /usr hello"]
    assert services.stop() == 0


def test_a_file_makes_a_service_ready(services, room):
    command = script(UNTIL_OPEN + note("made") + ': > "$ROOM/made"; exec sleep 1000')
    services.start({"db": {"command": command, "ready": {"file": str(room / "made")} | SOON}, "web": WAITER})
    services.until_told("service 'web' waits until 'db' is ready")
    services.open_gate()
    starts_after(services, "made")
    assert services.stop() == 0


@pytest.mark.parametrize("stream", [1, 2])
def test_a_line_that_matches_makes_a_service_ready(services, stream):
    command = script(f"echo not ready to accept >&{stream}\n" + UNTIL_OPEN + note("written") +
                     f"echo port 5432 open >&{stream}; exec sleep 1000")
    services.start({"db": {"command": command, "ready": {"log": "^port [0-9]+ open$$"}}, "web": WAITER})
    services.until_told("service 'web' waits until 'db' is ready")
    services.open_gate()
    starts_after(services, "written")
    assert services.stop() == 0


def test_a_line_of_an_earlier_run_does_not_make_a_service_ready_again(services):
    command = script('if [ -e "$ROOM/second" ]; then exec sleep 1000; fi\n: > "$ROOM/second"\necho ready\n' + UNTIL_OPEN +
                     "exit 1")
    services.start({"db": {"command": command, "ready": {"log": "ready", "timeout": "2s"}, "restart": "on-failure",
                           "max_restarts": 1, "restart_delay": "1ms"}})
    services.until_told(READY)
    services.open_gate()
    services.until_told("it did not become ready in time")
    assert services.messages.count(READY) == 1
    assert services.wait() != 0


# --- What fails -----------------------------------------------------------------------------------------------------


def test_a_service_that_is_not_ready_in_time_has_failed(services):
    ready = {"file": "/nowhere", "timeout": "100ms"} | SOON
    services.start({"db": {"command": IDLE, "ready": ready}, "web": WAITER})
    assert services.wait() != 0
    assert "service 'db' is asked to end by SIGTERM: it did not become ready in time" in services.messages
    assert "service 'web' has failed" in services.messages and "'db', which it needs, has failed" in services.messages
    assert services.journal == []


@pytest.mark.parametrize("ready", [{"notify": True}, {"fd": 3}, {"log": "never"}, {"file": "/nowhere"}],
                         ids=["notify", "fd", "log", "file"])
def test_an_exit_before_it_is_ready_is_a_failure_even_with_code_0(services, ready):
    services.start({"db": {"command": ["/bin/true"], "ready": ready}, "web": WAITER})
    assert services.wait() == 1
    assert "service 'db' has failed, exit code 1: it ended without having become ready" in services.messages
    assert services.journal == []


def test_a_probe_that_hangs_is_killed_with_all_that_it_has_started(services):
    probe = script('[ -e "$ROOM/gate" ] && exit\nsetsid sleep 2000 & ' + note("$!") + "sleep 2000")
    services.start({"db": {"command": IDLE, "ready": {"exec": probe, "attempt_timeout": "500ms"} | SOON}})
    services.until(lambda: len(services.journal) >= 3, "noted three times")
    for pid in services.journal[:2]:
        services.until(lambda pid=pid: is_dead(pid), f"dead: {pid}")
    services.open_gate()
    services.until_told(READY)
    services.until(lambda: all(map(is_dead, services.journal)), "all are dead")
    assert services.stop() == 0


def test_what_a_probe_that_hangs_has_put_into_a_session_of_its_own_is_killed_though_its_parent_is_gone(services):
    probe = script('[ -e "$ROOM/gate" ] && exit\n(setsid sh -c \'echo $$ >> "$JOURNAL"; exec sleep 2000\' &)\n'
                   "sleep 2000")
    services.start({"db": {"command": IDLE, "ready": {"exec": probe, "attempt_timeout": "500ms"} | SOON}})
    services.until(lambda: len(services.journal) >= 2, "noted twice")
    services.until(lambda: is_dead(services.journal[0]), "the first is dead")
    services.open_gate()
    services.until_told(READY)
    services.until(lambda: all(map(is_dead, services.journal)), "all are dead")
    assert services.stop() == 0


@AS_ANYBODY
def test_a_probe_that_hangs_does_not_hold_up_the_end(services, mode):
    probe = script(note("looks") + "sleep 2000")
    services.start({"db": {"command": IDLE, "ready": {"exec": probe, "attempt_timeout": "1h", "timeout": "0"}}}, mode=mode)
    services.until_noted("looks")
    start = time.monotonic()
    assert services.stop() == 0
    # The grace period is 5 s, and nobody here needs it.
    assert time.monotonic() - start < 5
    assert "is killed" not in services.messages


def test_the_probe_is_gone_before_onit_is(services):
    probe = script('trap "" TERM; echo $$ >> "$JOURNAL"; exec sleep 2000')
    services.start({"db": {"command": IDLE, "ready": {"exec": probe, "attempt_timeout": "1h"}}})
    services.until(lambda: services.journal, "noted")
    assert services.stop() == 0
    assert is_dead(services.journal[0])


# --- The service tells: s6 ------------------------------------------------------------------------------------------


@AS_ANYBODY
def test_a_newline_on_its_descriptor_makes_a_service_ready(services, mode):
    command = script("printf working >&5\n" + UNTIL_OPEN + note("told on $ONIT_READY_FD") + "echo >&5; exec sleep 1000 5>&-")
    services.start({"db": {"command": command, "ready": {"fd": 5}}, "web": WAITER}, mode=mode)
    services.until_told("service 'web' waits until 'db' is ready")
    assert READY not in services.messages
    services.open_gate()
    starts_after(services, "told on 5")
    assert services.stop() == 0


def test_a_descriptor_that_is_closed_without_a_newline_is_a_failure(services):
    services.start({"db": {"command": script("printf almost >&3; exec sleep 1000 3>&-"), "ready": {"fd": 3}}, "web": WAITER})
    assert services.wait() != 0
    assert "service 'db' is asked to end by SIGTERM: it ended without having become ready" in services.messages
    assert services.journal == []


def test_a_newline_and_an_exit_at_once_are_ready_and_then_an_exit(services):
    services.start({"db": {"command": script("echo >&3"), "ready": {"fd": 3}}, "web": WAITER})
    services.until_told(READY)
    services.signal()
    assert services.wait() == 0


def test_a_descriptor_that_a_socket_has_already_is_told(services):
    services.start({"db": {"command": IDLE, "ready": {"fd": 3}, "sockets": [{"listen": str(services.room / "socket")}]}})
    assert services.wait() == 125
    assert "ready: descriptor 3 is that of a socket; the first free one is 4" in services.messages
