"""onitctl tree shows the processes around onit, and to which services they belong."""

import contextlib
import fcntl
import json
import os
import re
import signal
import struct
import subprocess
import termios

import pytest

from client import onitctl, socket_of
from fake_onit import FakeOnit
from harness import NAMESPACE, ONIT, TIMEOUT_S, children, descendants, name_of, status, until
from service_output import read_all
from services import note, script


def start(services, these, **options):
    init = {"control": str(socket_of(services))}
    return services.start(these, init=init, **options)


def tree(services, *arguments, **options):
    """What onitctl tree prints, with numbers in place of pids in the order in which they come."""
    # Who has just executed it runs for a moment, and the tree would say so.
    until(lambda: not any(status(pid).get("State", "").startswith("R") for pid in services.pids("sleep")), "all sleep")
    result = onitctl(socket_of(services), "tree", *arguments, **options)
    assert result.returncode == 0, result.stderr
    assert not result.stderr
    return without_pids(result.stdout)


def without_pids(text):
    found = []

    def number(match):
        if match[1] not in found:
            found.append(match[1])
        return f"({found.index(match[1])})"

    return re.sub(r"\((\d+)\)", number, text)


def until_asleep(above, count=1):
    """Waits until so many descendants of a process are called sleep, and none of all is running: a tree says so of
    whoever is. Returns their pids."""
    def asleep():
        found = {pid: status(pid) for pid in descendants(above)}
        is_quiet = all(fields.get("State", "R")[0] not in "RD" for fields in found.values())
        pids = [pid for pid, fields in found.items() if fields.get("Name") == "sleep"]
        return is_quiet and len(pids) == count and pids

    return until(asleep, f"{count} sleep")


def sleeping(text="ready"):
    """The end of a script: a program that stays, and a line in the journal before."""
    return note(text) + "exec sleep 1000"


@pytest.mark.parametrize("mode", ["root", "root-pid1", "user"])
def test_the_tree_shows_each_process_below_its_parent_with_the_name_of_its_service(services, mode):
    start(services, {"web": {"command": script("sleep 2000 & sleep 3000 & " + sleeping("web"))},
                     "database": {"command": script(sleeping("db"))}}, mode=mode)
    services.until_noted("web", "db")
    until_asleep(services.onit, 4)
    assert tree(services) == """\
onit (0)
├─ web       sleep 1000 (1)
│  ├─ sleep 2000 (2)
│  └─ sleep 3000 (3)
└─ database  sleep 1000 (4)
"""


def test_a_zombie_is_shown_with_the_parent_that_does_not_reap_it(services):
    start(services, {"web": {"command": script("true & " + sleeping())}})
    services.until_noted("ready")
    main = until_asleep(services.onit)[0]
    until(lambda: [pid for pid in children(main) if status(pid).get("State", "").startswith("Z")], "a zombie")
    assert tree(services) == """\
onit (0)
└─ web  sleep 1000 (1)
   └─ sh (2) zombie: its parent sleep (1) does not reap it
"""


def test_an_orphan_is_shown_with_the_service_that_it_came_from(services):
    start(services, {"web": {"command": script("(setsid sleep 2000 &) ; " + sleeping())},
                     "db": {"command": script(sleeping("db"))}})
    services.until_noted("ready", "db")
    until(lambda: len([pid for pid in children(services.onit) if name_of(pid) == "sleep"]) == 3, "it is adopted")
    until_asleep(services.onit, 3)
    assert tree(services) == """\
onit (0)
├─ web  sleep 1000 (1)
├─ web  sleep 2000 (2) orphan
└─ db   sleep 1000 (3)
"""


def test_who_has_lost_every_trace_of_a_service_has_none_in_the_tree(services):
    start(services, {"web": {"command": script("(env -i setsid /bin/sleep 2000 > /dev/null 2>&1 &) ; " + sleeping())}})
    services.until_noted("ready")
    until(lambda: len([pid for pid in children(services.onit) if name_of(pid) == "sleep"]) == 2, "it is adopted")
    until_asleep(services.onit, 2)
    assert tree(services) == """\
onit (0)
├─ web  sleep 1000 (1)
└─ -    sleep 2000 (2) orphan
"""


def test_a_check_is_told_from_an_orphan_in_the_tree(services):
    check = {"exec": script(note("checked") + "exec sleep 2000"), "interval": "10ms", "timeout": "1000s"}
    start(services, {"web": {"command": script(sleeping()), "healthcheck": check}})
    services.until_noted("ready", "checked")
    until_asleep(services.onit, 2)
    assert tree(services) == """\
onit (0)
├─ web  sleep 1000 (1)
└─ -    sleep 2000 (2) check or hook
"""


def test_services_that_run_nothing_are_not_in_the_tree(services):
    start(services, {"web": {"command": script(sleeping())}, "done": {"type": "oneshot", "command": ["true"]},
                     "late": {"command": ["sleep", "1"], "depends_on": {"web": "exited"}}})
    services.until_noted("ready")
    services.until_told("'done' has completed")
    until_asleep(services.onit)
    assert tree(services) == "onit (0)\n└─ web  sleep 1000 (1)\n"


