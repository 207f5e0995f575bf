"""An intruder who fights back: while IAM is slow they mint what they can, open a role to an account of their own, and
undo what was done to them as it is done.

IAM is slow all the time, so nobody else can play meanwhile. Whoever undoes a deny faster than IAM applies it wins the
round, and only a guard from outside the account would end that at once; but each round that they lose is their last.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from drill import acts, cast, feeds, story, ways_out
from drill.acts import Until
from drill.cloud import levers
from drill.inbox import SNS

if TYPE_CHECKING:
    import boto3  # noqa: TC004 - only a checker reads the annotation

    from drill.acts import Act
    from drill.cloud.lifecycle import Cloud
    from drill.inbox import Message
    from drill.scene import Scene
    from drill.stage import Stage  # noqa: TC004
    from drill.story import Say

NAME = "the fighting intruder"
_SLOWEST = 2 * acts.PATIENCE  # that IAM takes at first: until we say otherwise
_SLOW = 1.0  # seconds that it takes in the fight
_ROLE = "hugo-deploys"
_OUTSIDER = "arn:aws:iam::444455556666:root"
_TO_OUTSIDERS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": _OUTSIDER}, "Action": "sts:AssumeRole"}],
}
_EVERY = 1.5  # seconds between looks of the intruder
_ENDS = ("held", "contested", "failed")
_IN_THE_END = 150.0  # seconds: on a slow machine the fight may last, and no promise is about how long


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """Contested, with everything that the intruder ever held dead, and people told who undid it."""
    arn, _ = cast.role(cloud, _ROLE)
    user_id, leaked = story.leak(cloud, scene, "hugo")
    stage: Stage = yield None
    intruder = _Intruder(stage, [leaked.session])
    levers.delay_iam(stage.cloud, _SLOWEST)
    case = story.begun(stage, "hugo", leaked.session)
    stage.send(feeds.guardduty(feeds.about_user("hugo", user_id, leaked.id)))
    acts.at_once("the deny on hugo is asked for", intruder.denies)
    intruder.fights(leaked.session)
    intruder.mints(arn)
    intruder.opens()
    levers.delay_iam(stage.cloud, _SLOW)
    ended: Message = yield intruder.fought()
    acts.promise("what was fought over is called contested", holds=ended["kind"] == "contested")
    scene.seconds_to_contained = round(intruder.beaten - case.since, 2)
    scene.told = yield stage.told("hugo")
    case = replace(case, intruders=tuple(intruder.sessions))
    story.judge(stage, scene, case)
    undone = ended["facts"]["undone"]
    yield Until("people are told which trust was opened", intruder.told_of_trust, time.monotonic() + _IN_THE_END)
    acts.promise("people are told who undid it", holds=any(one["by"] for one in undone))
    scene.status = "contested"
    levers.delay_iam(stage.cloud, 0)
    cloud.client("iam").delete_access_key(UserName="hugo", AccessKeyId=intruder.made)  # a user has two at most
    yield from ways_out.release(stage, scene, case, ended["incident"])
    yield from ways_out.restore(stage, scene, case, ended["incident"], f"deactivate-key:{intruder.made}")
    say(f"hugo's intruder fought back, and undid what was done {len(undone)} times: nothing that they hold works")


@dataclass
class _Intruder:
    """What they hold, and what they do with it. `beaten` is since when nothing of it works."""

    stage: Stage
    sessions: list[boto3.Session]
    made: str = ""
    looked: float = 0.0
    beaten: float = 0.0

    def mints(self, role: str) -> None:
        """A session, the session of a role, and one more key."""
        cloud, first = self.stage.cloud, self.sessions[0]
        made = first.client("iam").create_access_key(UserName="hugo")["AccessKey"]
        self.made = made["AccessKeyId"]
        self.sessions += [
            cast.minted(cloud, first, "get_session_token"),
            cast.minted(cloud, first, "assume_role", RoleArn=role, RoleSessionName="build"),
            cloud.session(made["AccessKeyId"], made["SecretAccessKey"]),
        ]

    def opens(self) -> None:
        """As the role, which is denied later than its user: it lets in an account of theirs, to come back by."""
        *_, build, _ = self.sessions
        trust = json.dumps(_TO_OUTSIDERS)
        build.client("iam").update_assume_role_policy(RoleName=_ROLE, PolicyDocument=trust)

    def told_of_trust(self) -> bool:
        """Within the incident; or beside it, where each run of it kept the event waiting until the end."""
        told = self.stage.inbox.messages(SNS, _ROLE)
        return any(f"trust policy of role {_ROLE} was replaced" in json.dumps(one["sections"]) for one in told)

    def denies(self) -> list[str]:
        """The policies that were put on hugo."""
        found = self.stage.cloud.client("iam").list_attached_user_policies(UserName="hugo")["AttachedPolicies"]
        return [one["PolicyArn"] for one in found]

    def fights(self, session: boto3.Session) -> None:
        """Undo what there is to be undone."""
        iam = session.client("iam")
        with suppress(ClientError):
            for arn in self.denies():
                iam.detach_user_policy(UserName="hugo", PolicyArn=arn)
            for one in iam.list_access_keys(UserName="hugo")["AccessKeyMetadata"]:
                if one["Status"] == "Inactive":
                    iam.update_access_key(UserName="hugo", AccessKeyId=one["AccessKeyId"], Status="Active")

    def fought(self) -> Until:
        """A wait until nothing of theirs works and the responder says how it ended; the message."""

        def ended() -> Message | None:
            told = (self.stage.inbox.of_kind(kind, "hugo") for kind in _ENDS)
            return next(filter(None, told), None) if self._gave_in() else None

        return Until("the fight ends", ended, time.monotonic() + _IN_THE_END)

    def _gave_in(self) -> bool:
        """The first thing that still works is used at once; whether there was none."""
        if time.monotonic() - self.looked > _EVERY:
            self.looked = time.monotonic()
            works = next((one for one in self.sessions if not cast.powerless(one)), None)
            if works is None:
                self.beaten = self.beaten or self.looked
            else:
                self.beaten = 0.0
                self.fights(works)
        return self.beaten > 0
