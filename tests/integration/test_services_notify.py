"""What a service tells by sd_notify(3): that it is ready, that it stops, that it needs more time, that it lives."""

import os
import shutil
import time

import pytest

from service_files import AS_ANYBODY, READY, WAITER, note, python, script, services, starts_after  # noqa: F401


@AS_ANYBODY
def test_a_message_makes_a_service_ready(services, mode):
    command = python('until_open(); note("sent"); notify("READY=1\\nSTATUS=here I am"); stay()')
    services.start({"db": {"type": "notify", "command": command}, "web": WAITER}, mode=mode)
    services.until_told("service 'web' waits until 'db' is ready")
    services.open_gate()
    starts_after(services, "sent")
    assert services.stop() == 0


@pytest.mark.skipif(shutil.which("systemd-notify") is None, reason="there is no systemd-notify here")
def test_systemd_notify_is_answered_and_believed_though_it_ends_at_once(services):
    services.start({"db": {"type": "notify", "command": script("systemd-notify --ready && " + note("answered") +
                                                               "exec sleep 1000")}, "web": WAITER})
    services.until_noted("answered", "web")
    assert services.stop() == 0


@pytest.mark.parametrize("text", ["READY=0", "READY=", "ready=1", "READY=1\\0", "X_READY=1", "STATUS=READY=1"])
def test_another_message_does_not_make_a_service_ready(services, text):
    text = text.replace("\\0", "\\0x")
    services.start({"db": {"type": "notify", "command": python(f'notify("{text}")')}})
    assert services.wait() == 1
    assert READY not in services.messages


def test_a_message_of_another_user_is_not_believed(services):
    command = python('''
with open(room + "/address", "w") as file: file.write(os.environ["NOTIFY_SOCKET"])
until_open("sent")
r, w = os.pipe()
notify("BARRIER=1", w)
os.close(w)
os.read(r, 1)''')
    stranger = python('''
until_open("address")
while not os.environ.get("NOTIFY_SOCKET"): os.environ["NOTIFY_SOCKET"] = open(room + "/address").read()
notify("READY=1")
open(room + "/sent", "w")''')
    services.start({"db": {"type": "notify", "command": command, "user": "1234"},
                    "stranger": {"command": stranger, "user": "4321"}})
    assert services.wait() == 1
    assert "service 'db' has failed, exit code 1: it ended without having become ready" in services.messages


def test_stopping_is_taken_as_if_it_had_been_asked_to_end(services):
    command = python('notify("READY=1"); until_open(); notify("STOPPING=1"); note("stops"); until_open("late"); sys.exit(0)')
    services.start({"db": {"type": "notify", "command": command, "stop_grace_period": "200ms"}})
    services.until_told(READY)
    services.open_gate()
    services.until_told("service 'db' took too long to end, and is killed")
    assert services.wait() == 137


def test_a_service_that_says_that_it_stops_ends_in_its_own_time_without_a_signal(services):
    command = python('signal.signal(signal.SIGTERM, lambda *_: note("signalled")); notify("READY=1"); notify("STOPPING=1")\n'
                     'until_open(); note("ends"); sys.exit(0)')
    services.start({"db": {"type": "notify", "command": command, "stop_grace_period": "1h"}}, init={"stop_grace_period": "1h"})
    services.until_told(READY)
    services.open_gate()
    assert services.wait() == 0
    assert services.journal == ["ends"]


def test_more_time_is_granted_to_a_start_that_asks_for_it(services):
    command = python('notify("EXTEND_TIMEOUT_USEC=30000000"); note("asked"); time.sleep(3); notify("READY=1"); stay()')
    services.start({"db": {"type": "notify", "command": command, "ready": {"timeout": "2s"}}})
    services.until_told(READY)
    assert services.stop() == 0


def test_more_time_is_granted_to_an_end_that_asks_for_it(services):
    command = python('''
def end(*_):
    notify("EXTEND_TIMEOUT_USEC=30000000")
    time.sleep(3)
    note("ended")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
notify("READY=1")
stay()''')
    services.start({"db": {"type": "notify", "command": command, "stop_grace_period": "2s"}}, init={"stop_grace_period": "30s"})
    services.until_told(READY)
    assert services.stop() == 0
    assert services.journal == ["ended"]


def test_the_watchdog_s_interval_and_whom_it_is_for_are_in_the_environment(services):
    command = python('note(f"{os.environ[\'WATCHDOG_USEC\']} {int(os.environ[\'WATCHDOG_PID\']) == os.getpid()}")\n'
                     'notify("READY=1"); stay()')
    services.start({"db": {"type": "notify", "command": command, "watchdog": "20s"}})
    services.until_told(READY)
    assert services.journal == ["20000000 True"]
    assert services.stop() == 0


