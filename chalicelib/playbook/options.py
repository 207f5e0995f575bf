"""What no plan holds unless it is asked for: by a person with `--also`, a setting of the owner, or the event itself."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.model import PrincipalKind, Sign, Signal, Step, Withheld
from chalicelib.playbook.steps import named

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.model import Principal
    from chalicelib.settings import Settings


@dataclass(frozen=True)
class Option:
    """An action that is taken only where it is asked for: as NAME=TARGET, or by its name alone.

    `argument` is what the step calls its target, "" where the principal is all that it needs. `read` makes that
    argument of what was written, None where it is no such thing; `found` is the target that a signal itself names.
    `kind` is None where it may be asked for of everybody, and `found` where no signal can say it: then a setting cannot
    ask for it either. One that is `ordered` takes a person's word: it changes what is not the principal's, and an event
    that calls for it has it told, with the command.
    """

    action: str
    kind: PrincipalKind | None
    reason: str
    argument: str = ""
    form: str = ""
    read: Callable[[str, Signal], str | None] = lambda text, _: text
    found: Callable[[Signal], str | None] | None = None
    ordered: bool = False

    @property
    def standing(self) -> bool:
        """Whether it can be asked for once and for all."""
        return not self.argument or self.found is not None

    def target(self, text: str, signal: Signal) -> str:
        """What it is to be done to, as it was written or as the signal says; "" where nothing says it."""
        return text or (self.found(signal) if self.found else "") or ""


@dataclass(frozen=True)
class Errand:
    """What an event calls for and no action of ours can do: a person is told why, and what to do.

    A source asks for it as it asks for an option, by NAME=TARGET; the target stands in `reason`.
    """

    name: str
    reason: str
    instead: str


def _of(service: str, kind: str, name: str) -> Callable[[str, Signal], str | None]:
    """Reads the ARN of one such thing of the principal's account; its name alone is one of the signal's Region."""
    alone = re.compile(name)
    whole = re.compile(rf"arn:aws[a-z-]*:{service}:[a-z0-9-]{{4,32}}:(?P<account>\d{{12}}):{kind}/{name}")

    def read(text: str, signal: Signal) -> str | None:
        if alone.fullmatch(text):
            return f"arn:aws:{service}:{signal.region}:{signal.account}:{kind}/{text}"
        found = whole.fullmatch(text)
        return text if found and found["account"] == signal.account else None

    return read


_INSTANCE = re.compile(r"i-[0-9a-f]{8,17}")


def _session(signal: Signal) -> str | None:
    """EC2 names the session of an instance's role after the instance (IAM user guide, "IAM roles for EC2")."""
    return signal.subject.session if _INSTANCE.fullmatch(signal.subject.session or "") else None


_SERIAL = re.compile(r"[\w+=/:,.@-]{9,256}", re.ASCII)  # as IAM's API takes it


def _device(text: str, signal: Signal) -> str | None:
    """A serial number; one that is an ARN is of the principal's account."""
    ours = not text.startswith("arn:") or text.split(":")[4:5] == [signal.account]
    return text if ours and _SERIAL.fullmatch(text) else None


_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_KEY = f"(?:mrk-[0-9a-f]{{32}}|{_UUID})"
_trail = _of("cloudtrail", "trail", "[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]")

OPTIONS: tuple[Option, ...] = (
    Option(
        "snapshot-instance",
        PrincipalKind.ROLE,
        "asked for: the disks as they are now, for whoever looks into it",
        "instance",
        "i-0123456789abcdef0, or the ARN of an instance",
        _of("ec2", "instance", _INSTANCE.pattern),
        _session,
    ),
    Option(
        "isolate-instance",
        PrincipalKind.ROLE,
        "asked for: whoever is on the instance is to reach nothing",
        "instance",
        "i-0123456789abcdef0, or the ARN of an instance",
        _of("ec2", "instance", _INSTANCE.pattern),
        _session,
    ),
    Option(
        "start-logging",
        None,
        "the trail was stopped: what happens from now on is to be recorded",
        "trail",
        "the name or ARN of a trail",
        _trail,
    ),
    Option(
        "record-management-events",
        None,
        "somebody chose anew what the trail records: what happens from now on is to be recorded",
        "trail",
        "the name or ARN of a trail",
        _trail,
    ),
    Option(
        "enable-detector",
        None,
        "the detector was suspended: what happens from now on is to be detected",
        "detector",
        "the id or ARN of a GuardDuty detector",
        _of("guardduty", "detector", "[0-9a-f]{32}"),
    ),
    Option(
        "deactivate-mfa",
        PrincipalKind.USER,
        "asked for: the device is not its owner's",
        "device",
        "the serial number of an MFA device, which is an ARN for all but hardware",
        _device,
        ordered=True,
    ),
    Option(
        "enable-kms-key",
        None,
        "the encryption key was disabled, or is to be deleted",
        "kms_key",
        "the id or ARN of an encryption key",
        _of("kms", "key", _KEY),
        ordered=True,
    ),
    Option(
        "revoke-kms-grant",
        None,
        "whoever the grant was made for can use the encryption key",
        "grant",
        "the ARN of an encryption key, a slash, and the id of the grant",
        _of("kms", "key", f"{_KEY}/[0-9a-f]{{64}}"),
        ordered=True,
    ),
    Option(
        "disable-trust-anchor",
        None,
        "a trust anchor of Roles Anywhere was made, changed or enabled: it lets in whoever has a certificate of its "
        "authority",
        "anchor",
        "the id or ARN of a trust anchor",
        _of("rolesanywhere", "trust-anchor", _UUID),
        ordered=True,
    ),
)
"""One line for each; the actions themselves say what they do, what they break and how they are undone."""

