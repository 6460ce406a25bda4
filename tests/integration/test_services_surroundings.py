"""What a service finds: its stdin, session, descriptors, signals and environment; and what it leaves to read."""

import os
import re
import signal

from harness import every_mode, helper
from services import QUICKLY


# --- What a service is given ----------------------------------------------------------------------------------------


@every_mode
def test_a_service_has_no_stdin_and_a_session_and_a_group_of_its_own(services, mode):
    services.start({"web": {"command": services.obedient("web")}, "db": {"command": services.obedient("db")}},
                   mode=mode)
    services.until_noted("web ready", "db ready")
    for pid in (services.pid("web"), services.pid("db")):
        assert os.getsid(pid) == pid == os.getpgid(pid)
        assert os.readlink(f"/proc/{pid}/fd/0") == "/dev/null"
    assert services.stop() == 0


@every_mode
def test_no_descriptor_of_onit_is_left_in_a_service(services, room, mode):
    strange = os.open(room / "strange", os.O_RDWR | os.O_CREAT)
    services.start({"web": {"command": services.obedient("web"), "restart": "always", **QUICKLY,
                            "healthcheck": {"exec": ["/bin/true"], "interval": "10ms"}},
                    "db": {"command": services.obedient("db"), "ready": {"file": str(room)},
                           "log": {"file": str(room / "db.log")}}}, mode=mode, pass_fds=[strange])
    os.close(strange)
    services.until_noted("web ready", "db ready")
    services.until_told("service 'web' is healthy")
    os.kill(services.pid("web"), signal.SIGKILL)
    services.until_noted("web ready", "web ready")
    for pid in (services.pid("web"), services.pid("db")):
        # Two are family's own, for its signals and the journal.
        assert sorted(os.listdir(f"/proc/{pid}/fd")) == ["0", "1", "2", "3", "4"]
    assert services.stop() == 0


@every_mode
def test_the_signal_mask_and_ignored_signals_are_those_that_onit_was_started_with(services, mode):
    """A shell as the service would change them; grep does not."""
    def of_a_service(*through):
        services.start({"show": {"command": ["/bin/grep", "^Sig[BI]", "/proc/self/status"]}}, mode=mode,
                       through=through)
        assert services.wait() == 0
        return dict(line.split(":\t") for line in services.running.rest())

    plain = of_a_service()
    assert int(plain["SigBlk"], 16) == 0
    changed = of_a_service(helper("launch_with"), "--block", int(signal.SIGUSR1), "--ignore", int(signal.SIGUSR2), "--")
    assert int(changed["SigBlk"], 16) == 1 << (signal.SIGUSR1 - 1)
    assert int(changed["SigIgn"], 16) == int(plain["SigIgn"], 16) | 1 << (signal.SIGUSR2 - 1)


def environment_of(services, service, *arguments, env, **options):
    services.start({"show": {"command": ["/usr/bin/env", "-0"], **service}}, *arguments, env=env, **options)
    assert services.wait() == 0
    text = "\n".join(services.running.rest())
    return dict(entry.split("=", 1) for entry in text.split("\0") if "=" in entry)


def test_a_service_has_onits_environment_and_then_env_files_variables_and_secrets(services, room):
    (room / "first.env").write_text("A=first\nB=first\nC=first\n")
    (room / "second.env").write_text("B=second\nC=second\n")
    (room / "password").write_text("secret\n")
    found = environment_of(services, {"env_file": [str(room / "first.env"), str(room / "second.env")],
                                      "environment": {"C": "own", "NEW": "${OUTER}er"}, "secrets": True},
                           env={"A": "outer", "OUTER": "outer", "PASSWORD_FILE": str(room / "password")})
    assert {name: found.get(name) for name in ("A", "B", "C", "NEW", "OUTER", "PASSWORD")} == {
        "A": "first", "B": "second", "C": "own", "NEW": "outerer", "OUTER": "outer", "PASSWORD": "secret"}


def test_an_environment_that_is_cleared_has_only_what_the_file_says(services):
    found = environment_of(services, {"clear_env": True, "environment": {"A": "1"}}, env={"OUTER": "1"})
    assert set(found) - {"ONIT_MARK"} == {"A"}


@every_mode
def test_a_service_carries_a_mark_of_onit_and_is_not_told_what_is_meant_for_onit(services, mode):
    theirs = {"NOTIFY_SOCKET": "/nowhere", "LISTEN_FDS": "1", "LISTEN_PID": "1", "WATCHDOG_USEC": "1",
              "WATCHDOG_PID": "1"}
    found = environment_of(services, {}, env=os.environ | theirs, mode=mode)
    assert found["ONIT_MARK"]
    assert not set(theirs) & set(found)


def test_the_mark_of_an_onit_around_this_one_stays_beside_the_own(services):
    found = environment_of(services, {}, env={"ONIT_MARK": "outer"})
    assert re.fullmatch("outer,[^,]+", found["ONIT_MARK"])


# --- Where it is told -----------------------------------------------------------------------------------------------


# As a pod has it: a file that is mounted there.
IN_A_POD = ["unshare", "--mount", "sh", "-c", """
    touch "$ROOM/termination-log" &&
    mount -t tmpfs -o mode=755 none /dev && mknod -m 666 /dev/null c 1 3 && touch /dev/termination-log &&
    mount --bind "$ROOM/termination-log" /dev/termination-log && exec "$@" """, "sh"]


def test_all_mistakes_of_the_file_are_written_to_the_termination_log_of_a_pod(services, room):
    services.start({"web": {"commando": ["true"]}, "db": {"command": ["true"], "umask": "x"}}, through=IN_A_POD)
    assert services.wait() == 125
    reasons = (room / "termination-log").read_text()
    assert "commando" in reasons and "umask" in reasons
    assert all(f"onit: {line}" in services.messages for line in reasons.splitlines())


def test_why_everything_ended_is_written_to_the_termination_log_of_a_pod(services, room):
    services.start({"web": {"command": ["/nowhere/web"], "essential": True}}, through=IN_A_POD)
    assert services.wait() == 127
    reason = (room / "termination-log").read_text()
    assert reason.startswith("exit code 127: service 'web' has failed: exec '/nowhere/web': no such file")
    assert len(reason) <= 4096


def test_without_a_termination_log_there_is_none_afterwards(services):
    without = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs -o mode=755 none /dev && mknod -m 666 /dev/null c 1 3 && '
               '{ "$@"; code=$?; [ ! -e /dev/termination-log ] || exit 99; exit $code; }', "sh"]
    services.start({"web": {"command": ["/nowhere/web"], "essential": True}}, through=without)
    assert services.wait() == 127
