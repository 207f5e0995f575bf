"""Services outside AWS that the rehearsal needs, on loopback: Slack, GuardDuty's API, and one that a password opens."""

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
REFUSED: Answer = (401, b"{}")


@contextmanager
def served(answer: Callable[[str, str, dict[str, str], bytes], Answer]) -> Iterator[str]:
    """The base URL of a server that answers so (method, path, headers, body) until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            status, reply = answer(self.command, self.path, dict(self.headers), body)
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(reply)))
            self.end_headers()
            with suppress(BrokenPipeError):  # whoever asked has given up waiting
                self.wfile.write(reply)

        do_GET = do_POST = _serve  # noqa: N815 - the names that http.server looks for

        def log_message(self, *_: object) -> None:
            """A rehearsal prints its own story."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Slack:
    """An incoming webhook: what it received, and whether it hangs."""

    received: list[Any] = field(default_factory=list)
    hanging: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)

    def answer(self, _method: str, _path: str, _headers: dict[str, str], body: bytes) -> Answer:
        """As Slack answers, or not for as long as the rehearsal lasts."""
        if self.hanging.is_set():
            self.over.wait(30)
        self.received.append(json.loads(body))
        return 200, b"ok"


@dataclass
class GuardDuty:
    """ListDetectors and GetFindings of the API, with the findings that were put in."""

    findings: dict[str, Any] = field(default_factory=dict)

    def answer(self, method: str, path: str, _headers: dict[str, str], body: bytes) -> Answer:
        """The wire form is camelCase; boto3 makes PascalCase of it."""
        if method == "GET" and path.startswith("/detector"):
            return 200, json.dumps({"detectorIds": ["d1"]}).encode()
        asked = json.loads(body or b"{}").get("findingIds", [])
        return 200, json.dumps({"findings": [self.findings[one] for one in asked if one in self.findings]}).encode()


@dataclass
class Toy:
    """A service behind one user's password: a rotation counts only when it refuses the old one."""

    password: str

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """GET /session signs in; POST /password changes the password."""
        if headers.get("authorization", headers.get("Authorization")) != basic("toy", self.password):
            return REFUSED
        if (method, path) == ("POST", "/password"):
            self.password = json.loads(body)["password"]
        return 200, b"{}"


def basic(user: str, password: str) -> str:
    """The header of HTTP basic authentication."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
