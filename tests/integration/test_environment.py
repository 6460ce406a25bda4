"""--env, --env-file, --clear-env and --secrets, from the file to the command."""

import subprocess

import pytest

from harness import ONIT, TIMEOUT_S, every_mode

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "OLD": "old", "OTHER": "other"}


def environment_of(onit, *options, env=None, **more):
    result = onit.run(*options, "env", "-0", env=env or ENVIRONMENT, **more)
    assert result.returncode == 0, result
    return [entry for entry in result.stdout.split("\0")[:-1] if not entry.startswith(("LC_CTYPE=", "PWD="))]


@every_mode
def test_variables_are_set_replaced_in_place_and_taken_over(onit, mode):
    got = environment_of(onit, "--env", "NEW=1", "--env", "OLD=2=3", "--env", "NONE", "--env", "EMPTY=", mode=mode)
    assert got == ["PATH=/usr/bin:/bin", "OLD=2=3", "OTHER=other", "NEW=1", "EMPTY="]


def test_an_empty_environment_is_empty_but_for_what_is_asked_for(onit):
    got = environment_of(onit, "--clear-env", "--env", "PATH", "--env", "OLD", "--env", "B=1")
    assert got == ["PATH=/usr/bin:/bin", "OLD=old", "B=1"]


@every_mode
def test_the_dialect_of_an_env_file_is_that_of_compose(onit, room, mode):
    (room / "file").write_bytes(
        b"\xef\xbb\xbf# comment\r\n"
        b"PLAIN=a b # comment\r\n"
        b"export EXPORTED = x\r\n"
        b"COLON: y\n"
        b"SINGLE='$OLD \\n #'\n"
        b'DOUBLE="a\\tb\\n$OLD ${OLD}!"\n'
        b'LINES="first\n  second"\n'
        b"FALLBACK=${UNSET:-${OLD}}\n"
        b"DOLLAR=$$5\n"
        b"BACK=${PLAIN}\n"
        b"OLD\n"
        b"NOT_THERE\n"
        b"EMPTY=\n"
        b"spring.datasource.url=jdbc\n"
        b"LAST=1")
    got = environment_of(onit, "--clear-env", "--env", "PATH", "--env-file", room / "file", mode=mode)
    assert set(got) == {
        "PATH=/usr/bin:/bin", "PLAIN=a b", "EXPORTED=x", "COLON=y", "SINGLE=$OLD \\n #", "DOUBLE=a\tb\nold old!",
        "LINES=first\n  second", "FALLBACK=old", "DOLLAR=$5", "BACK=a b", "OLD=old", "EMPTY=",
        "spring.datasource.url=jdbc", "LAST=1"}


def test_later_files_and_then_options_win(onit, room):
    (room / "a").write_text("X=a\nY=a\nZ=a\n")
    (room / "b").write_text("Y=b\nZ=b\n")
    got = environment_of(onit, "--clear-env", "--env", "Z=option", "--env-file", room / "a", "--env-file", room / "b",
                         "--env", "PATH")
    assert sorted(got) == ["PATH=/usr/bin:/bin", "X=a", "Y=b", "Z=option"]


def test_a_variable_that_is_not_set_in_an_env_file_is_a_warning(onit, room):
    (room / "file").write_text("A=${OLD:-}\nB=x$UNSET\n")
    result = onit.run("--env-file", room / "file", "sh", "-c", "echo $B")
    assert (result.returncode, result.stdout) == (0, "x\n")
    assert result.stderr.startswith(f"onit: warning: {room}/file:2:3: B: $... is not set, so nothing is in its place")
    assert result.stderr.count("\n") == 1
    assert onit.run("-q", "--env-file", room / "file", "true").stderr == ""


