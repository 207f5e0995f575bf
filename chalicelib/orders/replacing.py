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
from uuid import NAMESPACE_URL, uuid5

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import facts as fact_finding, renaming
from chalicelib.entries import Replaced
from chalicelib.ledger import roll
from chalicelib.model import Principal, PrincipalKind, read_arn
from chalicelib.orders.entitled import RefusedError, name_missing, refuse_silent
from chalicelib.orders.taking import handed_on, present, taken
from chalicelib.steps import failed

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

    from chalicelib.incident import Incident
    from chalicelib.model import Key
    from chalicelib.ports import Ports

_MOST_KEYS = 2  # of a user (IAM user guide, "IAM and STS quotas")
_TAG = "leak-responder-incident"
_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
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
        raise name_missing(asked.incident)
    _refuse_unfit(incident)
    name = renaming.find_name(incident, ports) or incident.principal.name
    incident = replace(incident, principal=incident.principal.renamed(name))
    keys = _keys(incident, ports)
    reader, lets_in = _reader(asked.reader, ports)
    leaked = tuple(sorted(incident.ended))
    return Replacement(incident.principal.name, leaked, keys, reader, lets_in, asked.secret, asked.region)


def replaced(asked: Asked, by: str, reason: str, ports: Ports) -> Replaced:
    """The key made and kept; where an earlier run has done so, what that made. RefusedError where it cannot be."""
    refuse_silent(reason)
    with taken(asked.incident, by, ports, ports.ledger.take_by_hand) as held:
        incident = present(held, ports)
        plan, done = planned(asked, ports), incident.replacement
        if done is None or not done.key:
            order = Replaced("", plan.reader, by, reason, plan.beside)
            done = _taken_up(incident, plan, ports) or _made(incident, plan, order, ports)
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
    ids = tuple(key.id for key in facts.keys)
    fresh = _fresh(incident, ids)
    if fresh and not _kept(incident, facts.keys[ids.index(fresh)], ports):
        message = (
            f"an earlier run was cut off after it may have made {fresh}, whose secret nobody knows: make sure that "
            f"nobody uses it, then `aws iam delete-access-key --user-name {user} --access-key-id {fresh}`, and run "
            "this again"
        )
        raise RefusedError(message)
    done = incident.replacement
    if len(ids) >= _MOST_KEYS and not fresh and not (done and done.key):
        raise RefusedError(_full(incident, facts.keys))
    return ids


def _full(incident: Incident, keys: tuple[Key, ...]) -> str:
    states = {key.id: "active" if key.active else "inactive" for key in keys}
    known = ", ".join(f"{one} ({state}{', leaked' * (one in incident.leaked)})" for one, state in states.items())
    dead = next((one for one in states if one in incident.leaked), "…")
    return (
        f"user {incident.principal.name} has two keys already, which is all that IAM allows: {known}. Nothing of ours "
        "deletes a key; once nobody needs it as evidence, `aws iam delete-access-key --user-name "
        f"{shlex.quote(incident.principal.name)} --access-key-id {dead}`, then run this again"
    )


def _fresh(incident: Incident, keys: tuple[str, ...]) -> str:
    """IAM gives a key no token and no tag: one that is new since a run that was cut off may be that run's."""
    begun = incident.replacement
    if begun is None or begun.key:
        return ""
    return next((key for key in keys if key not in begun.beside), "")


def _kept(incident: Incident, key: Key, ports: Ports) -> bool:
    """Whether the secret holds that key, which nobody but the reader may look up: its version is named after it."""
    begun = incident.replacement
    if begun is None or not key.active:
        return False
    secrets = ports.aws.secretsmanager(begun.secret.split(":")[3])
    try:
        found = secrets.describe_secret(SecretId=begun.secret)
    except secrets.exceptions.ResourceNotFoundException:
        return False
    return "AWSCURRENT" in found.get("VersionIdsToStages", {}).get(_version(incident, key.id), ())


def _version(incident: Incident, key: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"{incident.id}/{key}"))


def _taken_up(incident: Incident, plan: Replacement, ports: Ports) -> Replaced | None:
    """What an earlier run kept and did not come to write down: `planned` lets no other new key through."""
    begun, fresh = incident.replacement, _fresh(incident, plan.beside)
    if begun is None or not fresh:
        return None
    kept = replace(begun, key=fresh)
    ports.ledger.append(incident, ports.now(), kept)
    return kept


def _reader(asked: str, ports: Ports) -> tuple[str, tuple[str, ...]]:
    """The ARN of a role of ours, and whom its trust policy names."""
    known = read_arn(asked)
    name = known.name if known and known.kind == "role" else asked
    if not _NAME.fullmatch(name) or (known and known.account != ports.settings.account):
        message = f"{asked!r} is no role of account {ports.settings.account}: give its name, or its ARN"
        raise RefusedError(message)
    iam = ports.aws.iam()
    try:
        role = iam.get_role(RoleName=name)["Role"]
    except iam.exceptions.NoSuchEntityException:
        message = f"there is no role {name}: make the role that the workload is to have, then run this again"
        raise RefusedError(message) from None
    if role["Path"].startswith(_AWSS_OWN):
        message = f"{role['Arn']} is AWS's own: name the role that the workload has"
        raise RefusedError(message)
    if roll.withholds(ports.ledger, Principal(PrincipalKind.ROLE, ports.settings.account, name)):
        message = f"role {name} has an incident that nobody released: it gets nothing new before that"
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
        version = _version(incident, made["AccessKeyId"])
        secrets.put_secret_value(SecretId=arn, SecretString=json.dumps(value), ClientRequestToken=version)
    except (ClientError, BotoCoreError) as error:
        now = _silenced(plan.user, made["AccessKeyId"], ports)
        message = (
            f"{made['AccessKeyId']} was made and could not be kept ({failed(error).detail}): {now}, and its secret is "
            f"lost. `aws iam delete-access-key --user-name {shlex.quote(plan.user)} --access-key-id "
            f"{made['AccessKeyId']}`, mend the cause, and run this again"
        )
        raise RefusedError(message) from None
    kept = replace(order, key=made["AccessKeyId"])
    ports.ledger.append(incident, ports.now(), kept)
    return kept


def _silenced(user: str, key: str, ports: Ports) -> str:
    try:
        ports.aws.iam().update_access_key(UserName=user, AccessKeyId=key, Status="Inactive")
    except (ClientError, BotoCoreError) as error:
        return f"it is ACTIVE still ({failed(error).detail})"
    return "it is inactive"


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
