"""A web server such as people put into containers: each request leaves a helper behind, and one job runs beside it.

usage: server.py PORT_FILE JOB_FILE
"""

import http.server
import os
import signal
import socketserver
import subprocess
import sys


class ForkingServer(socketserver.ForkingMixIn, http.server.HTTPServer):
    pass


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        # Double fork, as daemons and careless scripts do: the helper ends as an orphan, and PID 1 inherits it.
        subprocess.run(["sh", "-c", "sleep 0 &"], check=True)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello\n")

    def log_message(self, *_):
        pass


def background_job(path):
    """Writes down what it has done when it is asked to end; nobody waits for it."""
    if os.fork() != 0:
        return
    os.setsid()

    def save(*_):
        with open(path, "w") as file:
            file.write("saved\n")
        os._exit(0)

    signal.signal(signal.SIGTERM, save)
    while True:
        signal.pause()


port_file, job_file = sys.argv[1:]
background_job(job_file)
server = ForkingServer(("127.0.0.1", 0), Handler)
with open(port_file + ".new", "w") as file:
    file.write(str(server.server_port))
os.rename(port_file + ".new", port_file)
server.serve_forever()
