"""What stands outside AWS, on loopback: Slack, and a service that one password opens."""

from __future__ import annotations

import base64
import json
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Answer = tuple[int, bytes]
_HANG = 30  # seconds: longer than anybody waits for Slack


@contextmanager
def served(answer: Callable[[str, str, str, bytes], Answer]) -> Iterator[str]:
    """The base URL of a server that answers so (method, path, authorization, body) until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with suppress(ConnectionError):  # whoever asked has given up waiting, or the line is to break here
                status, reply = answer(self.command, self.path, self.headers.get("Authorization", ""), body)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

        do_GET = do_POST = _serve  # noqa: N815 - the names that http.server looks for

        def log_message(self, *_: object) -> None:
            """A rehearsal prints its own story."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Slack:
    """An incoming webhook: what it received, and whether it hangs until that is over."""

    received: list[Any] = field(default_factory=list)
    _answering: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        """At first it answers."""
        self._answering.set()

    def hang(self) -> None:
        """From now on nobody gets an answer, and nothing is received."""
        self._answering.clear()

    def answer_again(self) -> None:
        """Whoever still waits is answered now."""
        self._answering.set()

    def answer(self, _method: str, _path: str, _authorization: str, body: bytes) -> Answer:
        """As Slack answers a webhook."""
        if not self._answering.is_set():
            self._answering.wait(_HANG)
            return 503, b"too late"
        self.received.append(json.loads(body))
        return 200, b"ok"


@dataclass
class Toy:
    """A service behind the password of its one user: a rotation counts only when it refuses the old one."""

    password: str
    user: str = "toy"

    def answer(self, method: str, path: str, authorization: str, body: bytes) -> Answer:
        """GET /session signs in; POST /password changes the password."""
        if authorization != basic(self.user, self.password):
            return 401, b"{}"
        if (method, path) == ("POST", "/password"):
            self.password = json.loads(body)["password"]
        return 200, b"{}"

    def opens(self, password: str) -> bool:
        """Whether it lets somebody with this password in."""
        return self.answer("GET", "/session", basic(self.user, password), b"")[0] == 200  # noqa: PLR2004 - HTTP


def basic(user: str, password: str) -> str:
    """The header of HTTP basic authentication."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
