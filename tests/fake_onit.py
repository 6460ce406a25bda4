"""What listens in place of onit, to answer onitctl in ways that the real one does not on demand."""

import contextlib
import os
import socket
import struct
import threading

TIMEOUT_S = 30  # far above what anything takes


class FakeOnit:
    """Answers each request with what `answers` has for `METHOD TARGET`: bytes, sent as they are, or (status, text).

    What it is not prepared for is a 404. A function is called with the connection, and does it all itself.
    """

    def __init__(self, path, answers):
        self.path, self.answers, self.requests = str(path), answers, []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        self.held = []
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=[connection], daemon=True).start()

    def _answer(self, connection):
        connection.settimeout(TIMEOUT_S)
        request = b""
        while b"\r\n\r\n" not in request:
            got = connection.recv(65536)
            if not got:
                return
            request += got
        method, target, _ = request.split(b"\r\n")[0].decode().split(" ")
        self.requests.append(f"{method} {target}")
        answer = self.answers.get(f"{method} {target}", (404, f"there is no {target}"))
        with contextlib.suppress(OSError):
            if callable(answer):
                answer(connection)
                return
            connection.sendall(answer if isinstance(answer, bytes) else plain(*answer))
        connection.close()

    def hold(self, connection):
        """An answer that does not come."""
        self.held.append(connection)

    def close(self):
        # A close alone does not wake up who waits in accept.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(TIMEOUT_S)
        for connection in self.held:
            connection.close()
        os.unlink(self.path)


def head(status, *more):
    return "\r\n".join([f"HTTP/1.1 {status} Whatever", "Connection: close", *more, "", ""]).encode()


def plain(status, text):
    """An answer whose end is that of the connection."""
    return head(status, "Content-Type: text/plain; charset=utf-8") + text.encode()


def chunk(text):
    return f"{len(text.encode()):x}\r\n{text}\r\n".encode()


def chunked(status, *texts, is_whole=True):
    body = b"".join(chunk(text) for text in texts) + (b"0\r\n\r\n" if is_whole else b"")
    return head(status, "transfer-encoding: Chunked") + body


def reset(connection):
    """Ends a connection so that the other end sees an error."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
