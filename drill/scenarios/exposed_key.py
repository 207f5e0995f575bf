"""Trusted Advisor flags an exposed key, off the strike path, and the name beside it is a bystander's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drill import cast, feeds, story, ways_out

if TYPE_CHECKING:
    from drill.acts import Act
    from drill.cloud.lifecycle import Cloud
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Say

NAME = "Trusted Advisor"


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """The event goes through the queue of the wide rules; IAM says whose the key is."""
    _, leaked = story.leak(cloud, scene, "tamara")
    cast.user(cloud, "theo")
    theo = cast.key(cloud, "theo").session
    stage: Stage = yield None
    case = story.contain(stage, scene, feeds.flagged(leaked.id, "theo"), "tamara", leaked.session)
    incident = yield from story.watch(stage, scene, case)
    scene.bystanders_denied += cast.denied(theo)
    yield from ways_out.both(stage, scene, case, incident)
    say("Trusted Advisor named theo beside a key of tamara's: tamara was contained, and theo works")
