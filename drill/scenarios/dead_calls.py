"""An intruder goes on calling with what is dead, long after the release: the owners work on, until a call succeeds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from drill import acts, cast, feeds, inbox, story
from drill.acts import Until

if TYPE_CHECKING:
    import boto3

    from drill.acts import Act
    from drill.cloud.lifecycle import Cloud
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Say

NAME = "dead credentials called on after the release"
_INSTANCE = "i-0aaaaaaaaaaaaaaa1"
_UPDATES = 6
_WHO = ("nelly", "batch")


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """GuardDuty updates its findings for each dead call; one look explains them all, and ends what works again."""
    user_id, leaked = story.leak(cloud, scene, "nelly")
    arn, role_id = cast.role(cloud, "batch")
    cast.user(cloud, "agent")
    agent = cast.key(cloud, "agent").session

    def session() -> boto3.Session:
        """As the instance gets them, one after the other."""
        return cast.minted(cloud, agent, "assume_role", RoleArn=arn, RoleSessionName=_INSTANCE)

    stolen = session()
    stage: Stage = yield None
    about = (
        feeds.about_user("nelly", user_id, leaked.id),
        feeds.about_session("batch", role_id, _INSTANCE, _id_of(stolen)),
    )
    story.contain(stage, scene, feeds.guardduty(about[1]), "batch", stolen, kind="role")
    case = story.contain(stage, scene, feeds.guardduty(about[0]), "nelly", leaked.session)
    incidents = ((yield from story.watch(stage, scene, case)), (yield stage.message("held", "batch"))["incident"])
    for one in incidents:
        yield stage.types("release", one, "--reason", "the owner has another credential")
    owners = (cast.key(cloud, "nelly").session, session())
    told = _told(stage)
    for _ in range(_UPDATES):
        acts.promise("every dead call is denied", holds=cast.powerless(leaked.session, stolen))
        stage.send(*(feeds.guardduty(feeds.seen_again(one)) for one in about))
        yield None
    yield Until("each incident explains its findings", lambda: _explained(stage, incidents) == [_UPDATES] * 2)
    scene.owner_works_after_release = cast.allowed(*owners) == cast.CALLS * len(owners)
    acts.promise("nobody is told of a dead call", holds=_told(stage) == told)
    say(f"After {_UPDATES} updated findings about each dead credential both owners work on, and nobody was told again")
    yield from _taken_off(stage, stolen, feeds.guardduty(feeds.seen_again(about[1])))
    story.judge(stage, scene, case)
    acts.promise("the instance works on", holds=cast.allowed(owners[1]) == cast.CALLS)
    acts.promise("the stolen session is dead", holds=cast.powerless(stolen))
    scene.unasked = "other stories ask whether a restore is exact"
    say("Somebody took the deny off and the stolen session was used: the deny is back, and that was told")


def _taken_off(stage: Stage, stolen: boto3.Session, finding: feeds.Entry) -> Act:
    """An administrator deletes our deny, the session's call succeeds, and the next finding has us look."""
    iam = stage.cloud.client("iam")
    (ours,) = (one for one in iam.list_role_policies(RoleName="batch")["PolicyNames"] if one != "may")
    iam.delete_role_policy(RoleName="batch", PolicyName=ours)
    stolen.client("iam").list_users()
    stage.send(finding)
    yield Until("the deny is on again", lambda: cast.powerless(stolen))
    yield stage.message("undone", "batch")


def _id_of(session: boto3.Session) -> str:
    credentials = session.get_credentials()
    return credentials.access_key if credentials else ""


def _told(stage: Stage) -> list[int]:
    """How many messages came about each of them."""
    return [len(stage.inbox.messages(inbox.BUS, name)) for name in _WHO]


def _explained(stage: Stage, incidents: tuple[str, ...]) -> list[int]:
    """How many findings each incident explains, as the ledger has it."""
    return [sum(map(_findings, _entries(stage, one))) for one in incidents]


def _findings(entry: dict[str, Any]) -> int:
    return int(json.loads(entry["body"]["S"])["findings"]) if entry["kind"]["S"] == "Explained" else 0


def _entries(stage: Stage, incident: str) -> list[dict[str, Any]]:
    key = {":pk": {"S": f"INCIDENT#{incident}"}}
    table = stage.cloud.outputs["LedgerTableName"]
    found = stage.cloud.client("dynamodb").query(
        TableName=table, KeyConditionExpression="pk = :pk", ExpressionAttributeValues=key
    )
    return list(found["Items"])
