"""The first act: a web server as the first process of a container, alone and under onit."""

import concurrent.futures
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

from stage import BOLD, CYAN, GREEN, HERE, LIMIT, ONIT, PYTHON, RED, children_of, paint, pid1_of, start_as_pid1, wait_until

REQUESTS = 12
PATIENCE = 2  # seconds until SIGKILL; docker stop allows 10
COLUMN = 27


class Container:
    """A PID namespace of its own, in which the server, or onit with the server, is PID 1."""

    def __init__(self, directory, *prefix):
        self.port_file = directory / "port"
        self.job_file = directory / "job"
        self.runner = start_as_pid1(*prefix, PYTHON, HERE / "server.py", self.port_file, self.job_file,
                                    stderr=subprocess.DEVNULL)  # unshare has something to say of a child that was killed
        wait_until(lambda: self.port_file.exists() or self.runner.poll() is not None)
        self.pid1 = pid1_of(self.runner)

    def visit(self):
        port = self.port_file.read_text()
        for _ in range(REQUESTS):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=LIMIT).read()

    def zombies(self):
        """How many there are once nothing moves any more."""
        seen = -1
        while (now := sum(state == "Z" for _, state in children_of(self.pid1))) != seen:
            seen = now
            time.sleep(0.7)
        return now

    def stop(self):
        """As docker stop does it: SIGTERM, patience, SIGKILL. Returns seconds, exit code and whether it was killed."""
        start = time.monotonic()
        os.kill(self.pid1, signal.SIGTERM)
        killed = False
        try:
            code = self.runner.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            killed = True
            os.kill(self.pid1, signal.SIGKILL)
            self.runner.wait()
            code = 128 + signal.SIGKILL
        return time.monotonic() - start, code, killed


def measure(prefix):
    with tempfile.TemporaryDirectory() as name:
        container = Container(pathlib.Path(name), *prefix)
        container.visit()
        zombies = container.zombies()
        seconds, code, killed = container.stop()
        saved = container.job_file.exists()
    return {
        "zombies": (f"{zombies}", zombies == 0),
        "term": (f"ignored, killed after {seconds:.0f} s" if killed else f"ended in {seconds * 1000:.0f} ms", not killed),
        "job": ("saved its work" if saved else "lost its work", saved),
        "code": (f"{code}" + {137: "  (SIGKILL)", 143: "  (SIGTERM)"}.get(code, ""), code == 143),
    }


def show(label, left, right):
    first, second = (paint(GREEN if good else RED, text.ljust(width)) for (text, good), width in ((left, COLUMN), (right, 0)))
    print(f"  {label:<34}{first}{second}")


def play():
    """Returns whether onit did what it promises."""
    print()
    print(paint(BOLD, "  1. A Python web server as the first process of a container"))
    print("  It forks for every request, each request leaves a helper behind, and a job")
    print("  of its own session runs beside it. Alone, and as 'onit python3 server.py'.")
    print(flush=True)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        alone, under = pool.map(measure, [(), (ONIT,)])
    print("  " + " " * 34 + paint(BOLD, "python3 alone".ljust(COLUMN)) + paint(BOLD, "under onit"))
    show(f"zombies after {REQUESTS} requests", alone["zombies"], under["zombies"])
    show("SIGTERM, as docker stop sends it", alone["term"], under["term"])
    show("the background job", alone["job"], under["job"])
    show("exit code", alone["code"], under["code"])
    print()
    print(f"  onit: {ONIT.stat().st_size // 1000} KB, static, no configuration. In a Dockerfile:")
    print(paint(CYAN, '      COPY onit /onit\n      ENTRYPOINT ["/onit"]\n      CMD ["python3", "server.py"]'), flush=True)
    return all(fine for _, fine in under.values())
