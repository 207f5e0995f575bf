"""CloudTrail delivers late: a principal that is contained by now had minted a key for somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drill.embedded import ACCOUNT
from drill.scenarios.quarantined import recorded
from drill.scene import Scene
from drill.theatre import Theatre, compromised, event

if TYPE_CHECKING:
    from drill.scene import Act, Say


def play(theatre: Theatre, say: Say) -> Act:
    """The child of an open incident is contained like its parent."""
    frank = theatre.user("frank")
    theatre.user("grace")
    leaked, parent = theatre.key("frank")
    minted, child = theatre.key("grace")
    scene = Scene("CreateAccessKey by a contained principal", f"access key {minted} of user grace")
    scene.intruder_allowed_before = theatre.allowed(child)
    theatre.send(compromised("frank", frank, leaked))
    theatre.contained(parent)
    theatre.incident("frank")
    caller = {"type": "IAMUser", "userName": "frank", "principalId": frank, "accountId": ACCOUNT}
    answer = {"accessKey": {"accessKeyId": minted, "userName": "grace", "status": "Active"}}
    record = recorded("CreateAccessKey", {"userName": "grace"}, userIdentity=caller, responseElements=answer)
    theatre.send(event("aws.iam", "AWS API Call via CloudTrail", record))
    scene.seconds_to_contained = theatre.contained(child)
    scene.intruder_allowed_after = theatre.allowed(child) + theatre.allowed(parent)
    yield
    theatre.incident("grace", "held")
    scene.told, scene.status = theatre.told("grace"), "held"
    say("the key that contained frank had minted for grace is dead too")
    return scene
