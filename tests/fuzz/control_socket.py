#!/usr/bin/python3
"""Sends an onit that runs, as PID 1 of a namespace, random and mutated requests over many connections, and looks whether it
stays alive, answers, and keeps neither descriptors nor memory.

usage: control_socket.py [--seconds N] [--seed N] [--pace N] ONIT

  --seconds N  for so long (60)
  --seed N     begin there; it is printed, so that a run can be had again
  --pace N     at most so many connections a second (2000), to be run beside other work

The last line is `N passed, N failed`. Needs to be root, or what lets one make a pid namespace.
"""

import argparse
import contextlib
import os
import pathlib
import random
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time

NAMESPACE = ["unshare", "--fork", "--pid", "--mount-proc", "--kill-child"]
LIMIT_S = 30  # for what has to come; only ends what hangs
MAX_WARM_UP_S = 120  # a third of the time, but no longer
LOOK_EVERY_S = 2
MAX_GROWTH_KIB = 768  # from then on: all that is kept of events and lines, and the answers to all clients at once
MAX_OPEN = 60  # connections that are kept open, more than onit keeps
MAX_BYTES = 20_000

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus" / "http_request"

# Orders are among them, but none that ends onit.
PATHS = ["/livez", "/readyz", "/metrics", "/", "/v1/services", "/v1/services/web", "/v1/services/nobody", "/v1/health",
         "/v1/explain", "/v1/events", "/v1/logs", "/v1/analysis", "/v1/services/web/wait", "/v1/services/loud/start",
         "/v1/services/loud/stop", "/v1/services/loud/restart", "/v1/services/loud/signal", "/v1/reload"]
QUERIES = ["", "format=text", "follow=1", "lines=5", "service=web", "service=loud", "service=nobody", "for=ready", "for=stopped",
           "wait=1", "signal=USR1", "signal=99", "format=prefix", "format=json", "colour=1", "lines=99999999999999999999", "x"]
FIELDS = ["Host: onit", "Content-Length: 0", "Content-Length: 7", "Transfer-Encoding: chunked", "Connection: keep-alive",
          "Expect: 100-continue", "X: " + 3000 * "x", " folded", ": none", "Host : x", "Accept: */*"]

FILE = """
[init]
control = "{room}/control"
listen = "127.0.0.1:{port}"
[log]
on_full = "drop"
[services.web]
command = ["/bin/sleep", "1000000"]
[services.loud]
command = ["/bin/sh", "-c", "trap '' USR1; while :; do echo a line of $$$$; sleep 0.05; done"]
restart = "always"
restart_delay = "100ms"
max_restarts = 0
"""


def fields_of(path):
    return dict(re.findall(r"^(\w+):\s+(\d+)", path.read_text(), re.M))


class Onit:
    """onit, as PID 1 of a namespace, with two services."""

    def __init__(self, program, room):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.port = taken.getsockname()[1]
        self.path = str(room / "control")
        (room / "onit.toml").write_text(FILE.format(room=room, port=self.port))
        self.messages = room / "messages"
        with self.messages.open("wb") as messages:
            self.process = subprocess.Popen([*NAMESPACE, program, "-f", room / "onit.toml"], stdin=subprocess.DEVNULL,
                                            stdout=subprocess.DEVNULL, stderr=messages)
        limit = time.monotonic() + LIMIT_S
        while not os.path.exists(self.path):
            if self.process.poll() is not None or time.monotonic() > limit:
                raise SystemExit(f"onit does not start: {self.messages.read_text()}")
            time.sleep(0.01)
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        self.proc = pathlib.Path("/proc") / children[0]
        self.pid = int(children[0])

    def is_alive(self):
        return self.process.poll() is None

    def dirty_kib(self):
        return int(fields_of(self.proc / "smaps_rollup")["Anonymous"])

    def descriptors(self):
        return len(os.listdir(self.proc / "fd"))

    def connect(self, is_public):
        client = socket.socket(socket.AF_INET if is_public else socket.AF_UNIX)
        client.settimeout(LIMIT_S)
        try:
            client.connect(("127.0.0.1", self.port) if is_public else self.path)
        except OSError:
            client.close()
            raise
        return client

    def answers(self):
        """Whether it does, at both doors."""
        for is_public in (False, True):
            with self.connect(is_public) as client:
                # Who is turned away may find the door closed before he has asked.
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    client.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
                if not client.recv(100).startswith(b"HTTP/1.1 200"):
                    return False
        return True

    def end(self):
        if self.is_alive():
            os.kill(self.pid, signal.SIGTERM)
        try:
            return self.process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return None


