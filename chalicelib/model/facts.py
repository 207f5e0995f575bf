"""What AWS says now about a principal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.model.principal import HELD, SubjectKind


@dataclass(frozen=True)
class Key:
    """An access key of a user, as IAM lists it."""

    id: str
    active: bool
    created: datetime


@dataclass(frozen=True)
class Credential:
    """What a user holds beside keys and password. `service` is the only one that it opens, "" where it opens more."""

    kind: SubjectKind
    id: str
    active: bool
    created: datetime
    service: str = ""


@dataclass(frozen=True)
class Facts:
    """What AWS says now about a principal. None is unknown, never a guess; `boundary` is "" where none is set.

    `held` has a kind only where IAM has said what there is of it. A strike does not wait for it. `permission_sets` are
    those that lead a user of Identity Center into accounts. `arn` is that of a role: its path says whether the role is
    AWS's. `renamed` is what the user who was meant is called now, where that is not the name that was asked about; ""
    otherwise.
    """

    exists: bool | None = None
    unique_id: str | None = None
    keys: tuple[Key, ...] | None = None
    console_password: bool | None = None
    attached: tuple[str, ...] | None = None
    boundary: str | None = None
    held: Mapping[SubjectKind, tuple[Credential, ...]] = field(default_factory=dict)
    permission_sets: tuple[str, ...] | None = None
    arn: str | None = None
    renamed: str = ""

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """Whatever is known to be held, keys included."""
        keys = (Credential(SubjectKind.ACCESS_KEY, key.id, key.active, key.created) for key in self.keys or ())
        return (*keys, *(one for kind in HELD for one in self.held.get(kind, ())))

    def of(self, kind: SubjectKind) -> tuple[Credential, ...] | None:
        """What is held of one kind; None where that is unknown."""
        if kind is SubjectKind.ACCESS_KEY:
            return None if self.keys is None else tuple(one for one in self.credentials if one.kind is kind)
        return self.held.get(kind)

    def before(self, moment: datetime) -> Facts:
        """The facts without the credentials that were made since."""
        keys = self.keys and tuple(key for key in self.keys if key.created < moment)
        held = {kind: tuple(one for one in these if one.created < moment) for kind, these in self.held.items()}
        return replace(self, keys=keys, held=held)

    @property
    def unread(self) -> bool:
        """Whether anything is unknown that decides how narrow the deny on a user may be."""
        return None in {self.keys, self.console_password, self.boundary} or any(kind not in self.held for kind in HELD)
