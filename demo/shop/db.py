"""A database of one number, in a file. As real ones it takes its time to start, and saves before it ends.

`add` adds one and answers the sum, `create` makes it 0 if there is none.
"""

import os
import pathlib
import signal
import socketserver
import sys
import time

FILE = pathlib.Path(os.environ["DATA"]) / "visits"


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        word = self.rfile.readline().strip()  # none of somebody who only looks whether it is up
        if word == b"create" and not FILE.exists():
            FILE.write_text("0")
        if word == b"add":
            FILE.write_text(str(int(FILE.read_text()) + 1))
        if word:
            self.wfile.write(FILE.read_bytes() + b"\n")


class Server(socketserver.TCPServer):
    allow_reuse_address = True


def stop(*_):
    print("saved, shutting down", flush=True)
    sys.exit(0)


signal.signal(signal.SIGTERM, stop)
print("reading the data", flush=True)
time.sleep(0.8)
server = Server(("127.0.0.1", int(os.environ["DB_PORT"])), Handler)
print("accepting connections", flush=True)
server.serve_forever()
