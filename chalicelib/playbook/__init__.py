"""What is done about a signal: the one place that decides. Pure: no clock, no AWS, no ledger."""

from chalicelib.playbook.barred import is_unidentified, untouchable
from chalicelib.playbook.judging import (
    RULES,
    Rule,
    confide,
    is_confirmed,
    stands_alone,
    strike,
    told_once_a_day,
)
from chalicelib.playbook.narrowing import (
    begins_again,
    fallback,
    given_since,
    left_by_spare,
    may_narrow,
    narrow_step,
    other_way,
    refused_of_a_role,
)
from chalicelib.playbook.options import OPTIONS, asked_for, called_for, errands, misfit, unordered
from chalicelib.playbook.planning import decide, foreseen, is_stranger, of_read
from chalicelib.playbook.spares import missed
from chalicelib.playbook.steps import blow, bound, leaked_step, named, presumed, whole

__all__ = [
    "OPTIONS",
    "RULES",
    "Rule",
    "asked_for",
    "begins_again",
    "blow",
    "bound",
    "called_for",
    "confide",
    "decide",
    "errands",
    "fallback",
    "foreseen",
    "given_since",
    "is_confirmed",
    "is_stranger",
    "is_unidentified",
    "leaked_step",
    "left_by_spare",
    "may_narrow",
    "misfit",
    "missed",
    "named",
    "narrow_step",
    "of_read",
    "other_way",
    "presumed",
    "refused_of_a_role",
    "stands_alone",
    "strike",
    "told_once_a_day",
    "unordered",
    "untouchable",
    "whole",
]
