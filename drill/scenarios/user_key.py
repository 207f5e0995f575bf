"""A user's key leaks; the intruder has minted sessions already. Contained, rotated, watched, released."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from drill import acts, cast, feeds, inbox, story, ways_out
from drill.acts import Until
from drill.stage import PARAMETER

if TYPE_CHECKING:
    import boto3

    from drill.acts import Act
    from drill.cloud.lifecycle import Cloud
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Say

NAME = "user key with minted sessions"


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """The whole story, from the leak to the owner's new key."""
    user_id, leaked = story.leak(cloud, scene, "ada")
    stolen = _minted(cloud, leaked)
    stage: Stage = yield None
    scene.intruder_allowed_before = cast.allowed(*stolen)
    say(f"An intruder has ada's key {leaked.id}, and has minted two sessions with it")
    say.aside(f"of {3 * cast.CALLS} signed calls of the intruder {scene.intruder_allowed_before} are answered")
    password = stage.toy.password
    say("A GuardDuty finding about the key arrives on the bus")
    case = story.contain(stage, scene, feeds.guardduty(feeds.about_user("ada", user_id, leaked.id)), "ada", *stolen)
    say(f"Contained {scene.seconds_to_contained} s after it was sent")
    say.aside(f"of {3 * cast.CALLS} signed calls of the intruder {cast.allowed(*stolen)} are answered")
    say.aside(f"calls of bystanders denied: {cast.denied(*stage.bystanders)}")
    told = stage.told("ada")
    acts.at_once(told.promise, told.holds)
    _show(stage, say)
    say("While the watch goes on, the other stories begin")
    yield from _rotated(stage, scene, password, say)
    incident = yield from story.watch(stage, scene, case)
    say("The watch over ada is over: held")
    yield Until("the report lies in the bucket, as its manifest says", lambda: _filed(stage, incident))
    yield from ways_out.release(stage, scene, case, incident)
    say("Released by the person on call: ada works with a new key")
    say.aside(f"of {3 * cast.CALLS} signed calls of the intruder {scene.intruder_allowed_after} are answered")
    yield from ways_out.too(stage, scene, ways_out.restore(stage, scene, case, incident))


def _minted(cloud: Cloud, leaked: cast.Key) -> tuple[boto3.Session, ...]:
    mint = leaked.session
    return (
        mint,
        cast.minted(cloud, mint, "get_session_token"),
        cast.minted(cloud, mint, "get_federation_token", Name="shadow", Policy=cast.ALLOW_ALL),
    )


def _show(stage: Stage, say: Say) -> None:
    """The first message as each channel delivered it."""
    mail, event = (stage.inbox.messages(channel, "ada")[0] for channel in (inbox.SNS, inbox.BUS))
    posted = stage.inbox.messages(inbox.SLACK, "ada")[0]
    say("People are told; this is what was delivered")
    say.aside(f"SNS: {mail['subject']}")
    for line in (mail["headline"], *(f"$ {command}" for command in mail["commands"])):
        say.aside(f"     {line}")
    say.aside(f"Slack: {len(posted['blocks'])} blocks under the header {posted['blocks'][0]['text']['text']!r}")
    say.aside(f"bus: kind {event['kind']}, severity {event['severity']}, incident {event['incident']}")


def _rotated(stage: Stage, scene: Scene, old: str, say: Say) -> Act:
    """The service refuses the password that was in the secret, and takes the one that is."""
    yield Until("the service refuses the old password", lambda: not stage.toy.opens(old))
    yield Until("the secret holds the new password", lambda: stage.toy.opens(_password(stage)))
    yield Until("so does the parameter", lambda: stage.toy.opens(_parameter(stage)))
    scene.secrets_rotated = 1
    say("The linked secret was rotated: its service refuses the old password, and the parameter has the new one too")


def _password(stage: Stage) -> str:
    found: Any = stage.cloud.client("secretsmanager").get_secret_value(SecretId=stage.secret)
    return str(json.loads(found["SecretString"])["password"])


def _parameter(stage: Stage) -> str:
    found: Any = stage.cloud.client("ssm").get_parameter(Name=PARAMETER, WithDecryption=True)
    return str(found["Parameter"]["Value"])


def _filed(stage: Stage, incident: str) -> bool:
    """Whether each file is there, in the version and with the hash that the manifest names."""
    s3, bucket = stage.cloud.client("s3"), stage.cloud.outputs["ReportBucketName"]
    there = s3.list_objects_v2(Bucket=bucket, Prefix=f"{incident}/").get("Contents", [])
    held = {name: _held(s3, bucket, f"{incident}/{name}") for name in (one["Key"].rpartition("/")[2] for one in there)}
    manifest, _ = held.pop("manifest.json", (b'{"files": {}}', ""))
    listed = json.loads(manifest)["files"]
    return bool(listed) and listed == {name: _described(*one) for name, one in held.items()}


def _held(s3: Any, bucket: str, key: str) -> tuple[bytes, str | None]:
    found = s3.get_object(Bucket=bucket, Key=key)
    return found["Body"].read(), found.get("VersionId")


def _described(body: bytes, version: str | None) -> dict[str, str | int | None]:
    return {"sha256": sha256(body).hexdigest(), "bytes": len(body), "version": version}
