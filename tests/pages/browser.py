"""Headless Chromium, spoken to over two pipes: no port, no driver, no package of its own."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Json = dict[str, Any]

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


PATIENCE = 120  # seconds, for a machine that does much else


class SilentError(Exception):
    """The browser has ended, or says nothing any more."""


@dataclass
class Page:
    """One page and everything that the browser said about it: `events` by their names in the DevTools protocol."""

    send: int
    receive: int
    session: str = ""
    events: list[Json] = field(default_factory=list)
    _number: int = 0
    _left: bytes = b""

    def ask(self, method: str, **params: object) -> Json:
        """One command and its answer."""
        self._number += 1
        order: Json = {"id": self._number, "method": method, "params": params}
        order |= {"sessionId": self.session} if self.session else {}
        try:
            os.write(self.send, json.dumps(order).encode() + b"\0")
        except BrokenPipeError:
            raise SilentError from None
        while (said := self._next()).get("id") != self._number:
            self.events.append(said)
        assert "error" not in said, f"{method}: {said.get('error')}"
        answer: Json = said["result"]
        return answer

    def wait(self, method: str) -> None:
        """Until the browser says so; what is older counts too."""
        while not any(one.get("method") == method for one in self.events):
            self.events.append(self._next())

    def said(self, method: str) -> list[Json]:
        """What it said under that name."""
        return [one["params"] for one in self.events if one.get("method") == method]

    def evaluate(self, expression: str) -> Any:
        """What an expression is, evaluated by the browser itself: the page's policy does not concern it."""
        return self.ask("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def open(self, file: Path, width: int, *, scheme: str = "light") -> None:
        """At that width, as a phone or a screen would show it."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600)
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.events.clear()
        self.ask("Page.navigate", url=file.as_uri())
        self.wait("Page.loadEventFired")

    def picture(self) -> bytes:
        """What a person sees first, as a PNG."""
        return base64.b64decode(self.ask("Page.captureScreenshot")["data"])

    def printed(self) -> bytes:
        """As a PDF."""
        return base64.b64decode(self.ask("Page.printToPDF", printBackground=False)["data"])

    def _next(self) -> Json:
        while b"\0" not in self._left:
            ready, _, _ = select.select([self.receive], [], [], PATIENCE)
            piece = os.read(self.receive, 1 << 16) if ready else b""
            if not piece:
                raise SilentError
            self._left += piece
        first, _, self._left = self._left.partition(b"\0")
        said: Json = json.loads(first)
        return said


_MOVING = """
import os, sys
from fcntl import F_DUPFD, fcntl
read, write = (fcntl(int(one), F_DUPFD, 10) for one in sys.argv[1:3])
os.dup2(read, 3)
os.dup2(write, 4)
os.execvp(sys.argv[3], sys.argv[3:])
"""
"""Chromium reads commands from descriptor 3 and answers on 4."""


@contextmanager
def opened(folder: Path) -> Iterator[Page]:
    """A browser with one empty page, which ends with the block."""
    assert CHROMIUM
    read, send = os.pipe()
    receive, write = os.pipe()
    words = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run"]
    quiet = ["--disable-background-networking", "--disable-dev-shm-usage", f"--user-data-dir={folder}"]

    moving = [sys.executable, "-c", _MOVING, str(read), str(write)]
    running = subprocess.Popen(
        [*moving, *words, *quiet, "about:blank"],
        pass_fds=(read, write),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(read)
    os.close(write)
    try:
        yield _attached(Page(send, receive))
    finally:
        os.close(send)
        running.kill()
        running.wait()
        os.close(receive)


def _attached(browser: Page) -> Page:
    target = browser.ask("Target.createTarget", url="about:blank")["targetId"]
    browser.session = browser.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    for domain in ("Page", "Network", "Runtime", "Log"):
        browser.ask(f"{domain}.enable")
    return browser
