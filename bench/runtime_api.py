"""Lambda's Runtime API for one function: hands it one event, and notes when it asked and when it answered."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = 60  # seconds that a function may take


@dataclass
class RuntimeApi:
    """What happened, on `time.monotonic`. `answer` is the function's reply or its error."""

    event: dict[str, Any]
    address: str = ""
    asked: float = 0.0
    answered: float = 0.0
    answer: Any = None
    failed: bool = False
    done: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)

    def next_event(self) -> bytes | None:
        """The event at the first request; whoever asks again waits until the end, as between two events."""
        if self.asked:
            self.over.wait()
            return None
        self.asked = time.monotonic()
        return json.dumps(self.event).encode()

    def note(self, path: str, body: bytes) -> None:
        """The function's answer, or why there is none."""
        self.answered = time.monotonic()
        self.failed = path.endswith("/error")
        self.answer = json.loads(body or b"null")
        self.done.set()

    def wait(self) -> bool:
        """Whether an answer came in time."""
        return self.done.wait(_LONGEST)


@contextmanager
def serving(event: dict[str, Any]) -> Iterator[RuntimeApi]:
    """The API on a free loopback port, until the block ends."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.api = RuntimeApi(event, f"127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.api
    finally:
        server.api.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    api: RuntimeApi

    @override
    def handle_error(self, request: object, client_address: object) -> None:
        """A function is killed once it has answered, which breaks its connection: nothing to say."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # with Nagle every event would show 40 ms that are no one's

    def do_GET(self) -> None:
        body = cast("_Server", self.server).api.next_event()
        if body is None:
            self.close_connection = True
            return
        headers = {
            "Lambda-Runtime-Aws-Request-Id": "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + _LONGEST) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:000000000000:function:bench",
        }
        self._reply(200, body, headers)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        cast("_Server", self.server).api.note(urlsplit(self.path).path, body)
        self._reply(202, b"{}", {})

    def _reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
