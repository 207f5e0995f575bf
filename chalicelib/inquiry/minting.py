"""What a call made that can call in its turn, or lets somebody call. One reader for each kind of call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.inquiry import call as mark
from chalicelib.inquiry.call import account_of
from chalicelib.inquiry.family import Kind, Member
from chalicelib.model import Principal, PrincipalKind, Subject, SubjectKind, read_arn
from chalicelib.sources.cloudtrail import role as role_of, role_name
from chalicelib.sources.reading import node, nodes, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from chalicelib.inquiry.call import Call
    from chalicelib.sources.reading import Node


def made(call: Call) -> Iterator[Member]:
    """The children of a call; none where it was refused."""
    reader = MADE.get((call.service, call.name))
    if reader and call.worked:
        yield from reader(call)


def _member(call: Call, kind: Kind, name: str | None, marks: Iterable[str], **more: object) -> Iterator[Member]:
    """A child without a name is no child: the call did not say what it made."""
    if name:
        account = str(more.pop("account", call.account))
        yield Member(
            kind,
            name,
            account,
            tuple(marks),
            by=call.name,
            at=call.at,
            region=call.region,
            **more,  # type: ignore[arg-type]
        )


def _user(account: str, name: str | None) -> Principal | None:
    return Principal(PrincipalKind.USER, account, name) if name else None


def _whose(call: Call) -> str | None:
    """Who names no user means themselves."""
    own = call.who.name if call.who and call.who.kind is PrincipalKind.USER else None
    return text(call.asked, "userName") or own


def _access_key(call: Call) -> Iterator[Member]:
    made_of = node(call.answered, "accessKey")
    key = text(made_of, "accessKeyId") or text(call.asked, "accessKeyId")
    owner = _user(call.account, text(made_of, "userName") or _whose(call))
    subject = Subject(SubjectKind.ACCESS_KEY, key)
    return _member(call, Kind.ACCESS_KEY, key, _keys(key), subject=subject, principal=owner)


def _revived(reader: Callable[[Call], Iterator[Member]]) -> Callable[[Call], Iterator[Member]]:
    """What was set active again is as good as new; what was set inactive is nobody's."""
    return lambda call: reader(call) if text(call.asked, "status") == "Active" else iter(())


def _keys(key: str | None) -> tuple[str, ...]:
    return (mark.key(key),) if key else ()


def _new_user(call: Call) -> Iterator[Member]:
    name = text(call.asked, "userName") or text(call.answered, "user", "userName")
    marks = (mark.user(call.account, name or ""),)
    return _member(call, Kind.USER, name, marks, principal=_user(call.account, name))


def _password(call: Call) -> Iterator[Member]:
    name = _whose(call)
    subject, marks = Subject(SubjectKind.CONSOLE_PASSWORD), (mark.console(call.account, name or ""),)
    return _member(call, Kind.PASSWORD, name, marks, subject=subject, principal=_user(call.account, name))


def _service_credential(call: Call) -> Iterator[Member]:
    made_of = node(call.answered, "serviceSpecificCredential")
    of = text(made_of, "serviceSpecificCredentialId") or text(call.asked, "serviceSpecificCredentialId")
    owner = _user(call.account, text(made_of, "userName") or _whose(call))
    note = text(made_of, "serviceName") or text(call.asked, "serviceName") or ""
    subject = Subject(SubjectKind.SERVICE_SPECIFIC_CREDENTIAL, of)
    return _member(call, Kind.SERVICE_CREDENTIAL, of, _keys(of), subject=subject, principal=owner, note=note)


def _ssh_key(call: Call) -> Iterator[Member]:
    of = text(call.answered, "sSHPublicKey", "sSHPublicKeyId") or text(call.asked, "sSHPublicKeyId")
    return _member(call, Kind.SSH_KEY, of, (), principal=_user(call.account, _whose(call)))


