"""A colleague whom nobody suspects takes the deny off, again and again: done again a few times, then asked about."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from drill import acts, cast, feeds, story, ways_out
from drill.acts import Until
from drill.inbox import SNS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import boto3
    from mypy_boto3_iam import IAMClient

    from drill.acts import Act
    from drill.cloud.lifecycle import Cloud
    from drill.inbox import Message
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Say

NAME = "a colleague takes the deny off"
_EVERY = 0.3  # seconds between looks of the colleague
_IN_THE_END = 150.0  # seconds: each time takes the responder a look, and no promise is about how long


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """Failed, with who took it off and what works again by that; the release that it offers stops it once more."""
    cast.user(cloud, "paul")
    paul = cast.key(cloud, "paul").session
    user_id, leaked = story.leak(cloud, scene, "olga")
    stage: Stage = yield None
    event = feeds.guardduty(feeds.about_user("olga", user_id, leaked.id))
    minted = cast.minted(cloud, leaked.session, "get_session_token")
    case = story.contain(stage, scene, event, "olga", leaked.session, minted)
    with _at_work(paul):
        gives_up = partial(stage.inbox.of_kind, "failed", "olga")
        told: Message = yield Until("the responder gives up", gives_up, time.monotonic() + _IN_THE_END)
    scene.told = yield stage.told("olga")
    undone = told["facts"]["undone"]
    acts.promise("people are told who took it off", holds={one["by"] for one in undone} == {"user paul"})
    acts.promise("people are told what works", holds="sessions that it obtained still work" in told["headline"])
    acts.promise("which does", holds=not cast.powerless(minted))
    offered = _offered(stage, told["incident"])
    acts.promise(f"a release is offered: {offered}", holds=any(" release " in one for one in offered))
    scene.status = "failed"
    yield from ways_out.both(stage, scene, case, told["incident"])
    say(f"paul took the deny on olga off {len(undone)} times: told as failed, with who did it")


def _offered(stage: Stage, incident: str) -> list[str]:
    """The commands of the message that says failed."""
    told = stage.inbox.messages(SNS, "olga")
    return [
        words for one in told if (one["incident"], one["kind"]) == (incident, "failed") for words in one["commands"]
    ]


@contextmanager
def _at_work(session: boto3.Session) -> Iterator[None]:
    """Let the colleague take off what is there every now and then, until the block ends.

    In a thread of their own: another scenario that keeps the drill waiting for seconds would give the responder as many
    quiet looks, and the watch would be over.
    """
    done = threading.Event()
    works = threading.Thread(target=_take_off_until, args=(session.client("iam"), done), daemon=True)
    works.start()
    try:
        yield
    finally:
        done.set()
        works.join(acts.PATIENCE)


def _take_off_until(iam: IAMClient, done: threading.Event) -> None:
    while not done.wait(_EVERY):
        with suppress(iam.exceptions.NoSuchEntityException):  # the responder took it off itself meanwhile
            _take_off(iam)


def _take_off(iam: IAMClient) -> None:
    for policy in iam.list_attached_user_policies(UserName="olga")["AttachedPolicies"]:
        iam.detach_user_policy(UserName="olga", PolicyArn=policy["PolicyArn"])
    if "PermissionsBoundary" in iam.get_user(UserName="olga")["User"]:
        iam.delete_user_permissions_boundary(UserName="olga")
