"""What the deployed functions count. A test compares the words with those that the code uses."""

from __future__ import annotations

COUNTERS = {
    "contained": "signal whose principal was made powerless",
    "failed": "signal whose containment is not complete, and no retry can complete it",
    "withheld": "signal about which nothing could or must be done; the message says what a person does",
    "ask": "signal whose plan waits for a person's approval",
    "gathered": "call through an AWS service that is told together with the caller's others",
    "told": "signal that opened no incident and was told",
    "folded": "signal that a containment or release explains: nothing new happened since",
    "overtaken": "run that another one has taken the incident over from",
    "repeated": "signal that was answered before",
    "queued": "signal that waits for the run which works on the same incident, or was handed on to follow_up",
    "paused": "follow-up that the pause switch held back",
    "settled": "follow-up with nothing left to do",
    "early": "follow-up that came before its time",
    "asked": "follow-up of a plan that still waits for a person",
    "advanced": "follow-up after which the incident stays open",
    "inquired": "inquiry into an incident: what its credential did and made is kept, and what it made is handed on",
    "closed": "follow-up that closed its incident",
    "lifted": "deny on old sessions that was taken off after its time",
    "unlifted": "deny on old sessions that could not be taken off",
    "replayed": "replay that a person asked for, planned or carried out",
    "ignored": "event that is none of our business",
    "accepted": "request of a Git host that was verified; what it reported is in the queue",
    "refused": "request to a route that was not: unsigned, too large or unreadable",
    "malformed": "event that claims to be ours and cannot be read; it ends in the dead-letter queue",
    "unfinished": "run that left something to try again",
    "misconfigured": "start or patrol whose settings cannot be read: those that could be read last are used",
    "stalled": "patrol that found incidents which had stopped moving",
    "untold": "message that no channel of people took",
}