def test_what_is_stopped_or_running_is_shown_as_that(services):
    start(services, {"busy": {"command": script(note("busy") + "while :; do :; done")},
                     "web": {"command": script(sleeping())}})
    services.until_noted("ready", "busy")
    pid = services.pid("sleep")
    os.kill(pid, signal.SIGSTOP)
    until(lambda: status(pid)["State"].startswith("T"), "it is stopped")
    shown = until(lambda: (text := tree(services)).count(" running") == 1 and text, "a look while it runs")
    assert re.search(r"busy  sh -c .* \(1\) running\n", shown, re.DOTALL)
    assert shown.endswith("└─ web   sleep 1000 (2) stopped\n")


def test_who_came_from_outside_is_shown_apart(services):
    start(services, {"web": {"command": script(sleeping())}}, mode="root-pid1")
    services.until_noted("ready")
    until_asleep(services.onit)
    enter = ["nsenter", "--target", str(services.onit), "--pid", "--mount"]
    guest = subprocess.Popen([*enter, "sh", "-c", "echo; sleep 4000; :"], stdout=subprocess.PIPE)
    assert guest.stdout.readline() == b"\n"
    until_asleep(guest.pid)
    look = [*enter, "bash", "-c", 'exec -a onitctl "$0" "$@"', ONIT, "--socket", socket_of(services), "tree"]
    result = subprocess.run(list(map(str, look)), capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
    for pid in descendants(guest.pid):
        os.kill(pid, signal.SIGKILL)
    guest.communicate(timeout=TIMEOUT_S)
    assert result.stdout.startswith("onit (1)\n")
    assert without_pids(result.stdout) == """\
onit (0)
└─ web  sleep 1000 (1)
from outside
└─ sh -c echo; sleep 4000; : (2)
   └─ sleep 4000 (3)
"""


def test_an_onit_whose_processes_cannot_be_seen_is_told_so(services):
    start(services, {"web": {"command": script(sleeping())}})
    services.until_noted("ready")
    look = [*NAMESPACE, "bash", "-c", 'exec -a onitctl "$0" "$@"', ONIT, "--socket", socket_of(services), "tree"]
    result = subprocess.run(list(map(str, look)), capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert result.returncode == 1
    assert result.stderr == ("onitctl: onit is not in the pid namespace of this process, so its processes cannot be seen "
                             "from here\n")


def test_the_tree_as_json_has_the_same(services):
    start(services, {"web": {"command": script("sleep 2000 & " + sleeping())}})
    services.until_noted("ready")
    until_asleep(services.onit, 2)
    seen = json.loads(onitctl(socket_of(services), "tree", "--json").stdout)
    assert seen["complete"] is True
    onit, main, member = seen["processes"]
    assert onit == {"pid": services.onit, "parent": os.getpid(), "role": "onit", "service": None,
                    "state": onit["state"], "command": onit["command"]}
    assert main == {"pid": main["pid"], "parent": services.onit, "role": "main", "service": "web", "state": "sleeping",
                    "command": "sleep 1000"}
    assert member == {"pid": member["pid"], "parent": main["pid"], "role": "member", "service": "web", "state": "sleeping",
                      "command": "sleep 2000"}


def test_what_a_process_calls_itself_cannot_act_on_the_terminal(services):
    start(services, {"web": {"command": ["bash", "-c", 'exec -a "$$(printf "\\033[2J\\nevil\\377")" sleep 1000']}})
    until_asleep(services.onit)
    result = onitctl(socket_of(services), "tree")
    assert "└─ web  ?[2J?evil? 1000 (" in result.stdout
    assert "\x1b" not in result.stdout


def test_on_a_terminal_lines_fit_and_services_have_colours(services):
    start(services, {"web": {"command": ["sh", "-c", "exec sleep 1000 " + "1000 " * 40]},
                     "db": {"command": ["sleep", "1000"]}})
    until_asleep(services.onit, 2)
    ours, its = os.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    onitctl(socket_of(services), "tree", capture_output=False, stdout=its, stderr=its, env=environment, text=False)
    os.close(its)
    shown = read_all(ours).decode()
    os.close(ours)
    assert "\x1b[36mweb\x1b[0m" in shown
    lines = re.sub("\x1b\\[[0-9]*m", "", shown).splitlines()
    assert len(lines) == 3
    assert all(len(line) <= 40 for line in lines), lines
    assert re.fullmatch(r"├─ web  sleep 1000 .*… \(\d+\)", lines[1])
    assert len(lines[1]) == 40


def test_an_answer_that_is_no_json_is_told(room):
    with contextlib.closing(FakeOnit(room / "onit.sock", {"GET /v1/services": (200, '{"services": [')})):
        result = onitctl(room / "onit.sock", "tree")
    assert result.returncode == 1
    assert result.stderr == f"onitctl: the answer from {room}/onit.sock is not whole, or of another version\n"
