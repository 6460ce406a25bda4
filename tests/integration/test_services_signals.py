"""Signals to onit while it runs services: its status, its log files, the file read again, and what is the command's."""

import json
import re
import signal

import pytest

from harness import every_mode, helper, until
from services import UNTIL_OPEN, note, script

TERM = int(signal.SIGTERM)


# --- Signals to onit ------------------------------------------------------------------------------------------------


@every_mode
def test_USR2_prints_what_each_service_is_doing(services, mode):
    services.start({"web": {"command": services.obedient("web")},
                    "job": {"type": "oneshot", "command": script("exit 3")},
                    "late": {"command": services.obedient("late"), "depends_on": {"never": "completed"}},
                    "never": {"type": "oneshot", "command": script(UNTIL_OPEN)}}, mode=mode)
    services.until_noted("web ready")
    services.until_told("service 'job' has failed")
    services.signal(signal.SIGUSR2)
    services.until_told("NAME ")
    services.until_told("\nlate ")
    services.until_told("\nnever ")
    table = services.messages[services.messages.index("NAME "):]
    rows = {line.split()[0]: line for line in table.splitlines()}
    assert re.match(r"web +up +\d+ ", rows["web"])
    assert re.match(r"job +failed +- +\S+ +0 +3 +ended with exit code 3$", rows["job"])
    assert re.match(r"late +waiting ", rows["late"])
    assert re.match(r"never +starting +\d+ ", rows["never"])
    assert services.stop() == 0


@pytest.mark.parametrize("options, log", [(["--log-format", "json"], "raw"), ([], "json")], ids=["option", "file"])
def test_USR2_prints_a_message_for_each_line_where_messages_are_json(services, options, log):
    services.start({"web": {"command": services.obedient("web")}}, *options, log={"format": log})
    services.until_noted("web ready")
    services.until_told("all services are ready")
    services.signal(signal.SIGUSR2)
    services.until_told('"message":"web ')
    messages = [json.loads(line) for line in services.messages.splitlines()]
    heading, row = [line for line in messages if line["message"].startswith(("NAME ", "web "))]
    assert heading["message"].split() == ["NAME", "STATE", "PID", "FOR", "RESTARTS", "EXIT", "REASON"]
    assert re.match(r"web +up +\d+ ", row["message"]) and row.keys() == {"time", "level", "message"}
    assert heading["level"] == row["level"] == "info"
    assert services.stop() == 0


@every_mode
def test_USR1_opens_log_files_anew(services, room, mode):
    log = room / "web.log"
    says = script('echo one; until [ -e "$ROOM/gate" ]; do sleep 0.01; done; echo two; exec '
                  + " ".join(services.obedient("web")))
    services.start({"web": {"command": says, "log": {"file": str(log)}}}, mode=mode)
    until(lambda: log.exists() and "one" in log.read_text(), "the first line is written")
    log.rename(room / "old.log")
    services.signal(signal.SIGUSR1)
    until(log.exists, "there is a new file")
    services.open_gate()
    until(lambda: "two" in log.read_text(), "the second line is written")
    assert "two" not in (room / "old.log").read_text()
    assert "one" not in log.read_text()
    services.until_noted("web ready")
    assert services.stop() == 0


@every_mode
def test_HUP_restarts_only_what_has_changed_and_starts_what_is_new_and_stops_what_is_gone(services, mode):
    same, changed = {"command": services.obedient("same")}, {"command": services.obedient("changed")}
    services.start({"same": same, "changed": changed, "removed": {"command": services.obedient("removed")}}, mode=mode)
    services.until_noted("same ready", "changed ready", "removed ready")
    services.write({"new": {"command": services.obedient("new")}, "changed": changed | {"environment": {"A": "1"}},
                    "same": same})
    services.signal(signal.SIGHUP)
    services.until_told("service 'removed' is no longer in the file")
    services.until_noted("new ready", "changed ready", "changed ready")
    assert services.stop() == 0
    journal = services.journal
    assert journal.count("same ready") == journal.count(f"same got {TERM}") == 1
    assert journal.count("changed ready") == journal.count(f"changed got {TERM}") == 2
    assert journal.count("removed ready") == journal.count(f"removed got {TERM}") == 1
    assert journal.count("new ready") == journal.count(f"new got {TERM}") == 1


