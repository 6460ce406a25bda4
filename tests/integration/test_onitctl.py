"""onitctl as a program: what it asks, what it prints, and its exit codes, against one that plays onit."""

import json
import os
import socket
import stat
import subprocess

import pytest

from fake_onit import chunk, chunked, head, plain
from harness import ONIT, TIMEOUT_S, until
from onitctl_alone import TABLE, fake, onitctl, told  # noqa: F401


# --- What is asked, and printed -------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [plain(200, TABLE), chunked(200, TABLE), chunked(200, *TABLE),
                                    chunked(200, TABLE[:5], TABLE[5:])])
def test_what_onit_answers_is_printed_as_it_is(fake, onitctl, answer):
    onit = fake({"GET /v1/services?format=text": answer})
    assert told(onitctl("status")) == (0, TABLE, "")
    assert onit.requests == ["GET /v1/services?format=text"]


def test_an_answer_that_comes_byte_by_byte_is_put_together(fake, onitctl):
    def answer(connection):
        for byte in chunked(200, TABLE, "more\n"):
            connection.sendall(bytes([byte]))
        connection.close()

    fake({"GET /v1/services?format=text": answer})
    assert told(onitctl("status")) == (0, TABLE + "more\n", "")


def test_a_large_answer_is_copied_whole(fake, onitctl):
    lines = "".join(f"{number} {'x' * 100}\n" for number in range(40_000))
    fake({"GET /v1/logs?format=prefix": chunked(200, *[lines[at:at + 16384] for at in range(0, len(lines), 16384)])})
    assert told(onitctl("logs")) == (0, lines, "")


@pytest.mark.parametrize("words, request_line", [
    ("status a b --json", "GET /v1/services?format=json&service=a&service=b"),
    ("signal RTMIN+3 web", "POST /v1/services/web/signal?format=text&signal=37"),
    ("logs -fn 5 a", "GET /v1/logs?format=prefix&follow=1&lines=5&service=a"),
    ("logs --json", "GET /v1/logs?format=json"),
    ("events -f", "GET /v1/events?format=text&follow=1"),
    ("explain web", "GET /v1/explain?format=text&service=web"),
    ("wait healthy db", "GET /v1/services/db/wait?format=text&for=healthy"),
    ("health", "GET /v1/health?format=text"),
    ("metrics", "GET /metrics"),
    ("reload", "POST /v1/reload?format=text"),
    ("shutdown --exit-code 7", "POST /v1/shutdown?format=text&exit_code=7"),
    ("restart --wait web", "POST /v1/services/web/restart?format=text&wait=1"),
])
def test_each_verb_asks_what_it_says(fake, onitctl, words, request_line):
    # Whether it is still there, only those who follow ask.
    onit = fake({request_line: (200, "so be it\n"), "GET /livez": b""})
    assert told(onitctl(*words.split())) == (0, "so be it\n", "")
    assert onit.requests == [request_line] + (["GET /livez"] if "follow" in request_line else [])


def test_an_answer_of_202_is_a_good_one(fake, onitctl):
    fake({"POST /v1/services/web/stop?format=text": (202, "web: stopping\n")})
    assert told(onitctl("stop", "web")) == (0, "web: stopping\n", "")


def test_status_is_watched_or_printed_as_JSON_but_not_both(fake, room):
    onit = fake({})
    controller, terminal = os.openpty()
    with open(controller, "rb"), open(terminal, "wb") as stdout:
        result = subprocess.run([ONIT, "--as", "onitctl", "--socket", room / "sock", "status", "--watch", "--json"],
                                stdout=stdout, stderr=subprocess.PIPE, text=True, check=False, timeout=TIMEOUT_S)
    assert result.returncode == 125
    assert result.stderr.startswith("onitctl: status: --watch needs a terminal, and no --json;")
    assert not onit.requests


# --- What goes wrong ------------------------------------------------------------------------------------------------


def test_a_refusal_is_told_on_stderr_with_exit_code_1(fake, onitctl):
    fake({"GET /v1/services?format=text&service=wbe": (404, "there is no service 'wbe'; did you mean 'web'?\n")})
    assert told(onitctl("status", "wbe")) == (1, "", "onitctl: there is no service 'wbe'; did you mean 'web'?\n")


