"""A new key in the place of the one that leaked, because a person asks: in a secret that one role alone can read.

It is made with that person's own rights; no function of the stack may make a key of a user whom it contains. The secret
is there and closed before the key is made, and the key is written down as soon as it is.
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import facts as fact_finding
from chalicelib.entries import Replaced
from chalicelib.ledger import roll
from chalicelib.model import Principal, PrincipalKind
from chalicelib.orders.entitled import RefusedError, refuse_silent
from chalicelib.orders.taking import handed_on, taken
from chalicelib.steps import failed

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

    from chalicelib.incident import Incident
    from chalicelib.model import Key
    from chalicelib.ports import Ports

_MOST_KEYS = 2  # of a user (IAM user guide, "IAM and STS quotas")
_TAG = "leak-responder-incident"
_ROLE = re.compile(r"(?:arn:aws[a-z-]*:iam::(?P<account>\d{12}):role/(?:[^/]+/)*)?(?P<name>[\w+=,.@-]{1,64})", re.ASCII)
_AWSS_OWN = ("/aws-service-role/", "/aws-reserved/")


@dataclass(frozen=True)
class Asked:
    """What a person wants: `reader` is a role by its name or ARN, `secret` a name, in that Region."""

    incident: str
    reader: str
    secret: str
    region: str


@dataclass(frozen=True)
class Replacement:
    """What would be made. `lets_in` is whom the trust policy of the reader names: whoever assumes it reads the key."""

    user: str
    leaked: tuple[str, ...]
    beside: tuple[str, ...]
    reader: str
    lets_in: tuple[str, ...]
    secret: str
    region: str


def planned(asked: Asked, ports: Ports) -> Replacement:
    """What the order would make. RefusedError with what stands in the way; nothing is changed."""
    incident = ports.ledger.load(asked.incident)
    if incident is None:
        message = f"there is no incident {asked.incident}; `leak-responder incidents` lists them"
        raise RefusedError(message)
    _refuse_unfit(incident)
    keys = _keys(incident, ports)
    reader, lets_in = _reader(asked.reader, ports)
    leaked = tuple(sorted(incident.ended))
    return Replacement(incident.principal.name, leaked, keys, reader, lets_in, asked.secret, asked.region)


def replaced(asked: Asked, by: str, reason: str, ports: Ports) -> Replaced:
    """The key made and kept; where an earlier run has done so, what that made. RefusedError where it cannot be."""
    refuse_silent(reason)
    with taken(asked.incident, by, ports, ports.ledger.take_by_hand) as incident:
        plan, done = planned(asked, ports), incident.replacement
        if done is None or not done.key:
            done = _made(incident, plan, Replaced("", plan.reader, by, reason, plan.beside), ports)
        handed_on(incident, ports)
    return done


def _refuse_unfit(incident: Incident) -> None:
    who, name = incident.principal, incident.id
    if who.kind is not PrincipalKind.USER:
        message = f"incident {name} is about {who.kind} {who.name}: only a user has access keys"
        raise RefusedError(message)
    if incident.was_restored:
        message = f"incident {name} was a false alarm: the key of before works, and needs no replacement"
        raise RefusedError(message)
    if incident.released is None:
        message = (
            f"incident {name} is not released: whoever may still be an intruder gets no new key. `leak-responder "
            f"release {name} --reason …` first"
        )
        raise RefusedError(message)


def _keys(incident: Incident, ports: Ports) -> tuple[str, ...]:
    """Those that the user has: what leaked is dead, there is room for one, and none of an earlier run lies about."""
    facts = fact_finding.look_up(ports.aws, incident.principal, ports.pool)
    user = shlex.quote(incident.principal.name)
    if facts.keys is None or incident.precedes(facts.unique_id):
        message = f"user {incident.principal.name} is gone, is somebody else by now, or their keys could not be read"
        raise RefusedError(message)
    if alive := [key.id for key in facts.keys if key.active and key.id in incident.ended]:
        ended = f"aws iam update-access-key --user-name {user} --access-key-id {alive[0]} --status Inactive"
        message = f"{alive[0]} leaked and is active: `{ended}` first"
        raise RefusedError(message)
    if lost := _lost(incident, facts.keys):
        message = (
            f"an earlier run was cut off after it may have made {lost}, whose secret nobody knows: make sure that "
            f"nobody uses it, then `aws iam delete-access-key --user-name {user} --access-key-id {lost}`, and run this "
            "again"
        )
        raise RefusedError(message)
    done = incident.replacement
    if len(facts.keys) >= _MOST_KEYS and not (done and done.key):
        known = ", ".join(f"{key.id} ({'active' if key.active else 'inactive'})" for key in facts.keys)
        message = (
            f"user {incident.principal.name} has two keys already, which is all that IAM allows: {known}. Delete one "
            f"that nobody uses: `aws iam delete-access-key --user-name {user} --access-key-id …`"
        )
        raise RefusedError(message)
    return tuple(key.id for key in facts.keys)


def _lost(incident: Incident, keys: tuple[Key, ...]) -> str:
    """IAM gives a key no token and no tag: one that is new since a run that was cut off may be that run's."""
    begun = incident.replacement
    if begun is None or begun.key:
        return ""
    return next((key.id for key in keys if key.id not in begun.beside), "")