def test_a_new_definition_is_that_of_the_next_run(services):
    service = {"command": services.obedient("web"), "environment": {"VERSION": "1"}}
    services.start({"web": service})
    services.until_noted("web ready")
    services.write({"web": service | {"command": services.obedient("other")}})
    services.signal(signal.SIGHUP)
    services.until_noted("other ready")
    assert services.journal == ["web ready", f"web got {TERM}", "other ready"]
    assert services.stop() == 0


def test_who_needs_a_service_that_has_changed_is_restarted_around_it(services):
    db = {"command": services.obedient("db"), "ready": {"file": "/"}}
    web = {"command": services.obedient("web"), "depends_on": ["db"]}
    services.start({"db": db, "web": web})
    services.until_noted("db ready", "web ready")
    services.write({"db": db | {"environment": {"A": "1"}}, "web": web})
    services.signal(signal.SIGHUP)
    services.until_noted("db ready", "db ready", "web ready", "web ready")
    assert services.journal.index(f"web got {TERM}") < services.journal.index(f"db got {TERM}")
    assert sorted(services.journal[-2:]) == ["db ready", "web ready"]
    told_since = services.messages.partition("the file was read again")[2]
    assert 0 < told_since.find("service 'db' is ready") < told_since.find("service 'web' starts")
    assert services.stop() == 0


@pytest.mark.parametrize("bad", ["[services.web]\ncomand = 'x'\n", "[services.web\n", None],
                         ids=["key", "syntax", "gone"])
def test_a_file_with_errors_changes_nothing_and_says_why(services, bad):
    services.start({"web": {"command": services.obedient("web")}})
    services.until_noted("web ready")
    if bad is None:
        services.file.unlink()
    else:
        services.file.write_text(bad)
    services.signal(signal.SIGHUP)
    services.until_told("nothing is changed")
    assert str(services.file) in services.messages
    if bad:
        assert re.search(re.escape(str(services.file)) + r":\d+:\d+: ", services.messages)
    assert services.journal == ["web ready"]
    assert services.stop() == 0
    assert services.journal == ["web ready", f"web got {TERM}"]


def test_HUP_with_the_same_file_changes_nothing(services):
    services.start({"web": {"command": services.obedient("web")}})
    services.until_noted("web ready")
    services.signal(signal.SIGHUP)
    services.until_told("the file was read again")
    services.signal(signal.SIGUSR2)
    services.until_told("\nweb ")
    assert services.journal == ["web ready"]
    assert services.stop() == 0


def test_a_service_that_had_failed_runs_when_its_definition_is_put_right(services):
    services.start({"web": {"command": ["/nowhere"]}, "other": {"command": services.obedient("other")}})
    services.until_told("service 'web' has failed")
    services.write({"web": {"command": services.obedient("web")}, "other": {"command": services.obedient("other")}})
    services.signal(signal.SIGHUP)
    services.until_noted("web ready")
    assert services.stop() == 0


# --- A command beside the services ----------------------------------------------------------------------------------


FORWARDED = [signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH, signal.SIGRTMIN, signal.SIGRTMAX]


@every_mode
def test_signals_that_are_the_applications_are_forwarded_to_the_command_only(services, mode):
    services.start({"web": {"command": services.obedient("web")}}, "--", *services.family("main", "--obey-term"),
                   mode=mode)
    services.until_noted("web ready", "main ready")
    for number in FORWARDED:
        services.signal(number)
        services.until_noted(f"main got {int(number)}")
    assert not [line for line in services.journal if line.startswith("web got")]
    assert "NAME " not in services.messages
    assert "the file was read again" not in services.messages
    assert services.stop() == 0


