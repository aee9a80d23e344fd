"""A local file server that can break off, send parts of files, and be watched."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass
class Server:
    """Files by path; how much of each answer is sent, by turns; whether parts can be asked for;
    what has been asked for, with the first byte that was wanted; and how many of the next answers
    do not begin until the test is over."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    send: list[float] = field(default_factory=list)
    ranges: bool = False
    asked: list[tuple[str, int]] = field(default_factory=list)
    silent: int = 0
    over: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            body = state.files.get(path, b"")
            wanted = self.headers.get("Range", "") if state.ranges else ""
            start = int(wanted.removeprefix("bytes=").rstrip("-") or 0)
            state.asked.append((self.path, start))
            if state.silent:
                state.silent -= 1
                state.over.wait()
                return
            # Before the answer begins, so that the next one cannot take its turn.
            share = state.send.pop(0) if state.send else 1.0
            self.send_response(404 if not body else 206 if wanted else 200)
            self.send_header("Content-Length", str(len(body) - start))
            if state.ranges:
                self.send_header("Accept-Ranges", "bytes")
                self.send_header("ETag", md5(body).hexdigest())
            self.end_headers()
            self.wfile.write(body[start : start + int(share * (len(body) - start))])

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, args=(0.01,))
    thread.start()
    state.address = f"http://127.0.0.1:{http.server_port}"
    yield state
    state.over.set()
    http.shutdown()
    http.server_close()
    thread.join()
