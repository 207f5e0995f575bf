"""An intruder makes children and reads secrets in two Regions; afterwards the report describes all of it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from drill import acts, cast, feeds, story

if TYPE_CHECKING:
    import boto3  # noqa: TC004 - only a checker reads the annotation

    from drill.acts import Act, Until
    from drill.cloud.lifecycle import Cloud
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Say

NAME = "leak with children, described by its report"

_WEST = "eu-west-1"
_SECRETS, _PARAMETER = ("db", "api", "mail"), "/orders/token"
_LONGER = 180.0
"""Seconds for the report: CloudTrail is asked in every Region, twice a second and not more."""


@dataclass(frozen=True)
class _Made:
    """`sessions` are those of the leaked user; `names` are by what the report must name each child."""

    sessions: tuple[boto3.Session, ...]
    names: tuple[str, ...]


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """From the night of the intruder to the page that a person reads in the morning."""
    first, second = (cast.role(cloud, name)[0] for name in ("build", "deployer"))
    _kept_secrets(cloud)
    user_id, leaked = story.leak(cloud, scene, "dora")
    made = _night(cloud, leaked, first, second)
    stage: Stage = yield None
    say("An intruder has dora's key, and has made a user, a key and sessions with it, and read secrets in two Regions")
    event = feeds.guardduty(feeds.about_user("dora", user_id, leaked.id))
    sent = story.contain(stage, scene, event, "dora", *made.sessions)
    incident = yield from story.watch(stage, scene, "dora", sent, *made.sessions)
    page = stage.kept / "report.html"
    say("Held; the person on call asks for the report, and CloudTrail is asked in every Region")
    printed = yield _patient(stage.types("report", incident, "--html", str(page), "--json"))
    _judge(json.loads(printed), made)
    say(f"The report on dora's incident names every child and every secret: {page}")


def _kept_secrets(cloud: Cloud) -> None:
    for name in _SECRETS:
        cloud.client("secretsmanager").create_secret(Name=name, SecretString="kept")
    cloud.client("ssm", region=_WEST).put_parameter(Name=_PARAMETER, Value="kept", Type="SecureString")


def _night(cloud: Cloud, leaked: cast.Key, first: str, second: str) -> _Made:
    """What dora's key is used for, and what is used that came of it."""
    mint = leaked.session
    iam = mint.client("iam")
    iam.create_user(UserName="backup")
    iam.put_user_policy(UserName="backup", PolicyName="may", PolicyDocument=cast.ALLOW_ALL)
    made = iam.create_access_key(UserName="backup")["AccessKey"]
    child = cloud.session(made["AccessKeyId"], made["SecretAccessKey"])
    federated = cast.minted(cloud, mint, "get_federation_token", Name="shadow", Policy=cast.ALLOW_ALL)
    hop = cast.minted(cloud, child, "assume_role", RoleArn=first, RoleSessionName="one")
    last = cast.minted(cloud, hop, "assume_role", RoleArn=second, RoleSessionName="two")
    for reader, name in zip((mint, federated, last), _SECRETS, strict=True):
        reader.client("secretsmanager").get_secret_value(SecretId=name)
    last.client("ssm", region_name=_WEST).get_parameter(Name=_PARAMETER, WithDecryption=True)
    return _Made((mint, federated), ("backup", made["AccessKeyId"], *map(_id, (federated, hop, last))))


def _id(session: boto3.Session) -> str:
    held = session.get_credentials()
    return str(held.access_key) if held else ""


def _patient(wait: Until) -> Until:
    return replace(wait, deadline=time.monotonic() + _LONGER)


def _judge(report: Any, made: _Made) -> None:
    """By the same document that the page is written from."""
    named = {one["name"] for one in report["found"]["children"]}
    acts.promise(f"the report names every child: {sorted(named)}", holds=named >= set(made.names))
    read = {one["name"] for one in report["rotations"]}
    acts.promise(f"the report names all that was read: {sorted(read)}", holds=read >= {*_SECRETS, _PARAMETER})
    acts.promise("the report has every clock but of the secrets", holds=all(one["at"] for one in report["clocks"][:-1]))
