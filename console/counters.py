"""What the deployed functions count. A test compares the words with those that the code uses."""

from __future__ import annotations

COUNTERS = {
    "contained": "signal whose principal was made powerless",
    "act": "signal that is acted upon, without the principal being powerless yet",
    "ask": "signal whose plan waits for a person's approval",
    "told": "signal that opened no incident and was told",
    "folded": "signal that a containment or release explains: nothing new happened since",
    "repeated": "signal that was answered before",
    "queued": "signal that waits for the run which works on the same incident",
    "paused": "follow-up that the pause switch held back",
    "settled": "follow-up whose incident was closed already",
    "advanced": "follow-up after which the incident stays open",
    "closed": "follow-up that closed its incident",
    "ignored": "event that is none of our business",
    "malformed": "event that claims to be ours and cannot be read; it ends in the dead-letter queue",
    "unfinished": "run that left something to try again",
    "stalled": "patrol that found incidents which had stopped moving",
    "untold": "message that no channel took",
}
