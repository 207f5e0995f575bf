"""The table of confidence, row by row: what each sign is worth, and what is done about it in each mode."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from chalicelib.model import Confidence, Context, Decision, Mode, Principal, PrincipalKind, Sign
from chalicelib.playbook import RULES, confide, is_confirmed, strike
from tests.playbook.table import ACCOUNT, CONTAINABLE, DENY, OWNERS, ROLE, SESSION, USER, settings, signal

INFO, SUSPECTED, CONFIRMED = Confidence
ACT, ASK, TELL, IGNORE = Decision

WORTH: dict[Sign, tuple[Confidence, Decision, Decision, Decision, Decision]] = {
    #                        alone      observe approval confirmed suspected
    Sign.DECOY_USED:         (CONFIRMED, TELL,   ASK,     ACT,      ACT),
    Sign.EXPOSED:            (CONFIRMED, TELL,   ASK,     ACT,      ACT),
    Sign.QUARANTINED_BY_AWS: (CONFIRMED, TELL,   ASK,     ACT,      ACT),
    Sign.COMPROMISED:        (CONFIRMED, TELL,   ASK,     ACT,      ACT),
    Sign.EXFILTRATED:        (CONFIRMED, TELL,   ASK,     ACT,      ACT),
    Sign.ATTACK_SEQUENCE:    (CONFIRMED, TELL,   ASK,     ACT,      ACT),
    Sign.REPORTED:           (CONFIRMED, TELL,   ASK,     ACT,      ACT),
    Sign.MINTED:             (CONFIRMED, TELL,   ASK,     ACT,      ACT),
    Sign.FOUND_WORKING:      (CONFIRMED, TELL,   ASK,     ACT,      ACT),
    Sign.FOUND:              (SUSPECTED, TELL,   ASK,     ASK,      ACT),
    Sign.SUSPICIOUS:         (SUSPECTED, TELL,   ASK,     ASK,      ACT),
    Sign.WORKLOAD_TAKEN:     (SUSPECTED, TELL,   ASK,     ASK,      ACT),
    Sign.WARNED:             (SUSPECTED, TELL,   ASK,     ASK,      ACT),
    Sign.NOTICED:            (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.CONTAINMENT_UNDONE: (SUSPECTED, TELL,   ASK,     ASK,      ACT),
    Sign.MACHINE_SIGNED_IN:  (SUSPECTED, TELL,   ASK,     ASK,      ACT),
    Sign.ROOT_KEY_CREATED:   (SUSPECTED, TELL,   ASK,     ASK,      ACT),  # of root itself only told: see below
    Sign.ROOT_WITHOUT_MFA:   (SUSPECTED, TELL,   ASK,     ASK,      ACT),
    Sign.ROOT_SIGN_IN:       (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.DATABASE_ENTERED:   (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.ROOT_ASSUMED:       (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.ROOT_RECOVERED:     (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.ROOT_USED:          (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.ROOT_CREDENTIALS:   (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.SIGN_IN_TOKEN:      (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.QUARANTINED_BY_HAND: (INFO,     TELL,   TELL,    TELL,     TELL),
    Sign.QUARANTINE_LIFTED:  (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.BOUNDARY_CHANGED:   (INFO,      IGNORE, IGNORE,  IGNORE,   IGNORE),  # nobody can say whose it was
    Sign.CREATED:            (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.REVIVED:            (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.PASSWORD_SET:       (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.SESSION_MINTED:     (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.RESPONDER_CHANGED:  (SUSPECTED, TELL,   ASK,     ASK,      ACT),
    Sign.ROOT_MFA_REMOVED:   (SUSPECTED, TELL,   ASK,     ASK,      ACT),
    Sign.ORGANISATION_LEFT:  (SUSPECTED, TELL,   ASK,     ASK,      ACT),
    Sign.TRUST_PUBLIC:       (SUSPECTED, TELL,   ASK,     ASK,      ACT),
    Sign.KEY_TESTED:         (SUSPECTED, TELL,   ASK,     ASK,      ACT),
    Sign.USER_RENAMED:       (INFO,      IGNORE, IGNORE,  IGNORE,   IGNORE),  # daily work
    Sign.USER_CREATED:       (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.USER_WITHOUT_MFA:   (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.MFA_REMOVED:        (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.PASSWORD_RULES_CHANGED: (INFO,  TELL,   TELL,    TELL,     TELL),
    Sign.RIGHTS_GRANTED:     (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.RIGHTS_TAKEN:       (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.VERSION_SWITCHED:   (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.TRUST_OPENED:       (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.PROVIDER_CHANGED:   (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.RIGHTS_DELEGATED:   (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.ROOT_ACCESS_OPENED: (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.MACHINE_GIVEN_ROLE: (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.CENTER_ACCESS_CHANGED: (INFO,   TELL,   TELL,    TELL,     TELL),
    Sign.CLUSTER_ADMIN_GIVEN: (INFO,     TELL,   TELL,    TELL,     TELL),
    Sign.DATABASE_PASSWORD_SET: (INFO,   TELL,   TELL,    TELL,     TELL),
    Sign.SECURITY_CONTACT_CHANGED: (INFO, TELL,  TELL,    TELL,     TELL),
    Sign.FINDINGS_PUT_AWAY:  (INFO,      IGNORE, IGNORE,  IGNORE,   IGNORE),  # whoever works on findings does so
    Sign.LOGGING_CHANGED:    (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.DETECTION_CHANGED:  (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.GUARDRAIL_LIFTED:   (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.ENCRYPTION_THREATENED: (INFO,   TELL,   TELL,    TELL,     TELL),
    Sign.SHARED_OUTSIDE:     (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.CREDENTIALS_STORED: (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.ROTATION_FAILED:    (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.SECRETS_READ:       (INFO,      TELL,   TELL,    TELL,     TELL),
    Sign.ACTED_AS_PERSON:    (INFO,      IGNORE, IGNORE,  IGNORE,   IGNORE),  # what machines usually do
    Sign.MFA_ADDED:          (INFO,      IGNORE, IGNORE,  IGNORE,   IGNORE),  # daily work
    Sign.PASSWORD_CHANGED:   (INFO,      IGNORE, IGNORE,  IGNORE,   IGNORE),
    Sign.RIGHTS_CHANGED:     (INFO,      IGNORE, IGNORE,  IGNORE,   IGNORE),
    Sign.SESSION_OBTAINED:   (INFO,      IGNORE, IGNORE,  IGNORE,   IGNORE),
}  # fmt: skip


@pytest.mark.parametrize(("sign", "mode"), list(itertools.product(Sign, Mode)))
def test_each_sign_in_each_mode(sign: Sign, mode: Mode) -> None:
    confidence, *decisions = WORTH[sign]
    judgement = strike(signal(sign), settings(mode))
    assert (judgement.confidence, judgement.decision) == (confidence, decisions[list(Mode).index(mode)])


def test_every_sign_has_one_rule_and_the_rules_say_different_things() -> None:
    assert sorted(rule.sign for rule in RULES) == sorted(Sign)
    assert len({rule.reason for rule in RULES}) == len(Sign)


@pytest.mark.parametrize("sign", Sign)
def test_context_is_looked_up_unless_the_sign_is_enough(sign: Sign) -> None:
    assert is_confirmed(signal(sign)) == (WORTH[sign][0] is CONFIRMED)


MINTING = (Sign.CREATED, Sign.REVIVED, Sign.PASSWORD_SET, Sign.SESSION_MINTED, Sign.SESSION_OBTAINED)
OWNER, ACTOR, BOTH = Context(owner_is_contained=True), Context(actor_is_contained=True), Context(True, True)
MACHINE = Context(is_new_to_machine=True)
UNDOING = Context(undoes_containment=True)

STEPS: dict[str, tuple[Sign, Context, dict[str, bool], Confidence, Decision]] = {
    "suspicious, of one who is contained": (Sign.SUSPICIOUS, OWNER, {}, CONFIRMED, ACT),
    "created, of one who is contained": (Sign.CREATED, OWNER, {}, SUSPECTED, ASK),
    "confirmed cannot rise": (Sign.COMPROMISED, OWNER, {}, CONFIRMED, ACT),
    "our deny off, of one who is contained": (Sign.CONTAINMENT_UNDONE, OWNER, {}, CONFIRMED, ACT),
    "boundary changed, of one who is contained": (Sign.BOUNDARY_CHANGED, OWNER, {}, SUSPECTED, ASK),
    "boundary changed, after the incident that put it on": (Sign.BOUNDARY_CHANGED, UNDOING, {}, SUSPECTED, ASK),
    "key revived, after the incident that ended it": (Sign.REVIVED, UNDOING, {}, SUSPECTED, ASK),
    "user renamed, and an open incident": (Sign.USER_RENAMED, OWNER, {}, SUSPECTED, ASK),
    "user renamed, by one who is contained": (Sign.USER_RENAMED, ACTOR, {}, SUSPECTED, ASK),
    "user not renamed, and an open incident": (Sign.USER_RENAMED, OWNER, {"failed": True}, INFO, IGNORE),
    "boundary changed, of nobody we know": (Sign.BOUNDARY_CHANGED, Context(), {}, INFO, IGNORE),
    "quarantine lifted, of one who is contained": (Sign.QUARANTINE_LIFTED, OWNER, {}, SUSPECTED, ASK),
    "our deny off another, by one who is contained": (Sign.CONTAINMENT_UNDONE, ACTOR, {}, CONFIRMED, ACT),
    "quarantine lifted off another, by one who is contained": (Sign.QUARANTINE_LIFTED, ACTOR, {}, SUSPECTED, ASK),
    "by one who is contained, whose owner has an incident": (Sign.RIGHTS_GRANTED, BOTH, {}, SUSPECTED, ASK),
    "created, but it failed": (Sign.CREATED, Context(), {"failed": True}, INFO, IGNORE),
    "created by one who is contained, but it failed": (Sign.CREATED, ACTOR, {"failed": True}, INFO, IGNORE),
    "our deny off, but it failed": (Sign.CONTAINMENT_UNDONE, OWNER, {"failed": True}, SUSPECTED, IGNORE),
    "root key, but it failed": (Sign.ROOT_KEY_CREATED, Context(), {"failed": True}, INFO, IGNORE),
    "created through a service": (Sign.CREATED, Context(), {"by_service": True}, INFO, TELL),
    "created through a service, of one who is contained": (Sign.CREATED, OWNER, {"by_service": True}, SUSPECTED, ASK),
    "read by a service for its caller": (Sign.SECRETS_READ, Context(), {"by_service": True}, INFO, IGNORE),
    "read by a service, of one who is contained": (Sign.SECRETS_READ, OWNER, {"by_service": True}, INFO, TELL),
    "created through a service by one who is contained": (Sign.CREATED, ACTOR, {"by_service": True}, CONFIRMED, ACT),
    "our deny off through a service": (Sign.CONTAINMENT_UNDONE, OWNER, {"by_service": True}, CONFIRMED, ACT),
    "daily work, of one who is contained": (Sign.RIGHTS_CHANGED, OWNER, {}, SUSPECTED, ASK),
    "daily work that failed, of one who is contained": (Sign.RIGHTS_CHANGED, OWNER, {"failed": True}, INFO, IGNORE),
    "a contained role assumed again by its people": (Sign.SESSION_OBTAINED, OWNER, {}, SUSPECTED, IGNORE),
    "a decoy that somebody tried": (Sign.DECOY_USED, Context(), {"failed": True}, CONFIRMED, ACT),
    "an attempt to leave the organisation": (Sign.ORGANISATION_LEFT, Context(), {"failed": True}, INFO, TELL),
    "an attempt to stop a trail": (Sign.LOGGING_CHANGED, Context(), {"failed": True}, INFO, IGNORE),
    "rights given by a machine that never did": (Sign.RIGHTS_GRANTED, MACHINE, {"by_machine": True}, SUSPECTED, ASK),
    "a key given by a machine that never did": (Sign.ACTED_AS_PERSON, MACHINE, {"by_machine": True}, SUSPECTED, ASK),
    "rights given by a machine that often does": (
        Sign.RIGHTS_GRANTED,
        Context(),
        {"by_machine": True},
        INFO,
        TELL,
    ),
    "rights that a machine failed to give": (
        Sign.RIGHTS_GRANTED,
        MACHINE,
        {"by_machine": True, "failed": True},
        INFO,
        IGNORE,
    ),
    "what a machine that is contained did": (
        Sign.RIGHTS_GRANTED,
        Context(actor_is_contained=True, is_new_to_machine=True),
        {"by_machine": True},
        SUSPECTED,
        ASK,
    ),
    "our own deployment": (Sign.RESPONDER_CHANGED, Context(), {"by_service": True}, INFO, IGNORE),
    "AWS quarantines through a service": (Sign.QUARANTINED_BY_AWS, Context(), {"by_service": True}, CONFIRMED, ACT),
}


@pytest.mark.parametrize("case", STEPS)
def test_context_moves_it_a_step(case: str) -> None:
    sign, context, members, confidence, decision = STEPS[case]
    judgement = strike(signal(sign, **members), settings(), context)
    assert (judgement.confidence, judgement.decision) == (confidence, decision)


PIPELINE = Principal(PrincipalKind.ROLE, ACCOUNT, "deployer", "AROAPIPELINE")
AUTOMATION = {f"arn:aws:iam::{ACCOUNT}:role/ci/deployer": ("CreateUser", "CreateStack")}

TWO_SIGNS: dict[str, tuple[Context, Decision, Decision]] = {
    "nobody has an incident": (Context(), TELL, IGNORE),
    "its owner is contained": (OWNER, IGNORE, ASK),
    "after the incident that put it on": (UNDOING, IGNORE, ASK),
}


@pytest.mark.parametrize("case", TWO_SIGNS)
@pytest.mark.parametrize("name", ["PutUserPermissionsBoundary", "DeleteUserPermissionsBoundary"])
def test_of_a_boundary_changed_by_its_user_one_sign_is_told(case: str, name: str) -> None:
    context, taken, changed = TWO_SIGNS[case]
    assert strike(replace(signal(Sign.RIGHTS_TAKEN), what=name), settings(), context).decision is taken
    assert strike(replace(signal(Sign.BOUNDARY_CHANGED), what=name), settings(), context).decision is changed


def test_the_boundary_of_a_role_has_no_other_sign() -> None:
    told = signal(Sign.RIGHTS_TAKEN)
    assert strike(replace(told, what="DeleteRolePermissionsBoundary"), settings(), OWNER).decision is ASK


AUTOMATED: dict[str, tuple[Sign, Context, dict[str, object], Confidence, Decision]] = {
    "at what it is for": (Sign.USER_CREATED, Context(), {"what": "CreateUser"}, INFO, IGNORE),
    "at something else": (Sign.RIGHTS_GRANTED, Context(), {"what": "PutRolePolicy"}, INFO, TELL),
    "suspected, a step less": (Sign.RESPONDER_CHANGED, OWNER, {"what": "CreateStack"}, SUSPECTED, ASK),
    "while its owner is contained": (Sign.USER_CREATED, OWNER, {"what": "CreateUser"}, INFO, TELL),
    "while it is contained itself": (Sign.CREATED, ACTOR, {"what": "CreateUser"}, CONFIRMED, ACT),
    "by somebody else": (Sign.USER_CREATED, Context(), {"what": "CreateUser", "actor": USER}, INFO, TELL),
}


@pytest.mark.parametrize("case", AUTOMATED)
def test_automation_is_worth_a_step_less_at_what_it_is_for_and_at_nothing_else(case: str) -> None:
    sign, context, members, confidence, decision = AUTOMATED[case]
    made = replace(signal(sign, actor=PIPELINE), **members)  # type: ignore[arg-type]
    judgement = strike(made, settings(automation=AUTOMATION), context)
    assert (judgement.confidence, judgement.decision) == (confidence, decision)


@pytest.mark.parametrize(("sign", "mode"), list(itertools.product(Sign, Mode)))
def test_whatever_is_not_done_unasked_says_what_kept_it(sign: Sign, mode: Mode) -> None:
    judgement = strike(signal(sign), settings(mode))
    assert bool(judgement.why_not) is (judgement.decision is not ACT)


@pytest.mark.parametrize("sign", MINTING)
def test_a_credential_minted_by_one_who_is_contained_is_confirmed(sign: Sign) -> None:
    for context in (ACTOR, BOTH):
        judgement = strike(signal(sign), settings(), context)
        assert (judgement.confidence, judgement.decision) == (CONFIRMED, ACT)
        assert "by a principal that is contained" in judgement.reason


@pytest.mark.parametrize("sign", Sign)
@pytest.mark.parametrize("context", [Context(), OWNER, ACTOR, BOTH], ids=["none", "owner", "actor", "both"])
@pytest.mark.parametrize("failed", [False, True])
def test_failing_never_raises_and_an_incident_never_lowers(sign: Sign, context: Context, *, failed: bool) -> None:
    order = tuple(Confidence)
    tried, _ = confide(signal(sign, failed=failed), context)
    done, _ = confide(signal(sign), context)
    alone, _ = confide(signal(sign, failed=failed), Context())
    assert order.index(tried) <= order.index(done)
    assert order.index(tried) >= order.index(alone)


UNDONE: dict[str, tuple[Principal, str | None, bool]] = {
    "our policy, off a user": (USER, settings().quarantine_policy, True),
    "a policy whose name holds ours": (USER, f"arn:aws:iam::{ACCOUNT}:policy/not-leak-responder-quarantine", False),
    "our policy's name in another path": (USER, f"arn:aws:iam::{ACCOUNT}:policy/leak-responder-quarantine-prod", False),
    "our policy's name in another account": (USER, settings().quarantine_policy.replace("1111", "9999"), False),
    "nothing named": (USER, None, False),
    "a role's name, off a user": (USER, DENY, False),
    "our deny, off a role": (ROLE, DENY, True),
    "our deny with a newer cut-off, off a role": (ROLE, f"{DENY}-17", True),
    "our managed deny, off a role": (ROLE, f"arn:aws:iam::{ACCOUNT}:policy/leak-responder/role/{DENY}", True),
    "our managed deny's name in another path": (ROLE, f"arn:aws:iam::{ACCOUNT}:policy/role/{DENY}", False),
    "our managed deny, off a user": (USER, f"arn:aws:iam::{ACCOUNT}:policy/leak-responder/role/{DENY}", False),
    "a deny whose name holds ours": (ROLE, f"x-{DENY}", False),
    "a deny whose name begins like ours": (ROLE, "leak-responder-tools", False),
    "our policy's ARN, off a role": (ROLE, settings().quarantine_policy, False),
}


@pytest.mark.parametrize("case", UNDONE)
@pytest.mark.parametrize("context", [Context(), OWNER], ids=["no incident", "contained"])
def test_only_what_is_exactly_ours_counts_as_undone(case: str, context: Context) -> None:
    principal, policy, ours = UNDONE[case]
    subject = SESSION if principal is ROLE else signal().subject
    undone = signal(Sign.CONTAINMENT_UNDONE, principal=principal, policy=policy, subject=subject)
    assert (strike(undone, settings(Mode.CONTAIN_SUSPECTED), context).decision is ACT) is ours
    assert (strike(undone, settings(Mode.CONTAIN_SUSPECTED), context).decision is IGNORE) is not ours


def test_nothing_is_ours_where_nothing_is_deployed() -> None:
    bare = signal(Sign.CONTAINMENT_UNDONE, policy=None)
    assert strike(bare, settings().__class__(account=ACCOUNT)).decision is IGNORE


@pytest.mark.parametrize("sign", Sign)
def test_a_sample_is_told_dry_with_what_would_be_done(sign: Sign) -> None:
    for mode, kind in itertools.product(Mode, PrincipalKind):
        sample = strike(signal(sign, sample=True, principal=OWNERS[kind]), settings(mode))
        assert (sample.decision, sample.dry, sample.withheld) == (TELL, True, ())
        assert sample.confidence is WORTH[sign][0]
        assert bool(sample.strike) == (kind in CONTAINABLE)
        assert sample.reason.startswith("sample finding: nothing is touched")