def test_a_service_that_feeds_the_watchdog_lives_on_and_one_that_does_not_is_aborted(services):
    command = python('''
notify("READY=1")
for _ in range(15):
    notify("WATCHDOG=1")
    time.sleep(0.2)
note("feeds no more")
stay()''')
    services.start({"db": {"type": "notify", "command": command, "watchdog": "2s"}})
    assert services.wait() == 128 + 6
    assert services.journal == ["feeds no more"]
    assert "is asked to end by SIGABRT: it did not feed the watchdog in time" in services.messages
    assert "was killed by SIGABRT" in services.messages


def test_a_service_can_trigger_its_watchdog(services):
    command = python('notify("READY=1"); until_open(); notify("WATCHDOG=trigger"); stay()')
    services.start({"db": {"type": "notify", "command": command, "watchdog": "1h"}})
    services.until_told(READY)
    services.open_gate()
    assert services.wait() == 128 + 6


def test_a_service_can_change_the_interval_of_its_watchdog(services):
    command = python('notify("READY=1\\nWATCHDOG_USEC=100000"); stay()')
    services.start({"db": {"type": "notify", "command": command, "watchdog": "1h"}})
    assert services.wait() == 128 + 6


def test_a_missed_watchdog_is_a_failure_that_is_followed_by_a_restart(services):
    command = python('note("runs"); notify("READY=1"); stay()')
    services.start({"db": {"type": "notify", "command": command, "watchdog": "200ms", "restart": "on-failure",
                           "restart_delay": "1ms"}})
    services.until_noted("runs", "runs")
    services.signal()
    services.wait()


def test_a_child_that_is_named_as_main_process_is_the_service(services):
    command = python('''
leader = os.getpid()
child = os.fork()
if child == 0:
    until_open()
    while os.getppid() == leader:
        time.sleep(0.01)
    sys.exit(7)
notify(f"MAINPID={child}\\nREADY=1")
note("leaves")
sys.exit(0)''')
    services.start({"db": {"type": "notify", "command": command}, "web": WAITER})
    services.until_noted("leaves", "web")
    services.open_gate()
    services.until_told("service 'db' ended with exit code 7")
    services.signal()
    services.wait()


def test_a_process_that_is_not_the_service_s_cannot_be_named_as_its_main_process(services):
    command = python(f'notify("MAINPID={os.getpid()}\\nREADY=1"); until_open(); sys.exit(3)')
    services.start({"db": {"type": "notify", "command": command}})
    services.until_told(READY)
    services.open_gate()
    assert services.wait() == 3


def test_a_barrier_is_answered_once_what_came_before_was_handled(services):
    command = python('''
until_open()
r, w = os.pipe()
notify("READY=1")
notify("BARRIER=1", w)
os.close(w)
note(f"answered: {os.read(r, 1)}")
stay()''')
    services.start({"db": {"type": "notify", "command": command}})
    services.until_told("service 'db' has started")
    services.open_gate()
    services.until_noted("answered: b''")
    services.until_told(READY)
    assert services.stop() == 0


def test_a_service_that_never_stops_talking_holds_up_nobody(services):
    command = python('notify("READY=1")\nwhile True: notify("STATUS=x\\nWATCHDOG=1")')
    services.start({"db": {"type": "notify", "command": command, "watchdog": "1h"},
                    "web": WAITER | {"healthcheck": {"exec": script(note("looks")), "interval": "10ms"}}})
    services.until_noted("web", *["looks"] * 10)
    start = time.monotonic()
    assert services.stop() == 0
    assert time.monotonic() - start < 5


def test_a_message_that_is_too_long_is_ignored(services):
    command = python('notify("READY=1\\nSTATUS=" + "x" * 100_000); until_open(); notify("READY=1"); stay()')
    services.start({"db": {"type": "notify", "command": command, "ready": {"timeout": "1h"}}})
    services.until_told("service 'db' has started")
    services.open_gate()
    services.until_told(READY)
    assert services.stop() == 0


def test_descriptors_that_nobody_expects_are_closed(services):
    command = python('''
r, w = os.pipe()
notify("READY=1", w)
notify("FDSTORE=1", w, w, w, w, w, w)
os.close(w)
note(f"closed: {os.read(r, 1)}")
stay()''')
    services.start({"db": {"type": "notify", "command": command}})
    services.until_noted("closed: b''")
    services.until_told(READY)
    assert services.stop() == 0


def test_a_service_that_says_nothing_by_notify_is_not_given_its_socket(services):
    services.start({"db": {"command": script(note("socket: $NOTIFY_SOCKET"))}})
    assert services.wait() == 0
    assert services.journal == ["socket: "]
