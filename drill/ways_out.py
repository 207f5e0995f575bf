"""The two ways out of an incident, both by a command: release after a true alarm, restore after a false one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drill import cast, standing, story

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

    from drill.acts import Act
    from drill.cloud.lifecycle import Cloud
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Case

    Owner = Callable[[], bool]
    """Whether whoever owns the principal can work."""

ONLY_ALL = "only --all asks it"


def both(stage: Stage, scene: Scene, case: Case, incident: str, owner: Owner | None = None) -> Act:
    """One after the other, for a restore undoes a release too."""
    yield from release(stage, scene, case, incident, owner)
    yield from restore(stage, scene, case, incident)


def too(stage: Stage, scene: Scene, way: Act) -> Act:
    """Where everything is played: each of the two takes a command, and they would be half of a short drill."""
    if stage.everything:
        yield from way
    else:
        scene.unasked = ONLY_ALL


def release(stage: Stage, scene: Scene, case: Case, incident: str, owner: Owner | None = None) -> Act:
    """The owner works, with a new key unless said otherwise; the intruder stays out."""
    yield stage.types("release", incident, "--reason", f"the owner of {case.name} gets another credential")
    scene.owner_works_after_release = (owner or new_key(stage.cloud, case.name))()
    story.judge(stage, scene, case)


def new_key(cloud: Cloud, name: str) -> Owner:
    """The owner gets one, and it goes again, so that a restore finds what there was."""

    def works() -> bool:
        new = cast.key(cloud, name)
        answered = cast.allowed(new.session) == cast.CALLS
        cloud.client("iam").delete_access_key(UserName=name, AccessKeyId=new.id)
        return answered

    return works


def with_session(session: Callable[[], boto3.Session]) -> Owner:
    """The owner works with this one."""
    return lambda: cast.allowed(session()) == cast.CALLS


def again(cloud: Cloud, name: str, key: cast.Key) -> Owner:
    """The owner takes a key into use that was retired before the leak, and retires it again."""

    def works() -> bool:
        iam, named = cloud.client("iam"), {"UserName": name, "AccessKeyId": key.id}
        iam.update_access_key(**named, Status="Active")
        answered = cast.allowed(key.session) == cast.CALLS
        iam.update_access_key(**named, Status="Inactive")
        return answered

    return works


def restore(
    stage: Stage, scene: Scene, case: Case, incident: str, *forced: str, own: Callable[[], object] = bool
) -> Act:
    """The principal stands as before the alarm, to the byte, once its owner has put back what is their `own` doing."""
    over = (word for item in forced for word in ("--force", item))
    yield stage.types("restore", incident, "--false-positive", "--reason", f"{case.name} tested our alarm", *over)
    own()
    stands = standing.of(stage.cloud, case.kind, case.name, incident)
    scene.restore_exact = stands == case.stood and cast.allowed(case.intruders[0]) == cast.CALLS
