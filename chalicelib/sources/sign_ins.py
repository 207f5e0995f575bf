"""CloudTrail: the root user signed in or has its password renewed, a user without a second factor, or a machine.

EventBridge has a sign-in where its endpoint is: root's in us-east-1, a user's in the Region that the sign-in page
chose (IAM user guide, "Logging IAM and AWS STS API calls"). Those of other Regions reach only rules there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.model import Ignored, Sign, Subject, SubjectKind
from chalicelib.sources.cloudtrail import by_aws, by_caller, caller, machine_of, of_service, refused, signal
from chalicelib.sources.reading import Node, node, text

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed

SERVICE = "signin.amazonaws.com"
_RECOVERED = ("PasswordRecoveryRequested", "PasswordRecoveryCompleted", "PasswordUpdated", "EmailUpdated")
"""What is done about the password and the address of the root user, on pages that need no session of AWS."""

CALLS = of_service(SERVICE, "ConsoleLogin", *_RECOVERED)
READS = False

PATTERN: dict[str, Any] = {
    "source": ["aws.signin"],
    # the documentation spells it in one word, the events that arrive in two
    "detail-type": ["AWS Console Sign In via CloudTrail", "AWS Console Signin via CloudTrail"],
    "detail": {
        "eventSource": [SERVICE],
        "$or": [
            {"eventName": ["ConsoleLogin", *_RECOVERED], "userIdentity": {"type": ["Root"]}},
            {  # people of a provider show their second factor there, so of them CloudTrail always writes "No"
                "eventName": ["ConsoleLogin"],
                "userIdentity": {"type": ["IAMUser"]},
                "additionalEventData": {"MFAUsed": ["No"], "SamlProviderArn": [{"exists": False}]},
            },
            *(
                {"eventName": ["ConsoleLogin"], "userIdentity": {"type": ["AssumedRole"], **machine}}
                for machine in (
                    {"sessionContext": {"ec2RoleDelivery": [{"exists": True}]}},
                    {"inScopeOf": {"issuerType": [{"exists": True}]}},
                    {"arn": [{"wildcard": "*/i-*"}]},
                )
            ),
        ],
    },
}


def read(record: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one CloudTrail record."""
    reason = refused(record, CALLS, own_role_ids) or by_aws(record)
    if reason is not None:
        return reason
    owner, kind = caller(record), text(record, "userIdentity", "type")
    entered = text(record, "eventName") == "ConsoleLogin"
    if entered and machine_of(record):
        return by_caller(record, Sign.MACHINE_SIGNED_IN, received)
    bare = entered and text(record, "additionalEventData", "MFAUsed") == "No"
    if owner is not None and kind == "Root":
        sign = Sign.ROOT_WITHOUT_MFA if bare else Sign.ROOT_SIGN_IN if entered else Sign.ROOT_RECOVERED
        return (signal(record, sign, Subject(SubjectKind.ROOT_PASSWORD), owner, received),)
    elsewhere = "SamlProviderArn" in node(record, "additionalEventData")
    if owner is not None and kind == "IAMUser" and bare and not elsewhere:
        return (signal(record, Sign.USER_WITHOUT_MFA, Subject(SubjectKind.CONSOLE_PASSWORD), owner, received),)
    return Ignored("neither a sign-in of the root user nor one of a user without a second factor")
