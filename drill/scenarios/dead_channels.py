"""Slack hangs and the topic is gone: containment neither waits nor fails, and the bus still tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drill import acts, feeds, inbox, story, ways_out

if TYPE_CHECKING:
    from drill.acts import Act
    from drill.cloud.lifecycle import Cloud
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Say

NAME = "Slack hanging, topic gone"


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """Contained and told over the bus while both are dead; when they live again, they hear of it as well."""
    user_id, leaked = story.leak(cloud, scene, "leo")
    stage: Stage = yield None
    topic, sns = stage.cloud.outputs["TopicArn"], stage.cloud.client("sns")
    sns.delete_topic(TopicArn=topic)
    stage.slack.hang()
    case = story.contain(
        stage, scene, feeds.guardduty(feeds.about_user("leo", user_id, leaked.id)), "leo", leaked.session
    )
    acts.promise("the dead channels told nothing", holds=stage.inbox.told("leo") == [inbox.BUS])
    stage.inbox.subscribe(sns.create_topic(Name=topic.rsplit(":", 1)[-1])["TopicArn"])
    stage.slack.answer_again()
    incident = yield from story.watch(stage, scene, case)
    yield from ways_out.too(stage, scene, ways_out.both(stage, scene, case, incident))
    say("Slack hung and the topic was gone: leo's key died all the same, the bus told at once, the others later")