def _certificate(call: Call) -> Iterator[Member]:
    of = text(call.answered, "certificate", "certificateId") or text(call.asked, "certificateId")
    return _member(call, Kind.CERTIFICATE, of, (), principal=_user(call.account, _whose(call)))


def _new_role(call: Call) -> Iterator[Member]:
    """Open to whom its trust says from the beginning: whoever comes from outside is followed, too."""
    name, arn = text(call.asked, "roleName"), text(call.answered, "role", "arn") or ""
    who = role_of(name, call.account, None, arn) if name else None
    marks = (mark.role(call.account, name or ""), mark.stranger_into(call.account, name or ""))
    return _member(call, Kind.ROLE, name, marks, principal=who)


def _trust(call: Call) -> Iterator[Member]:
    """The role's own users are left alone: only who comes from outside by that trust is followed."""
    name = text(call.asked, "roleName")
    who = role_of(name, call.account, None) if name else None
    return _member(call, Kind.TRUST, name, (mark.stranger_into(call.account, name or ""),), principal=who)


def _role_session(call: Call) -> Iterator[Member]:
    key, assumed = text(call.answered, "credentials", "accessKeyId"), node(call.answered, "assumedRoleUser")
    return _session_of(call, key, text(call.asked, "roleArn") or text(assumed, "arn") or "", assumed)


def _session_of(call: Call, key: str | None, role_arn: str, assumed: Node) -> Iterator[Member]:
    """Known by its key id alone: the intruder may have given it the name of somebody else's session."""
    name, account = role_name(role_arn) or "", account_of(role_arn) or call.account
    entered = read_arn(text(assumed, "arn") or "")
    own = entered.session if entered else ""
    unique_id = (text(assumed, "assumedRoleId") or "").partition(":")[0] or None
    who = role_of(name, account, unique_id, role_arn) if name else None
    subject, note = Subject(SubjectKind.ROLE_SESSION, key, own or None), f"{name}/{own}" if name else ""
    marks = (*_keys(key), *(_in_browser(account, name, own) if call.name == "AssumeRoleWithSAML" else ()))
    return _member(call, Kind.ROLE_SESSION, key, marks, account=account, subject=subject, principal=who, note=note)


def _in_browser(account: str, name: str, own: str) -> tuple[str, ...]:
    """Who signs in to the console by SAML works there with other keys than this call gave out."""
    return (mark.at_console(mark.session(account, name, own)),) if name and own else ()


def _anywhere(call: Call) -> Iterator[Member]:
    for one in nodes(call.answered, "credentialSet"):
        assumed = node(one, "assumedRoleUser")
        arn = text(one, "roleArn") or text(assumed, "arn") or ""
        yield from _session_of(call, text(one, "credentials", "accessKeyId"), arn, assumed)


def _user_session(call: Call) -> Iterator[Member]:
    key = text(call.answered, "credentials", "accessKeyId")
    subject = Subject(SubjectKind.USER_SESSION, key)
    return _member(call, Kind.USER_SESSION, key, _keys(key), subject=subject, principal=call.who)


def _federated_session(call: Call) -> Iterator[Member]:
    key, name = text(call.answered, "credentials", "accessKeyId"), text(call.asked, "name") or ""
    subject = Subject(SubjectKind.FEDERATED_SESSION, key, name or None)
    return _member(call, Kind.FEDERATED_SESSION, key, _keys(key), subject=subject, principal=call.who, note=name)


def _delegated_session(call: Call) -> Iterator[Member]:
    """A partner's, with the rights of whoever accepted its request; the answer says of whom."""
    key, of = text(call.answered, "credentials", "accessKeyId"), text(call.answered, "assumedPrincipal") or ""
    if role_name(of):
        return _session_of(call, key, of, {"arn": of} if ":assumed-role/" in of else {})
    account, name = account_of(of) or call.account, of.rpartition("/")[2] if ":user/" in of else None
    subject, who = Subject(SubjectKind.USER_SESSION, key), _user(account, name)
    return _member(call, Kind.USER_SESSION, key, _keys(key), account=account, subject=subject, principal=who)


