"""What onit does when a call fails for once that otherwise does not, and when there is no memory at all."""

import os
import resource
import signal

from harness import PLAIN, helper, status
from service_files import WAITER, python, services  # noqa: F401
from services import QUICKLY


def trouble_with(what):
    """onit as PID 1 with that trouble. A static one cannot be given any."""
    environment = os.environ | {"LD_PRELOAD": helper("trouble_preload.so"), "TROUBLE": what}
    return {"program": PLAIN, "env": environment, "mode": "root-pid1"}


def test_without_memory_onit_says_so_and_ends_as_by_a_fault_of_its_own(services):
    services.start({"web": {"command": services.obedient("web")}}, mode="root-pid1")
    services.until_noted("web ready")
    limit = int(status(services.onit)["VmSize"].split()[0]) * 1024 + 256 * 1024  # some for its stack
    resource.prlimit(services.onit, resource.RLIMIT_AS, (limit, limit))
    services.write({f"service-{i}": {"command": "true"} for i in range(4000)})
    services.signal(signal.SIGHUP)
    assert services.wait() == 70
    assert "onit: internal error: no memory left" in services.messages


def test_a_start_that_cannot_be_watched_is_explained_and_tried_again(services):
    services.start({"web": {"command": services.obedient("web"), "restart": "always", **QUICKLY}},
                   **trouble_with("watches"))
    services.until_noted("web ready")
    assert services.messages.count("service 'web': epoll_ctl: Cannot allocate memory") == 1
    assert services.stop() == 0


def test_a_message_of_the_process_that_onit_started_is_believed_without_a_look_at_it(services):
    services.start({"db": {"type": "notify", "command": python('notify("READY=1"); stay()')}, "web": WAITER},
                   **trouble_with("looks"))
    services.until_told("service 'db' is ready")
    assert services.stop() == 0


def test_no_line_is_lost_when_writes_are_interrupted(services, room):
    lines = [f"line {i}" for i in range(20)]
    services.start({"web": {"command": python(f"print(*{lines}, sep='\\n', flush=True); stay()"),
                            "log": {"file": str(room / "log"), "stdout": True}}}, **trouble_with("writes"))
    for line in lines:
        assert services.running.line() == line
    assert services.stop() == 0
    assert (room / "log").read_text().splitlines() == lines
    assert "lost" not in services.messages


def test_a_file_to_which_each_write_is_interrupted_keeps_nobody(services, room):
    services.start({"web": {"command": ["echo", "line"], "log": {"file": str(room / "log")}}}, **trouble_with("files"))
    assert services.wait() == 0
    assert "write: Interrupted system call" in services.messages
    assert (room / "log").read_text() == ""
