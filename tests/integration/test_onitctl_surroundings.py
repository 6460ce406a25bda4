"""onitctl among what is around it: where onit is looked for and who is believed, time, outputs, signals and colours."""

import os
import signal
import socket
import subprocess
import time

import pytest

from fake_onit import chunk, chunked, head
from harness import ONIT, TIMEOUT_S, until
from onitctl_alone import TABLE, fake, onitctl, told  # noqa: F401


# --- Where onit is --------------------------------------------------------------------------------------------------


def test_nobody_at_a_socket_is_told_with_the_reason_and_what_to_do(onitctl, room):
    dead = room / "dead"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(dead))
    listener.close()
    missing = room / "sock"
    remedy = "is this the container where onit runs services? (--socket PATH, $ONIT_SOCKET)"
    for words, path, reason in [(["status"], missing, "No such file or directory"),
                                (["--socket", dead, "status"], dead, "Connection refused"),
                                (["status", "--socket=/" + "x" * 108], "/" + "x" * 108, "name too long")]:
        result = onitctl(*words)
        assert (result.returncode, result.stdout) == (125, "")
        assert result.stderr.startswith(f"onitctl: no onit answers: {path}: ")
        assert reason in result.stderr and result.stderr.endswith(f": {remedy}\n")


def test_who_may_not_ask_is_told_who_may(fake, room):
    fake({})
    (room / "sock").chmod(0o600)
    words = ["setpriv", "--reuid=65534", "--clear-groups", ONIT, "--as", "onitctl", "--socket", room / "sock", "status"]
    result = subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert result.returncode == 125
    assert result.stderr == (f"onitctl: no onit answers: {room}/sock: Permission denied: only root and the user that onit "
                             "runs as may ask it\n")


def test_without_a_socket_that_is_named_the_usual_places_are_tried(fake, onitctl, room):
    environment = {"XDG_RUNTIME_DIR": str(room), "PATH": os.environ["PATH"]}
    result = onitctl("status", env=environment)
    assert result.returncode == 125
    assert [f"{place}: " in result.stderr for place in ("/run/onit.sock", room / "onit.sock", "/tmp/onit.sock")] == [True] * 3
    fake({"GET /v1/services?format=text": (200, TABLE)}, room / "onit.sock")
    assert told(onitctl("status", env=environment)) == (0, TABLE, "")


def test_the_command_line_names_the_socket_before_the_environment_does(fake, onitctl, room):
    fake({"GET /v1/services?format=text": (200, "the environment's\n")})
    fake({"GET /v1/services?format=text": (200, "the option's\n")}, room / "other")
    assert onitctl("status").stdout == "the environment's\n"
    assert onitctl("status", "--socket", room / "other").stdout == "the option's\n"


# Listens at the place that anybody can take, and says so; in a mount namespace of its own.
STRANGER = """
mount -t tmpfs tmpfs /run && cp "$0" /run/onit
mount -t tmpfs tmpfs /tmp && chmod 1777 /tmp
mkfifo /run/up && chmod 666 /run/up
setpriv --reuid $1 --clear-groups /usr/bin/python3 -c '
import socket
s = socket.create_server("/tmp/onit.sock", family=socket.AF_UNIX)
open("/run/up", "w").close()
c, _ = s.accept()
c.recv(4096)
c.sendall(b"HTTP/1.1 200 OK\\r\\n\\r\\nhello\\n")
' &
listener=$!
read -r _ </run/up
env -u XDG_RUNTIME_DIR -u ONIT_SOCKET /run/onit --as onitctl $2 status
status=$?
kill $listener
exit $status
"""


@pytest.mark.parametrize("user, option, believed", [(1234, "", False), (0, "", True),
                                                    (1234, "--socket=/tmp/onit.sock", True)],
                         ids=["stranger", "root", "named"])
def test_a_stranger_where_anybody_can_listen_is_not_taken_for_onit(user, option, believed):
    script = STRANGER.replace("setpriv --reuid $1 --clear-groups ", "") if user == 0 else STRANGER
    done = subprocess.run(["unshare", "--mount", "sh", "-c", script, ONIT, str(user), option], capture_output=True,
                          text=True, timeout=TIMEOUT_S, check=False)
    if believed:
        assert (done.returncode, done.stdout) == (0, "hello\n"), done.stderr
    else:
        assert done.returncode == 125 and f"user {user} listens there" in done.stderr


# --- Time -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words, errors", [("status", "no answer from {} after 50 ms"),
                                           ("tree", "no answer from {} after 50 ms"),
                                           ("logs -f", "no answer from {} after 50 ms"),
                                           ("stop web", "no answer from {} after 50 ms"),
                                           ("wait ready web", "web is not ready after 50 ms"),
                                           ("stop web --wait", "web: not done after 50 ms")])
