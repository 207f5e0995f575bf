"""Somebody has an encryption key deleted, as for a ransom: people are told, and one has the user contained and the key
kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drill import acts, feeds, story, ways_out
from drill.acts import Until

if TYPE_CHECKING:
    from drill.acts import Act
    from drill.cloud.lifecycle import Cloud
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Say

NAME = "encryption key held to ransom"
_BOOKS = b"the books"


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """Only a person can know that the key was to stay: the order holds the deny, and behind it the key."""
    user_id, leaked = story.leak(cloud, scene, "nina")
    kms = cloud.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kept = kms.encrypt(KeyId=key, Plaintext=_BOOKS)["CiphertextBlob"]
    stage: Stage = yield None
    leaked.session.client("kms").schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    stage.send(feeds.called("kms", "ScheduleKeyDeletion", {"keyId": key}, "nina", user_id, leaked.id))
    yield stage.message("notice", "nina")
    case = story.begun(stage, "nina", leaked.session)
    order = ("--access-key", leaked.id, "--also", f"enable-kms-key={key}", "--reason", "nobody was to delete it")
    yield stage.types("contain", *order, "--yes")
    story.clock(scene, case)
    yield Until("the key can be used", lambda: kms.describe_key(KeyId=key)["KeyMetadata"]["Enabled"])
    acts.promise("what the key encrypted is read", holds=kms.decrypt(CiphertextBlob=kept)["Plaintext"] == _BOOKS)
    incident = yield from story.watch(stage, scene, case)
    yield from ways_out.both(stage, scene, case, incident)
    state = kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]
    acts.promise(f"nobody can use the key again, which is {state}", holds=state == "Disabled")
    say("nina's key had an encryption key deleted: it is dead, and what was encrypted is read again")
