"""An intruder makes children, reads secrets in two Regions and hides the key; all that is contained, cured and told."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drill import acts, cast, feeds, story, ways_out

if TYPE_CHECKING:
    from collections.abc import Generator

    import boto3  # noqa: TC004 - only a checker reads the annotation

    from drill.acts import Act, Until
    from drill.cloud.lifecycle import Cloud
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Say

NAME = "leak with children, described by its report"

_HOME, _WEST = "us-east-1", "eu-west-1"
_AT_HOME, _ABROAD, _PARAMETER, _FUNCTION = "api", "mail", "/orders/token", "newsletter"
_LONGER = 180.0
"""Seconds for the inquiry: CloudTrail is asked in every Region, twice a second and not more."""


@dataclass(frozen=True)
class _Made:
    """`sessions` are those of the leaked user, `children` of others; `names` are by what the report names each."""

    sessions: tuple[boto3.Session, ...]
    children: tuple[boto3.Session, ...]
    names: tuple[str, ...]


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """From the night of the intruder to the page that a person reads in the morning."""
    first, second = (cast.role(cloud, name)[0] for name in ("build", "deployer"))
    _in_place(cloud, second)
    user_id, leaked = story.leak(cloud, scene, "dora")
    made = _night(cloud, leaked, first, second)
    stage: Stage = yield None
    say("The owner of the stack switches the inquiry on")
    stage.changes(Inquiry="true")
    made.children[-1].client("secretsmanager").get_secret_value(SecretId="orders")
    password = stage.shop.password
    say("An intruder has dora's key: used it in two Regions, made a user, a key and sessions, read secrets, and hid it")
    event = feeds.guardduty(feeds.about_user("dora", user_id, leaked.id))
    case = story.contain(stage, scene, event, "dora", *made.sessions)
    yield from _followed(stage, made, say)
    yield from _rotated(stage, scene, password, say)
    incident = yield from story.watch(stage, scene, replace(case, intruders=(*made.sessions, *made.children)))
    page = stage.kept / "report.html"
    say("Held; the person on call asks for the report")
    report = yield from _reported(stage, incident, page)
    _judge(report, made, leaked)
    yield from ways_out.too(stage, scene, ways_out.both(stage, scene, case, incident))
    where = page if stage.kept != Path(cloud.folder) else "leak-responder drill --report keeps it"
    say(f"The report on dora's incident names every child and every secret: {where}")


def _in_place(cloud: Cloud, role: str) -> None:
    """What the owner has: secrets, a parameter, and a function that has nothing to do with dora."""
    cloud.client("secretsmanager").create_secret(
        Name=_AT_HOME, SecretString="kept", Tags=[{"Key": "Team", "Value": "payments"}]
    )
    cloud.client("secretsmanager", region=_WEST).create_secret(Name=_ABROAD, SecretString="kept")
    cloud.client("ssm", region=_WEST).put_parameter(Name=_PARAMETER, Value="kept", Type="SecureString")
    cast.idle_function(cloud, _FUNCTION, role, _WEST)


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
    federated.client("secretsmanager").get_secret_value(SecretId=_AT_HOME)
    mint.client("secretsmanager", region_name=_WEST).get_secret_value(SecretId=_ABROAD)
    last.client("ssm", region_name=_WEST).get_parameter(Name=_PARAMETER, WithDecryption=True)
    hidden = {"FunctionName": _FUNCTION, "Environment": {"Variables": {"TRACKING": leaked.id}}}
    cloud.client("lambda", last, _WEST).update_function_configuration(**hidden)
    names = ("backup", made["AccessKeyId"], *map(_id, (federated, hop, last)))
    return _Made((mint, federated), (child, hop, last), names)


def _id(session: boto3.Session) -> str:
    held = session.get_credentials()
    return str(held.access_key) if held else ""


def _followed(stage: Stage, made: _Made, say: Say) -> Act:
    """The inquiry finds each child, and the follow-up contains it by the same mode."""
    for name in ("backup", "build", "deployer"):
        yield _patient(stage.message("contained", name))
    yield acts.Until("what dora's key made can do nothing", lambda: cast.powerless(*made.children))
    say("The user that it made, with its key, and the sessions of two roles in a chain can do nothing any more")


def _rotated(stage: Stage, scene: Scene, old: str, say: Say) -> Act:
    yield _patient(acts.Until("the shop refuses the password that was read", lambda: not stage.shop.opens(old)))
    scene.secrets_rotated = 1
    say("The secret that may be rotated once it was read is rotated: the shop refuses the password that was in it")


def _reported(stage: Stage, incident: str, page: Path) -> Generator[Until, Any, Any]:
    """Asked for again while the rotation, which has its effect before it is seen to be whole, is not noted."""
    deadline = time.monotonic() + _LONGER
    while True:
        printed = yield _patient(stage.types("report", incident, "--html", str(page), "--json"))
        report = json.loads(printed)
        if time.monotonic() > deadline or all(one["at"] for one in report["rotations"] if one["name"] == "orders"):
            return report


def _patient(wait: Until) -> Until:
    return replace(wait, deadline=time.monotonic() + _LONGER)


def _judge(report: Any, made: _Made, leaked: cast.Key) -> None:
    """By the same document that the page is written from."""
    children = {one["name"]: one["is_contained"] for one in report["found"]["children"]}
    acts.promise(f"the report names every child: {sorted(children)}", holds=children.keys() >= set(made.names))
    acts.promise(f"each is contained: {children}", holds=all(children[name] for name in made.names))
    read = {one["name"]: one for one in report["rotations"]}
    named = {_AT_HOME, _ABROAD, _PARAMETER, "orders"}
    acts.promise(f"the report names all that was read: {sorted(read)}", holds=read.keys() >= named)
    acts.promise("what may be rotated is rotated", holds=read["orders"]["at"] is not None)
    left = (read[name] for name in named - {"orders"})
    acts.promise("the rest has its steps", holds=all(one["steps"] and one["at"] is None for one in left))
    acts.promise("the owner of a secret is named", holds="payments" in read[_AT_HOME]["owner"])
    (hit,) = report["found"]["written"]
    acts.promise(f"the variable is found: {hit}", holds=_FUNCTION in hit["where"] and hit["key"] == leaked.id)
    seen = {region for one in report["found"]["acts"] for region in one["regions"].split(", ")}
    acts.promise(f"the timeline has both Regions: {sorted(seen)}", holds=seen >= {_HOME, _WEST})
    clocks = {one["name"]: one for one in report["clocks"]}
    acts.promise("a secret that nobody can rotate keeps its clock open", holds=clocks.pop("rotated")["at"] is None)
    acts.promise("the report has every other clock", holds=all(one["at"] for one in clocks.values()))
    left_open = [one["what"] for one in report["open"]]
    acts.promise(f"the report begins with what is left: {left_open}", holds="rotate" in " ".join(left_open).lower())
