"""What a person runs next, ready to be copied."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from chalicelib import playbook
from chalicelib.digest import digest_of
from chalicelib.report.form import Command

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.incident import Incident
    from chalicelib.model import Signal, Step
    from chalicelib.settings import Settings

_VALUE = re.compile(r"[A-Za-z0-9][\w+=,.@:/-]{0,1023}", re.ASCII)
"""What a shell takes as it stands and no command as an option. A name that is anything else, or longer, is not one of
IAM's.
"""


def approve(incident: Incident, settings: Settings) -> Command:
    """Let the plan run that this message shows, and no other."""
    when = "To let this plan run, and no other:"
    return _ours(when, settings, "approve", incident.id, "--plan", digest_of(incident))


def release(incident: Incident, settings: Settings) -> Command:
    """The way out after a true alarm."""
    when = "Real leak, and the owner must work again (what leaked stays dead):"
    return _ours(when, settings, "release", incident.id, "--reason", "'why'")


def release_unnamed(incident: Incident, settings: Settings) -> Command:
    """The same where no feed says which key leaked: any of them may be it."""
    when = "Real leak? Once every older key of the user is inactive, let the owner work again with a new one:"
    return _ours(when, settings, "release", incident.id, "--reason", "'why'")


def enable(incident: Incident, settings: Settings) -> Command:
    """The same for a user of Cognito, whose new password nobody but a person can vouch for."""
    when = "Real leak? After the password is changed, let the user sign in again (old tokens stay dead):"
    item = ("--action", "disable-cognito-user")
    return _ours(when, settings, "restore", incident.id, "--true-alarm", *item, "--reason", "'why'")


def let_in(incident: Incident, settings: Settings) -> tuple[Command, ...]:
    """The same for a user of Identity Center: no role session of before outlives 12 hours."""
    when = (
        "Real leak? After the password is changed, portal sessions are deleted and 12 hours have passed, give the "
        "account access back:"
    )
    actions = dict.fromkeys(step.action for step in incident.steps if step.action in _OF_CENTER)
    item = ("restore", incident.id, "--true-alarm", "--action")
    return tuple(_ours(when, settings, *item, action, "--reason", "'why'") for action in actions)


_OF_CENTER = {"deny-in-permission-set", "revoke-center-access"}


def restore(incident: Incident, settings: Settings) -> Command:
    """The way out after a false alarm."""
    when = "False alarm? Undo everything (an intruder would get back in too):"
    return _ours(when, settings, "restore", incident.id, "--false-positive", "--reason", "'why'")


def decline(incident: Incident, settings: Settings) -> Command:
    """The way out where nothing was done yet."""
    when = "False alarm? Nothing was changed; this closes the incident:"
    return _ours(when, settings, "decline", incident.id, "--reason", "'why'")


def contain(signal: Signal, settings: Settings, when: str = "To contain it now") -> tuple[Command, ...]:
    """Order what we would do ourselves, whatever the mode; nothing where a name could be no name of IAM's."""
    named = playbook.named(signal)
    words = (*named, *_also(signal))
    if not named or not all(map(_VALUE.fullmatch, words[1::2])):
        return ()
    asked = f"{when}, by your order: the plan is shown first, then you are asked:"
    return (_ours(asked, settings, "contain", *words, "--reason", "'why'"),)


def _also(signal: Signal) -> tuple[str, ...]:
    """What the event calls for beside containment, as far as we can do it, with the Region that the event is of."""
    steps = playbook.called_for(signal, signal.principal) if signal.principal else ()
    words = (f"{step.action}={target}" for step in steps for target in step.arguments.values())
    return tuple(part for word in words for part in ("--also", word))


def resume(incident: Incident, settings: Settings) -> Command:
    """Take up what could not be done."""
    return _ours("Once the cause is mended, to have us try again:", settings, "replay", incident.id, "--yes")


def replay(native_id: str, region: str, settings: Settings, when: str) -> Command | None:
    """Answer a GuardDuty finding again, once it can be."""
    if not re.fullmatch("[0-9a-zA-Z-]{8,64}", native_id) or not re.fullmatch("[a-z0-9-]{4,32}", region):
        return None
    return _ours(when, settings, "replay", native_id, "--region", region)


def resume_responder(settings: Settings) -> Command:
    """End the pause."""
    return _ours("To let it work again:", settings, "resume", "--reason", "why")


def trust(incident: Incident, settings: Settings) -> tuple[Command, ...]:
    """Put the trust policy back that stood at the first look. It comes through a file: a shell would not keep it."""
    role = incident.principal.name
    if not _VALUE.fullmatch(role):
        return ()
    by_hand = ("iam", "update-assume-role-policy", "--role-name", role, "--policy-document", "file://trust.json")
    return (
        _ours("To print the earlier trust policy, for a file trust.json:", settings, "show", incident.id, "--trust"),
        Command("Once you have read it, to put it back, with administrator rights in the account:", ("aws", *by_hand)),
    )


def lifting(steps: Iterable[Step]) -> tuple[Command, ...]:
    """The AWS commands that take a deny on old sessions off."""
    return tuple(
        Command("By hand, with administrator rights in the account:", ("aws", *words))
        for step in steps
        if all(map(_VALUE.fullmatch, (step.principal.name, step.arguments.get("policy_name", ""))))
        for words in _lifting(step)
    )