def _scoped_session(call: Call) -> Iterator[Member]:
    """The caller's own session with fewer rights: the same principal and session name, and another key."""
    key, info = text(call.answered, "credentials", "accessKeyId"), node(call.answered, "sessionInfo")
    own = text(info, "arn") or ""
    if role_name(own):
        return _session_of(call, key, own, {"arn": own, "assumedRoleId": text(info, "scopedSessionId")})
    is_role = call.who is not None and call.who.kind is not PrincipalKind.USER
    kind, of = (
        (Kind.ROLE_SESSION, SubjectKind.ROLE_SESSION)
        if is_role
        else (Kind.FEDERATED_SESSION, SubjectKind.FEDERATED_SESSION)
    )
    return _member(call, kind, key, _keys(key), subject=Subject(of, key), principal=call.who)


def _console_session(call: Call) -> Iterator[Member]:
    """A link that signs in. The console's calls have keys that no record gives out, and the session's name."""
    marks = tuple(one for one in call.marks if mark.is_at_console(one))
    name = marks[0].partition("/")[2] if marks else None
    role, _, own = (name or "").rpartition("/")
    subject = Subject(SubjectKind.ROLE_SESSION if role else SubjectKind.FEDERATED_SESSION, session=own or None)
    return _member(call, Kind.CONSOLE_SESSION, name, marks, subject=subject, principal=call.who)


def _root_session(call: Call) -> Iterator[Member]:
    key = text(call.answered, "credentials", "accessKeyId")
    target = text(call.asked, "targetPrincipal") or ""
    account = account_of(target) or target or call.account
    who = Principal(PrincipalKind.ROOT, account, "root", account)
    return _member(call, Kind.ROOT_SESSION, key, _keys(key), account=account, principal=who)


def _provider(call: Call) -> Iterator[Member]:
    """CreateSAMLProvider answers with the ARN, changes name it."""
    names = ("sAMLProviderArn", "openIDConnectProviderArn")
    found = (text(side, name) for side in (call.answered, call.asked) for name in names)
    arn = next(filter(None, found), None)
    return _member(call, Kind.PROVIDER, arn, (mark.through(arn or ""),))


def _anchor(call: Call) -> Iterator[Member]:
    arn = text(call.answered, "trustAnchor", "trustAnchorArn")
    return _member(call, Kind.ANCHOR, arn, (mark.through(arn or ""),), note=text(call.asked, "name") or "")


def _function(call: Call) -> Iterator[Member]:
    """A function's session has its name. Code that was put into a function calls as the role it had."""
    arn = ":".join((text(call.answered, "functionArn") or "").split(":")[:_UNQUALIFIED])
    name = text(call.answered, "functionName") or text(call.asked, "functionName")
    given = text(call.answered, "role") or text(call.asked, "role") or ""
    role = role_name(given)
    marks = (mark.session(call.account, role, name),) if role and name else ()
    who = role_of(role, account_of(given), None, given) if role else None
    return _member(call, Kind.FUNCTION, arn or name, marks, principal=who, note=f"as role {role}" if role else "")


_UNQUALIFIED = 7  # arn:aws:lambda:REGION:ACCOUNT:function:NAME; a version may follow


def _instances(call: Call) -> Iterator[Member]:
    """Only with a role: without one an instance can call nothing. The answer names the profile that a launch template
    gave, too.
    """
    asked = _profile(node(call.asked, "iamInstanceProfile"))
    for one in nodes(call.answered, "instancesSet", "items"):
        if named := _profile(node(one, "iamInstanceProfile")) or asked:
            yield from _instance(call, text(one, "instanceId"), f"with profile {named}")


