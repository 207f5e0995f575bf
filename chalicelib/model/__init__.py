"""The words of the house, as frozen data. Everything else is written in them; nothing here knows AWS."""

from __future__ import annotations

from chalicelib.model.action import (
    ALREADY,
    DONE,
    Action,
    Clients,
    Image,
    Moved,
    Outcome,
    Permission,
    Status,
    Undo,
    UnseenError,
)
from chalicelib.model.facts import Credential, Facts, Key
from chalicelib.model.holding import PASSWORD, Holding, describe_holdings
from chalicelib.model.plan import Confidence, Context, Decision, Judgement, Mode, Plan, Step, StepState, Withheld
from chalicelib.model.principal import (
    HELD,
    IDENTITY,
    LASTING,
    NOUNS,
    POOL_SESSION,
    Principal,
    PrincipalKind,
    Subject,
    SubjectKind,
)
from chalicelib.model.refusal import refusal_code, refusal_words
from chalicelib.model.signal import GIVING, OURSELVES, Evidence, Finding, Ignored, Malformed, Parsed, Sign, Signal

__all__ = [
    "ALREADY",
    "DONE",
    "GIVING",
    "HELD",
    "IDENTITY",
    "LASTING",
    "NOUNS",
    "OURSELVES",
    "PASSWORD",
    "POOL_SESSION",
    "Action",
    "Clients",
    "Confidence",
    "Context",
    "Credential",
    "Decision",
    "Evidence",
    "Facts",
    "Finding",
    "Holding",
    "Ignored",
    "Image",
    "Judgement",
    "Key",
    "Malformed",
    "Mode",
    "Moved",
    "Outcome",
    "Parsed",
    "Permission",
    "Plan",
    "Principal",
    "PrincipalKind",
    "Sign",
    "Signal",
    "Status",
    "Step",
    "StepState",
    "Subject",
    "SubjectKind",
    "Undo",
    "UnseenError",
    "Withheld",
    "describe_holdings",
    "refusal_code",
    "refusal_words",
]
