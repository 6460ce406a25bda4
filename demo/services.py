"""The second act: three services from a file, what they and onit say, and a database that is killed."""

import contextlib
import os
import pathlib
import re
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.request

from stage import (BLUE, BOLD, CYAN, DIM, GREEN, HERE, LIMIT, MAGENTA, ONIT, YELLOW, children_of, paint, pid1_of,
                   start_as_pid1)

SHOP = HERE / "shop"
WIDTH = 80
COLOURS = {"onit: warning": YELLOW, "onit: ": DIM, "db ": BLUE, "migrate ": MAGENTA, "web ": GREEN}


class Onit:
    """onit with the file of services as PID 1 of a namespace of its own. Its lines are shown as they come."""

    def __init__(self, data, db_port, web_port):
        self.socket = f"{data}/onit.sock"
        self.url = f"http://127.0.0.1:{web_port}/"
        self.begin = time.monotonic()
        self.runner = start_as_pid1(
            ONIT, "-v", "-f", SHOP / "onit.toml", cwd=SHOP, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=os.environ | {"DATA": data, "DB_PORT": str(db_port), "WEB_PORT": str(web_port)})
        self.pid1 = pid1_of(self.runner)
        self.unread = b""

    def lines(self):
        """Each line as it comes, to the end of the output."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.runner.stdout, selectors.EVENT_READ)
            while True:
                while b"\n" in self.unread:
                    line, _, self.unread = self.unread.partition(b"\n")
                    yield line.decode(errors="replace")
                if not selector.select(LIMIT):
                    sys.exit("demo: this takes too long")
                if not (more := os.read(self.runner.stdout.fileno(), 65536)):
                    return
                self.unread += more

    def show_until(self, pattern=None):
        """Shows lines up to one that matches; without a pattern to the end. Returns the lines."""
        shown = []
        for line in self.lines():
            self.show(line)
            shown.append(line)
            if pattern and re.search(pattern, line):
                break
        return shown

    def show(self, line):
        """With the seconds since the start, and folded at the end of the screen."""
        head = f"  {time.monotonic() - self.begin:5.2f}  "
        colour = next((code for start, code in COLOURS.items() if line.startswith(start)), 0)
        for text in textwrap.wrap(line, WIDTH - len(head), break_long_words=False, drop_whitespace=False) or [line]:
            print(paint(DIM, head) + paint(colour, text.rstrip()))
            head = " " * len(head)
        sys.stdout.flush()

    def visit(self):
        """What the web server answers."""
        answer = urllib.request.urlopen(self.url, timeout=LIMIT).read().decode().strip()
        say(f"curl {self.url}", answer)
        self.show_until("GET /")
        return answer

    def signal(self, name, what):
        say(f"kill -{name} 1", what)
        os.kill(self.pid1, getattr(signal, f"SIG{name}"))

    def ctl(self, verb, comment):
        """What onitctl says."""
        say(f"onitctl {verb}", comment)
        done = subprocess.run([ONIT, "--as", "onitctl", "--socket", self.socket, verb], capture_output=True, text=True,
                              timeout=LIMIT, check=False)
        for line in (done.stdout + done.stderr).splitlines():
            print(textwrap.fill(line, WIDTH, initial_indent="  ", subsequent_indent="    "), flush=True)
        return done.stdout

    def kill_database(self):
        for pid, _ in children_of(self.pid1):
            if "db.py" in pathlib.Path(f"/proc/{pid}/cmdline").read_text():
                say("pkill -9 -f db.py", "no goodbye; it is started again after a delay")
                os.kill(pid, signal.SIGKILL)


def say(command, comment):
    print("  " + paint(BOLD, f"$ {command}") + paint(CYAN, f"   # {comment}"), flush=True)


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in sockets]


def play():
    """Returns whether onit did what it promises."""
    print()
    print(paint(BOLD, "  2. A database, its migration and a web server in one container"))
    print("  The database is slow to start; the web server cannot do without it.")
    print("  All of onit.toml, and what 'onit -v -f onit.toml' then writes:")
    print()
    print(paint(CYAN, textwrap.indent((SHOP / "onit.toml").read_text().partition("\n\n")[2].rstrip(), "      ")))
    print(flush=True)
    with tempfile.TemporaryDirectory() as data:
        onit = Onit(data, *free_ports(2))
        onit.show_until("all services are ready")
        first = onit.visit()
        onit.kill_database()
        onit.show_until("'db' .*SIGKILL")
        explanation = onit.ctl("explain", "why is not everything up?")
        onit.show_until("'db' is ready")
        second = onit.visit()
        status = onit.ctl("status", "how are they?")
        stopping = time.monotonic()
        onit.signal("TERM", "as docker stop does")
        end = onit.show_until()
        code = onit.runner.wait(LIMIT)
        seconds = time.monotonic() - stopping
    # On a machine that is busy with others it may be on its way again by then.
    seen = re.search("SIGKILL|^db is starting", explanation, re.M) and re.search("^web +up", status, re.M)
    order = re.findall(r"service '(\w+)' has stopped", "\n".join(end))
    print()
    print(f"  Stopped in reverse order in {seconds * 1000:.0f} ms, exit code {code}.")
    print()
    return code == 0 and (first, second) == ("visit 1", "visit 2") and order == ["web", "db"] and seen is not None