@every_mode
def test_the_end_of_the_command_ends_everything_with_its_code(services, mode):
    services.start({"web": {"command": services.obedient("web")}}, "--", "/bin/sh", "-c",
                   UNTIL_OPEN + "exit 6", mode=mode)
    services.until_noted("web ready")
    services.open_gate()
    assert services.wait() == 6
    assert services.journal == ["web ready", f"web got {TERM}"]


@every_mode
def test_the_command_has_onits_stdin(services, mode):
    services.start({"web": {"command": services.obedient("web")}}, "--", "/bin/sh", "-c",
                   'read line; echo "$line" >> "$JOURNAL"; exit 5', mode=mode)
    services.until_noted("web ready")
    services.running.process.stdin.write(b"hello\n")
    services.running.process.stdin.flush()
    assert services.wait() == 5
    assert "hello" in services.journal


def test_a_command_needs_no_file_of_services_beside_those_of_the_command_line(services):
    services.start_with("--service", f"web={' '.join(services.obedient('web'))}", "--", *services.obedient("main"))
    services.until_noted("web ready", "main ready")
    assert services.stop() == 0


# --- When they come -------------------------------------------------------------------------------------------------


@every_mode
def test_a_TERM_that_came_before_onit_did_is_not_lost(services, mode):
    pending = [helper("launch_with"), "--block", TERM, "--pend", TERM, "--"]
    services.start({"web": {"command": services.obedient("web")}}, through=pending, mode=mode)
    assert services.wait() == 0
    assert services.journal in ([], ["web ready", f"web got {TERM}"], [f"web got {TERM}"])


def test_HUP_while_everything_ends_changes_nothing(services):
    web = {"command": services.obedient("web", "--gate", services.room / "gate")}
    services.start({"web": web})
    services.until_noted("web ready")
    services.signal()
    services.until_noted(f"web got {TERM}")
    services.write({"web": web, "new": {"command": services.obedient("new")}})
    services.signal(signal.SIGHUP)
    services.signal(signal.SIGUSR2)
    services.until_told("NAME ")
    services.open_gate()
    assert services.wait() == 0
    assert "new ready" not in services.journal


# --- The file read again, and again ---------------------------------------------------------------------------------


def test_a_oneshot_that_has_completed_does_not_run_again_unless_it_has_changed(services):
    migrate = {"type": "oneshot", "command": script(note("migrated"))}
    services.start({"migrate": migrate, "web": {"command": services.obedient("web"), "depends_on": ["migrate"]}})
    services.until_noted("web ready")
    services.write({"migrate": migrate, "web": {"command": services.obedient("other"), "depends_on": ["migrate"]}})
    services.signal(signal.SIGHUP)
    services.until_noted("other ready")
    assert services.journal.count("migrated") == 1
    services.write({"migrate": migrate | {"environment": {"A": "1"}},
                    "web": {"command": services.obedient("other"), "depends_on": ["migrate"]}})
    services.signal(signal.SIGHUP)
    services.until_noted("migrated", "migrated")
    assert services.stop() == 0


def test_a_new_service_waits_for_those_that_it_needs_old_and_new(services):
    old = {"command": services.obedient("old")}
    services.start({"old": old})
    services.until_noted("old ready")
    services.write({"front": {"command": services.obedient("front"), "depends_on": ["back", "old"]},
                    "back": {"type": "oneshot", "command": script(UNTIL_OPEN + note("back"))}, "old": old})
    services.signal(signal.SIGHUP)
    services.until_told("service 'front' waits until 'back' has completed")
    services.open_gate()
    services.until_noted("front ready")
    assert services.journal == ["old ready", "back", "front ready"]
    assert services.stop() == 0
    assert services.journal[-2:] == [f"front got {TERM}", f"old got {TERM}"]


