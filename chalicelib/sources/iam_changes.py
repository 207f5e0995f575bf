"""CloudTrail: users, second factors, passwords, rights and trust changed.

The signal is about whoever made the call. Nobody else is: who was given rights, or whose trust was opened, may be the
intruder's next door or a colleague, and stands in the evidence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.model import PrincipalKind, Sign, read_arn
from chalicelib.sources.cloudtrail import caller, failed, of_caller, of_service, refused
from chalicelib.sources.credential_events import INLINE_QUARANTINES, OUR_DENY_ON_SESSIONS, is_quarantine
from chalicelib.sources.escalation import ALMIGHTY, gives_everything, is_to_caller, lets_caller_in
from chalicelib.sources.policies import allowing, is_federated, is_public, outsiders
from chalicelib.sources.reading import Node, document, node, text

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed

IAM, IDENTITY_CENTER = "iam.amazonaws.com", "sso.amazonaws.com"
READS = False

_FACTORS = ("DeactivateMFADevice", "EnableMFADevice", "CreateVirtualMFADevice")
_RULES = ("UpdateAccountPasswordPolicy", "DeleteAccountPasswordPolicy")
_TRUST = ("CreateRole", "UpdateAssumeRolePolicy")
_VERSIONS = ("CreatePolicyVersion", "SetDefaultPolicyVersion")
_BOUNDARIES = ("PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary")
_ROLES = ("AddRoleToInstanceProfile", *_BOUNDARIES)
_ALWAYS = (
    "CreateUser",
    "ChangePassword",
    "AddUserToGroup",
    "CreatePolicy",
    *_FACTORS,
    *_RULES,
    *_TRUST,
    *_VERSIONS,
    *_ROLES,
)
_ATTACHING_TO_ONE = ("AttachUserPolicy", "AttachRolePolicy")
_ATTACHING = (*_ATTACHING_TO_ONE, "AttachGroupPolicy")
_WRITING = ("PutUserPolicy", "PutGroupPolicy", "PutRolePolicy")
_GIVING_ONE = ("PutUserPolicy", "PutRolePolicy", "AddUserToGroup", *_BOUNDARIES)
"""What gives rights to one user or role. One with its boundary off, or another one, may do more."""

_PERMISSION_SET = "AttachManagedPolicyToPermissionSet"
_PERMISSION_SETS = (
    "PutInlinePolicyToPermissionSet",
    "AttachCustomerManagedPolicyReferenceToPermissionSet",
)

_OUR_NAMES = "leak-responder-"
_OUR_POLICIES = ":policy/leak-responder/"

CALLS = (
    *of_service(IAM, *_ALWAYS, *_ATTACHING, *_WRITING),
    *of_service(IDENTITY_CENTER, _PERMISSION_SET, *_PERMISSION_SETS),
)
_ALMIGHTY_ARNS = [{"suffix": f":iam::aws:policy/{one}"} for one in ALMIGHTY]

_NOT_OURS = [{"exists": False}, {"anything-but": {"prefix": _OUR_NAMES}}]
_NOT_QUARANTINE = [{"anything-but": {"wildcard": "arn:aws*:iam::aws:policy/AWSCompromisedKeyQuarantine*"}}]

PATTERN: dict[str, Any] = {
    "source": ["aws.iam", "aws.sso"],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {
        "eventSource": [IAM, IDENTITY_CENTER],  # no call of one has the name of one of the other
        "$or": [
            {"eventName": [*_ALWAYS, "PutGroupPolicy", *_PERMISSION_SETS]},
            {  # to oneself, whatever it is, and a pattern cannot compare who calls with whom the call is about;
                # whatever our own roles are given comes as a change of our parts
                "eventName": list(_ATTACHING_TO_ONE),
                "requestParameters": {"policyArn": _NOT_QUARANTINE, "roleName": _NOT_OURS},
            },
            {"eventName": ["AttachGroupPolicy"], "requestParameters": {"policyArn": _ALMIGHTY_ARNS}},
            {"eventName": [_PERMISSION_SET], "requestParameters": {"managedPolicyArn": _ALMIGHTY_ARNS}},
            {  # what may be AWS's own quarantine goes to the strike path
                "eventName": ["PutUserPolicy"],
                "requestParameters": {"policyName": [{"anything-but": {"prefix": list(INLINE_QUARANTINES)}}]},
            },
            {  # and so does what may be over our own deny
                "eventName": ["PutRolePolicy"],
                "requestParameters": {"policyName": [{"anything-but": {"prefix": _OUR_NAMES}}]},
            },
            {  # but for what our own roles are given
                "eventName": ["PutRolePolicy"],
                "requestParameters": {
                    "roleName": [{"prefix": _OUR_NAMES}],
                    "policyName": [{"prefix": _OUR_NAMES}],
                },
            },
        ],
    },
}


def read(record: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one CloudTrail record."""
    return of_caller(record, received, refused(record, CALLS, own_role_ids), _sign)


def _is_root(record: Node) -> bool:
    who = caller(record)
    return who is not None and who.kind is PrincipalKind.ROOT


