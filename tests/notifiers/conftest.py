"""An account on moto, and a Slack of our own on loopback."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws
from typing_extensions import override

from chalicelib.aws import Aws

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def account() -> Iterator[None]:
    """A fresh AWS account; our own loopback server is let through."""
    with mock_aws(config={"core": {"passthrough": {"urls": [r"http://127\.0\.0\.1:.*"]}}}):
        yield


@pytest.fixture
def aws() -> Aws:
    """The clients as the deployed functions have them."""
    return Aws(boto3.Session(region_name="us-east-1"), "us-east-1")


@dataclass
class Slack:
    """What it will answer, and what it was sent."""

    url: str
    status: int = 200
    location: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    hangs: threading.Event = field(default_factory=threading.Event)
    hanging: bool = False


@pytest.fixture
def slack() -> Iterator[Slack]:
    """A server that records what it gets."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            known.paths.append(self.path)
            known.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            if known.hanging:
                known.hangs.wait()
                return
            self.send_response(known.status)
            if known.location:
                self.send_header("Location", known.location)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        @override
        def log_message(self, format: str, *args: Any) -> None:
            """Not into the output of the tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known = Slack(f"http://127.0.0.1:{server.server_port}/services/T000/B000/hushhush")
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    yield known
    known.hangs.set()
    server.shutdown()
    serving.join()
    server.server_close()