def test_the_time_of_an_answer_ends_with_exit_code_124_and_what_was_waited_for(fake, onitctl, room, words, errors):
    onit = fake({})
    onit.answers = {request: onit.hold for request in [
        "GET /v1/services?format=text", "GET /v1/services", "POST /v1/services/web/stop?format=text",
        "GET /v1/services/web/wait?format=text&for=ready",
        "POST /v1/services/web/stop?format=text&wait=1", "GET /v1/logs?format=prefix&follow=1"]}
    result = onitctl(*words.split(), "--timeout", "50ms")
    assert told(result) == (124, "", f"onitctl: {errors.format(room / 'sock')}\n")


def test_the_time_counts_for_the_whole_answer(fake, onitctl, room):
    def answer(connection):
        connection.sendall(head(200, "Transfer-Encoding: chunked") + chunk("web | 1\n"))
        onit.hold(connection)

    onit = fake({"GET /v1/logs?format=prefix&follow=1": answer})
    result = onitctl("logs", "-f", "--timeout", "2s")
    assert told(result) == (124, "web | 1\n", f"onitctl: the answer from {room}/sock has not ended after 2 s\n")


def test_the_time_is_over_also_while_there_is_something_to_read(fake, room):
    # More than a pipe and the hand of onitctl hold, and with its end: only time keeps it from being all.
    onit = fake({"GET /v1/logs?format=prefix&follow=1": chunked(200, *["x" * 10_000] * 15)})
    with subprocess.Popen([ONIT, "--as", "onitctl", "--socket", room / "sock", "logs", "-f", "--timeout", "300ms"],
                          stdout=subprocess.PIPE) as process:
        until(lambda: onit.requests, "it is asked")
        is_over = time.monotonic() + 0.3
        until(lambda: time.monotonic() > is_over, "the time is over")
        assert len(process.stdout.read()) < 150_000
        assert process.wait(TIMEOUT_S) == 124


def test_a_queue_that_is_full_is_not_waited_for_longer_than_that(onitctl, room):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(room / "sock"))
        listener.listen(0)
        waiting = []
        while True:
            client = socket.socket(socket.AF_UNIX)
            client.setblocking(False)
            waiting.append(client)
            try:
                client.connect(str(room / "sock"))
            except BlockingIOError:
                break
        result = onitctl("status", "--timeout", "50ms")
        assert told(result) == (124, "", f"onitctl: no answer from {room}/sock after 50 ms\n")
        for client in waiting:
            client.close()


# --- Signals and colours --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["status", "analyze"])
def test_an_output_that_takes_nothing_is_a_failure(fake, room, verb):
    fake({"GET /v1/services?format=text": (200, TABLE), "GET /v1/analysis": (200, '{"services": []}')})
    with open("/dev/full", "w", encoding="ascii") as full:
        result = subprocess.run([ONIT, "--as", "onitctl", "--socket", room / "sock", verb], stdout=full,
                                stderr=subprocess.PIPE, text=True, check=False, timeout=TIMEOUT_S)
    assert (result.returncode, result.stderr) == (125, "onitctl: stdout: No space left on device\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGPIPE])
def test_signals_act_on_onitctl_as_on_any_program(fake, room, number):
    onit = fake({})
    onit.answers["GET /v1/logs?format=prefix&follow=1"] = onit.hold
    with subprocess.Popen([ONIT, "--as", "onitctl", "--socket", room / "sock", "logs", "-f"],
                          preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL)) as process:
        until(lambda: onit.held, "it is asked")
        process.send_signal(number)
        assert process.wait(TIMEOUT_S) == -number


def test_a_reader_that_goes_away_ends_it(fake, room):
    onit = fake({"GET /v1/logs?format=prefix": chunked(200, *["x" * 16384] * 100)})
    reading, writing = os.pipe()
    with subprocess.Popen([ONIT, "--as", "onitctl", "--socket", room / "sock", "logs"], stdout=writing,
                          preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL)) as process:
        os.close(writing)
        os.read(reading, 10)
        os.close(reading)
        assert process.wait(TIMEOUT_S) == -signal.SIGPIPE
    assert onit.requests


@pytest.mark.parametrize("more, has_colour", [({}, True), ({"NO_COLOR": ""}, True), ({"NO_COLOR": "1"}, False)])
def test_colours_are_for_terminals_and_for_who_does_not_forbid_them(fake, room, more, has_colour):
    onit = fake({"GET /v1/services?format=text&colour=1": (200, "x\n"), "GET /v1/services?format=text": (200, "x\n")})
    master, slave = os.openpty()
    environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"} | more
    subprocess.run([ONIT, "--as", "onitctl", "--socket", room / "sock", "status"], stdout=slave, check=True,
                   timeout=TIMEOUT_S, env=environment)
    os.close(slave)
    os.close(master)
    assert ("colour=1" in onit.requests[0]) == has_colour
