"""Each step of an incident has a name of its own, so that what is overwritten by force is that and nothing else."""

from __future__ import annotations

from hypothesis import given, strategies as st

from chalicelib.model import Principal, PrincipalKind, Step
from chalicelib.orders.restoring import items_of

USER = Principal(PrincipalKind.USER, "111122223333", "deploy")
_WORDS = st.sampled_from(["a", "b", "2", "arn:aws:x:us-east-1:111122223333:y/z"])
_ARGUMENTS = st.dictionaries(
    st.sampled_from(["key_id", "secret", "ordinal", "token", "trail", "policy_name", "narrow_arn", "cut_off"]), _WORDS
)
_STEPS = st.builds(
    lambda action, arguments: Step(action, USER, "", arguments), st.sampled_from(["one", "other"]), _ARGUMENTS
)


@given(st.lists(_STEPS, unique_by=lambda step: step.key, max_size=6))
def test_no_two_steps_have_one_name(steps: list[Step]) -> None:
    names = items_of(steps)
    assert len(set(names.values())) == len(steps)
    assert not any(" " in name for name in names.values())


def test_a_name_says_what_it_is_about_where_the_action_stands_there_twice() -> None:
    trails = [Step("start-logging", USER, "", {"trail": arn}) for arn in ("arn:first", "arn:second")]
    turns = [
        Step("rotate-secret", USER, "", {"secret": "arn:db", "token": "t"} | more) for more in ({}, {"ordinal": "2"})
    ]
    alone = Step("quarantine-user", USER, "")
    assert list(items_of([*trails, *turns, alone]).values()) == [
        "start-logging:arn:first", "start-logging:arn:second",
        "rotate-secret:arn:db", "rotate-secret:arn:db:2", "quarantine-user",
    ]  # fmt: skip
