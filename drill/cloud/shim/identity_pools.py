"""The identity behind a session that an identity pool gave, which a policy may ask for with every request.

"IAM and AWS STS condition context keys", IAM user guide.
"""

from __future__ import annotations

from typing import Any

from ministack.core import iam_evaluator
from ministack.services import sts

from drill.cloud.shim.patching import Patch


def _keys(keys_of: Any, credential: Any) -> dict[str, Any]:
    keys: dict[str, Any] = keys_of(credential)
    identity = (sts._sessions.get(credential.access_key_id) or {}).get("_identity_id")
    return keys | {"cognito-identity.amazonaws.com:sub": identity} if identity else keys


PATCHES = (
    # It knows the identity, and gives it to API Gateway alone.
    Patch(iam_evaluator, "_principal_keys", _keys),
)
USES: tuple[tuple[Any, str], ...] = ((sts, "_sessions"),)
