"""Answers each request with its own number and process id, on the socket that onit has opened (sd_listen_fds(3))."""
import itertools
import os
import signal
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FIRST_DESCRIPTOR = 3  # where passed sockets begin


class Handler(BaseHTTPRequestHandler):
    numbers = itertools.count(1)

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"request {next(self.numbers)} by {os.getpid()}\n".encode())

    def log_message(self, *_):
        pass


def stop(*_):
    print("stopping")
    sys.exit(0)


if os.environ.get("LISTEN_PID") != str(os.getpid()):
    sys.exit("no socket was passed")
signal.signal(signal.SIGTERM, stop)
server = ThreadingHTTPServer(("127.0.0.1", 8000), Handler, bind_and_activate=False)
server.socket.close()
server.socket = socket.socket(fileno=FIRST_DESCRIPTOR)
print("serving")
server.serve_forever()