class Sender:
    """Makes requests, and has connections in every state."""

    def __init__(self, onit, chance):
        self.onit, self.chance = onit, chance
        self.seeds = [path.read_bytes() for path in sorted(CORPUS.iterdir())]
        self.open = []
        self.count = 0

    def request(self):
        chance = self.chance
        kind = chance.random()
        if kind < 0.1:
            return chance.randbytes(chance.choice((1, 10, 300, 5_000, MAX_BYTES)))
        if kind < 0.25:
            return self.mutated(chance.choice(self.seeds))
        is_order = chance.random() < 0.3
        query = "&".join(chance.choice(QUERIES) for _ in range(chance.choice((0, 1, 1, 2, 9))))
        target = chance.choice(PATHS) + ("?" + query if query else "")
        version = chance.choice(("1.1", "1.1", "1.1", "1.0", "2.0"))
        method = "POST" if is_order else chance.choice(("GET", "GET", "GET", "GET", "HEAD"))
        fields = ["Host: onit"] + [chance.choice(FIELDS) for _ in range(chance.choice((0, 0, 0, 1, 2)))]
        end = chance.choice(("\r\n", "\r\n", "\n"))
        text = end.join([f"{method} {target} HTTP/{version}", *fields, "", ""]).encode()
        return self.mutated(text) if chance.random() < 0.3 else text

    def mutated(self, text):
        chance, bytes_ = self.chance, bytearray(text)
        for _ in range(chance.choice((1, 1, 2, 8))):
            at = chance.randrange(len(bytes_) + 1)
            what = chance.randrange(4)
            if what == 0:
                bytes_[at:at] = chance.randbytes(chance.choice((1, 1, 4)))
            elif what == 1:
                del bytes_[at:at + chance.choice((1, 1, 4, 100))]
            elif what == 2:
                bytes_[at:at + 1] = chance.choice((b"\r", b"\n", b"\0", b" ", b":", b"%", b"/"))
            else:
                bytes_ = bytes_[:at]
        # What would end it is not what is looked for.
        return bytes(bytes_).replace(b"shutdown", b"")[:MAX_BYTES]

    def step(self):
        """One more connection: asks in one piece or several, reads all, some or nothing, and leaves or stays."""
        chance = self.chance
        with contextlib.suppress(OSError):
            client = self.onit.connect(chance.random() < 0.4)
            self.count += 1
            client.setblocking(False)
            self.open.append(client)
            request = self.request()
            pieces = chance.choice((1, 1, 1, 2, 7))
            for i in range(pieces):
                client.send(request[i * len(request) // pieces:(i + 1) * len(request) // pieces])
            if chance.random() < 0.1:
                client.shutdown(chance.choice((socket.SHUT_WR, socket.SHUT_RD, socket.SHUT_RDWR)))
            if chance.random() < 0.7 and select.select([client], [], [], 0.003)[0]:
                client.recv(chance.choice((1, 100, 65536)))
            if chance.random() < 0.8:
                self.open.pop().close()
        while len(self.open) > MAX_OPEN or (self.open and chance.random() < 0.1):
            self.open.pop(chance.randrange(len(self.open))).close()

    def leave(self):
        for client in self.open:
            client.close()
        self.open.clear()


def look(onit, sender, before):
    """What is wrong, or nothing."""
    if not onit.is_alive():
        return f"onit ended with {onit.process.returncode}"
    sender.leave()
    try:
        # They see it one after the other that nobody is there any more.
        limit = time.monotonic() + LIMIT_S
        while not onit.answers() or (before and onit.descriptors() > before[0]):
            if time.monotonic() > limit:
                return f"{onit.descriptors()} descriptors in place of {before[0]}" if before else "onit does not answer"
            time.sleep(0.05)
        if before and onit.dirty_kib() > before[1] + MAX_GROWTH_KIB:
            return f"{onit.dirty_kib()} KiB in place of {before[1]}"
    except OSError as error:
        return f"onit does not answer: {error}"
    return None


def fuzz(options, onit):
    sender = Sender(onit, random.Random(options.seed))
    began = time.monotonic()
    before, next_look, problem = None, began + min(MAX_WARM_UP_S, options.seconds / 3), None
    while not problem and time.monotonic() < began + options.seconds:
        sender.step()
        time.sleep(max(0.0, began + sender.count / options.pace - time.monotonic()))
        if time.monotonic() < next_look:
            continue
        problem = look(onit, sender, before)
        if not problem and before is None:
            before = (onit.descriptors() + 2, onit.dirty_kib())  # a restart may be on its way
        next_look = time.monotonic() + LOOK_EVERY_S
    problem = problem or look(onit, sender, before)
    if before and onit.is_alive():
        print(f"{sender.count} connections; private dirty {before[1]} KiB, then {onit.dirty_kib()} KiB")
    code = onit.end()
    if not problem and code != 0:
        problem = f"onit ended with {code} when it was asked to"
    return problem


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=time.time_ns())
    parser.add_argument("--pace", type=float, default=2000)
    parser.add_argument("onit")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="onit-fuzz-") as room:
        onit = Onit(options.onit, pathlib.Path(room))
        problem = fuzz(options, onit)
        if problem:
            print(f"FAILED: {problem}\nonit's last messages:\n{onit.messages.read_text(errors='replace')[-2000:]}")
    print(f"{0 if problem else 1} passed, {1 if problem else 0} failed")
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