ERRANDS: tuple[Errand, ...] = (
    Errand(
        "create-trail",
        "trail {} was deleted, and no event says what it was like",
        "create it again as its template or AWS Config has it; what it had delivered is still in its bucket",
    ),
    Errand(
        "compare-trail",
        "trail {} was changed, and no event says what it was like before",
        "compare its bucket, Regions, validation of log files and encryption key with its template",
    ),
    Errand(
        "create-detector",
        "detector {} was deleted, with its findings and settings",
        "create one again (`aws guardduty create-detector --enable`), with the features, filters and lists that its "
        "template has; in an organisation its administrator enables the account again",
    ),
    Errand(
        "import-key-material",
        "the material of encryption key {} was deleted",
        "import the same material again: without it nothing that the key encrypted can be read",
    ),
    Errand(
        "put-trust-back",
        "the trust policy of role {} was replaced, and the event holds the new one alone",
        "put the earlier one back, as the role's template, AWS Config or the call before in CloudTrail (CreateRole or "
        "UpdateAssumeRolePolicy of that role) has it: aws iam update-assume-role-policy. Then revoke the sessions of "
        "whoever came in: `leak-responder contain --role NAME --reason …`",
    ),
    Errand(
        "delete-provider",
        "identity provider {} was made, and a role that trusts it lets in whom it vouches for",
        "delete it, unless one of yours made it, and look for roles that trust it: revoke their sessions with "
        "`leak-responder contain --role NAME --reason …`",
    ),
    Errand(
        "compare-profile",
        "profile {} of Roles Anywhere was made, changed or enabled: it names the roles that certificates open",
        "compare its roles and policies with its template; disable it unless it is yours: `aws rolesanywhere "
        "disable-profile`",
    ),
    Errand(
        "compare-provider",
        "identity provider {} was changed, and no event says what it was like before",
        "compare its metadata, thumbprints and client ids with its template, then revoke the sessions of the roles "
        "that trust it: `leak-responder contain --role NAME --reason …`",
    ),
    Errand(
        "compare-revocations",
        "revocation list {} of Roles Anywhere was disabled, deleted or replaced: certificates that were revoked may "
        "work again",
        "compare it with the list that the certificate authority publishes, then import it or enable it again: `aws "
        "rolesanywhere import-crl` or `enable-crl`",
    ),
    Errand(
        "compare-delegation",
        "delegation request {} gives a partner rights of this account, and a token that was sent cannot be taken back",
        "look at what it gives and to which partner: `aws iam get-delegation-request --delegation-request-id ID`. "
        "Unless one of yours wanted it, tell the partner and AWS Support",
    ),
    Errand(
        "end-outbound-tokens",
        "services outside AWS can be given tokens of issuer {}, and let in whoever has one",
        "switch it off, unless one of yours switched it on: `aws iam disable-outbound-web-identity-federation`",
    ),
    Errand(
        "end-root-access",
        "sessions as root of the accounts of organisation {} can be obtained from now on",
        "switch it off, unless one of yours switched it on: `aws iam disable-organizations-root-sessions` and `aws iam "
        "disable-organizations-root-credentials-management`",
    ),
    Errand(
        "deregister-administrator",
        "account {} administers a service for the whole organisation from now on",
        "take that back, unless one of yours gave it: `aws organizations deregister-delegated-administrator`",
    ),
    Errand(
        "delete-activation",
        "whoever has the code of activation {} can register machines that get the credentials of its role",
        "delete it, and take off each machine that it registered: `aws ssm delete-activation`, `aws ssm "
        "deregister-managed-instance`",
    ),
    Errand(
        "compare-role-alias",
        "whoever has a certificate of IoT whose policy names role alias {} gets the credentials of its role",
        "compare its role with its template; delete it unless it is yours: `aws iot delete-role-alias`. Then revoke "
        "the sessions of that role: `leak-responder contain --role NAME --reason …`",
    ),
    Errand(
        "compare-instance-profile",
        "instance {} was given another role, and whoever is on the instance can read its credentials",
        "give it the profile that its template has, or take this one off: `aws ec2 "
        "describe-iam-instance-profile-associations`, `aws ec2 disassociate-iam-instance-profile`",
    ),
    Errand(
        "delete-dev-endpoint",
        "whoever has the SSH key of endpoint {} of Glue can read the credentials of its role",
        "delete it, unless it is yours: `aws glue delete-dev-endpoint`. Then revoke the sessions of that role: "
        "`leak-responder contain --role NAME --reason …`",
    ),
    Errand(
        "take-cluster-rights",
        "principal {} was made administrator of a cluster of EKS",
        "take that back, unless one of yours gave it: `aws eks disassociate-access-policy`, and look in the cluster at "
        "what was made there since",
    ),
    Errand(
        "set-database-password",
        "the password of the administrator of database {}, or its sign-in by IAM, was changed",
        "ask its owners, and unless they did that, have AWS set a password that nobody knows: `aws rds "
        "modify-db-instance` or `modify-db-cluster` with `--manage-master-user-password`, `aws redshift "
        "modify-cluster` with `--manage-master-password`",
    ),
    Errand(
        "compare-security-contact",
        "the account's contact for {}, to whom AWS writes of leaked keys, was changed or deleted",
        "compare it with what it should be, and put it back: `aws account get-alternate-contact "
        "--alternate-contact-type SECURITY`, `aws account put-alternate-contact`",
    ),
    Errand(
        "compare-center-access",
        "user or group {} of Identity Center was given access or another member",
        "look at it where Identity Center is administered, and take it away unless one of yours gave it: `aws "
        "sso-admin delete-account-assignment`, `aws identitystore delete-group-membership`. Then `leak-responder "
        "contain --identity-center-user USERNAME --reason …` ends the sessions of whoever had it",
    ),
    Errand(
        "compare-center-sign-in",
        "user {} of Identity Center has another password, or a second factor less",
        "ask that person; unless they wanted it, `leak-responder contain --identity-center-user USERNAME --reason …` "
        "where Identity Center is administered",
    ),
)

