"""Incidents in the making, folded out of entries as the ledger holds them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib import playbook
from chalicelib.entries import Did, Entry, Opened, Planned, Reached, Stage
from chalicelib.folding import fold
from chalicelib.model import (
    DONE,
    HELD,
    Context,
    Credential,
    Evidence,
    Facts,
    Key,
    Mode,
    Outcome,
    Plan,
    Principal,
    PrincipalKind,
    Sign,
    Signal,
    Status,
    Subject,
    SubjectKind,
)
from chalicelib.report.message import Message, compose, notice_message
from chalicelib.settings import Settings

if TYPE_CHECKING:
    from chalicelib.entries import Body
    from chalicelib.incident import Incident
    from chalicelib.report.investigation import Investigation

ACCOUNT = "111122223333"
SEEN = datetime(2026, 11, 24, 3, 11, 30, tzinfo=UTC)
OPENED = SEEN + timedelta(seconds=37)
KEY, SIBLING = "AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE"
SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:prod/orders-db-AbCdEf"
ID = "20261124-1a2b3c4d"

USER = Principal(PrincipalKind.USER, ACCOUNT, "deploy", "AIDACKCEVSQ6C2EXAMPLE")
ROLE = Principal(PrincipalKind.ROLE, ACCOUNT, "orders-worker", "AROADBQP57FF2AEXAMPLE")
POOL_USER = Principal(PrincipalKind.COGNITO_USER, ACCOUNT, "us-east-1_Ab1Cd2Ef3/ana", "5b1c7a42-sub")
CENTER_USER = Principal(
    PrincipalKind.IDENTITY_CENTER_USER, ACCOUNT, "us-east-1/d-9067642ac7/ana", "9067642ac7-5b1c7a42"
)
ROOT = Principal(PrincipalKind.ROOT, ACCOUNT, "root", ACCOUNT)

SETTINGS = Settings(
    account=ACCOUNT,
    mode=Mode.CONTAIN_CONFIRMED,
    inquire=True,
    topic=f"arn:aws:sns:us-east-1:{ACCOUNT}:leak-responder",
    quarantine_policy=f"arn:aws:iam::{ACCOUNT}:policy/leak-responder-quarantine-leak-responder-dev",
    linked_secrets={f"arn:aws:iam::{ACCOUNT}:user/deploy": (SECRET,)},
)
OBSERVING = replace(SETTINGS, mode=Mode.OBSERVE)
ASKING = replace(SETTINGS, mode=Mode.APPROVAL_REQUIRED)

USER_SIGNAL = Signal(
    source="guardduty",
    native_id="16afba5c5c43e07c9e3e5e2e544e95df",
    sign=Sign.COMPROMISED,
    what="CredentialAccess:IAMUser/CompromisedCredentials",
    at=SEEN,
    since=SEEN - timedelta(minutes=12),
    account=ACCOUNT,
    region="us-east-1",
    subject=Subject(SubjectKind.ACCESS_KEY, KEY),
    principal=USER,
    evidence=(
        Evidence("finding", "The credentials of IAM user deploy may be compromised."),
        Evidence("call", "s3.amazonaws.com ListBuckets"),
        Evidence("from address", "198.51.100.7"),
        Evidence("user agent", "aws-cli/2.15.0 Python/3.11.6 Linux/6.6 exe/x86_64"),
    ),
)
ROLE_SIGNAL = replace(
    USER_SIGNAL,
    sign=Sign.EXFILTRATED,
    what="UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS",
    subject=Subject(SubjectKind.ROLE_SESSION, "ASIAIOSFODNN7EXAMPLE", "i-0a1b2c3d4e5f60718"),
    principal=ROLE,
)
HEALTH_SIGNAL = replace(
    USER_SIGNAL,
    source="health",
    native_id="AWS_RISK_CREDENTIALS_EXPOSED_1",
    sign=Sign.EXPOSED,
    what="AWS_RISK_CREDENTIALS_EXPOSED",
    at=SEEN + timedelta(seconds=20),
    evidence=(Evidence("exposed at", "https://git.example/acme/orders/blob/main/deploy.env"),),
)
SUSPECTED = replace(USER_SIGNAL, sign=Sign.SUSPICIOUS, what="UnauthorizedAccess:IAMUser/TorIPCaller")
DENIED = Outcome(
    Status.FAILED,
    "{call}: AccessDenied: User: arn:aws:sts::111122223333:assumed-role/leak-responder-dev-GuarddutyFinding/x is not "
    "authorized to perform: {call} because no identity-based policy allows it",
)
FACTS = Facts(
    exists=True,
    unique_id=USER.unique_id,
    keys=(
        Key(KEY, active=True, created=SEEN - timedelta(days=90)),
        Key(SIBLING, active=True, created=SEEN - timedelta(days=9)),
    ),
    console_password=False,
    attached=(),
    boundary="",
    held=dict.fromkeys(HELD, ()),
)


OF_ROLE = Facts(exists=True, unique_id=ROLE.unique_id)


_LONG_AGO = SEEN - timedelta(days=400)
SPARES = replace(
    FACTS,
    held={
        SubjectKind.SERVICE_SPECIFIC_CREDENTIAL: (),
        SubjectKind.SSH_PUBLIC_KEY: (
            Credential(SubjectKind.SSH_PUBLIC_KEY, "APKAEXAMPLEOLDEXAMPLE", active=True, created=_LONG_AGO),
            Credential(SubjectKind.SSH_PUBLIC_KEY, "APKAEXAMPLENEWEXAMPLE", active=True, created=SEEN),
        ),
        SubjectKind.SIGNING_CERTIFICATE: (
            Credential(SubjectKind.SIGNING_CERTIFICATE, "TA7SMP42TDN5Z26OBPJE7EXAMPLE", active=True, created=SEEN),
        ),
        SubjectKind.MFA_DEVICE: (),
    },
)


def denied(call: str) -> Outcome:
    """What IAM answers to a role that lacks a right."""
    return replace(DENIED, detail=DENIED.detail.format(call=call))


@dataclass
class Run:
    """An incident in the making: every entry a second after the one before, unless it says otherwise."""

    entries: tuple[Entry, ...]
    at: datetime

    def then(self, *bodies: Body, after: float = 1) -> Run:
        """The run with more entries."""
        run = self
        for body in bodies:
            at = run.at + timedelta(seconds=after)
            run = Run((*run.entries, Entry(len(run.entries) + 1, at, body)), at)
        return run

    def ended(self, **outcomes: Outcome) -> Run:
        """Each containing step ended well, except those named with another end."""
        steps = [step for step in self.incident.unfinished() if step.key not in self.incident.outcomes]
        return self.then(*(Did(step.key, outcomes.get(step.action.replace("-", "_"), DONE)) for step in steps))

    def later(self, action: str, outcome: Outcome) -> Run:
        """One more attempt at the step of that action."""
        step = self.incident.step(action)
        assert step is not None
        return self.then(Did(step.key, outcome))

    def reached(self, *stages: Stage) -> Run:
        """Stages, five seconds each."""
        return self.then(*(Reached(stage) for stage in stages), after=5)

    @property
    def incident(self) -> Incident:
        """Folded."""
        return fold(ID, self.entries)

    def tells(
        self, number: int, settings: Settings = SETTINGS, after: float = 2, found: Investigation | None = None
    ) -> Message:
        """The message of that number, composed some seconds later."""
        return compose(self.incident, number, self.at + timedelta(seconds=after), settings, found)


def opened(signal: Signal = USER_SIGNAL, settings: Settings = SETTINGS, facts: Facts | None = None) -> Run:
    """A claim and its plan, decided as the responder decides."""
    judgement = playbook.strike(signal, settings)
    principal = judgement.strike[0].principal
    cut_off = OPENED + timedelta(seconds=settings.cut_off_ahead)
    bound = tuple(playbook.bound(step, ID, cut_off) for step in judgement.strike)
    judgement = replace(judgement, strike=bound)
    plan = playbook.decide(signal, judgement, facts or (OF_ROLE if principal is ROLE else FACTS), settings)
    steps = tuple(playbook.bound(step, ID, cut_off) for step in plan.steps)
    first = Entry(1, OPENED, Opened(principal, signal, judgement, settings.mode, cut_off))
    return Run((first,), OPENED).then(Planned(replace(plan, steps=steps)), after=0)


def with_spares(**outcomes: Outcome) -> Run:
    """A leaked key whose user was given more since, found once the key was dead."""
    run = opened().ended()
    return run.then(Planned(playbook.missed(run.incident, SPARES))).ended(**outcomes)


def narrowed(run: Run, outcome: Outcome = DONE) -> Run:
    """Verified, and the deny shrunk."""
    run = run.reached(Stage.VERIFY)
    step = playbook.narrow_step(run.incident, SETTINGS)
    return run.then(Planned(Plan((step,))), Did(step.key, outcome)).reached(Stage.NARROW)


def kept_wide(run: Run) -> Run:
    """Verified, and the deny left as wide as it is."""
    withheld = playbook.may_narrow(run.incident, replace(FACTS, keys=(Key(SIBLING, active=True, created=SEEN),)))
    assert withheld is not None
    return run.reached(Stage.VERIFY).then(Planned(Plan((), (withheld,)))).reached(Stage.NARROW)


def notice(signal: Signal, settings: Settings = SETTINGS, context: Context | None = None) -> Message:
    """What is told where no incident is opened."""
    return notice_message(signal, playbook.strike(signal, settings, context), "1f2e3d4c5b6a79880011", SEEN, settings)
