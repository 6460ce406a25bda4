"""Counts visits in a database. GET / counts one more, GET /healthz asks the database whether it is there."""
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg2

COUNT = "INSERT INTO visits DEFAULT VALUES; SELECT count(*) FROM visits"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            text = f"visit {query(COUNT)}\n" if self.path == "/" else f"database {query('SELECT 1')}\n"
            status = 200
        except psycopg2.Error as error:
            status, text = 503, f"{error}\n"
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


def query(statement):
    """A connection for each request: the database may have been started anew since the last one."""
    connection = psycopg2.connect("")
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0]
    finally:
        connection.close()


def stop(*_):
    print("stopping")
    sys.exit(0)


signal.signal(signal.SIGTERM, stop)
server = ThreadingHTTPServer(("", 8080), Handler)
print("listening on port 8080")
server.serve_forever()
