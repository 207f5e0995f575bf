"""What an IAM user holds beside keys and password: service-specific credentials, SSH public keys, certificates.

Names, answers and errors are those of the IAM API reference, quotas those of the IAM user guide ("IAM and AWS STS
quotas", and two service-specific credentials for each service).
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from ministack.core import responses
from ministack.core.responses import AccountScopedDict
from ministack.services import iam

from drill.cloud.call import CURRENT
from drill.cloud.shim.patching import Addition

Record = dict[str, str]

_SERVICES = ("bedrock.amazonaws.com", "cassandra.amazonaws.com", "codecommit.amazonaws.com", "logs.amazonaws.com")
_WITH_TOKEN = ("bedrock.amazonaws.com", "logs.amazonaws.com")
_STATUSES = ("Active", "Inactive")
_DAY = 24 * 3600


@dataclass(frozen=True)
class Kind:
    """One kind as IAM's calls name it: the thing in an answer, a list of them, its id, and what only its maker sees."""

    shown: str
    listed: str
    id: str
    hidden: frozenset[str] = frozenset()


_SERVICE = Kind(
    "ServiceSpecificCredential",
    "ServiceSpecificCredentials",
    "ServiceSpecificCredentialId",
    frozenset({"ServicePassword", "ServiceCredentialSecret"}),
)
_SSH = Kind("SSHPublicKey", "SSHPublicKeys", "SSHPublicKeyId", frozenset({"SSHPublicKeyBody", "Fingerprint"}))
_CERTIFICATE = Kind("Certificate", "Certificates", "CertificateId")

_held: dict[str, Any] = {kind.shown: AccountScopedDict() for kind in (_SERVICE, _SSH, _CERTIFICATE)}


def bearer(token: str) -> Record | None:
    """The service-specific credential whose secret a bearer token is, whatever its status."""
    found = (one for one in _held[_SERVICE.shown].values() if one.get("ServiceCredentialSecret") == token)
    return next(found, None)


def records() -> list[Record]:
    """Return everything that users of the account hold of these kinds."""
    return [record for held in _held.values() for record in held.values()]


def forget() -> None:
    for held in _held.values():
        held.clear()


def _of(kind: Kind, user: str) -> list[Record]:
    return [record for record in _held[kind.shown].values() if record["UserName"] == user]


def _user(asked: dict[str, Any]) -> str:
    """Who is named, or whoever calls."""
    caller = CURRENT.get().caller
    implied = caller.arn.rsplit("/", 1)[-1] if caller and caller.kind == "User" else ""
    return str(iam._p(asked, "UserName") or implied)


def _no_user(name: str) -> Any:
    return iam._error(404, "NoSuchEntity", f"The user with name {name} cannot be found.", ns="iam")


def _create_service_specific(asked: dict[str, Any]) -> Any:
    user, service = _user(asked), str(iam._p(asked, "ServiceName"))
    if user not in iam._users:
        return _no_user(user)
    if service not in _SERVICES:
        return iam._error(404, "NotSupportedService", f"{service} has no such credentials", ns="iam")
    taken = [one for one in _of(_SERVICE, user) if one["ServiceName"] == service]
    if len(taken) >= 2:  # noqa: PLR2004 - the quota
        return iam._error(
            409, "LimitExceeded", "Cannot exceed quota for ServiceSpecificCredentialsPerUser: 2", ns="iam"
        )
    record = _made(_SERVICE, user, "CreateDate", "ACCA") | {"ServiceName": service}
    alias = f"{user}+{len(taken) + 1}-at-{responses.get_account_id()}"
    if service in _WITH_TOKEN:
        record |= _token(alias, int(iam._p(asked, "CredentialAgeDays") or 0))
    else:
        record |= {"ServiceUserName": alias, "ServicePassword": secrets.token_urlsafe(32)}
    return _kept(_SERVICE, record, "CreateServiceSpecificCredential")


def _token(alias: str, days: int) -> Record:
    secret = base64.b64encode(f"{alias}:{secrets.token_urlsafe(24)}".encode()).decode()
    record = {"ServiceCredentialAlias": alias, "ServiceCredentialSecret": f"ABSK{secret}"}
    return record | ({"ExpirationDate": _stamp(time.time() + days * _DAY)} if days else {})


def _upload_ssh(asked: dict[str, Any]) -> Any:
    user, body = _user(asked), str(iam._p(asked, "SSHPublicKeyBody"))
    if user not in iam._users:
        return _no_user(user)
    if not body.startswith(("ssh-rsa ", "-----BEGIN PUBLIC KEY-----")):
        return iam._error(400, "InvalidPublicKey", "The public key is malformed or otherwise invalid.", ns="iam")
    if any(one["SSHPublicKeyBody"] == body for one in _of(_SSH, user)):
        return iam._error(409, "DuplicateSSHPublicKey", "The user has this SSH public key already.", ns="iam")
    if len(_of(_SSH, user)) >= 5:  # noqa: PLR2004 - the quota
        return iam._error(409, "LimitExceeded", "Cannot exceed quota for SSHPublicKeysPerUser: 5", ns="iam")
    digest = hashlib.md5(body.encode()).hexdigest()  # noqa: S324 - what IAM shows as the fingerprint
    shown = ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))
    record = _made(_SSH, user, "UploadDate", "APKA") | {"Fingerprint": shown, "SSHPublicKeyBody": body}
    return _kept(_SSH, record, "UploadSSHPublicKey")


