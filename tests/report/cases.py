"""One message of every kind, from incidents that are folded out of entries as the ledger holds them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib import playbook
from chalicelib.actions import BY_NAME
from chalicelib.entries import (
    TRUST,
    Approved,
    Closed,
    Did,
    Joined,
    Lifted,
    Looked,
    Noted,
    Planned,
    Reached,
    Released,
    Restored,
    Result,
    Stage,
    Undone,
)
from chalicelib.model import (
    ALREADY,
    DONE,
    PASSWORD,
    POOL_SESSION,
    Context,
    Decision,
    Evidence,
    Facts,
    Holding,
    Outcome,
    Plan,
    Sign,
    Status,
    Subject,
    SubjectKind,
    Withheld,
)
from chalicelib.report.document.found import investigation
from chalicelib.report.form import NOT_ROTATED, RIGHTS
from chalicelib.report.investigation import Investigation
from chalicelib.report.message import notice_message, switch_message
from chalicelib.settings import Protected
from tests.report import reports
from tests.report.runs import (
    ACCOUNT,
    ASKING,
    CENTER_USER,
    FACTS,
    HEALTH_SIGNAL,
    KEY,
    OBSERVING,
    OF_ROLE,
    POOL_USER,
    ROLE,
    ROLE_SIGNAL,
    ROOT,
    SEEN,
    SETTINGS,
    SIBLING,
    SUSPECTED,
    USER,
    USER_SIGNAL,
    Run,
    denied,
    kept_wide,
    narrowed,
    notice,
    opened,
    with_spares,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.model import Signal
    from chalicelib.report.message import Message


def _quarantine_denied() -> Run:
    run = opened().ended(quarantine_user=denied("iam:AttachUserPolicy"))
    spare = playbook.fallback(run.incident)
    assert spare is not None
    return run.then(Planned(Plan((spare,)), {spare.key: {"boundary": ""}}))


_NOT_OURS = Outcome(Status.FAILED, "the quarantine policy was given another text than was deployed", unsound=True)


def _neutralised(outcome: Outcome) -> Run:
    """Our own policy was made harmless before the leak, and how AWS's own was attached."""
    run = opened().ended(quarantine_user=_NOT_OURS)
    spare = playbook.fallback(run.incident)
    assert spare is not None
    return run.then(
        Planned(Plan((spare,), playbook.left_by_spare(spare)), {spare.key: {"attached": ""}}), Did(spare.key, outcome)
    )


_NO_ROOM = Outcome(Status.FAILED, "there is no room for one more policy: Cannot exceed quota for PoliciesPerRole: 10")
_FENCED = replace(OF_ROLE, boundary=f"arn:aws:iam::{ACCOUNT}:policy/fence")


def _another_way(**outcomes: Outcome) -> Run:
    """A role whose deny was refused, and what was tried instead."""
    run = opened(ROLE_SIGNAL).ended(**outcomes)
    while (way := playbook.other_way(run.incident, _FENCED)) and way.key not in run.incident.outcomes:
        image = {way.key: {"boundary": way.arguments.get("boundary", "")}}
        run = run.then(Planned(Plan((way,)), image)).ended(**outcomes)
    return run


def _undone(*, reapplied: bool) -> Undone:
    key, seen = _key(opened(), "quarantine-user"), "the quarantine policy is not attached"
    return Undone(key, seen, reapplied=reapplied, by="user bob")


def _unnarrowed() -> Undone:
    gone = "the deny on older sessions is not the user's boundary"
    return Undone(_key(_settled(), "narrow-user"), gone, reapplied=True)


def _key(run: Run, action: str) -> str:
    step = run.incident.step(action)
    assert step is not None
    return step.key


def _settled() -> Run:
    return narrowed(opened().ended()).later("rotate-secret", ALREADY).reached(Stage.ROTATE, Stage.REPORT)


