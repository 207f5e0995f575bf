"""What the drill plays, in this order: one file a story, each with its NAME and `play`.

`SCENARIOS` is what everybody plays, in less than twenty seconds; `--all` plays `MORE` after it: what takes longer
or is about a rarer credential. The main story comes first, with nobody else playing until people are told. The two that
change what all of them share (how fast IAM is, whether channels live) have put it back when they first wait.
"""

from drill.scenarios import (
    aimed,
    camouflage,
    chain,
    colleague,
    console_takeover,
    contained_mints,
    dead_calls,
    dead_channels,
    described,
    exposed_key,
    false_alarm,
    federated,
    fighting,
    full_role,
    fullest_role,
    health_key,
    hundred,
    instance_role,
    killed,
    kms_ransom,
    lambda_role,
    neutralised,
    new_key,
    phantom_user,
    quarantined,
    renamed,
    replayed,
    sample,
    trail_off,
    two_keys,
    user_key,
)

SCENARIOS = (
    user_key,
    health_key,
    killed,  # in the function that the one before it has done with; it takes longest, so it begins early
    replayed,
    false_alarm,
    instance_role,
    quarantined,
    contained_mints,
    hundred,
    sample,
    dead_channels,
)

MORE = (
    two_keys,
    chain,
    dead_calls,
    new_key,
    lambda_role,
    full_role,
    fullest_role,
    trail_off,
    kms_ransom,
    console_takeover,
    phantom_user,
    colleague,
    exposed_key,
    federated,
    aimed,
    camouflage,
    renamed,
)

ALONE = (neutralised, fighting)
"""Of those, what nobody else can play beside."""

DESCRIBED = (described,)
"""What `--report` plays too: it switches the inquiry on, which takes its time in every Region."""
