"""GuardDuty names a federated session, and not the user whose key obtained it: CloudTrail shows the user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drill import cast, feeds, story, ways_out

if TYPE_CHECKING:
    import boto3

    from drill.acts import Act
    from drill.cloud.lifecycle import Cloud
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Say

NAME = "federated session"
_VISITOR = "visitor"


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """The search runs in the function that follows up, which alone may read CloudTrail."""
    cast.user(cloud, "tess")
    issuer, iam = cast.key(cloud, "tess"), cloud.client("iam")
    stolen = cast.minted(cloud, issuer.session, "get_federation_token", Name=_VISITOR, Policy=cast.ALLOW_ALL)
    scene.subject = f"federated session {_VISITOR}"
    scene.intruder_allowed_before = cast.allowed(stolen)
    stage: Stage = yield None
    event = feeds.guardduty(feeds.about_federated(_VISITOR, _key_id(stolen)))
    case = story.contain(stage, scene, event, "tess", stolen)
    incident = yield from story.watch(stage, scene, case)
    # Nobody knows whether the key leaked too, so a release asks for it to be set inactive first.
    iam.update_access_key(UserName="tess", AccessKeyId=issuer.id, Status="Inactive")
    yield from ways_out.release(stage, scene, case, incident)
    iam.update_access_key(UserName="tess", AccessKeyId=issuer.id, Status="Active")
    yield from ways_out.restore(stage, scene, case, incident)
    say("GuardDuty named a federated session and nobody else: CloudTrail showed that tess issued it, and it is dead")


def _key_id(session: boto3.Session) -> str:
    credentials = session.get_credentials()
    return str(credentials.access_key) if credentials else ""
