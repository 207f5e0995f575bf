"""Two keys of one user leak, one after the end of the other, and both were false alarms: restored through the chain.

Meanwhile a colleague bounds the user, over a deny of ours: what leaked stays powerless, and their boundary stays.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from drill import acts, cast, feeds, standing, story, ways_out
from drill.acts import Until

if TYPE_CHECKING:
    from collections.abc import Iterator

    import boto3
    from mypy_boto3_iam import IAMClient

    from drill.acts import Act
    from drill.cloud.lifecycle import Cloud
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Say

NAME = "two false alarms in a row, restored through the chain"
_FENCE = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":"kms:*","Resource":"*"}]}'
_NARROW = "policy/leak-responder/narrow/"
_EVERY = 0.1  # seconds between looks of the colleague


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """Lena has two keys; otto, whom nobody suspects, bounds her while the second incident is watched."""
    user_id, first = story.leak(cloud, scene, "lena")
    second = cast.key(cloud, "lena")
    cast.user(cloud, "otto")
    otto, iam = cast.key(cloud, "otto").session, cloud.client("iam")
    fence = iam.create_policy(PolicyName="fence-of-lena", PolicyDocument=_FENCE)["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="lena", PermissionsBoundary=fence)
    stood = standing.of(cloud, "user", "lena")  # as it is to stand in the end, with the boundary of otto
    iam.delete_user_permissions_boundary(UserName="lena")
    stage: Stage = yield None
    event = feeds.guardduty(feeds.about_user("lena", user_id, first.id))
    held = story.contain(stage, scene, event, "lena", first.session)
    older = yield from story.watch(stage, scene, held)
    owner = ways_out.with_session(lambda: second.session)
    yield from ways_out.release(stage, scene, held, older, owner)
    with _bounding(otto, _boundary(iam), fence):
        stage.send(feeds.guardduty(feeds.about_user("lena", user_id, second.id)))
        yield Until("otto bounds lena", lambda: _boundary(iam) == fence)
    yield Until("both keys can do nothing", lambda: cast.powerless(first.session, second.session))
    told = yield stage.message("undone", "lena")
    by = {one["by"] for one in told["facts"]["undone"]}
    acts.promise("people are told who set a boundary", holds=by == {"user otto"})
    acts.promise("theirs stays", holds=_boundary(iam) == fence)
    said = yield stage.types("restore", older, "--false-positive", "--reason", "lena tested our alarm", "--yes")
    acts.promise("both are restored", holds="restored exactly, after" in said)
    works = cast.allowed(first.session, second.session) == 2 * cast.CALLS
    scene.restore_exact = works and standing.of(stage.cloud, "user", "lena") == stood
    scene.status = "restored"
    say("Both alarms about lena were false: restored through the chain, with the boundary that otto had set meanwhile")


def _boundary(iam: IAMClient) -> str:
    found = iam.get_user(UserName="lena")["User"]
    return found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "")


@contextmanager
def _bounding(session: boto3.Session, before: str, fence: str) -> Iterator[None]:
    """Have the colleague bound lena once, as soon as the second narrower deny stands, within the watch over it."""
    done, iam = threading.Event(), session.client("iam")

    def bound() -> None:
        while not done.wait(_EVERY):
            now = _boundary(iam)
            if _NARROW in now and now != before:
                iam.put_user_permissions_boundary(UserName="lena", PermissionsBoundary=fence)
                return

    works = threading.Thread(target=bound, daemon=True)
    works.start()
    try:
        yield
    finally:
        done.set()
        works.join(acts.PATIENCE)
