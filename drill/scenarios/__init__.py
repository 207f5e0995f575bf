"""What the drill plays, in this order: one file a story, each with its NAME and `play`.

The main story comes first, with nobody else playing until people are told. The two that change what all of them share
(how fast IAM is, whether channels live) have put it back when they first wait.
"""

from drill.scenarios import (
    contained_mints,
    dead_channels,
    false_alarm,
    health_key,
    hundred,
    instance_role,
    killed,
    quarantined,
    replayed,
    sample,
    user_key,
)

SCENARIOS = (
    user_key,
    false_alarm,
    instance_role,
    health_key,
    quarantined,
    contained_mints,
    hundred,
    sample,
    replayed,
    killed,
    dead_channels,
)
