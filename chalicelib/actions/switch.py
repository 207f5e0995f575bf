"""How a credential with a status is set inactive and back: the same for each kind but for the calls of IAM."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from chalicelib.model import ALREADY, DONE, Action, Moved, Outcome, Permission, Status, SubjectKind, Undo

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient  # noqa: TC004 - only a checker reads the annotation

    from chalicelib.model import Clients, Facts, Image, Step

Wanted = Literal["Active", "Inactive"]
_USERS = ("arn:${AWS::Partition}:iam::${AWS::AccountId}:user/*",)


@dataclass(frozen=True)
class Switch:
    """`listed` gives the status of each by id, `turn` sets one (client, user, id, status)."""

    kind: SubjectKind
    noun: str
    listed: Callable[[IAMClient, str], Mapping[str, str]]
    turn: Callable[[IAMClient, str, str, Wanted], object]

    def action(self, name: str, summary: str, calls: tuple[str, str], **told: str) -> Action:
        """The action that sets one inactive, by those two calls; `told` is what a person reads of it."""
        return Action(
            name=name,
            summary=summary,
            undo=Undo.REVERSIBLE,
            permissions=(Permission(calls, _USERS),),
            restore_permissions=(),
            capture=self.capture,
            apply=self.apply,
            verify=self.verify,
            restore=self.restore,
            overwrite=self.overwrite,
            look=None,
            renew=None,
            replaced=self.replaced,
            image_first=True,
            **told,
        )

    def capture(self, clients: Clients, step: Step, facts: Facts) -> Image:
        """The status, "" where the user has no such credential."""
        known = facts.of(self.kind)
        if known is None:
            return {"status": self._status(clients, step)}
        found = {one.id: "Active" if one.active else "Inactive" for one in known}
        return {"status": found.get(step.credential or "", "")}

    def replaced(self, clients: Clients, step: Step, image: Image) -> Image:
        """Active, where somebody set it so."""
        return {"status": "Active"} if self._status(clients, step) == "Active" else image

    def apply(self, clients: Clients, step: Step) -> Outcome:
        """To set a status twice is to set it once; one that is gone needs no deactivation."""
        return self._turned(clients, step, "Inactive")

    def verify(self, clients: Clients, step: Step) -> Outcome:
        """Whether it is inactive, or gone, with its user or without."""
        try:
            status = self._status(clients, step)
        except clients.iam().exceptions.NoSuchEntityException:
            return ALREADY
        if status == "Active":
            return Outcome(Status.FAILED, f"{self.noun} {step.credential} is active", retryable=True)
        return ALREADY

    def restore(self, clients: Clients, step: Step, image: Image) -> Outcome | Moved:
        """It gets the status it had; one that was never touched unread stays as it is."""
        before = image.get("status")
        if not before:
            return ALREADY
        now = self._status(clients, step)
        if now == before:
            return ALREADY
        if now != "Inactive":
            gone = f"nothing: AWS gives no deleted {self.noun} back"
            return Moved("inactive", now.lower() or "deleted", before.lower() if now else gone)
        return self.overwrite(clients, step, image)

    def overwrite(self, clients: Clients, step: Step, image: Image) -> Outcome:
        """The status of before. What was deleted is left behind: the owner needs a new one."""
        outcome = self._turned(clients, step, "Active" if image["status"] == "Active" else "Inactive")
        return outcome if outcome.good else Outcome(Status.ALREADY, f"{outcome.detail}; AWS gives none back")

    def _turned(self, clients: Clients, step: Step, status: Wanted) -> Outcome:
        iam, known = clients.iam(), step.credential or ""
        try:
            self.turn(iam, step.principal.name, known, status)
        except iam.exceptions.NoSuchEntityException:
            gone = f"user {step.principal.name} has no {self.noun} {known}: it was deleted, or is somebody else's"
            return Outcome(Status.ALREADY if status == "Inactive" else Status.FAILED, gone)
        return DONE

    def _status(self, clients: Clients, step: Step) -> str:
        """Active, inactive, or "" where there is none: what has expired works no more than what is inactive."""
        found = self.listed(clients.iam(), step.principal.name).get(step.credential or "", "")
        return "Inactive" if found and found != "Active" else found