def _sign(record: Node) -> Sign | str:
    """What the call shows, or why it is of no interest."""
    name, asked = text(record, "eventName") or "", node(record, "requestParameters")
    match name:
        case "CreateUser":
            return Sign.USER_CREATED
        case "ChangePassword":
            return Sign.PASSWORD_CHANGED
        case _ if name in _FACTORS:
            return _factor(record, name)
        case _ if name in _RULES:
            return Sign.PASSWORD_RULES_CHANGED
        case _ if name in _TRUST:
            return Sign.RESPONDER_CHANGED if _is_ours(name, asked) else _trust(record, asked)
        case _ if name in {*_ATTACHING, _PERMISSION_SET}:
            return _attached(record, name, asked)
        case _:
            return _rights(record, name, asked)


def _factor(record: Node, name: str) -> Sign | str:
    """Whoever showed a second factor takes one off by right; of root even that is worth asking."""
    if name != "DeactivateMFADevice":
        return Sign.MFA_ADDED
    if _is_root(record):
        return Sign.ROOT_MFA_REMOVED
    proven = text(record, "userIdentity", "sessionContext", "attributes", "mfaAuthenticated") == "true"
    return "taken off in a session that had shown a second factor" if proven else Sign.MFA_REMOVED


def _trust(record: Node, asked: Node) -> Sign | str:
    policy = document(asked, "policyDocument") or document(asked, "assumeRolePolicyDocument")
    if is_public(policy):
        return Sign.TRUST_PUBLIC
    others = outsiders(policy, text(record, "recipientAccountId") or text(record, "userIdentity", "accountId") or "")
    if others:
        return Sign.TRUST_OPENED
    if lets_caller_in(record, policy):
        # a new role has no rights yet, and what it is given is a call of its own
        is_new = text(record, "eventName") == "CreateRole"
        return Sign.RIGHTS_CHANGED if is_new else Sign.RIGHTS_TAKEN
    return f"the role trusts {'people of an identity provider, and ' if is_federated(policy) else ''}no other account"


def _is_almighty(asked: Node) -> bool:
    given = text(asked, "policyArn") or text(asked, "managedPolicyArn") or ""
    return _name_of_aws(given) in ALMIGHTY


def _name_of_aws(arn: str) -> str:
    """Return what the ARN of a policy of AWS's own says after `policy/`; "" of a customer's, whatever its path."""
    found = read_arn(arn)
    is_theirs = found is not None and (found.account, found.kind) == ("aws", "policy")
    return found.resource.removeprefix("policy/") if found and is_theirs else ""


def _attached(record: Node, name: str, asked: Node) -> Sign | str:
    if _is_ours(name, asked):
        return Sign.RESPONDER_CHANGED if _is_almighty(asked) else "given to a part of the responder"
    if is_to_caller(record) and not _is_deny(text(asked, "policyArn") or ""):
        return Sign.RIGHTS_TAKEN
    if _is_almighty(asked):
        return Sign.RIGHTS_GRANTED
    return Sign.RIGHTS_CHANGED if _is_to_mail(record, asked) else "not a policy that reaches everything"


def _is_to_mail(record: Node, asked: Node) -> bool:
    """Say whether a user may send mail in the account's name from now on, as thieves of keys like to.

    Many users that applications have are given just that.
    """
    of_aws = (text(asked, "policyArn") or "").endswith(":iam::aws:policy/AmazonSESFullAccess")
    return text(record, "eventName") == "AttachUserPolicy" and of_aws


def _is_deny(arn: str) -> bool:
    """Whether it is a policy of AWS's own that takes rights and gives none."""
    return is_quarantine(arn) or _name_of_aws(arn) == "AWSDenyAll"


def _rights(record: Node, name: str, asked: Node) -> Sign | str:
    """Rights that reach everything, or given to oneself, are worth a notice; other changes count beside an incident."""
    if _is_ours(name, asked):
        return Sign.RESPONDER_CHANGED
    if name in _WRITING and not text(asked, "policyName"):
        return "the record does not say which policy"
    if name == "PutRolePolicy" and OUR_DENY_ON_SESSIONS.fullmatch(text(asked, "policyName") or ""):
        return "of the name of our deny"
    if name == "SetDefaultPolicyVersion":
        return Sign.VERSION_SWITCHED
    policy = document(asked, "policyDocument") or document(asked, "inlinePolicy")
    if name in _GIVING_ONE and is_to_caller(record) and (allowing(policy) or not policy):
        return Sign.RIGHTS_TAKEN
    in_force = name != "CreatePolicyVersion" or asked.get("setAsDefault") is True
    in_force = in_force and not failed(record)  # a policy that IAM refuses may be of any size
    if in_force and gives_everything(policy, record):
        return Sign.RIGHTS_GRANTED
    return Sign.RIGHTS_CHANGED


def _is_ours(name: str, asked: Node) -> bool:
    """The deny that contained people hold, or the rights and trust of one of our functions."""
    if name in _VERSIONS:
        return _OUR_POLICIES in (text(asked, "policyArn") or "")
    on_a_role = name in {"PutRolePolicy", "AttachRolePolicy", "UpdateAssumeRolePolicy", *_ROLES}
    return on_a_role and (text(asked, "roleName") or "").startswith(_OUR_NAMES)