def _reader(asked: str, ports: Ports) -> tuple[str, tuple[str, ...]]:
    """The ARN of a role of ours, and whom its trust policy names."""
    known = _ROLE.fullmatch(asked)
    if known is None or known["account"] not in {None, ports.settings.account}:
        message = f"{asked!r} is no role of account {ports.settings.account}: give its name, or its ARN"
        raise RefusedError(message)
    iam = ports.aws.iam()
    try:
        role = iam.get_role(RoleName=known["name"])["Role"]
    except iam.exceptions.NoSuchEntityException:
        message = f"there is no role {known['name']}: make the role that the workload is to have, then run this again"
        raise RefusedError(message) from None
    if role["Path"].startswith(_AWSS_OWN):
        message = f"{role['Arn']} is AWS's own: name the role that the workload has"
        raise RefusedError(message)
    if roll.withholds(ports.ledger, Principal(PrincipalKind.ROLE, ports.settings.account, known["name"])):
        message = f"role {known['name']} has an incident that nobody released: it gets nothing new before that"
        raise RefusedError(message)
    return role["Arn"], _trusted(role["AssumeRolePolicyDocument"])


def _trusted(document: Any) -> tuple[str, ...]:  # noqa: ANN401 - the document as botocore decodes it
    statements = document.get("Statement", []) if isinstance(document, dict) else []
    named = [one.get("Principal", "*") for one in (statements if isinstance(statements, list) else [statements])]
    return tuple(json.dumps(one, sort_keys=True) for one in named)


def _made(incident: Incident, plan: Replacement, order: Replaced, ports: Ports) -> Replaced:
    secrets, iam = ports.aws.secretsmanager(plan.region), ports.aws.iam()
    arn = _closed_secret(incident, plan, secrets)
    order = replace(order, secret=arn)
    incident = ports.ledger.append(incident, ports.now(), order)
    made = iam.create_access_key(UserName=plan.user)["AccessKey"]
    value = {"userName": plan.user, "accessKeyId": made["AccessKeyId"], "secretAccessKey": made["SecretAccessKey"]}
    try:
        secrets.put_secret_value(SecretId=arn, SecretString=json.dumps(value))
    except (ClientError, BotoCoreError) as error:
        iam.update_access_key(UserName=plan.user, AccessKeyId=made["AccessKeyId"], Status="Inactive")
        message = (
            f"{made['AccessKeyId']} was made and could not be kept ({failed(error).detail}): it is inactive, and its "
            f"secret is lost. `aws iam delete-access-key --user-name {shlex.quote(plan.user)} --access-key-id "
            f"{made['AccessKeyId']}`, mend the cause, and run this again"
        )
        raise RefusedError(message) from None
    kept = replace(order, key=made["AccessKeyId"])
    ports.ledger.append(incident, ports.now(), kept)
    return kept


def _closed_secret(incident: Incident, plan: Replacement, secrets: SecretsManagerClient) -> str:
    """A secret without a value that nobody but the reader can get one from, read again; its ARN."""
    arn = _secret(incident, plan, secrets)
    policy = _only(plan.reader)
    secrets.put_resource_policy(SecretId=arn, ResourcePolicy=json.dumps(policy), BlockPublicPolicy=True)
    stands = secrets.get_resource_policy(SecretId=arn).get("ResourcePolicy", "{}")
    if json.loads(stands) != policy:
        message = f"{arn} has another resource policy than it was given: somebody changes it meanwhile. No key was made"
        raise RefusedError(message)
    return arn


def _secret(incident: Incident, plan: Replacement, secrets: SecretsManagerClient) -> str:
    """What an earlier run made bears the incident; a value that it may have is that of a key which is gone."""
    why = f"access key of user {plan.user}, in the place of the one of incident {incident.id}"
    tags: Any = [{"Key": _TAG, "Value": incident.id}]
    try:
        return secrets.create_secret(Name=plan.secret, Description=why, Tags=tags)["ARN"]
    except secrets.exceptions.ResourceExistsException:
        found = secrets.describe_secret(SecretId=plan.secret)
    ours = any((one.get("Key"), one.get("Value")) == (_TAG, incident.id) for one in found.get("Tags", ()))
    if not ours:
        message = f"there is a secret {plan.secret} already, and it is not one of this order: give another --secret"
        raise RefusedError(message) from None
    return found["ARN"]


def _only(reader: str) -> dict[str, Any]:
    """Allowed is what the role may lack; denied is everybody else, whatever their own policies say."""
    reads = {"Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    others = {"ArnNotEquals": {"aws:PrincipalArn": reader}}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "TheReader", "Effect": "Allow", "Principal": {"AWS": reader}, **reads},
            {"Sid": "NobodyElse", "Effect": "Deny", "Principal": "*", **reads, "Condition": others},
        ],
    }
