"""Counts visits in the database."""

import http.server
import os
import signal
import socket
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with socket.create_connection(("127.0.0.1", int(os.environ["DB_PORT"]))) as database:
            database.sendall(b"add\n")
            visits = int(database.makefile().readline())
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"visit {visits}\n".encode())

    def log_message(self, *_):
        print(f"{self.command} {self.path}", flush=True)


def stop(*_):
    print("no more visits", flush=True)
    sys.exit(0)


signal.signal(signal.SIGTERM, stop)
server = http.server.HTTPServer(("127.0.0.1", int(os.environ["WEB_PORT"])), Handler)
print("serving", flush=True)
server.serve_forever()
