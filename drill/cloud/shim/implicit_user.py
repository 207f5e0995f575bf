"""An IAM call that names no user means the caller ("If you do not specify a user name", IAM API reference)."""

from __future__ import annotations

from typing import Any

from ministack.services import iam

from drill.cloud.call import CURRENT
from drill.cloud.shim.patching import Patch


def _about_the_caller(handle: Any, parameters: dict[str, Any]) -> Any:
    caller = CURRENT.get().caller
    if not iam._p(parameters, "UserName") and caller and caller.kind == "User":
        parameters = parameters | {"UserName": [caller.arn.rsplit("/", 1)[-1]]}
    return handle(parameters)


PATCHES = tuple(
    # It means a user called "default", or none.
    Patch(iam._IAM_HANDLERS, name, _about_the_caller)
    for name in ("CreateAccessKey", "DeleteAccessKey", "GetUser", "ListAccessKeys", "UpdateAccessKey")
)
USES: tuple[tuple[Any, str], ...] = ((iam, "_p"),)