_OPTION = {option.action: option for option in OPTIONS}
_ERRAND = {errand.name: errand for errand in ERRANDS}


def asked_for(signal: Signal, principal: Principal, settings: Settings) -> tuple[Step, ...]:
    """The steps that the owner's setting and the signal ask for, as far as they fit what leaked.

    They wait until the principal is contained: no option stops a credential, and none may keep the deny waiting.
    """
    words = (*settings.also, *(word for word in signal.also if signal.sign is Sign.REPORTED or not _takes_a_word(word)))
    return _steps(words, signal, principal)


def _takes_a_word(word: str) -> bool:
    option = _OPTION.get(word.partition("=")[0])
    return option is not None and option.ordered


def called_for(signal: Signal, principal: Principal) -> tuple[Step, ...]:
    """Those that the signal itself asks for, were a person to order them."""
    return _steps(signal.also, signal, principal)


def _steps(words: Iterable[str], signal: Signal, principal: Principal) -> tuple[Step, ...]:
    steps = (_step(word, signal, principal) for word in words if not misfit(word, signal, principal))
    return tuple({step.key: step for step in steps}.values())


def errands(signal: Signal) -> tuple[Withheld, ...]:
    """What the signal asks for that only a person can do."""
    named = (word.partition("=") for word in dict.fromkeys(signal.also))
    return tuple(
        Withheld("put-back", errand.reason.replace("{}", target), errand.instead)
        for name, _, target in named
        if (errand := _ERRAND.get(name))
    )


def unordered(signal: Signal, principal: Principal) -> tuple[Withheld, ...]:
    """What the signal asks for that is done once a person orders it."""
    steps = called_for(signal, principal) if signal.sign is not Sign.REPORTED else ()
    return tuple(_unordered(step, signal) for step in steps if _takes_a_word(step.action))


def _unordered(step: Step, signal: Signal) -> Withheld:
    who, (target,) = step.principal, step.arguments.values()
    words = named(signal) or (f"--{who.kind}", who.name)
    order = f"contain {shlex.join(words)} --also {step.action}={target} --reason …"
    return Withheld(step.action, f"{step.reason} ({target})", f"unless one of yours did that: `leak-responder {order}`")


def misfit(word: str, signal: Signal, principal: Principal) -> str:
    """Why this cannot be asked for here; "" where it can."""
    name, given, target = word.partition("=")
    option = _OPTION.get(name)
    if option is None:
        return f"{name!r} cannot be asked for; what can: {', '.join(_OPTION)}"
    if option.kind not in {None, principal.kind}:
        return f"{name} is about a {option.kind}, and {principal.name} is a {principal.kind}"
    if not option.argument:
        return f"{name} takes nothing behind it" if given else ""
    text = option.target(target, signal)
    if not text:
        return f"{name} needs to know which: {name}=TARGET, where TARGET is {option.form}"
    return "" if option.read(text, signal) else f"{text!r} is not what {name} takes: {option.form}"


def _step(word: str, signal: Signal, principal: Principal) -> Step:
    name, _, target = word.partition("=")
    option = _OPTION[name]
    argument = {option.argument: option.read(option.target(target, signal), signal) or ""} if option.argument else {}
    return Step(name, principal, option.reason, argument, later=True)