def _lifted(run: Run, action: str, outcome: Outcome) -> Run:
    """Closed as held, and two days later the deny is taken off, or not."""
    run = run.then(Reached(Stage.WATCH), after=1770).then(Closed(Result.HELD))
    return run.then(Lifted(_key(run, action), outcome), after=2 * 24 * 3600)


def _unrotated() -> Run:
    """Two more were read: one whose rotation failed, and one that was found when no deny stood any more."""
    run = _settled().then(Closed(Result.HELD))
    names = (("orders", 2), ("billing-AbCdEf", 1))
    secrets = [(f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:{name}", times) for name, times in names]
    wanted = playbook.of_read(run.incident, secrets)
    steps = tuple(playbook.bound(step, run.incident.id, run.incident.cut_off) for step in wanted)
    failed = Outcome(Status.FAILED, "the rotation did not finish within 15 minutes: the function failed")
    return run.then(Planned(Plan(steps)), Did(steps[0].key, failed))


def _closed(run: Run, result: Result, found: Investigation | None = None) -> Message:
    looks = (Looked(), Looked(), Looked(("CloudTrail in us-east-1: LookupEvents: ThrottlingException: slow down",)))
    return run.then(*looks, Reached(Stage.WATCH), after=442.5).then(Closed(result)).tells(3, found=found)


def _looked(run: Run) -> Investigation:
    """What an investigation found about the story."""
    return investigation(reports.found(), run.incident)


_CHILD = "user backup: contained: incident 20261124-5e6f7a8b"
_LOOKED = Investigation("LookupEvents of 17 Regions", 412, contained=(_CHILD,))


def _given_back(signal: Signal, facts: Facts, action: str) -> Message:
    run = opened(signal, facts=facts).ended()
    return run.then(Restored(_key(run, action), _ANA, "a new password", DONE, true_alarm=True)).tells(100_001)


def _restored(found: Investigation | None = None) -> Message:
    run = opened().ended()
    back = [Restored(step.key, "arn:ana", "a test", DONE) for step in reversed(run.incident.steps) if not step.later]
    return run.then(*back, Closed(Result.RESTORED, "the load test of team orders")).tells(5, found=found)


_ANA = f"arn:aws:sts::{ACCOUNT}:assumed-role/SecurityOnCall/ana"
_NEW_KEY = Holding(
    SubjectKind.ACCESS_KEY,
    "AKIAI44QH8DHBEXAMPLE",
    SEEN + timedelta(minutes=4),
    f"{_ANA} (CreateAccessKey)",
    is_young=True,
)
_OLD_PASSWORD = Holding(
    SubjectKind.CONSOLE_PASSWORD,
    PASSWORD,
    SEEN - timedelta(days=90),
    "an unknown caller before the leak began",
    is_young=False,
)
_WHY = "every finding of today is our own test"
_FROM_ROOT = replace(
    USER_SIGNAL, sign=Sign.ROOT_KEY_CREATED, source="cloudtrail", what="CreateAccessKey", principal=ROOT,
    subject=Subject(SubjectKind.ROOT_KEY, KEY), evidence=USER_SIGNAL.evidence[2:],
)  # fmt: skip
_UNNAMED = replace(
    HEALTH_SIGNAL, source="cloudtrail", sign=Sign.QUARANTINED_BY_AWS, what="AttachUserPolicy",
    subject=Subject(SubjectKind.UNNAMED), evidence=(Evidence("policy", "AWSCompromisedKeyQuarantineV3"),),
)  # fmt: skip
_API_KEY = replace(
    USER_SIGNAL, source="report", sign=Sign.REPORTED, what="a Bedrock API key in a public repository",
    subject=Subject(SubjectKind.SERVICE_SPECIFIC_CREDENTIAL, "ACCAEXAMPLE123EXAMPLE"), evidence=(),
)  # fmt: skip
_CREATED = replace(
    _UNNAMED, sign=Sign.CREATED, what="CreateAccessKey", subject=Subject(SubjectKind.ACCESS_KEY, SIBLING)
)


def _also(option: str, call: str) -> Message:
    """The follow-up where what a setting asks for was refused."""
    return opened(ROLE_SIGNAL, replace(SETTINGS, also=(option,))).ended().later(option, denied(call)).tells(2)


def _mending(word: str, call: str) -> Message:
    """The follow-up where what the event called for was refused."""
    run = opened(replace(ROLE_SIGNAL, also=(word,))).ended()
    return run.later(word.partition("=")[0], denied(call)).tells(2)


def _ransomed(word: str, call: str) -> Message:
    """The follow-up where what a person ordered was refused."""
    return opened(replace(_ORDERED, also=(word,))).ended().later(word.partition("=")[0], denied(call)).tells(2)


_KMS_KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
_STOPPED = replace(USER_SIGNAL, source="cloudtrail", sign=Sign.LOGGING_CHANGED, what="StopLogging", evidence=())
_ORDERED = replace(
    USER_SIGNAL,
    source="report",
    sign=Sign.REPORTED,
    what="reported by hand",
    evidence=(Evidence("reported by", _ANA), Evidence("why", "seen in a public repository")),
)


_IDENTITY = "us-east-1:0f3c1d2e-4b5a-6978-8c9d-0e1f2a3b4c5d"
_POOL_SIGNAL = replace(_ORDERED, subject=Subject(SubjectKind.COGNITO_SIGN_IN), principal=POOL_USER)
_CENTER_SIGNAL = replace(_ORDERED, subject=Subject(SubjectKind.IDENTITY_CENTER_SIGN_IN), principal=CENTER_USER)
_IN_A_SET = Facts(permission_sets=("arn:aws:sso:::permissionSet/ssoins-7223a1b2c3d4e5f6/ps-8123a1b2c3d4e5f6",))


def _unread() -> Run:
    """Ordered by a person who may read what the functions may not."""
    why = f"{BY_NAME['revoke-center-access'].summary}: this was done, and could not be read again: AccessDenied"
    unread = Withheld("verify", why, "give the responder's role the right that it lacks")
    return opened(_CENTER_SIGNAL, facts=_IN_A_SET).ended().then(Planned(Plan((), (unread,)))).reached(Stage.VERIFY)


def _during_a_pause() -> Message:
    switch = Withheld("contain", "the pause switch is on", "contain it by hand at once, or end the pause")
    judgement = replace(playbook.strike(USER_SIGNAL, SETTINGS), decision=Decision.TELL, withheld=(switch,))
    return notice_message(USER_SIGNAL, judgement, "1f2e3d4c5b6a79880011", SEEN, SETTINGS)


_ADMIN = replace(USER, name="admin", unique_id="AIDAADMINADMINADMIN12")
_BY_HAND = replace(
    USER_SIGNAL,
    source="cloudtrail",
    sign=Sign.QUARANTINED_BY_HAND,
    what="AttachUserPolicy",
    subject=Subject(SubjectKind.ACCESS_KEY, "AKIAI44QH8DHBEXAMPL2"),
    principal=_ADMIN,
    actor=_ADMIN,
    evidence=(Evidence("call", "iam.amazonaws.com AttachUserPolicy"), Evidence("on", "user deploy")),
)
_GIVEN = replace(
    USER_SIGNAL,
    source="cloudtrail",
    sign=Sign.CREATED,
    what="CreateAccessKey",
    subject=Subject(SubjectKind.ACCESS_KEY, "AKIAI44QH8DHBEXAMPL2"),
    actor=_ADMIN,
    evidence=(Evidence("call", "iam.amazonaws.com CreateAccessKey"), Evidence("from address", "198.51.100.7")),
)


def _joined(signal: Signal, *, acts: bool = False) -> Run:
    """Somebody gave the owner a key while everything was denied."""
    context = Context(actor_is_contained=True) if acts else Context(owner_is_contained=True)
    steps = playbook.leaked_step(signal, USER) if acts else ()
    keys = tuple(step.key for step in steps)
    joined = Joined(signal, playbook.strike(signal, SETTINGS, context), None, keys, told_apart=True)
    run = opened().ended().then(joined)
    return run.then(Planned(Plan(steps))) if steps else run


def _asked_besides(signal: Signal, *adds: str) -> Run:
    """Another suspicion came while a person was asked about the first."""
    joined = Joined(signal, playbook.strike(signal, SETTINGS), None, adds, told_apart=True, asked=True)
    return opened(SUSPECTED).then(joined, after=240)


CASES: dict[str, Callable[[], Message]] = {
    "contained-user-key": lambda: opened().ended().tells(1),
    "contained-role-session": lambda: opened(ROLE_SIGNAL).ended().tells(1),
    "contained-identity-session": lambda: opened(
        replace(ROLE_SIGNAL, subject=Subject(SubjectKind.ROLE_SESSION, "ASIAIOSFODNN7EXAMPLE", _IDENTITY))
    ).ended().tells(1),
    "contained-pool-session": lambda: opened(
        replace(ROLE_SIGNAL, subject=Subject(SubjectKind.ROLE_SESSION, "ASIAIOSFODNN7EXAMPLE", POOL_SESSION))
    ).ended().tells(1),
    "contained-whole-role": lambda: opened(
        replace(ROLE_SIGNAL, subject=Subject(SubjectKind.ROLE_SESSION, "ASIAIOSFODNN7EXAMPLE"))
    ).ended().tells(1),
    "contained-unnamed-key": lambda: opened(_UNNAMED).ended().tells(1),
    "contained-two-feeds": lambda: opened().ended().then(
        Joined(HEALTH_SIGNAL, playbook.strike(HEALTH_SIGNAL, SETTINGS))
    ).tells(1),
    "joined-question": lambda: _joined(_GIVEN).tells(250_001),
    "joined-also-contained": lambda: _joined(_GIVEN, acts=True).ended().tells(250_001),
    "joined-not-contained": lambda: (
        _joined(_GIVEN, acts=True).ended(deactivate_key=denied("iam:UpdateAccessKey")).tells(250_001)
    ),
    "joined-more-to-approve": lambda: _asked_besides(
        replace(SUSPECTED, subject=Subject(SubjectKind.ACCESS_KEY, "AKIAI44QH8DHBEXAMPL2")), "a step"
    ).tells(250_001),
    "joined-the-question": lambda: _asked_besides(replace(SUSPECTED, what="PenTest:IAMUser/KaliLinux")).tells(250_001),
    "contained-ten-policies": lambda: opened(
        facts=replace(FACTS, attached=tuple(f"arn:aws:iam::aws:policy/p{n}" for n in range(10)))
    ).ended(quarantine_user=Outcome(Status.FAILED, "user deploy has as many policies as IAM allows")).tells(1),
    "contained-in-prod": lambda: opened().ended().tells(1, replace(SETTINGS, stage="prod")),
    "gone-meanwhile": lambda: opened(facts=replace(FACTS, exists=False)).ended(
        quarantine_user=Outcome(Status.FAILED, "user deploy or the quarantine policy does not exist")
    ).tells(1),
    "approval-wanted": lambda: opened(SUSPECTED).tells(1),
    "approval-wanted-for-role": lambda: opened(ROLE_SIGNAL, ASKING).tells(1),
    "approved": lambda: opened(SUSPECTED).then(Approved(_ANA), after=240).ended().tells(6),
    "declined": lambda: opened(SUSPECTED).then(Closed(Result.DECLINED, f"by {_ANA}: our scanner"), after=240).tells(3),
    "contained-cognito-user": lambda: opened(_POOL_SIGNAL, facts=Facts()).ended().tells(1),
    "denied-disable-cognito-user": lambda: opened(_POOL_SIGNAL, facts=Facts()).ended(
        disable_cognito_user=denied("cognito-idp:AdminDisableUser")
    ).tells(1),
    "contained-center-user": lambda: opened(_CENTER_SIGNAL, facts=_IN_A_SET).ended().tells(1),
    "denied-deny-in-permission-set": lambda: opened(_CENTER_SIGNAL, facts=_IN_A_SET).ended(
        deny_in_permission_set=denied("sso:PutInlinePolicyToPermissionSet")
    ).tells(1),
    "denied-revoke-center-access": lambda: opened(_CENTER_SIGNAL, facts=_IN_A_SET).ended(
        revoke_center_access=denied("sso:DeleteAccountAssignment")
    ).tells(1),
    "contained-by-order": lambda: opened(_ORDERED).ended().tells(1),
    "approval-reminder": lambda: opened(SUSPECTED).tells(300_001, after=3600),
    "approval-reminder-daily": lambda: opened(SUSPECTED).tells(300_003, after=3 * 3600),
    "follow-up-narrowed": lambda: _settled().tells(2),
    "follow-up-kept-wide": lambda: kept_wide(opened().ended()).later("rotate-secret", ALREADY).tells(2),
    "follow-up-role": lambda: opened(ROLE_SIGNAL).ended().reached(Stage.VERIFY, Stage.NARROW).tells(2),
    "follow-up-unread": lambda: _unread().tells(2),
    "held": lambda: _closed(_settled(), Result.HELD),
    "held-unread": lambda: _closed(_unread(), Result.HELD),
    "contested": lambda: _closed(_settled().then(_unnarrowed()), Result.CONTESTED),
    "failed": lambda: _closed(
        kept_wide(opened().ended()).then(_undone(reapplied=True), _undone(reapplied=False)), Result.FAILED
    ),
    "undone-done-again": lambda: _settled().then(_unnarrowed()).tells(21),
    "undone-given-up": lambda: kept_wide(opened().ended()).then(
        _undone(reapplied=True), _undone(reapplied=False)
    ).tells(22),
    "undone-given-up-narrow": lambda: _settled().then(replace(_unnarrowed(), reapplied=False)).tells(21),
    "deny-lifted": lambda: _lifted(_settled(), "narrow-user", DONE).tells(7),
    "deny-lifted-from-role": lambda: _lifted(opened(ROLE_SIGNAL).ended(), "revoke-role-sessions", DONE).tells(7),
    "deny-not-lifted": lambda: _lifted(
        _settled(), "narrow-user", denied("iam:DeleteUserPermissionsBoundary")
    ).tells(8),
    "deny-not-lifted-from-role": lambda: _lifted(
        opened(ROLE_SIGNAL).ended(), "revoke-role-sessions", denied("iam:DeleteRolePolicy")
    ).tells(8),
    "not-rotated": lambda: _unrotated().tells(NOT_ROTATED + 2),
    "rights-changed": lambda: opened(ROLE_SIGNAL).ended().then(
        Noted({TRUST: '{"Statement": "ours"}'}), Noted({TRUST: '{"Statement": "theirs"}'}, by="user bob")
    ).tells(RIGHTS + 1),
    "rights-changed-of-a-user": lambda: opened().ended().then(
        Noted({"groups": "developers"}), Noted({"groups": "admins, developers", "attached policies": ""})
    ).tells(RIGHTS + 1),
    "held-with-other-rights": lambda: _closed(
        _settled().then(Noted({"groups": ""}), Noted({"groups": "admins"})), Result.HELD
    ),
    "contested-by-rights": lambda: _closed(
        _settled().then(Noted({"groups": ""}), Noted({"groups": "admins"}, by="user deploy", hostile=True)),
        Result.CONTESTED,
    ),
    "paused": lambda: switch_message(on=True, by=_ANA, reason=_WHY, now=SEEN, settings=SETTINGS),
    "resumed": lambda: switch_message(on=False, by=_ANA, reason=_WHY, now=SEEN, settings=SETTINGS),
    "released-role": lambda: opened(ROLE_SIGNAL).ended().then(
        Released(_ANA, "the instance was replaced"), after=300
    ).tells(4),
    "released-unnamed-key": lambda: narrowed(opened(_UNNAMED).ended()).then(
        Released(_ANA, "both keys are inactive, a new one was handed over"), after=300
    ).tells(4),
    "released-with-what-it-lets-in": lambda: _settled().then(
        Released(_ANA, "new key handed over", (_NEW_KEY, _OLD_PASSWORD)), after=300
    ).tells(4),
    "released-investigated": lambda: _settled().then(Released(_ANA, "new key handed over"), after=300).tells(
        4, found=_looked(_settled())
    ),
    "held-investigated": lambda: _closed(_settled(), Result.HELD, _looked(_settled())),
    "restored-investigated": lambda: _restored(_LOOKED),
    "given-back": lambda: _given_back(_POOL_SIGNAL, Facts(), "disable-cognito-user"),
    "given-back-in-part": lambda: _given_back(_CENTER_SIGNAL, _IN_A_SET, "deny-in-permission-set"),
    "held-after-giving-back": lambda: _closed(
        opened(_POOL_SIGNAL, facts=Facts()).ended().then(
            Restored(_key(opened(_POOL_SIGNAL, facts=Facts()), "disable-cognito-user"), _ANA, "a new password", DONE,
                     true_alarm=True)
        ),
        Result.HELD,
    ),
    "nothing-to-contain-after-all": lambda: _closed(opened(facts=replace(FACTS, exists=False)), Result.FAILED),
    "released": lambda: _settled().then(Released(_ANA, "new key handed over in person"), after=300).tells(4),
    "restored": _restored,
    "observed": lambda: notice(USER_SIGNAL, OBSERVING),
    "observed-role": lambda: notice(ROLE_SIGNAL, OBSERVING),
    "explained": lambda: notice(USER_SIGNAL),
    "sample": lambda: notice(replace(USER_SIGNAL, sample=True)),
    "by-hand-root": lambda: notice(_FROM_ROOT),
    "by-hand-protected": lambda: notice(
        USER_SIGNAL,
        replace(SETTINGS, protected=(Protected(f"arn:aws:iam::{ACCOUNT}:user/deploy", USER.unique_id or ""),)),
    ),
    "by-hand-other-account": lambda: notice(replace(USER_SIGNAL, account="444455556666")),
    "by-hand-paused": _during_a_pause,
    "notice-quarantined-by-hand": lambda: notice(_BY_HAND),
    "notice-created": lambda: notice(replace(_CREATED, actor=ROLE)),
    "notice-root-sign-in": lambda: notice(
        replace(_FROM_ROOT, sign=Sign.ROOT_SIGN_IN, what="ConsoleLogin", subject=Subject(SubjectKind.ROOT_PASSWORD))
    ),
    "denied-quarantine-user": lambda: _quarantine_denied().ended().tells(1),
    "denied-attach-deny-all": lambda: _neutralised(denied("iam:AttachUserPolicy")).tells(1),
    "contained-by-awss-own": lambda: _neutralised(DONE).tells(1),
    "denied-bound-user": lambda: _quarantine_denied().ended(
        bound_user=denied("iam:PutUserPermissionsBoundary")
    ).tells(1),
    "denied-deactivate-key": lambda: opened().ended(deactivate_key=denied("iam:UpdateAccessKey")).tells(1),
    "denied-everything": lambda: _quarantine_denied().ended(
        bound_user=denied("iam:PutUserPermissionsBoundary")
    ).then(Did(_key(opened(), "deactivate-key"), denied("iam:UpdateAccessKey"))).tells(1),
    "denied-deactivate-service-specific": lambda: opened(_API_KEY).ended(
        deactivate_service_specific=denied("iam:UpdateServiceSpecificCredential")
    ).tells(1),
    "denied-deactivate-ssh-key": lambda: with_spares(
        deactivate_ssh_key=denied("iam:UpdateSSHPublicKey")
    ).tells(1),
    "denied-deactivate-certificate": lambda: with_spares(
        deactivate_certificate=denied("iam:UpdateSigningCertificate")
    ).tells(1),
    "contained-with-spares": lambda: with_spares().tells(1),
    "contained-api-key": lambda: opened(_API_KEY).ended().tells(1),
    "denied-revoke-role-sessions": lambda: opened(ROLE_SIGNAL).ended(
        revoke_role_sessions=denied("iam:PutRolePolicy")
    ).tells(1),
    "denied-attach-role-deny": lambda: _another_way(
        revoke_role_sessions=_NO_ROOM, attach_role_deny=denied("iam:AttachRolePolicy")
    ).tells(1),
    "denied-bound-role": lambda: _another_way(
        revoke_role_sessions=_NO_ROOM, attach_role_deny=_NO_ROOM, bound_role=denied("iam:PutRolePermissionsBoundary")
    ).tells(1),
    "contained-by-boundary": lambda: _another_way(
        revoke_role_sessions=_NO_ROOM, attach_role_deny=_NO_ROOM
    ).tells(1),
    "deny-not-lifted-from-boundary": lambda: _lifted(
        _another_way(revoke_role_sessions=_NO_ROOM, attach_role_deny=_NO_ROOM),
        "bound-role",
        denied("iam:PutRolePermissionsBoundary"),
    ).tells(8),
    "denied-narrow-user": lambda: narrowed(opened().ended(), denied("iam:CreatePolicy")).tells(2),
    "denied-rotate-secret": lambda: narrowed(opened().ended()).later(
        "rotate-secret", denied("secretsmanager:RotateSecret")
    ).tells(2),
    "denied-isolate-instance": lambda: _also("isolate-instance", "ec2:CreateSecurityGroup"),
    "denied-snapshot-instance": lambda: _also("snapshot-instance", "ec2:CreateSnapshots"),
    "denied-start-logging": lambda: _mending("start-logging=audit", "cloudtrail:StartLogging"),
    "denied-record-management-events": lambda: _mending(
        "record-management-events=audit", "cloudtrail:PutEventSelectors"
    ),
    "denied-enable-detector": lambda: _mending(f"enable-detector={'0' * 32}", "guardduty:UpdateDetector"),
    "denied-deactivate-mfa": lambda: opened(replace(_ORDERED, also=("deactivate-mfa=GAHT12345678",))).ended().later(
        "deactivate-mfa", denied("iam:DeactivateMFADevice")
    ).tells(2),
    "denied-enable-kms-key": lambda: _ransomed(f"enable-kms-key={_KMS_KEY}", "kms:EnableKey"),
    "denied-disable-trust-anchor": lambda: _ransomed(
        "disable-trust-anchor=49e25ec3-bdfe-4150-8683-b4ea4ee85cfd", "rolesanywhere:DisableTrustAnchor"
    ),
    "denied-revoke-kms-grant": lambda: _ransomed(f"revoke-kms-grant={_KMS_KEY}/{'0f' * 32}", "kms:RevokeGrant"),
    "contained-after-ransom": lambda: opened(
        replace(USER_SIGNAL, also=(f"enable-kms-key={_KMS_KEY}",))
    ).ended().tells(1),
    "notice-trail-stopped": lambda: notice(replace(_STOPPED, also=("start-logging=audit",))),
    "notice-trail-deleted": lambda: notice(replace(_STOPPED, what="DeleteTrail", also=("create-trail=audit",))),
    "throttled": lambda: opened().ended(
        deactivate_key=Outcome(Status.FAILED, "UpdateAccessKey: Throttling: Rate exceeded", retryable=True)
    ).tells(1),
}  # fmt: skip
"""By the name of their golden file."""