def _upload_certificate(asked: dict[str, Any]) -> Any:
    user, body = _user(asked), str(iam._p(asked, "CertificateBody"))
    if user not in iam._users:
        return _no_user(user)
    if "-----BEGIN CERTIFICATE-----" not in body:
        return iam._error(400, "MalformedCertificate", "Certificate was malformed.", ns="iam")
    if any(one["CertificateBody"] == body for one in _of(_CERTIFICATE, user)):
        return iam._error(409, "DuplicateCertificate", "The user has this certificate already.", ns="iam")
    if len(_of(_CERTIFICATE, user)) >= 2:  # noqa: PLR2004 - the quota
        return iam._error(409, "LimitExceeded", "Cannot exceed quota for CertificatesPerUser: 2", ns="iam")
    record = _made(_CERTIFICATE, user, "UploadDate", "TA7SMP4") | {"CertificateBody": body}
    return _kept(_CERTIFICATE, record, "UploadSigningCertificate")


def _made(kind: Kind, user: str, dated: str, prefix: str) -> Record:
    return {"UserName": user, kind.id: iam._gen_id(prefix), "Status": "Active", dated: _stamp(time.time())}


def _stamp(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def _kept(kind: Kind, record: Record, call: str) -> Any:
    _held[kind.shown][record[kind.id]] = record
    return _answer(call, f"<{kind.shown}>{_fields(record)}</{kind.shown}>")


def _list(kind: Kind, call: str) -> Any:
    def listed(asked: dict[str, Any]) -> Any:
        user, service = _user(asked), iam._p(asked, "ServiceName")
        if user not in iam._users:
            return _no_user(user)
        found = [one for one in _of(kind, user) if not service or one.get("ServiceName") == service]
        shown = ({name: text for name, text in one.items() if name not in kind.hidden} for one in found)
        members = "".join(f"<member>{_fields(one)}</member>" for one in shown)
        return _answer(call, f"<{kind.listed}>{members}</{kind.listed}><IsTruncated>false</IsTruncated>")

    return listed


def _update(kind: Kind, call: str) -> Any:
    def updated(asked: dict[str, Any]) -> Any:
        record, status = _named(kind, asked), iam._p(asked, "Status")
        if record is None:
            return _unknown(kind, asked)
        if status not in _STATUSES:
            return iam._error(400, "ValidationError", f"Status must be one of {', '.join(_STATUSES)}", ns="iam")
        record["Status"] = status
        return _answer(call, "")

    return updated


def _delete(kind: Kind, call: str) -> Any:
    def deleted(asked: dict[str, Any]) -> Any:
        record = _named(kind, asked)
        if record is None:
            return _unknown(kind, asked)
        del _held[kind.shown][record[kind.id]]
        return _answer(call, "")

    return deleted


def _named(kind: Kind, asked: dict[str, Any]) -> Record | None:
    found: Record | None = _held[kind.shown].get(iam._p(asked, kind.id))
    return found if found and found["UserName"] == _user(asked) else None


def _unknown(kind: Kind, asked: dict[str, Any]) -> Any:
    message = f"No {kind.shown} with id {iam._p(asked, kind.id)} was found for user {_user(asked)}"
    return iam._error(404, "NoSuchEntity", message, ns="iam")


def _fields(record: Record) -> str:
    return "".join(f"<{name}>{escape(text)}</{name}>" for name, text in record.items())


def _answer(call: str, inner: str) -> Any:
    return iam._xml(200, f"{call}Response", f"<{call}Result>{inner}</{call}Result>", ns="iam")


PATCHES = tuple(
    # It has none of them.
    Addition(iam._IAM_HANDLERS, call, made)
    for call, made in (
        ("CreateServiceSpecificCredential", _create_service_specific),
        ("UploadSSHPublicKey", _upload_ssh),
        ("UploadSigningCertificate", _upload_certificate),
        *(
            (f"{verb}{what}", make(kind, f"{verb}{what}"))
            for kind, one, many in (
                (_SERVICE, "ServiceSpecificCredential", "ServiceSpecificCredentials"),
                (_SSH, "SSHPublicKey", "SSHPublicKeys"),
                (_CERTIFICATE, "SigningCertificate", "SigningCertificates"),
            )
            for verb, what, make in (("List", many, _list), ("Update", one, _update), ("Delete", one, _delete))
        ),
    )
)
USES: tuple[tuple[Any, str], ...] = (
    (iam, "_error"),
    (iam, "_gen_id"),
    (iam, "_p"),
    (iam, "_users"),
    (iam, "_xml"),
)
