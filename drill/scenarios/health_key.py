"""AWS Health names nothing but a key id. Its owner's other key works again as soon as that is safe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drill import cast, feeds, story, ways_out
from drill.acts import Until

if TYPE_CHECKING:
    from drill.acts import Act
    from drill.cloud.lifecycle import Cloud
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Say

NAME = "AWS Health, key id only"


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """IAM is asked whose key it is; the deny on the whole user shrinks once the key is inactive."""
    _, leaked = story.leak(cloud, scene, "dave")
    other = cast.key(cloud, "dave").session
    stage: Stage = yield None
    case = story.contain(stage, scene, feeds.exposed(leaked.id), "dave", leaked.session)
    yield Until("dave's other key works again", lambda: cast.allowed(other) == cast.CALLS)
    incident = yield from story.watch(stage, scene, case)
    scene.bystanders_denied += cast.denied(other)
    owner = ways_out.with_session(lambda: other)
    yield from ways_out.too(stage, scene, ways_out.both(stage, scene, case, incident, owner))
    say("AWS Health named only a key id: its owner dave was found and contained, and his other key works")
