"""Every execution environment of a function has a session of its own, with the role's real id and an issue time."""

from __future__ import annotations

import contextvars
import time
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import iam, sts

from drill.cloud.shim.patching import Patch

_HOURS = 12
_spawning: contextvars.ContextVar[Any] = contextvars.ContextVar("drill_spawning_worker", default=None)
_workers: dict[str, Any] = {}


def worker_of(access_key: str) -> Any:
    """The process that was given this session, or None."""
    return _workers.get(access_key)


def _spawn(spawn: Any, worker: Any) -> None:
    token = _spawning.set(worker)
    try:
        spawn(worker)
    finally:
        _spawning.reset(token)


def _credentials(_original: Any, config: dict[str, Any]) -> dict[str, str]:
    account, _ = lambda_runtime._account_region_from_function_config(config)
    role_name, session_name = config["Role"].rsplit("/", 1)[-1], config["FunctionName"][:64]
    access_key, secret, token = iam._gen_session_access_key(), iam._gen_secret(), iam._gen_session_token()
    session = {
        "Arn": f"arn:aws:sts::{account}:assumed-role/{role_name}/{session_name}",
        "UserId": f"{sts._role_id(config['Role'])}:{session_name}",
        "SecretAccessKey": secret,
        "SessionToken": token,
        "AccountId": account,
        "PrincipalType": "AssumedRole",
        "Expiration": time.time() + _HOURS * 3600,
    }
    sts.register_session(access_key, session)
    _workers[access_key] = _spawning.get()
    return {"AWS_ACCESS_KEY_ID": access_key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}


PATCHES = (
    # One session for all environments and for ever, with the role's name where its id belongs.
    Patch(lambda_runtime, "execution_credentials", _credentials),
    # Whose credentials are being made is known only while the process starts.
    Patch(lambda_runtime.Worker, "_spawn", _spawn),
)
USES: tuple[tuple[Any, str], ...] = (
    (iam, "_gen_secret"),
    (iam, "_gen_session_access_key"),
    (iam, "_gen_session_token"),
    (lambda_runtime, "_account_region_from_function_config"),
    (sts, "_role_id"),
    (sts, "register_session"),
)