@pytest.mark.parametrize("error, words", [
    ('{"error": "there is no service \'a\'"}\n', "there is no service 'a'"),
    ('{"error":"too many ask at once"}', "too many ask at once"),
    ('{"status": 404, "error":\n"\\"a\\" \\u2260 \\"b\\": no"}', '"a" \u2260 "b": no'),
    ('{"mistake": "none that is known"}', '{"mistake": "none that is known"}'),
    ('{"error": "cut', '{"error": "cut'),
])
def test_a_refusal_in_JSON_is_told_in_words(fake, onitctl, error, words):
    fake({"GET /v1/services?format=json": (404, error), "GET /metrics": (503, error)})
    assert told(onitctl("status", "--json")) == (1, "", f"onitctl: {words}\n")
    # Who is turned away is told by which socket.
    result = onitctl("metrics")
    assert told(result)[:2] == (1, "") and result.stderr.endswith(f"/sock: {words}\n")


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200", b"SSH-2.0-OpenSSH_9.2\r\n\r\n", b"x" * 5000])
def test_what_is_no_answer_of_HTTP_is_none(fake, onitctl, room, answer):
    fake({"GET /v1/services?format=text": answer})
    result = onitctl("status")
    assert (result.returncode, result.stdout) == (125, "")
    assert result.stderr == f"onitctl: onit has ended the connection to {room}/sock without an answer\n"


@pytest.mark.parametrize("answer", [chunked(200, TABLE, is_whole=False), chunked(200, TABLE)[:-8],
                                    head(200, "Transfer-Encoding: chunked") + chunk(TABLE) + b"zz\r\n"])
def test_an_answer_that_ends_in_the_middle_is_printed_and_complained_about(fake, onitctl, room, answer):
    fake({"GET /v1/services?format=text": answer})
    result = onitctl("status")
    assert result.returncode == 125
    assert TABLE.startswith(result.stdout) and result.stdout
    assert f"the answer from {room}/sock is not complete" in result.stderr


@pytest.mark.parametrize("is_whole", [True, False])
def test_what_is_followed_ends_with_onit(fake, onitctl, is_whole):
    def end(connection):
        onit.listener.shutdown(socket.SHUT_RDWR)
        connection.sendall(chunked(200, "web | hello\n", is_whole=is_whole))
        connection.close()

    onit = fake({"GET /v1/logs?format=prefix&follow=1": end})
    assert told(onitctl("logs", "-f")) == (0, "web | hello\n", "")


@pytest.mark.parametrize("is_whole", [True, False])
def test_what_is_followed_and_ends_before_onit_does_is_told_with_exit_code_1(fake, onitctl, room, is_whole):
    fake({"GET /v1/events?format=text&follow=1": chunked(200, "7 events missed\n", is_whole=is_whole),
          "GET /livez": (503, "too many ask at once\n")})
    code, output, errors = told(onitctl("events", "-f"))
    assert (code, output) == (1, "7 events missed\n")
    assert errors.startswith(f"onitctl: onit at {room}/sock has ended this, and goes on: it was not read in time")


# --- Several services -----------------------------------------------------------------------------------------------


def test_if_a_service_is_unknown_nothing_is_done_and_each_is_told(fake, onitctl):
    onit = fake({"GET /v1/services/a?format=text": (200, "a\n"),
                 "GET /v1/services/x?format=text": (404, "there is no service 'x'\n"),
                 "GET /v1/services/y?format=text": (404, "there is no service 'y'\n")})
    result = onitctl("stop", "x", "a", "y")
    assert told(result) == (1, "", "onitctl: there is no service 'x'\nonitctl: there is no service 'y'\n")
    assert not [request for request in onit.requests if request.startswith("POST")]


def test_without_an_answer_several_services_are_no_other_case_than_one(fake, onitctl, room):
    result = onitctl("stop", "a", "b")
    assert (result.returncode, result.stderr.count("onitctl: no onit answers: ")) == (125, 1)
    onit = fake({})
    onit.answers["GET /v1/services/a?format=text"] = onit.hold
    assert told(onitctl("stop", "a", "b", "--timeout", "50ms")) == (
        124, "", f"onitctl: no answer from {room}/sock after 50 ms\n")


