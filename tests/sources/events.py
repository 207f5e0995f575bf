"""Events of our own making, in the shapes that AWS delivers, one function for each thing that happens."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

ACCOUNT, OTHER_ACCOUNT = "111122223333", "444455556666"
RECEIVED = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SEEN, FIRST = "2026-11-24T02:58:00.000Z", "2026-11-24T02:41:00.000Z"
AKIA, ASIA, SIBLING = "AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE"
AIDA, AROA = "AIDACKCEVSQ6C2EXAMPLE", "AROADBQP57FF2AEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
TOKEN = "IQoJb3JpZ2luX2VjEXAMPLESESSIONTOKEN"
QUARANTINE = "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantine"
EXPOSED_POLICY = "AWSExposedCredentialPolicy_DO_NOT_REMOVE"
OURS_ON_A_ROLE = f"arn:aws:iam::{ACCOUNT}:policy/leak-responder/role/leak-responder-20261124-1a2b3c4d-0a1b2c3d"
OURS = f"arn:aws:iam::{ACCOUNT}:policy/leak-responder/leak-responder-quarantine-prod"
DENY = "leak-responder-20261124-0a1b2c3d-4e5f6071"
"""The inline deny on a role's sessions: incident and session."""

COMPROMISED = "CredentialAccess:IAMUser/CompromisedCredentials"
OUTSIDE = "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS"


def envelope(source: str, kind: str, detail: Json, **members: Any) -> Json:
    """As EventBridge delivers it."""
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": kind,
        "source": source,
        "account": ACCOUNT,
        "time": "2026-11-24T02:59:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": detail,
        **members,
    }


# GuardDuty


def user_details(key: str | None = AKIA, **members: Any) -> Json:
    """A user's credential, as a finding names it."""
    return {"accessKeyId": key, "principalId": AIDA, "userName": "deploy", "userType": "IAMUser", **members}


def role_details(session: str = "i-0abc", **members: Any) -> Json:
    """A role session, as a finding names it."""
    who = {"principalId": f"{AROA}:{session}", "userName": "worker", "userType": "AssumedRole"}
    return {"accessKeyId": ASIA, **who, **members}


DETECTOR = f"arn:aws:guardduty:eu-west-1:{ACCOUNT}:detector/0ab1"


def finding(kind: str = COMPROMISED, details: Json | None = None, **members: Any) -> Json:
    """A finding; `details` are those of the access key, `members` replace whatever else stands in it."""
    resource = {"resourceType": "AccessKey", "accessKeyDetails": details if details is not None else user_details()}
    call = {
        "api": "ListBuckets",
        "serviceName": "s3.amazonaws.com",
        "callerType": "Remote IP",
        "remoteIpDetails": {
            "ipAddressV4": "198.51.100.7",
            "country": {"countryName": "Nowhere"},
            "organization": {"asnOrg": "Example Hosting"},
        },
    }
    return {
        "schemaVersion": "2.0",
        "accountId": ACCOUNT,
        "region": "eu-west-1",
        "partition": "aws",
        "id": "16afba5c5c43e07c9e3e5e2e544e95df",
        "arn": f"{DETECTOR}/finding/16afba5c5c43e07c9e3e5e2e544e95df",
        "type": kind,
        "resource": resource,
        "service": {
            "serviceName": "guardduty",
            "detectorId": "12abc34d567e8fa901bc2d34e56789f0",
            "action": {"actionType": "AWS_API_CALL", "awsApiCallAction": call},
            "additionalInfo": {},
            "eventFirstSeen": FIRST,
            "eventLastSeen": SEEN,
            "archived": False,
            "count": 3,
        },
        "severity": 8,
        "createdAt": SEEN,
        "updatedAt": SEEN,
        "title": "The credentials of deploy may be compromised.",
        "description": "The credentials of deploy may be compromised.",
        **members,
    }


def served(**members: Any) -> Json:
    """The member `service` of a finding, changed."""
    service: Json = finding()["service"]
    return service | members