def test_a_new_service_that_needs_one_that_has_failed_fails_with_the_reason(services):
    bad, web = {"type": "oneshot", "command": script("exit 3")}, {"command": services.obedient("web")}
    services.start({"bad": bad, "web": web})
    services.until_noted("web ready")
    services.until_told("service 'bad' has failed")
    services.write({"bad": bad, "web": web, "new": {"command": services.obedient("new"), "depends_on": ["bad"]}})
    services.signal(signal.SIGHUP)
    services.until_told("service 'new' has failed, exit code 3: 'bad', which it needs, has failed")
    assert services.stop() == 0


def test_a_service_that_is_put_back_before_it_has_stopped_runs_again(services):
    web = {"command": services.obedient("web", "--gate", services.room / "gate"), "stop_grace_period": "1h"}
    other = {"command": services.obedient("other")}
    init = {"stop_grace_period": "1h"}
    services.start({"web": web, "other": other}, init=init)
    services.until_noted("web ready", "other ready")
    services.write({"other": other}, init)
    services.signal(signal.SIGHUP)
    services.until_noted(f"web got {TERM}")
    services.write({"web": web, "other": other}, init)
    services.signal(signal.SIGHUP)
    services.until_told("the file was read again", 2)
    services.open_gate()
    services.until_noted("web ready", "web ready")
    assert services.stop() == 0


def test_a_service_that_is_removed_and_added_later_runs_again(services):
    web, other = {"command": services.obedient("web")}, {"command": services.obedient("other")}
    services.start({"web": web, "other": other})
    services.until_noted("web ready", "other ready")
    for runs in range(2, 5):
        services.write({"other": other})
        services.signal(signal.SIGHUP)
        services.until_told("service 'web' is no longer in the file", runs - 1)
        services.write({"web": web, "other": other})
        services.signal(signal.SIGHUP)
        services.until_noted(*["web ready"] * runs)
    assert services.stop() == 0
    assert services.journal.count("other ready") == 1


def test_when_the_last_service_is_removed_nothing_is_left_to_run(services):
    """A file without services is an error, so what remains is one that has completed."""
    done, web = {"type": "oneshot", "command": ["/bin/true"]}, {"command": services.obedient("web")}
    services.start({"done": done, "web": web})
    services.until_noted("web ready")
    services.until_told("service 'done' has completed")
    services.write({"done": done})
    services.signal(signal.SIGHUP)
    assert services.wait() == 0
    assert f"web got {TERM}" in services.journal


def test_a_change_of_init_holds_from_then_on(services):
    web = {"command": services.family("web")}
    services.start({"web": web}, init={"stop_grace_period": "1h"})
    services.until_noted("web ready")
    services.write({"web": web}, init={"stop_grace_period": "50ms"})
    services.signal(signal.SIGHUP)
    services.until_told("the file was read again")
    assert services.stop() == 137
    assert services.journal.count("web ready") == 1


def test_a_service_that_is_to_be_started_again_follows_its_new_definition_at_once(services):
    services.start({"web": {"command": ["/bin/false"], "restart": "on-failure", "restart_delay": "1h",
                            "restart_max_delay": "1h"}})
    services.until_told("service 'web' is started again in")
    services.write({"web": {"command": services.obedient("web")}})
    services.signal(signal.SIGHUP)
    services.until_noted("web ready")
    assert services.stop() == 0


def test_included_files_are_read_again_too(services):
    (services.room / "web.toml").write_text(f"[services.web]\ncommand = {services.obedient('one')}\n")
    services.file.write_text('include = ["web.toml"]\n[init]\ncontrol = ""\n')
    services.start_with("-f", services.file)
    services.until_noted("one ready")
    (services.room / "web.toml").write_text(f"[services.web]\ncommand = {services.obedient('two')}\n")
    services.signal(signal.SIGHUP)
    services.until_noted("two ready")
    assert services.stop() == 0