def test_several_services_are_asked_for_side_by_side_and_every_failure_is_told(fake, onitctl):
    names = [f"s{number}" for number in range(11)]
    onit = fake({f"GET /v1/services/{name}?format=text": (200, "") for name in names})
    started = []

    def start(name, status, text):
        def answer(connection):
            started.append(name)
            # Nobody is answered before all of the first eight are asked.
            until(lambda: len(started) >= 8, "eight are asked for at once")
            connection.sendall(plain(status, text))
            connection.close()

        return answer

    for name in names:
        status, text = (409, f"{name}: it failed\n") if name in ("s2", "s9") else (200, f"{name}: ready\n")
        onit.answers[f"POST /v1/services/{name}/start?format=text&wait=1"] = start(name, status, text)
    result = onitctl("start", "--wait", *names)
    assert result.returncode == 1
    assert result.stdout.splitlines() == [f"{name}: ready" for name in names if name not in ("s2", "s9")]
    assert result.stderr == "onitctl: s2: it failed\nonitctl: s9: it failed\n"


def test_more_names_than_a_request_has_room_for_are_not_asked_about(fake, onitctl):
    onit = fake({})
    for verb in ("status", "logs", "explain"):
        assert told(onitctl(verb, *[f"service-{number}" for number in range(500)])) == (
            125, "", "onitctl: so many names do not fit into one request, which has at most 4096 bytes\n")
    assert not onit.requests


# --- health ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status, code, text", [(200, 0, "web: as it is\n"), (503, 1, "web: as it is\n"),
                                                (503, 1, '{"error":"web: as it is"}\n')])
def test_health_is_one_line_on_stdout_and_a_yes_or_no(fake, onitctl, status, code, text):
    onit = fake({"GET /v1/health?format=text&service=web": (status, text)})
    assert told(onitctl("health", "web")) == (code, "web: as it is\n", "")
    assert len(onit.requests) == 1


@pytest.mark.parametrize("status, code, page", [(200, 0, '{"healthy":true,"text":"ready"}\n'),
                                                (503, 1, '{"healthy":false,"text":"web has failed"}\n'),
                                                (503, 1, '{"error":"too many ask at once"}\n')])
def test_health_in_JSON_is_what_onit_answers(fake, onitctl, status, code, page):
    fake({"GET /v1/health?format=json": (status, page)})
    assert told(onitctl("health", "--json")) == (code, page, "")


def test_all_errors_of_a_file_are_printed_in_JSON_however_many_there_are(fake, onitctl):
    page = json.dumps({"errors": [f"a.toml:{line}:1: no" for line in range(1000)]}) + "\n"
    fake({"POST /v1/reload?format=json": (422, page)})
    assert told(onitctl("reload", "--json")) == (1, page, "")


def test_health_knows_no_other_exit_codes_than_0_and_1(fake, onitctl, room):
    assert onitctl("health").returncode == 1
    assert onitctl("health", "--nonsense").returncode == 1
    assert onitctl("health", "a", "b").returncode == 1
    onit = fake({"GET /v1/health?format=text&service=x": (404, "there is no service 'x'\n")})
    assert told(onitctl("health", "x")) == (1, "", "onitctl: there is no service 'x'\n")
    onit.answers["GET /v1/health?format=text"] = onit.hold
    assert onitctl("health", "--timeout", "50ms").returncode == 1
    onit.answers["GET /v1/health?format=text"] = b""
    assert onitctl("health").returncode == 1
    for answer in [(200, "healthy\n"), chunked(200, "healthy\n", is_whole=False)]:
        onit.answers["GET /v1/health?format=text"] = answer
        with open("/dev/full", "w", encoding="ascii") as full:
            assert subprocess.run([ONIT, "--as", "onitctl", "--socket", room / "sock", "health"], stdout=full, check=False,
                                  stderr=subprocess.DEVNULL, timeout=TIMEOUT_S).returncode == 1
    assert onitctl("health").returncode == 1
    assert stat.S_ISSOCK((room / "sock").stat().st_mode)