def guardduty(kind: str = COMPROMISED, details: Json | None = None, **members: Any) -> Json:
    """A finding as EventBridge delivers it."""
    return envelope("aws.guardduty", "GuardDuty Finding", finding(kind, details, **members))


def actor(kind: str, name: str, uid: str, key: str, issuer: str = "") -> Json:
    """One of those whom an attack sequence names."""
    user = {"name": name, "uid": uid, "type": kind, "credentialUid": key, "account": {"uid": ACCOUNT}}
    return {"id": uid, "user": user, "session": {"uid": "s", "mfaStatus": "DISABLED", "issuer": issuer}}


def sequence(
    *actors: Json, resources: tuple[Json, ...] = (), kind: str = "AttackSequence:IAM/CompromisedCredentials"
) -> Json:
    """A finding that ties several acts into one attack."""
    tied = {"uid": "q", "description": "A sequence", "actors": list(actors), "resources": list(resources)}
    resource = {"resourceType": "AttackSequence"}
    return finding(kind, resource=resource, service=served(detection={"sequence": tied}), severity=9)


def key_resource(key: str, name: str, uid: str, kind: str = "IAMUser") -> Json:
    """An access key among the resources of a sequence."""
    data = {"accessKey": {"principalId": uid, "userName": name, "userType": kind}}
    return {"uid": key, "resourceType": "ACCESS_KEY", "accountId": ACCOUNT, "data": data}


def pascal(tree: Any) -> Any:
    """The same tree as `GetFindings` spells it."""
    if isinstance(tree, dict):
        return {name[:1].upper() + name[1:]: pascal(value) for name, value in tree.items()}
    return [pascal(one) for one in tree] if isinstance(tree, list) else tree


def function_details(**members: Any) -> Json:
    """A function as a finding's resource: it names the role, and the session is named as the function."""
    arn, role = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:resize", f"arn:aws:iam::{ACCOUNT}:role/team/worker"
    details = {"functionArn": arn, "functionName": "resize", "role": role, **members}
    return {"resourceType": "Lambda", "lambdaDetails": details}


# CloudTrail


def database(kind: str = "CredentialAccess:RDS/AnomalousBehavior.SuccessfulLogin") -> Json:
    """GuardDuty's finding about a login to a database."""
    resource = {
        "resourceType": "RDSDBInstance",
        "rdsDbInstanceDetails": {"dbInstanceArn": f"arn:aws:rds:eu-west-1:{ACCOUNT}:db:orders"},
        "rdsDbUserDetails": {"user": "app", "application": "psql", "database": "orders", "authMethod": "password"},
    }
    login = {"remoteIpDetails": {"ipAddressV4": "198.51.100.7"}, "loginAttributes": [{"user": "app"}]}
    told = guardduty(kind, resource=resource)
    told["detail"]["service"]["action"] = {"actionType": "RDS_LOGIN_ATTEMPT", "rdsLoginAttemptAction": login}
    return told


def user_identity(name: str = "admin", key: str = SIBLING, **members: Any) -> Json:
    """An IAM user as the caller."""
    who = {"type": "IAMUser", "principalId": AIDA, "arn": f"arn:aws:iam::{ACCOUNT}:user/people/{name}"}
    return {**who, "accountId": ACCOUNT, "accessKeyId": key, "userName": name, **members}


def role_identity(name: str = "worker", session: str = "i-0abc", path: str = "", **members: Any) -> Json:
    """A role session as the caller: its ARN leaves the path out, its issuer's does not."""
    issuer = {
        "type": "Role",
        "principalId": AROA,
        "arn": f"arn:aws:iam::{ACCOUNT}:role/{path}{name}",
        "accountId": ACCOUNT,
        "userName": name,
    }
    return {
        "type": "AssumedRole",
        "principalId": f"{AROA}:{session}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{session}",
        "accountId": ACCOUNT,
        "accessKeyId": ASIA,
        "sessionContext": {"sessionIssuer": issuer, "attributes": {"mfaAuthenticated": "false"}},
        **members,
    }