def _lifting(step: Step) -> tuple[tuple[str, ...], ...]:
    name, given = step.principal.name, step.arguments
    match step.action:
        case "narrow-user":
            return (
                ("iam", "delete-user-permissions-boundary", "--user-name", name),
                ("iam", "delete-policy", "--policy-arn", given["narrow_arn"]),
            )
        case "revoke-role-sessions":
            return (("iam", "delete-role-policy", "--role-name", name, "--policy-name", given["policy_name"]),)
        case "attach-role-deny":
            return (
                ("iam", "detach-role-policy", "--role-name", name, "--policy-arn", given["policy_arn"]),
                ("iam", "delete-policy", "--policy-arn", given["policy_arn"]),
            )
        case "bound-role":
            before = ("put-role-permissions-boundary", "--permissions-boundary", given.get("boundary", ""))
            call, *boundary = before if "boundary" in given else ("delete-role-permissions-boundary",)
            return (
                ("iam", call, "--role-name", name, *boundary),
                ("iam", "delete-policy", "--policy-arn", given["policy_arn"]),
            )
        case _:
            return ()


def by_hand(steps: Iterable[Step], when: str = "By hand") -> tuple[Command, ...]:
    """The AWS commands that do the same as these steps, where commands can."""
    known = (
        Command(f"{when}, with administrator rights in the account:", ("aws", *words))
        for step in steps
        if all(map(_VALUE.fullmatch, (*_names(step), *step.arguments.values())))
        for words in _calls(step)
    )
    return tuple(islice(known, _MOST))


_MOST = 5


_CALLS = {
    "quarantine-user": "iam attach-user-policy --user-name {user} --policy-arn {policy_arn}",
    "attach-deny-all": "iam attach-user-policy --user-name {user} --policy-arn {policy_arn}",
    "bound-user": "iam put-user-permissions-boundary --user-name {user} --permissions-boundary {policy_arn}",
    # whatever the role has room for, this takes none; it stops its newer sessions too
    "bound-role": (
        "iam put-role-permissions-boundary --role-name {user} --permissions-boundary arn:aws:iam::aws:policy/AWSDenyAll"
    ),
    "deactivate-key": "iam update-access-key --user-name {user} --access-key-id {key_id} --status Inactive",
    "deactivate-service-specific": (
        "iam update-service-specific-credential --user-name {user} --service-specific-credential-id {credential_id} "
        "--status Inactive"
    ),
    "deactivate-ssh-key": (
        "iam update-ssh-public-key --user-name {user} --ssh-public-key-id {credential_id} --status Inactive"
    ),
    "deactivate-certificate": (
        "iam update-signing-certificate --user-name {user} --certificate-id {credential_id} --status Inactive"
    ),
    "deactivate-mfa": "iam deactivate-mfa-device --user-name {user} --serial-number {device}",
    "rotate-secret": "secretsmanager rotate-secret --secret-id {secret}",
    "start-logging": "cloudtrail start-logging --name {trail}",
    "enable-detector": "guardduty update-detector --detector-id {last} --enable",
    # KMS enables no key that is to be deleted, and cancels nothing for one that is not (KMS API reference)
    "enable-kms-key": "kms cancel-key-deletion --key-id {kms_key}; kms enable-key --key-id {kms_key}",
    "disable-trust-anchor": "rolesanywhere disable-trust-anchor --trust-anchor-id {last}",
    "disable-cognito-user": (
        "cognito-idp admin-disable-user --user-pool-id {pool} --username {username} --region {home}; "
        "cognito-idp admin-user-global-sign-out --user-pool-id {pool} --username {username} --region {home}"
    ),
    "revoke-kms-grant": "kms revoke-grant --key-id {before} --grant-id {last}",
    "snapshot-instance": "ec2 create-snapshots --instance-specification InstanceId={last}",
}
"""The calls for each, in their order; `before` and `last` are the parts of its ARN. The deny on sessions is a document:
the console's `Revoke sessions` writes it.
"""


def _names(step: Step) -> tuple[str, ...]:
    """The name of the principal; a user of a pool is named by two."""
    return tuple(step.principal.name.split("/", 1))


def _calls(step: Step) -> tuple[tuple[str, ...], ...]:
    arn = next((value for value in step.arguments.values() if value.startswith("arn:")), "")
    before, _, last = arn.rpartition("/")
    pool, *username = _names(step)
    of_pool = {"pool": pool, "username": "".join(username), "home": pool.partition("_")[0]}
    given = {**step.arguments, **of_pool, "user": step.principal.name, "before": before, "last": last}
    calls = (call.split() for call in _CALLS.get(step.action, "").split(";"))
    return tuple((*(word.format(**given) for word in call), *_region(arn)) for call in calls if call)


def _region(arn: str) -> tuple[str, ...]:
    parts = arn.split(":")
    return ("--region", parts[3]) if parts[0] == "arn" and len(parts) > 3 and parts[3] else ()  # noqa: PLR2004 - arn:partition:service:region


def _ours(when: str, settings: Settings, *words: str) -> Command:
    stack = () if settings.stage == "dev" else ("--stack", f"leak-responder-{settings.stage}")
    return Command(when, ("leak-responder", *words, *stack))
