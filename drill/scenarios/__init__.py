"""What the drill plays, in this order: one file per story. The last one breaks the stack's own channels."""

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
    user_key.play,
    false_alarm.play,
    instance_role.play,
    health_key.play,
    quarantined.play,
    contained_mints.play,
    hundred.play,
    sample.play,
    replayed.play,
    killed.play,
    dead_channels.play,
)