def _profile(given: Node) -> str:
    """Its name, or the end of its ARN, whichever way the call writes them."""
    found = (text(given, member) for member in ("name", "Name", "arn", "Arn"))
    return next((one.rpartition("/")[2] for one in found if one), "")


def _instance(call: Call, of: str | None, note: str) -> Iterator[Member]:
    return _member(call, Kind.INSTANCE, of, (mark.instance(call.account, of or ""),), note=note)


def _new_start(call: Call) -> Iterator[Member]:
    """An instance runs its user data as its administrator when it starts, with the credentials of its role."""
    of = text(call.asked, "instanceId") if "userData" in call.asked else None
    return _instance(call, of, "its user data, which it runs when it starts, was changed")


def _given_profile(call: Call) -> Iterator[Member]:
    """EC2 writes these two in an envelope of their own name, and one that replaces names the instance in its answer."""
    asked, answered = node(call.asked, f"{call.name}Request"), node(call.answered, f"{call.name}Response")
    of = text(asked, "InstanceId") or text(answered, "iamInstanceProfileAssociation", "instanceId")
    return _instance(call, of, f"was given profile {_profile(node(asked, 'IamInstanceProfile'))}")


MADE: dict[tuple[str, str], Callable[[Call], Iterator[Member]]] = {
    ("iam", "CreateAccessKey"): _access_key,
    ("iam", "UpdateAccessKey"): _revived(_access_key),
    ("iam", "CreateUser"): _new_user,
    ("iam", "CreateLoginProfile"): _password,
    ("iam", "UpdateLoginProfile"): _password,
    ("iam", "ChangePassword"): _password,
    ("iam", "CreateServiceSpecificCredential"): _service_credential,
    ("iam", "ResetServiceSpecificCredential"): _service_credential,
    ("iam", "UpdateServiceSpecificCredential"): _revived(_service_credential),
    ("iam", "UploadSSHPublicKey"): _ssh_key,
    ("iam", "UpdateSSHPublicKey"): _revived(_ssh_key),
    ("iam", "UploadSigningCertificate"): _certificate,
    ("iam", "UpdateSigningCertificate"): _revived(_certificate),
    ("iam", "CreateRole"): _new_role,
    ("iam", "UpdateAssumeRolePolicy"): _trust,
    ("iam", "CreateSAMLProvider"): _provider,
    ("iam", "UpdateSAMLProvider"): _provider,
    ("iam", "CreateOpenIDConnectProvider"): _provider,
    ("iam", "UpdateOpenIDConnectProviderThumbprint"): _provider,
    ("iam", "AddClientIDToOpenIDConnectProvider"): _provider,
    ("sts", "AssumeRole"): _role_session,
    ("sts", "AssumeRoleWithSAML"): _role_session,
    ("sts", "AssumeRoleWithWebIdentity"): _role_session,
    ("sts", "AssumeRoot"): _root_session,
    ("sts", "GetSessionToken"): _user_session,
    ("sts", "GetFederationToken"): _federated_session,
    ("sts", "GetDelegatedAccessToken"): _delegated_session,
    ("sts", "GetScopedCredentials"): _scoped_session,
    ("signin", "GetSigninToken"): _console_session,
    ("rolesanywhere", "CreateTrustAnchor"): _anchor,
    ("rolesanywhere", "CreateSession"): _anywhere,
    ("lambda", "CreateFunction20150331"): _function,
    ("lambda", "UpdateFunctionCode20150331v2"): _function,
    ("lambda", "UpdateFunctionConfiguration20150331v2"): _function,
    ("ec2", "RunInstances"): _instances,
    ("ec2", "AssociateIamInstanceProfile"): _given_profile,
    ("ec2", "ReplaceIamInstanceProfileAssociation"): _given_profile,
    ("ec2", "ModifyInstanceAttribute"): _new_start,
}
"""Lambda's event names carry the date of its API (CloudTrail, Lambda developer guide, "Lambda management events")."""
