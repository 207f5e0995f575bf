"""Somebody signs in to the console as a user and enrols an MFA device: a person orders the deny, and the device off."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from drill import acts, cast, feeds, standing, story, ways_out
from drill.acts import Until

if TYPE_CHECKING:
    from drill.acts import Act
    from drill.cloud.lifecycle import Cloud
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Say

NAME = "console taken over"
_SIGN_IN = "UnauthorizedAccess:IAMUser/ConsoleLoginSuccess.B"


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """A strange sign-in may be the owner's, so nothing is touched until a person says so: an order is the approval."""
    user_id, own = cast.user(cloud, "carl"), cast.key(cloud, "carl")
    cloud.client("iam").create_login_profile(UserName="carl", Password="Correct-Horse-1")
    console = cast.minted(cloud, own.session, "get_session_token")  # as the sign-in page hands one to a browser
    cloud.client("iam").delete_access_key(UserName="carl", AccessKeyId=own.id)
    scene.subject = "console session of user carl"
    scene.judged_by = "signed calls of a session like the console's, judged by the embedded AWS"
    scene.intruder_allowed_before = cast.allowed(console)
    stage: Stage = yield None
    device = _enrolled(console)
    credentials = console.get_credentials()
    key = credentials.access_key if credentials else ""
    stage.send(feeds.guardduty(feeds.about_user("carl", user_id, key, _SIGN_IN)))
    yield stage.message("approval-wanted", "carl")
    acts.promise("nothing is touched before a person approves", holds=cast.allowed(console) == cast.CALLS)
    case = story.begun(stage, "carl", console)
    order = ("--user", "carl", "--also", f"deactivate-mfa={device}", "--reason", "carl is on holiday")
    yield stage.types("contain", *order, "--yes")
    story.clock(scene, case)
    iam = cloud.client("iam")
    yield Until("the device is off", lambda: not iam.list_mfa_devices(UserName="carl")["MFADevices"])
    incident = yield from story.watch(stage, scene, case)
    case = replace(case, stood=standing.without(case.stood, device))  # only its holder could enrol it again
    yield from ways_out.both(stage, scene, case, incident)
    say("Somebody was signed in as carl: the session is dead, and the MFA device that they enrolled is off")


def _enrolled(session: Any) -> str:
    """The serial number of a device that whoever has the session enrols."""
    iam = session.client("iam")
    serial = str(iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]["SerialNumber"])
    codes = {"AuthenticationCode1": "123456", "AuthenticationCode2": "654321"}
    iam.enable_mfa_device(UserName="carl", SerialNumber=serial, **codes)
    return serial