def root_identity(**members: Any) -> Json:
    """The root user as the caller."""
    who = {"type": "Root", "principalId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT}
    return {**who, "accessKeyId": ASIA, **members}


def federated_identity(name: str = "visitor", issuer: str = "deploy") -> Json:
    """A session from GetFederationToken as the caller."""
    by = {"type": "IAMUser", "principalId": AIDA, "arn": f"arn:aws:iam::{ACCOUNT}:user/{issuer}", "userName": issuer}
    return {
        "type": "FederatedUser",
        "principalId": f"{ACCOUNT}:{name}",
        "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/{name}",
        "accountId": ACCOUNT,
        "accessKeyId": ASIA,
        "sessionContext": {"sessionIssuer": by},
    }


SERVICE_IDENTITY: Json = {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}


def record(name: str, asked: Json | None = None, answered: Json | None = None, **members: Any) -> Json:
    """A record of a call of IAM, by an administrator where nobody else is named."""
    return {
        "eventVersion": "1.11",
        "userIdentity": user_identity(),
        "eventTime": "2026-11-24T02:58:00Z",
        "eventSource": "iam.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2",
        "requestParameters": asked,
        "responseElements": answered,
        "eventID": "0bd7f6c4-0f6a-4f3c-9b0e-1c2d3e4f5a6b",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "recipientAccountId": ACCOUNT,
        **members,
    }


def denied(name: str, **members: Any) -> Json:
    """The same, refused: such records have neither request nor answer."""
    return record(name, errorCode="AccessDenied", errorMessage=f"not authorized to perform: iam:{name}", **members)


def called(written: Json) -> Json:
    """A record as EventBridge delivers it."""
    service = written["eventSource"].partition(".")[0]
    source = f"aws.{service}"
    signed_in = written["eventType"] == "AwsConsoleSignIn"
    return envelope(source, f"AWS {'Console Sign In' if signed_in else 'API Call'} via CloudTrail", written)


def key_created(user: str = "deploy", key: str = AKIA, **members: Any) -> Json:
    """CreateAccessKey; CloudTrail leaves the secret out, and we rely on nobody for that."""
    answer = {"accessKey": {"userName": user, "accessKeyId": key, "status": "Active", "secretAccessKey": SECRET}}
    return record("CreateAccessKey", {"userName": user}, answer, **members)


def key_set(status: str, user: str | None = "deploy", key: str = AKIA, **members: Any) -> Json:
    """UpdateAccessKey."""
    named = {"userName": user} if user else {}
    return record("UpdateAccessKey", {**named, "accessKeyId": key, "status": status}, **members)


def password_set(name: str = "CreateLoginProfile", **members: Any) -> Json:
    """A console password set."""
    return record(name, {"userName": "deploy", "passwordResetRequired": False}, **members)


def service_credential(**members: Any) -> Json:
    """CreateServiceSpecificCredential."""
    made = {"serviceSpecificCredentialId": "ACCAEXAMPLE123EXAMPLE", "userName": "deploy", "servicePassword": SECRET}
    asked = {"userName": "deploy", "serviceName": "bedrock.amazonaws.com"}
    return record("CreateServiceSpecificCredential", asked, {"serviceSpecificCredential": made}, **members)


def policy_moved(name: str, arn: str, user: str = "deploy", **members: Any) -> Json:
    """AttachUserPolicy, DetachUserPolicy. AWS attaches its quarantine in the name of the user."""
    if name == "AttachUserPolicy" and arn.startswith(QUARANTINE):
        members = {"userIdentity": user_identity(user, AKIA), **members}
    return record(name, {"userName": user, "policyArn": arn}, **members)


def role_policy_deleted(policy: str = DENY, **members: Any) -> Json:
    """DeleteRolePolicy."""
    return record("DeleteRolePolicy", {"roleName": "worker", "policyName": policy}, **members)


def boundary_set(arn: str = "arn:aws:iam::aws:policy/ReadOnlyAccess", **members: Any) -> Json:
    """PutUserPermissionsBoundary names the boundary that comes, and not the one that goes."""
    return record("PutUserPermissionsBoundary", {"userName": "deploy", "permissionsBoundary": arn}, **members)


def boundary_deleted(**members: Any) -> Json:
    """DeleteUserPermissionsBoundary names the user alone."""
    return record("DeleteUserPermissionsBoundary", {"userName": "deploy"}, **members)


def renamed(**asked: str) -> Json:
    """UpdateUser names the old name, and what changes."""
    return record("UpdateUser", {"userName": "deploy", **(asked or {"newUserName": "deployer"})})


def inline_quarantine(
    user: str = "deploy",
    by: str = "deploy",
    agent: str = "aws-internal/3 aws-sdk-java",
    name: str = "AWSCompromisedKeyQuarantineV3",
) -> Json:
    """As AWS once put it: inline, in the name of the victim, from inside AWS."""
    asked = {"userName": user, "policyName": name, "policyDocument": "{}"}
    return record("PutUserPolicy", asked, userIdentity=user_identity(by), userAgent=agent)


def federated(**members: Any) -> Json:
    """GetFederationToken; the answer holds a session token."""
    minted = {"accessKeyId": ASIA, "sessionToken": TOKEN, "secretAccessKey": SECRET, "expiration": "later"}
    answer = {"credentials": minted, "federatedUser": {"arn": f"arn:aws:sts::{ACCOUNT}:federated-user/visitor"}}
    who = user_identity("deploy", AKIA)
    made = record("GetFederationToken", {"name": "visitor"}, answer, userIdentity=who)
    return made | {"eventSource": "sts.amazonaws.com", **members}


def signed_in(mfa: str = "Yes", identity: Json | None = None, **members: Any) -> Json:
    """A sign-in to the console, by the root user where nobody else is named."""
    who = identity or root_identity(accessKeyId="")
    made = record("ConsoleLogin", None, {"ConsoleLogin": "Success"}, userIdentity=who)
    more = {"eventSource": "signin.amazonaws.com", "additionalEventData": {"MFAUsed": mfa, "MobileVersion": "No"}}
    return made | more | {"eventType": "AwsConsoleSignIn", **members}


def machine_identity(session: str = "i-0abc1234def567890", **members: Any) -> Json:
    """The session that an instance has of its role."""
    who = role_identity(session=session)
    context = {**who["sessionContext"], "ec2RoleDelivery": "2.0"}
    return {**who, "sessionContext": context, **members}


def trust(name: str, *principals: str, **members: Any) -> Json:
    """CreateRole, UpdateAssumeRolePolicy: who may assume the role."""
    allowed = {"Effect": "Allow", "Principal": {"AWS": list(principals)}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    asked = {"CreateRole": "assumeRolePolicyDocument", "UpdateAssumeRolePolicy": "policyDocument"}[name]
    return record(name, {"roleName": "worker", asked: policy}, **members)


def parameters_read(number: int, identity: Json | None = None, **members: Any) -> Json:
    """GetParameters with decryption, with a user's long-term key where nobody else is named."""
    asked = {"names": [f"/app/{one}" for one in range(number)], "withDecryption": True}
    who = identity or user_identity("deploy", AKIA)
    return record("GetParameters", asked, userIdentity=who, eventSource="ssm.amazonaws.com", **members)


def key_tested(agent: str, **members: Any) -> Json:
    """GetCallerIdentity, as everybody and their tools call it."""
    who = user_identity("deploy", AKIA)
    return record("GetCallerIdentity", eventSource="sts.amazonaws.com", userAgent=agent, userIdentity=who, **members)


# Health


def exposed(*entities: str, code: str = "AWS_RISK_CREDENTIALS_EXPOSED", **members: Any) -> Json:
    """The older layout: the key id is the affected entity."""
    return {
        "eventArn": f"arn:aws:health:us-east-1::event/RISK/{code}/{code}_one",
        "service": "RISK",
        "eventTypeCode": code,
        "eventTypeCategory": "issue",
        "startTime": "Tue, 24 Nov 2026 02:58:00 GMT",
        "eventRegion": "global",
        "eventDescription": [{"language": "en_US", "latestDescription": "A key was found in a public place."}],
        "affectedEntities": [{"entityValue": one} for one in entities],
        **members,
    }


def exposed_with_metadata(key: str = AKIA, user: str = "deploy", **members: Any) -> Json:
    """The newer layout: sender-defined members name key, user and place."""
    told = {"publicKey": f" {key} ", "userName": user, "accountId": ACCOUNT, "exposedUrl": "https://example.com/leak"}
    return exposed(**{"eventMetadata": told, **members})


def health(detail: Json) -> Json:
    """A Health event as EventBridge delivers it."""
    return envelope("aws.health", "AWS Health Event", detail)


# Trusted Advisor


def exposed_key(key: Any = AKIA, fraud: str | None = "Exposed", user: str = "deploy", **members: Any) -> Json:
    """An item of the check "Exposed Access Keys"; `members` replace what stands beside the item."""
    item = {
        "Access Key ID": key,
        "User Name (IAM or Root)": user,
        "Fraud Type": fraud,
        "Case ID": "00000000-1111-2222-3333-444444444444",
        "Time Updated": "1795489080000",
        "Location": "https://example.com/leak",
        "Deadline": "1795900000000",
        "Usage (USD per Day)": "12",
    }
    return {
        "check-name": "Exposed Access Keys",
        "check-item-detail": {name: value for name, value in item.items() if value is not None},
        "status": "ERROR",
        "resource_id": "",
        "uuid": "99999999-8888-7777-6666-555555555555",
        **members,
    }


def trusted_advisor(detail: Json, **members: Any) -> Json:
    """What Trusted Advisor found, as EventBridge delivers it."""
    return envelope("aws.trustedadvisor", "Trusted Advisor Check Item Refresh Notification", detail, **members)


# Security Hub, Macie, Access Analyzer and Secrets Manager

PRODUCT = "arn:aws:securityhub:us-east-1::product/aws/guardduty"
PATHED = "TTPs/Credential Access/CredentialAccess:IAMUser-CompromisedCredentials"


def asff(*resources: Json, **members: Any) -> Json:
    """GuardDuty's finding `finding()` in the older format; about the user's key unless resources are given."""
    types = members.pop("Types", [PATHED])
    return {
        "SchemaVersion": "2018-10-08",
        "Id": f"{DETECTOR}/finding/{finding()['id']}",
        "ProductArn": PRODUCT,
        "GeneratorId": DETECTOR,
        "AwsAccountId": ACCOUNT,
        "Region": "eu-west-1",
        "Types": types,
        "FindingProviderFields": {"Types": types, "Severity": {"Label": "HIGH"}},
        "FirstObservedAt": finding()["service"]["eventFirstSeen"],
        "LastObservedAt": finding()["service"]["eventLastSeen"],
        "Title": "A credential is compromised.",
        "ProductFields": {"aws/securityhub/ProductName": "GuardDuty"},
        "Resources": list(resources or (asff_key(),)),
        "RecordState": "ACTIVE",
        "Workflow": {"Status": "NEW"},
        **members,
    }


def asff_key(key: str = AKIA, kind: str = "IAMUser", name: str = "deploy", uid: str = AIDA) -> Json:
    """The resource that names a key and whose it is."""
    details = {"PrincipalId": uid, "PrincipalName": name, "PrincipalType": kind}
    return {"Type": "AwsIamAccessKey", "Id": f"AWS::IAM::AccessKey:{key}", "Details": {"AwsIamAccessKey": details}}


def ocsf(*resources: Json, **members: Any) -> Json:
    """The same in the newer format."""
    data = {"access_key_id": AKIA, "principal_id": AIDA, "user_name": "deploy", "user_type": "IAMUser"}
    key = {"type": "AWS::IAM::AccessKey", "uid": AKIA, "data": data}
    return {
        "class_uid": 2004,
        "metadata": {"product": {"name": "GuardDuty", "uid": PRODUCT.replace(":product/", ":productv2/")}},
        "cloud": {"account": {"uid": ACCOUNT}, "region": "eu-west-1"},
        "finding_info": {
            "uid": f"{DETECTOR}/finding/{finding()['id']}",
            "types": ["Threats", COMPROMISED],
            "title": "A credential is compromised.",
            "first_seen_time_dt": finding()["service"]["eventFirstSeen"],
            "last_seen_time_dt": finding()["service"]["eventLastSeen"],
        },
        "status": "New",
        "resources": list(resources or (key,)),
        **members,
    }


def passed_on(written: Json, kind: str = "Security Hub Findings - Imported", **members: Any) -> Json:
    """As Security Hub sends it; `members` stand beside the finding."""
    return envelope("aws.securityhub", kind, {"findings": [written], **members})


def picked_out(written: Json, action: str = "Contain credential") -> Json:
    """As a person sends it with a custom action."""
    return passed_on(written, "Security Hub Findings - Custom Action", actionName=action)


def macie(kind: str = "SensitiveData:S3Object/Credentials", category: str = "CREDENTIALS", **members: Any) -> Json:
    """Macie's finding about an object."""
    found = {"category": category, "detections": [{"type": "AWS_CREDENTIALS", "count": 2}]}
    return {
        "id": "3f0a",
        "type": kind,
        "accountId": ACCOUNT,
        "region": "us-east-1",
        "title": "The S3 object contains credentials",
        "createdAt": "2026-11-24T02:00:00Z",
        "updatedAt": "2026-11-24T02:00:00Z",
        "archived": False,
        "sample": False,
        "resourcesAffected": {"s3Bucket": {"name": "dumps"}, "s3Object": {"path": "dumps/.env"}},
        "classificationDetails": {"result": {"sensitiveData": [found]}},
        **members,
    }


def opened(kind: str = "AWS::SecretsManager::Secret", **members: Any) -> Json:
    """Access Analyzer's finding about a resource."""
    return {
        "id": "8e0b",
        "status": "ACTIVE",
        "resourceType": kind,
        "resource": f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:prod/db-a1b2c3",
        "accountId": ACCOUNT,
        "region": "us-east-1",
        "isPublic": False,
        "principal": {"AWS": OTHER_ACCOUNT},
        "action": ["secretsmanager:GetSecretValue"],
        "createdAt": "2026-11-24T02:00:00Z",
        "updatedAt": "2026-11-24T02:00:00Z",
        **members,
    }


def rotation_failed(name: str = "RotationFailed") -> Json:
    """Secrets Manager's own event, as EventBridge delivers it."""
    secret = {"SecretId": f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:prod/db-a1b2c3"}
    identity = {"accountId": ACCOUNT, "invokedBy": "secretsmanager.amazonaws.com"}
    written = record(
        name,
        None,
        eventSource="secretsmanager.amazonaws.com",
        eventType="AwsServiceEvent",
        userIdentity=identity,
        additionalEventData=secret,
        errorMessage="the function timed out",
    )
    return {**called(written), "detail-type": "AWS Service Event via CloudTrail"}


def of_every_kind() -> dict[str, Json]:
    """One envelope of everything that is acted on, asked or told about."""
    issuer = f"arn:aws:iam::{ACCOUNT}:role/team/worker"
    return {
        "guardduty user": guardduty(),
        "guardduty session": guardduty("Discovery:S3/AnomalousBehavior", user_details(ASIA)),
        "guardduty role": guardduty(OUTSIDE, role_details()),
        "guardduty root": guardduty("Policy:IAMUser/RootCredentialUsage", user_details(userType="Root")),
        "guardduty federated": guardduty(details=user_details(ASIA, userType="FederatedUser")),
        "guardduty function": guardduty("Trojan:Lambda/DropPoint", resource=function_details()),
        "guardduty instance": guardduty("UnauthorizedAccess:EC2/MetadataDNSRebind", resource={}),
        "guardduty bare": guardduty("Recon:IAMUser/TorIPCaller", {}),
        "guardduty sequence": envelope(
            "aws.guardduty",
            "GuardDuty Finding",
            sequence(
                actor("IAMUser", "deploy", AIDA, AKIA), actor("AssumedRole", "worker", f"{AROA}:i-0", ASIA, issuer)
            ),
        ),
        "key created": called(key_created()),
        "key revived": called(key_set("Active")),
        "password created": called(password_set()),
        "password changed": called(password_set("UpdateLoginProfile")),
        "service credential": called(service_credential()),
        "quarantined": called(policy_moved("AttachUserPolicy", f"{QUARANTINE}V4")),
        "quarantined inline": called(inline_quarantine()),
        "quarantined before there was a name for it": called(inline_quarantine(name=EXPOSED_POLICY)),
        "quarantine lifted": called(policy_moved("DetachUserPolicy", f"{QUARANTINE}V2")),
        "ours detached": called(policy_moved("DetachUserPolicy", OURS)),
        "ours detached from a role": called(
            record("DetachRolePolicy", {"roleName": "orders-worker", "policyArn": OURS_ON_A_ROLE})
        ),
        "our deny deleted": called(role_policy_deleted()),
        "boundary set": called(boundary_set()),
        "boundary deleted": called(boundary_deleted()),
        "user renamed": called(renamed()),
        "federated": called(federated()),
        "user created": called(record("CreateUser", {"userName": "rogue"})),
        "second factor removed": called(record("DeactivateMFADevice", {"userName": "deploy"})),
        "rights given": called(policy_moved("AttachUserPolicy", "arn:aws:iam::aws:policy/AdministratorAccess")),
        "trust opened": called(trust("UpdateAssumeRolePolicy", f"arn:aws:iam::{OTHER_ACCOUNT}:root")),
        "trail stopped": called(record("StopLogging", {"name": "t"}, eventSource="cloudtrail.amazonaws.com")),
        "our rule deleted": called(
            record("DeleteRule", {"name": "leak-responder-prod-x"}, eventSource="events.amazonaws.com")
        ),
        "key to be deleted": called(record("ScheduleKeyDeletion", {"keyId": "k"}, eventSource="kms.amazonaws.com")),
        "database entered": database(),
        "root's change": called(record("CreateBucket", eventSource="s3.amazonaws.com", userIdentity=root_identity())),
        "parameters read": called(parameters_read(10)),
        "key tested": called(key_tested("TruffleHog")),
        "signed in without MFA": called(signed_in("No", user_identity())),
        "a machine signed in": called(signed_in("No", machine_identity())),
        "key given by a machine": called(key_created(userIdentity=machine_identity())),
        "root key": called(
            record("CreateAccessKey", None, {"accessKey": {"accessKeyId": AKIA}}, userIdentity=root_identity())
        ),
        "root sign-in": called(signed_in()),
        "root without mfa": called(signed_in("No")),
        "exposed": health(exposed(AKIA)),
        "exposed with metadata": health(exposed_with_metadata()),
        "exposed placeholder": health(exposed("UNKNOWN")),
        "exposed, says Trusted Advisor": trusted_advisor(exposed_key()),
        "suspected by Trusted Advisor": trusted_advisor(exposed_key(fraud="Suspected")),
        "passed on": passed_on(asff()),
        "passed on, newer": passed_on(ocsf(), "Findings Imported V2"),
        "picked out by a person": picked_out(asff(ProductArn=f"arn:aws:securityhub:us-east-1:{ACCOUNT}:product/x/y")),
        "credentials in a bucket": envelope("aws.macie", "Macie Finding", macie()),
        "a secret opened": envelope("aws.access-analyzer", "Access Analyzer Finding", opened()),
        "a rotation failed": rotation_failed(),
        "a rotation abandoned": rotation_failed("RotationAbandoned"),
    }
