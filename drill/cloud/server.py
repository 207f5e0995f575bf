"""The embedded AWS as a process: ministack, made honest, on a socket that its parent has bound to loopback.

Started by `lifecycle.start` as `python -m drill.cloud.server FOLDER SOCKET [LIFELINE]` in a session of its own; socket
and lifeline are file descriptors. When the other end of the lifeline closes, for whatever reason, everything goes: this
process, every Lambda worker, and the folder, which holds all their files.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import signal
import socket
import sys
import threading
from pathlib import Path

from drill.cloud.lifecycle import LOCK


def main(folder: str, listener: int, lifeline: int | None = None) -> None:
    signal.signal(signal.SIGTERM, lambda *_: vanish(folder))
    lock = (Path(folder) / LOCK).open("w")  # held until this process has ended, see `lifecycle.is_running`
    fcntl.flock(lock, fcntl.LOCK_EX)
    if lifeline is not None:
        threading.Thread(target=_watch, args=(lifeline, folder), daemon=True).start()
    with socket.socket(fileno=os.dup(listener)) as bound:
        os.environ |= _settings(folder, bound.getsockname()[1])

    # Only now: ministack reads its settings while it is imported.
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack import app

    from drill.cloud import shim

    shim.apply()
    config = Config()
    config.bind = [f"fd://{listener}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    asyncio.run(serve(app.app, config))


def _settings(folder: str, port: int) -> dict[str, str]:
    """What was asked for when it was started wins, except for what keeps it closed and honest."""
    endpoint = f"http://127.0.0.1:{port}"
    asked = {
        "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.2",
        "LOG_LEVEL": "INFO",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ENDPOINT_URL_GUARDDUTY": endpoint,
    } | os.environ
    return asked | {
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "MINISTACK_HOST": "127.0.0.1",
        "SFTP_ENABLED": "0",
        "TMPDIR": folder,
        "DOCKER_HOST": "unix:///nonexistent",  # no container of anybody's is looked at
    }


def _watch(lifeline: int, folder: str) -> None:
    os.read(lifeline, 1)
    vanish(folder)


def vanish(folder: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
