"""Credentials of an instance are used from elsewhere: that session dies, the instance's fresh ones work."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from drill.scene import Scene
from drill.theatre import ALLOW, Theatre, event, finding

if TYPE_CHECKING:
    from drill.scene import Act, Say

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}


def play(theatre: Theatre, say: Say) -> Act:
    """One session of a role is revoked, by its name and issue time."""
    iam = theatre.admin("iam")
    made = iam.create_role(RoleName="web", AssumeRolePolicyDocument=json.dumps(_TRUST))["Role"]
    iam.put_role_policy(RoleName="web", PolicyName="may", PolicyDocument=json.dumps(ALLOW))
    asked = {"RoleArn": made["Arn"], "RoleSessionName": "i-0123456789abcdef0"}
    admin = theatre.cloud.session()
    stolen = theatre.minted(admin, "assume_role", **asked)
    other = theatre.minted(admin, "assume_role", RoleArn=made["Arn"], RoleSessionName="i-0fedcba9876543210")
    scene = Scene("instance role exfiltration", "session i-0123456789abcdef0 of role web")
    scene.intruder_allowed_before = theatre.allowed(stolen)
    kind = "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS"
    details = {
        "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "principalId": f"{made['RoleId']}:i-0123456789abcdef0",
        "userName": "web",
        "userType": "AssumedRole",
    }
    theatre.send(event("aws.guardduty", "GuardDuty Finding", finding(kind, details)))
    scene.seconds_to_contained = theatre.contained(stolen)
    time.sleep(1.5)  # the cut-off of this stack lies one second ahead; what is issued after it must work
    fresh = theatre.minted(admin, "assume_role", **asked)
    scene.intruder_allowed_after = theatre.allowed(stolen)
    scene.bystanders_denied = 6 - theatre.allowed(other) - theatre.allowed(fresh)
    yield
    theatre.incident("web", "held")
    scene.told, scene.status = theatre.told("web"), "held"
    say(f"an instance's stolen session is dead after {scene.seconds_to_contained} s; its fresh credentials work")
    return scene