@pytest.mark.parametrize("content, words", [
    (b"A=1\n\n2X=1\n", ["line 3", "'2X'"]),
    (b"A=1\nB='x\ny\n", ["line 2", "unterminated", "quote"]),
    (b"A=${B\n", ["line 1", "'}'"]),
    (b"\n\nA=${B:?give me B}\n", ["line 3", "'B'", "give me B"]),
    (b"A=\"x\" y\n", ["line 1", "after the closing quote"]),
    (b"A=1\nB=\0\n", ["line 2", "NUL"]),
    (b"just words here\n", ["line 1", "just words here"]),
    (b"A=" + b"x" * 140000, ["line 1", "128 KiB"]),
], ids=lambda value: repr(value)[:30])
def test_an_error_in_a_file_names_the_file_and_the_line(onit, room, content, words):
    (room / "bad file").write_bytes(content)
    result = onit.run("--env-file", room / "bad file", "true")
    assert result.returncode == 125
    assert result.stderr.count("\n") == 1
    for word in ["--env-file", str(room / "bad file"), *words]:
        assert word in result.stderr, result.stderr


@pytest.mark.parametrize("path, reason", [("/no/such", "No such file"), ("/", "Is a directory"), ("", "No such file")])
def test_a_file_that_cannot_be_read_is_named(onit, path, reason):
    result = onit.run("--env-file", path, "true")
    assert result.returncode == 125
    assert f"--env-file '{path}': {reason}" in result.stderr


def test_an_endless_file_is_refused(onit):
    result = onit.run("--env-file", "/dev/zero", "true")
    assert result.returncode == 125
    assert "/dev/zero" in result.stderr


@every_mode
def test_secrets_come_from_the_files_that_variables_name(onit, room, mode):
    (room / "one").write_bytes(b"hunter2\n")
    (room / "two").write_bytes(b" two\nlines\r\n")
    (room / "empty").write_bytes(b"")
    got = environment_of(onit, "--clear-env", "--secrets", "--env", f"A_FILE={room}/one", "--env", f"B_FILE={room}/two",
                         "--env", f"C_FILE={room}/empty", "--env", "D_FILE=", "--env", "PATH", "--env", "_FILE=/no/such",
                         mode=mode)
    assert {entry for entry in got if "_FILE" not in entry} == {"PATH=/usr/bin:/bin", "A=hunter2", "B= two\nlines", "C="}


def test_without_the_option_no_file_is_read(onit):
    assert "A_FILE=/no/such" in environment_of(onit, "--env", "A_FILE=/no/such")


def test_secrets_and_env_files_work_together(onit, room):
    (room / "secret").write_text("s3cret\n")
    (room / "file").write_text(f"DB_FILE={room}/secret\n")
    assert "DB=s3cret" in environment_of(onit, "--env-file", room / "file", "--secrets")


@pytest.mark.parametrize("content, words", [
    (None, ["No such file"]), (b"a\0b", ["NUL"]), (b"x" * 140000, ["--secrets"])],
                         ids=["missing", "NUL", "too long"])
def test_a_secret_that_cannot_be_had_is_125_and_named_but_not_told(onit, room, content, words):
    if content is not None:
        (room / "secret").write_bytes(content)
    result = onit.run("--env", f"DB_FILE={room}/secret", "--secrets", "true", env=ENVIRONMENT)
    assert result.returncode == 125
    assert result.stderr.count("\n") == 1
    for word in ["--secrets", "DB", str(room / "secret"), *words]:
        assert word in result.stderr, result.stderr
    assert "xxxx" not in result.stderr


def test_a_bundle_of_certificates_is_no_secret(onit, room):
    (room / "bundle").write_bytes(b"x" * 140000)
    got = environment_of(onit, "--clear-env", "--secrets", "--env", f"SSL_CERT_FILE={room}/bundle")
    assert f"SSL_CERT_FILE={room}/bundle" in got and not any(entry.startswith("SSL_CERT=") for entry in got)


def test_a_secret_and_its_variable_at_once_are_refused(onit, room):
    (room / "secret").write_text("x")
    result = onit.run("--env", f"DB_FILE={room}/secret", "--env", "DB=1", "--secrets", "true", env=ENVIRONMENT)
    assert result.returncode == 125
    assert "only one" in result.stderr


def test_a_file_of_another_user_is_refused_by_name():
    result = subprocess.run(["setpriv", "--reuid", "1000", "--clear-groups", ONIT, "--env-file", "/etc/shadow", "true"],
                            capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert result.returncode == 125
    assert "--env-file '/etc/shadow': Permission denied" in result.stderr
