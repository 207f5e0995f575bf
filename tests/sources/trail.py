"""One record of every call that the wide sources read, as it says something, and one of each as it says nothing."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from chalicelib.model import Sign
from tests.sources import events
from tests.sources.events import ACCOUNT, AKIA, ASIA, OTHER_ACCOUNT, Json

ALL = json.dumps({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
SOME = json.dumps({"Statement": {"Effect": "Allow", "Action": ["s3:Get*"], "Resource": "*"}})
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
NARROW = f"arn:aws:iam::{ACCOUNT}:policy/leak-responder/narrow/leak-responder-narrow-20261124-1a2b3c4d"
OUR_PART = "leak-responder-prod-GuarddutyFinding-1ABC"


def by(service: str, name: str, asked: Json | None = None, **members: Any) -> Json:
    """A record of a call of any service."""
    return events.record(name, asked, eventSource=f"{service}.amazonaws.com", **members)


def all_but(*values: str) -> Json:
    """What a batch of secrets is asked for by, where it begins with `!` what is left out."""
    return {"filters": [{"key": "tag-key", "values": [value]} for value in values]}


def portal(issued: str | None, role: str = "AWSReservedSSO_Admin_0123456789abcdef", **members: Any) -> Json:
    """GetSigninToken at 02:58:00 by who calls itself the portal of Identity Center, with a session issued then."""
    who = events.role_identity(role, "ana", "aws-reserved/sso.amazonaws.com/")
    attributes = {"mfaAuthenticated": "false"} | ({"creationDate": issued} if issued else {})
    who["sessionContext"] = {**who["sessionContext"], "attributes": attributes}
    agent = {"userAgent": "Jersey/${project.version} (HttpUrlConnection 1.8.0)"}
    return by("signin", "GetSigninToken", **({"userIdentity": who} | agent | members))


def of_earlier_days(record: Json) -> Json:
    """The record, when CloudTrail did not yet write whether a call only looks."""
    return {name: value for name, value in record.items() if name != "readOnly"}


def sharing(principal: str, **members: Any) -> str:
    """A policy of a key or secret that lets somebody in."""
    allowed = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "*", "Resource": "*", **members}
    return json.dumps({"Statement": [allowed]})


def anybody(**condition: Json) -> str:
    """A trust policy that lets everybody in, under a condition."""
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Condition": condition}
    return json.dumps({"Statement": [allowed]})


def jobs(subject: str) -> str:
    """A trust policy for the jobs of a Git host, as far as it says of which."""
    issuer = "token.actions.githubusercontent.com"
    allowed = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}"},
        "Condition": {"StringLike": {f"{issuer}:aud": "sts.amazonaws.com", f"{issuer}:sub": subject}},
    }
    return json.dumps({"Statement": [allowed]})


OTHER = f"arn:aws:iam::{OTHER_ACCOUNT}:role/visitor"

CLUSTER_POLICY = "arn:aws:eks::aws:cluster-access-policy/"


def cluster_policy(name: str, scope: str = "cluster") -> Json:
    """What is asked for where somebody gets rights in a cluster."""
    return {
        "name": "shop",
        "principalArn": f"arn:aws:iam::{ACCOUNT}:role/visitor",
        "policyArn": f"{CLUSTER_POLICY}{name}",
        "accessScope": {"type": scope, "namespaces": ["web"] if scope == "namespace" else []},
    }


def models_logged(**kinds: bool) -> Json:
    """What is asked for where the kinds of what goes to models are logged, or are not."""
    switches = {f"{kind}DataDeliveryEnabled": is_on for kind, is_on in kinds.items()}
    return {"loggingConfig": {"cloudWatchConfig": {"logGroupName": "models"}, **switches}}


MEMBER = "9067642ac7-11112222-3333-4444-5555-666677778888"
GIVEN_PROFILE = {
    "AssociateIamInstanceProfileRequest": {
        "InstanceId": "i-0a1b2c3d4e5f60718",
        "IamInstanceProfile": {"Name": "administrators"},
    }
}

HANDED_ON: dict[str, tuple[Json, Sign]] = {
    # Doors that somebody opened for others, and what was done so that nobody hears of it. No record of these was seen
    # but of RDS: they are shaped after AWS's API models.
    **{
        name: (by("iam", name, {"delegationRequestId": "dr-1"}), Sign.RIGHTS_DELEGATED)
        for name in ("AcceptDelegationRequest", "SendDelegationToken")
    },
    "EnableOutboundWebIdentityFederation": (
        by("iam", "EnableOutboundWebIdentityFederation", responseElements={"issuerIdentifier": "https://x.example"}),
        Sign.RIGHTS_DELEGATED,
    ),
    **{
        name: (by("iam", name, responseElements={"organizationId": "o-a1b2c3d4e5"}), Sign.ROOT_ACCESS_OPENED)
        for name in ("EnableOrganizationsRootSessions", "EnableOrganizationsRootCredentialsManagement")
    },
    **{
        f"RegisterDelegatedAdministrator of {service}": (
            by(
                "organizations",
                "RegisterDelegatedAdministrator",
                {"accountId": OTHER_ACCOUNT, "servicePrincipal": f"{service}.amazonaws.com"},
            ),
            sign,
        )
        for service, sign in (("iam", Sign.ROOT_ACCESS_OPENED), ("sso", Sign.CENTER_ACCESS_CHANGED))
    },
    "CreateActivation": (by("ssm", "CreateActivation", {"iamRole": "worker"}), Sign.MACHINE_GIVEN_ROLE),
    **{
        name: (by("iot", name, {"roleAlias": "a", "roleArn": "r"}), Sign.MACHINE_GIVEN_ROLE)
        for name in ("CreateRoleAlias", "UpdateRoleAlias")
    },
    "AssociateIamInstanceProfile": (
        by("ec2", "AssociateIamInstanceProfile", GIVEN_PROFILE),
        Sign.MACHINE_GIVEN_ROLE,
    ),
    "ReplaceIamInstanceProfileAssociation": (
        by("ec2", "ReplaceIamInstanceProfileAssociation"),
        Sign.MACHINE_GIVEN_ROLE,
    ),
    "CreateDevEndpoint": (by("glue", "CreateDevEndpoint", {"endpointName": "e"}), Sign.MACHINE_GIVEN_ROLE),
    **{
        f"UpdateDevEndpoint by {name}": (
            by("glue", "UpdateDevEndpoint", {"endpointName": "e", name: value}),
            Sign.MACHINE_GIVEN_ROLE,
        )
        for name, value in (("publicKey", "ssh-ed25519 A"), ("addPublicKeys", ["ssh-ed25519 A"]))
    },
    "CreateAccountAssignment": (
        by("sso", "CreateAccountAssignment", {"principalId": MEMBER, "permissionSetArn": "a", "targetId": ACCOUNT}),
        Sign.CENTER_ACCESS_CHANGED,
    ),
    "CreateGroupMembership": (
        by("identitystore", "CreateGroupMembership", {"groupId": "g", "memberId": {"userId": "u"}}),
        Sign.CENTER_ACCESS_CHANGED,
    ),
    **{
        name: (by("sso-directory", name, {"userId": "u"}), Sign.CENTER_ACCESS_CHANGED)
        for name in ("AddMemberToGroup", "UpdatePassword", "DeleteMfaDeviceForUser")
    },
    **{
        name: (by("sso-directory", name, {"userId": "u"}), Sign.MFA_ADDED)
        for name in ("CompleteVirtualMfaDeviceRegistration", "CompleteWebAuthnDeviceRegistration")
    },
    **{
        f"AssociateAccessPolicy {policy}": (
            by("eks", "AssociateAccessPolicy", cluster_policy(policy)),
            Sign.CLUSTER_ADMIN_GIVEN,
        )
        for policy in ("AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy")
    },
    "AssociateAccessPolicy to look": (
        by("eks", "AssociateAccessPolicy", cluster_policy("AmazonEKSViewPolicy")),
        Sign.RIGHTS_CHANGED,
    ),
    "AssociateAccessPolicy for a part of the cluster": (
        by("eks", "AssociateAccessPolicy", cluster_policy("AmazonEKSClusterAdminPolicy", "namespace")),
        Sign.RIGHTS_CHANGED,
    ),
    **{
        name: (by("eks", name, {"name": "shop", "principalArn": "a"}), Sign.RIGHTS_CHANGED)
        for name in ("CreateAccessEntry", "UpdateAccessEntry")
    },
    **{
        f"{name} {asked}": (by(service, name, {thing: "d", asked: value}), Sign.DATABASE_PASSWORD_SET)
        for service, name, thing, asked, value in (
            ("rds", "ModifyDBInstance", "dBInstanceIdentifier", "masterUserPassword", "****"),
            ("rds", "ModifyDBInstance", "dBInstanceIdentifier", "enableIAMDatabaseAuthentication", False),
            ("rds", "ModifyDBCluster", "dBClusterIdentifier", "masterUserPassword", "****"),
            ("redshift", "ModifyCluster", "clusterIdentifier", "masterUserPassword", "****"),
        )
    },
    **{
        name: (by("account", name, {"alternateContactType": "SECURITY"}), Sign.SECURITY_CONTACT_CHANGED)
        for name in ("PutAlternateContact", "DeleteAlternateContact")
    },
    "ArchiveFindings": (
        by("guardduty", "ArchiveFindings", {"detectorId": "d", "findingIds": ["f"]}),
        Sign.FINDINGS_PUT_AWAY,
    ),
    **{
        f"{name} {asked}": (by("securityhub", name, asked), Sign.FINDINGS_PUT_AWAY)
        for name, asked in (
            ("BatchUpdateFindings", {"Workflow": {"Status": "SUPPRESSED"}}),
            ("BatchUpdateFindings", {"workflow": {"status": "SUPPRESSED"}}),
            ("BatchUpdateFindingsV2", {"StatusId": 3}),
            ("BatchUpdateFindingsV2", {"statusId": 3}),
        )
    },
}

SAYS: dict[str, tuple[Json, Sign]] = {
    # Each call, and what it shows.
    "CloseAccount": (by("organizations", "CloseAccount", {"accountId": OTHER_ACCOUNT}), Sign.ORGANISATION_LEFT),
    "StopLogging through a person's agent": (
        by("cloudtrail", "StopLogging", userIdentity=events.user_identity(invokedBy="aws-mcp.amazonaws.com")),
        Sign.LOGGING_CHANGED,
    ),
    "a role opened to everybody of another account": (
        by(
            "iam",
            "CreateRole",
            {"assumeRolePolicyDocument": anybody(StringEquals={"aws:PrincipalAccount": OTHER_ACCOUNT})},
        ),
        Sign.TRUST_OPENED,
    ),
    "a role closed to an organisation alone": (
        by("iam", "CreateRole", {"assumeRolePolicyDocument": anybody(StringNotEquals={"aws:PrincipalOrgID": "o-1"})}),
        Sign.TRUST_PUBLIC,
    ),
    "a role opened to any ARN": (
        by("iam", "CreateRole", {"assumeRolePolicyDocument": anybody(StringLike={"aws:PrincipalArn": "*"})}),
        Sign.TRUST_PUBLIC,
    ),
    "CreateUser": (by("iam", "CreateUser", {"userName": "x"}), Sign.USER_CREATED),
    "ChangePassword": (by("iam", "ChangePassword"), Sign.PASSWORD_CHANGED),
    "AddUserToGroup": (by("iam", "AddUserToGroup", {"userName": "x", "groupName": "g"}), Sign.RIGHTS_CHANGED),
    "AddUserToGroup oneself": (by("iam", "AddUserToGroup", {"userName": "admin"}), Sign.RIGHTS_TAKEN),
    "DeactivateMFADevice": (by("iam", "DeactivateMFADevice", {"userName": "x"}), Sign.MFA_REMOVED),
    "DeactivateMFADevice root": (
        by("iam", "DeactivateMFADevice", userIdentity=events.root_identity()),
        Sign.ROOT_MFA_REMOVED,
    ),
    "EnableMFADevice": (by("iam", "EnableMFADevice", {"userName": "x"}), Sign.MFA_ADDED),
    "CreateVirtualMFADevice": (by("iam", "CreateVirtualMFADevice"), Sign.MFA_ADDED),
    "CreateVirtualMFADevice root": (
        by("iam", "CreateVirtualMFADevice", userIdentity=events.root_identity()),
        Sign.ROOT_USED,
    ),
    "UpdateAccountPasswordPolicy": (by("iam", "UpdateAccountPasswordPolicy"), Sign.PASSWORD_RULES_CHANGED),
    "DeleteAccountPasswordPolicy": (by("iam", "DeleteAccountPasswordPolicy"), Sign.PASSWORD_RULES_CHANGED),
    **{
        name: (by("iam", name), Sign.PROVIDER_CHANGED)
        for name in (
            "CreateSAMLProvider",
            "UpdateSAMLProvider",
            "CreateOpenIDConnectProvider",
            "UpdateOpenIDConnectProviderThumbprint",
            "AddClientIDToOpenIDConnectProvider",
        )
    },
    **{
        name: (by("rolesanywhere", name), Sign.PROVIDER_CHANGED)
        for name in (
            "CreateTrustAnchor",
            "UpdateTrustAnchor",
            "EnableTrustAnchor",
            "CreateProfile",
            "UpdateProfile",
            "EnableProfile",
            "PutAttributeMapping",
            "DisableCrl",
            "DeleteCrl",
            "UpdateCrl",
        )
    },
    **HANDED_ON,
    **{
        f"{service} {name}": (by(service, name), Sign.PROVIDER_CHANGED)
        for service in ("sso", "sso-directory")
        for name in (
            "AssociateDirectory",
            "DisassociateDirectory",
            "EnableExternalIdPConfigurationForDirectory",
            "DisableExternalIdPConfigurationForDirectory",
            "CreateExternalIdPConfigurationForDirectory",
            "UpdateExternalIdPConfigurationForDirectory",
            "CreateBearerToken",
        )
    },
    "AttachManagedPolicyToPermissionSet": (
        by("sso", "AttachManagedPolicyToPermissionSet", {"managedPolicyArn": ADMIN}),
        Sign.RIGHTS_GRANTED,
    ),
    "PutInlinePolicyToPermissionSet": (
        by("sso", "PutInlinePolicyToPermissionSet", {"inlinePolicy": ALL}),
        Sign.RIGHTS_GRANTED,
    ),
    **{
        name: (by("sso", name, {"permissionSetArn": "p", "inlinePolicy": SOME}), Sign.RIGHTS_CHANGED)
        for name in (
            "PutInlinePolicyToPermissionSet",
            "AttachCustomerManagedPolicyReferenceToPermissionSet",
        )
    },
    "AttachUserPolicy to send mail": (
        by("iam", "AttachUserPolicy", {"userName": "x", "policyArn": "arn:aws:iam::aws:policy/AmazonSESFullAccess"}),
        Sign.RIGHTS_CHANGED,
    ),
    "PutModelInvocationLoggingConfiguration of nothing": (
        by("bedrock", "PutModelInvocationLoggingConfiguration", models_logged(text=False, image=False)),
        Sign.LOGGING_CHANGED,
    ),
    "PutModelInvocationLoggingConfiguration to nowhere": (
        by("bedrock", "PutModelInvocationLoggingConfiguration", {"loggingConfig": {"textDataDeliveryEnabled": True}}),
        Sign.LOGGING_CHANGED,
    ),
    "PutRolePolicy on a role of the caller's name": (
        by("iam", "PutRolePolicy", {"roleName": "admin", "policyName": "p", "policyDocument": SOME}),
        Sign.RIGHTS_CHANGED,
    ),
    "PutRolePolicy oneself": (
        by(
            "iam",
            "PutRolePolicy",
            {"roleName": "worker", "policyName": "p", "policyDocument": SOME},
            userIdentity=events.role_identity(),
        ),
        Sign.RIGHTS_TAKEN,
    ),
    "PutRolePolicy by root": (
        by(
            "iam",
            "PutRolePolicy",
            {"roleName": "x", "policyName": "p", "policyDocument": SOME},
            userIdentity=events.root_identity(),
        ),
        Sign.ROOT_USED,
    ),
    "what root changed before records said so": (
        of_earlier_days(by("s3", "PutBucketVersioning", userIdentity=events.root_identity())),
        Sign.ROOT_USED,
    ),
    "whatever root changes": (by("s3", "CreateBucket", userIdentity=events.root_identity()), Sign.ROOT_USED),
    **{
        f"a role for the jobs of {subject}": (
            by("iam", "CreateRole", {"assumeRolePolicyDocument": jobs(subject)}),
            Sign.TRUST_PUBLIC,
        )
        for subject in ("repo:*", "repo:*/*", "repo:*:ref:refs/heads/main", "repo:*/deploy:*")
    },
    **{
        f"a role for anybody, though it says {operator} {key} {value}": (
            by("iam", "CreateRole", {"assumeRolePolicyDocument": anybody(**{operator: {f"aws:{key}": value}})}),
            Sign.TRUST_PUBLIC,
        )
        for operator, key, value in (
            ("StringLike", "PrincipalAccount", "????????????"),
            ("StringLike", "PrincipalAccount", "9*"),
            ("StringLike", "PrincipalOrgID", "o-*"),
            ("ForAllValues:StringEquals", "PrincipalOrgID", "o-a1b2c3d4e5"),
            ("ArnLike", "PrincipalArn", "arn:aws:*"),
            ("ArnLike", "PrincipalArn", "arn:*:*:*:*:*"),
            ("ArnLike", "PrincipalArn", "arn:aws:iam::?*:role/x"),
            ("StringLike", "SourceVpce", "vpce-*"),
        )
    },
    "a role for a role of theirs": (
        by(
            "iam",
            "CreateRole",
            {"assumeRolePolicyDocument": anybody(ArnLike={"aws:PrincipalArn": f"arn:aws:iam::{OTHER_ACCOUNT}:role/1"})},
        ),
        Sign.TRUST_OPENED,
    ),
    "a role for whoever is in a network": (
        by("iam", "CreateRole", {"assumeRolePolicyDocument": anybody(IpAddress={"aws:SourceIp": "198.51.100.7/32"})}),
        Sign.TRUST_OPENED,
    ),
    "a role for a network, or any": (
        by(
            "iam",
            "CreateRole",
            {"assumeRolePolicyDocument": anybody(IpAddress={"aws:SourceIp": ["198.51.100.7/32", "0.0.0.0/0"]})},
        ),
        Sign.TRUST_PUBLIC,
    ),
    "a secret for whoever is in a network": (
        by(
            "secretsmanager",
            "PutResourcePolicy",
            {"resourcePolicy": sharing("*", Condition={"StringEquals": {"aws:SourceVpce": "vpce-1"}})},
        ),
        Sign.SHARED_OUTSIDE,
    ),
    **{
        f"our own function's role is given {policy}": (
            by(
                "iam",
                "PutRolePolicy",
                {"roleName": "leak-responder-prod-FollowUp", "policyName": policy, "policyDocument": ALL},
            ),
            Sign.RESPONDER_CHANGED,
        )
        for policy in ("leak-responder-x", "AWSCompromisedKeyQuarantineV3")
    },
    "AttachRolePolicy of all rights to our own function": (
        by(
            "iam",
            "AttachRolePolicy",
            {"roleName": "leak-responder-prod-FollowUp", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
        ),
        Sign.RESPONDER_CHANGED,
    ),
    "CreatePolicy": (by("iam", "CreatePolicy", {"policyName": "p", "policyDocument": ALL}), Sign.RIGHTS_GRANTED),
    "CreatePolicy some": (by("iam", "CreatePolicy", {"policyName": "p", "policyDocument": SOME}), Sign.RIGHTS_CHANGED),
    **{
        name: (by("iam", name, {"roleName": "x"}), Sign.RIGHTS_CHANGED)
        for name in ("AddRoleToInstanceProfile", "PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary")
    },
    **{
        f"{name} of ours": (by("iam", name, {"roleName": OUR_PART, "policyDocument": SOME}), Sign.RESPONDER_CHANGED)
        for name in (
            "UpdateAssumeRolePolicy",
            "PutRolePermissionsBoundary",
            "DeleteRole",
            "AttachRolePolicy",
            "DetachRolePolicy",
            "DeleteRolePolicy",
        )
    },
    "CreateRole": (events.trust("CreateRole", OTHER), Sign.TRUST_OPENED),
    "CreateRole, its policy escaped": (
        by("iam", "CreateRole", {"assumeRolePolicyDocument": quote(sharing(OTHER))}),
        Sign.TRUST_OPENED,
    ),
    "CreateRole by number": (events.trust("CreateRole", OTHER_ACCOUNT), Sign.TRUST_OPENED),
    "UpdateAssumeRolePolicy": (events.trust("UpdateAssumeRolePolicy", "*"), Sign.TRUST_PUBLIC),
    **{
        name: (by("iam", name, {"policyArn": ADMIN, member: "x"}), Sign.RIGHTS_GRANTED)
        for name, member in (
            ("AttachUserPolicy", "userName"),
            ("AttachGroupPolicy", "groupName"),
            ("AttachRolePolicy", "roleName"),
        )
    },
    **{
        name: (by("iam", name, {"policyName": "p", "policyDocument": ALL}), Sign.RIGHTS_GRANTED)
        for name in ("PutUserPolicy", "PutGroupPolicy", "PutRolePolicy")
    },
    "PutUserPolicy some": (
        by("iam", "PutUserPolicy", {"userName": "x", "policyName": "p", "policyDocument": SOME}),
        Sign.RIGHTS_CHANGED,
    ),
    "PutUserPolicy oneself": (
        by("iam", "PutUserPolicy", {"userName": "admin", "policyName": "p", "policyDocument": SOME}),
        Sign.RIGHTS_TAKEN,
    ),
    "PutRolePolicy on our function": (
        by("iam", "PutRolePolicy", {"roleName": OUR_PART, "policyName": "p", "policyDocument": SOME}),
        Sign.RESPONDER_CHANGED,
    ),
    "CreatePolicyVersion": (
        by("iam", "CreatePolicyVersion", {"policyArn": "p", "policyDocument": ALL, "setAsDefault": True}),
        Sign.RIGHTS_GRANTED,
    ),
    "CreatePolicyVersion not in force": (
        by("iam", "CreatePolicyVersion", {"policyArn": "p", "policyDocument": ALL}),
        Sign.RIGHTS_CHANGED,
    ),
    "CreatePolicyVersion of our deny": (
        by("iam", "CreatePolicyVersion", {"policyArn": events.OURS, "policyDocument": SOME, "setAsDefault": True}),
        Sign.RESPONDER_CHANGED,
    ),
    "SetDefaultPolicyVersion": (by("iam", "SetDefaultPolicyVersion", {"policyArn": "p"}), Sign.VERSION_SWITCHED),
    **{
        name: (by("cloudtrail", name, {"name": "t"}), Sign.LOGGING_CHANGED)
        for name in (
            "StopLogging",
            "DeleteTrail",
            "UpdateTrail",
            "PutEventSelectors",
            "DeleteEventDataStore",
            "StopEventDataStoreIngestion",
        )
    },
    **{
        name: (by("route53resolver", name), Sign.LOGGING_CHANGED)
        for name in ("DeleteResolverQueryLogConfig", "DisassociateResolverQueryLogConfig")
    },
    "DeleteFlowLogs": (by("ec2", "DeleteFlowLogs"), Sign.LOGGING_CHANGED),
    "the logs of a firewall": (by("wafv2", "DeleteLoggingConfiguration"), Sign.LOGGING_CHANGED),
    "StopLogging, by whom the publisher blanked": (
        by("cloudtrail", "StopLogging", userIdentity={"type": "...", "arn": "...", "invokedBy": "..."}),
        Sign.LOGGING_CHANGED,
    ),
    "DeleteModelInvocationLoggingConfiguration": (
        by("bedrock", "DeleteModelInvocationLoggingConfiguration"),
        Sign.LOGGING_CHANGED,
    ),
    **{
        name: (by("guardduty", name, {"detectorId": "d"}), Sign.DETECTION_CHANGED)
        for name in (
            "DeleteDetector",
            "DeletePublishingDestination",
            "DisassociateFromAdministratorAccount",
            "DisassociateFromMasterAccount",
            "DisassociateMembers",
            "DeleteMembers",
            "StopMonitoringMembers",
            "DisableOrganizationAdminAccount",
            "CreateFilter",
            "UpdateFilter",
            "CreateIPSet",
            "UpdateIPSet",
            "CreateTrustedEntitySet",
            "UpdateTrustedEntitySet",
        )
    },
    **{
        name: (by("guardduty", name, {"features": [{"name": "S3", "status": "DISABLED"}]}), Sign.DETECTION_CHANGED)
        for name in ("UpdateDetector", "UpdateMemberDetectors")
    },
    "UpdateDetector, as it was asked before there were features": (
        by("guardduty", "UpdateDetector", {"dataSources": {"s3Logs": {"enable": False}}}),
        Sign.DETECTION_CHANGED,
    ),
    **{
        name: (by("account", name, {"accountId": OTHER_ACCOUNT}), Sign.ROOT_RECOVERED)
        for name in ("StartPrimaryEmailUpdate", "AcceptPrimaryEmailUpdate")
    },
    "UpdateDetector off": (by("guardduty", "UpdateDetector", {"enable": False}), Sign.DETECTION_CHANGED),
    **{
        f"securityhub {name}": (by("securityhub", name), Sign.DETECTION_CHANGED)
        for name in (
            "DisableSecurityHub",
            "DisableSecurityHubV2",
            "DisableImportFindingsForProduct",
            "DisassociateFromAdministratorAccount",
            "DisassociateFromMasterAccount",
            "DisassociateMembers",
            "DeleteMembers",
            "DisableOrganizationAdminAccount",
        )
    },
    "DisableAWSServiceAccess": (
        by("organizations", "DisableAWSServiceAccess", {"servicePrincipal": "guardduty.amazonaws.com"}),
        Sign.DETECTION_CHANGED,
    ),
    "DeleteGraph": (by("detective", "DeleteGraph"), Sign.DETECTION_CHANGED),
    "inspector2 Disable": (by("inspector2", "Disable"), Sign.DETECTION_CHANGED),
    "DeleteDeliveryChannel": (by("config", "DeleteDeliveryChannel"), Sign.DETECTION_CHANGED),
    **{
        f"organizations {name}": (by("organizations", name), Sign.GUARDRAIL_LIFTED)
        for name in ("DetachPolicy", "DeletePolicy", "DisablePolicyType")
    },
    "RemoveAccountFromOrganization": (by("organizations", "RemoveAccountFromOrganization"), Sign.ORGANISATION_LEFT),
    "DeleteAnalyzer": (by("access-analyzer", "DeleteAnalyzer"), Sign.DETECTION_CHANGED),
    "DisableMacie": (by("macie2", "DisableMacie"), Sign.DETECTION_CHANGED),
    "UpdateMacieSession": (by("macie2", "UpdateMacieSession", {"status": "PAUSED"}), Sign.DETECTION_CHANGED),
    "StopConfigurationRecorder": (by("config", "StopConfigurationRecorder"), Sign.DETECTION_CHANGED),
    "DeleteConfigurationRecorder": (by("config", "DeleteConfigurationRecorder"), Sign.DETECTION_CHANGED),
    "LeaveOrganization": (by("organizations", "LeaveOrganization"), Sign.ORGANISATION_LEFT),
    "DeleteOrganization": (by("organizations", "DeleteOrganization"), Sign.ORGANISATION_LEFT),
    "CloseAccount of oneself": (by("account", "CloseAccount"), Sign.ORGANISATION_LEFT),
    **{
        name: (by("events", name, {"name": OUR_PART}), Sign.RESPONDER_CHANGED)
        for name in ("DeleteRule", "DisableRule", "PutRule")
    },
    **{
        name: (by("events", name, {"rule": OUR_PART}), Sign.RESPONDER_CHANGED)
        for name in ("RemoveTargets", "PutTargets")
    },
    **{
        name: (by("lambda", name, {"functionName": OUR_PART}), Sign.RESPONDER_CHANGED)
        for name in (
            "DeleteFunction20150331",
            "UpdateFunctionCode20150331v2",
            "UpdateFunctionConfiguration20150331v2",
            "AddPermission20150331v2",
            "RemovePermission20150331v2",
            "UpdateFunctionEventInvokeConfig",
            "PutFunctionEventInvokeConfig",
            "DeleteFunctionEventInvokeConfig",
        )
    },
    **{
        name: (
            by(
                "lambda",
                name,
                {"uUID": "1"},
                responseElements={"functionArn": f"arn:aws:lambda:x:1:function:{OUR_PART}"},
            ),
            Sign.RESPONDER_CHANGED,
        )
        for name in ("DeleteEventSourceMapping20150331", "UpdateEventSourceMapping20150331")
    },
    **{
        name: (
            by("sns", name, {"subscriptionArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:{OUR_PART}:0a0b"}),
            Sign.RESPONDER_CHANGED,
        )
        for name in ("Unsubscribe", "SetSubscriptionAttributes")
    },
    **{
        name: (by("iam", name, {"policyArn": events.OURS}), Sign.RESPONDER_CHANGED)
        for name in ("DeletePolicy", "DeletePolicyVersion")
    },
    **{
        name: (by("monitoring", name, {"alarmNames": ["x", OUR_PART]}), Sign.RESPONDER_CHANGED)
        for name in ("DeleteAlarms", "DisableAlarmActions")
    },
    **{
        name: (by("monitoring", name, {"alarmName": OUR_PART}), Sign.RESPONDER_CHANGED)
        for name in ("PutMetricAlarm", "SetAlarmState")
    },
    **{
        name: (by("sns", name, {"topicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:{OUR_PART}"}), Sign.RESPONDER_CHANGED)
        for name in ("DeleteTopic", "SetTopicAttributes")
    },
    "DeleteLogGroup": (
        by("logs", "DeleteLogGroup", {"logGroupName": f"/aws/lambda/{OUR_PART}"}),
        Sign.RESPONDER_CHANGED,
    ),
    "PutFunctionConcurrency20171031": (
        by(
            "lambda",
            "PutFunctionConcurrency20171031",
            {"functionName": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{OUR_PART}"},
        ),
        Sign.RESPONDER_CHANGED,
    ),
    **{
        name: (by("dynamodb", name, {"tableName": OUR_PART}), Sign.RESPONDER_CHANGED)
        for name in ("DeleteTable", "UpdateTable", "UpdateTimeToLive")
    },
    **{
        name: (
            by("sqs", name, {"queueUrl": f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/{OUR_PART}"}),
            Sign.RESPONDER_CHANGED,
        )
        for name in ("DeleteQueue", "PurgeQueue", "SetQueueAttributes")
    },
    **{
        name: (by("cloudformation", name, {"stackName": "leak-responder-prod"}), Sign.RESPONDER_CHANGED)
        for name in ("DeleteStack", "UpdateTerminationProtection")
    },
    **{
        name: (by("kms", name, {"keyId": "k"}), Sign.ENCRYPTION_THREATENED)
        for name in ("ScheduleKeyDeletion", "DisableKey", "DeleteImportedKeyMaterial")
    },
    "PutKeyPolicy": (by("kms", "PutKeyPolicy", {"policy": sharing(OTHER)}), Sign.SHARED_OUTSIDE),
    "a function for everybody": (
        by(
            "lambda",
            "AddPermission20150331v2",
            {"functionName": "resize", "principal": "*", "action": "lambda:InvokeFunction"},
            responseElements={"statement": json.dumps({"Effect": "Allow", "Principal": "*", "Resource": "x"})},
        ),
        Sign.SHARED_OUTSIDE,
    ),
    "a function for another account": (
        by("lambda", "AddPermission20150331v2", {"functionName": "resize", "principal": OTHER_ACCOUNT}),
        Sign.SHARED_OUTSIDE,
    ),
    "a key made for everybody": (by("kms", "CreateKey", {"policy": sharing("*")}), Sign.SHARED_OUTSIDE),
    "CreateGrant": (by("kms", "CreateGrant", {"granteePrincipal": OTHER}), Sign.SHARED_OUTSIDE),
    "PutResourcePolicy": (
        by("secretsmanager", "PutResourcePolicy", {"resourcePolicy": sharing("*")}),
        Sign.SHARED_OUTSIDE,
    ),
    "GetFederationToken": (events.federated(), Sign.SESSION_MINTED),
    "AssumeRoot": (
        by("sts", "AssumeRoot", {"targetPrincipal": OTHER_ACCOUNT}, userIdentity=events.role_identity()),
        Sign.ROOT_ASSUMED,
    ),
    "GetSessionToken": (by("sts", "GetSessionToken"), Sign.SESSION_OBTAINED),
    "AssumeRole": (
        by("sts", "AssumeRole", {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/worker", "roleSessionName": "s"}),
        Sign.SESSION_OBTAINED,
    ),
    "BatchGetSecretValue": (
        by("secretsmanager", "BatchGetSecretValue", userIdentity=events.user_identity("deploy", AKIA)),
        Sign.SECRETS_READ,
    ),
    "BatchGetSecretValue of all but what there is not": (
        by("secretsmanager", "BatchGetSecretValue", all_but("!none-such"), userIdentity=events.role_identity()),
        Sign.SECRETS_READ,
    ),
    "GetParameters": (events.parameters_read(5), Sign.SECRETS_READ),
    "GetParametersByPath": (
        by("ssm", "GetParametersByPath", {"path": "/", "withDecryption": True}),
        Sign.SECRETS_READ,
    ),
    "GetCallerIdentity": (events.key_tested("TruffleHog"), Sign.KEY_TESTED),
    **{
        f"{name} by a tool": (
            by(service, name, userIdentity=events.user_identity("deploy", AKIA), userAgent="TruffleHog"),
            Sign.KEY_TESTED,
        )
        for service, names in (
            ("sts", ("AssumeRole", "GetSessionToken", "GetFederationToken")),
            ("iam", ("GetUser", "GetAccountSummary", "GetAccountAuthorizationDetails", "ListUsers", "ListRoles")),
        )
        for name in names
    },
    "GetSigninToken": (
        by("signin", "GetSigninToken", userIdentity=events.role_identity(session="ana")),
        Sign.SIGN_IN_TOKEN,
    ),
    "GetSigninToken by a machine": (
        by("signin", "GetSigninToken", userIdentity=events.machine_identity()),
        Sign.MACHINE_SIGNED_IN,
    ),
    "GetSigninToken by a script that calls itself the portal": (
        by(
            "signin",
            "GetSigninToken",
            userIdentity=events.role_identity(session="ana"),
            userAgent="Jersey/${project.version} (HttpUrlConnection 1.8.0)",
        ),
        Sign.SIGN_IN_TOKEN,
    ),
    **{
        f"GetSigninToken as the portal, {case}": (record, Sign.SIGN_IN_TOKEN)
        for case, record in (
            ("with a session of a minute ago", portal("2026-11-24T02:57:00Z")),
            ("with a session of hours ago", portal("2026-11-24T00:10:00Z")),
            ("with a session to come", portal("2026-11-24T02:58:01Z")),
            ("with a session that says no time", portal(None)),
            ("with a session of a time that nobody can read", portal("yesterday")),
            ("by another role", portal("2026-11-24T02:57:58Z", userIdentity=events.role_identity(session="ana"))),
            ("by another user agent", portal("2026-11-24T02:57:58Z", userAgent="Python-urllib/3.12")),
        )
    },
    **{
        f"{name} by root": (
            by("signin", name, userIdentity=events.root_identity(), readOnly=True),
            Sign.ROOT_CREDENTIALS,
        )
        for name in ("AuthorizeOAuth2Access", "CreateOAuth2Token", "CreateOAuth2TokenWithIAM")
    },
    "AddPermission20150331": (
        by("lambda", "AddPermission20150331", {"functionName": "resize", "principal": OTHER_ACCOUNT}),
        Sign.SHARED_OUTSIDE,
    ),
    "PutEventSelectors that leaves KMS out": (
        by(
            "cloudtrail",
            "PutEventSelectors",
            {"eventSelectors": [{"readWriteType": "All", "excludeManagementEventSources": ["kms.amazonaws.com"]}]},
        ),
        Sign.LOGGING_CHANGED,
    ),
    "PutEventSelectors for writes alone": (
        by("cloudtrail", "PutEventSelectors", {"eventSelectors": [{"readWriteType": "WriteOnly"}]}),
        Sign.LOGGING_CHANGED,
    ),
    "PutEventSelectors without data": (
        by("cloudtrail", "PutEventSelectors", {"eventSelectors": [{"readWriteType": "All", "dataResources": []}]}),
        Sign.LOGGING_CHANGED,
    ),
    "PutEventSelectors without data, said anew": (
        by(
            "cloudtrail",
            "PutEventSelectors",
            {"advancedEventSelectors": [{"fieldSelectors": [{"field": "eventCategory", "equals": ["Management"]}]}]},
        ),
        Sign.LOGGING_CHANGED,
    ),
    "PutEventSelectors for data alone": (
        by("cloudtrail", "PutEventSelectors", {"eventSelectors": [{"includeManagementEvents": False}]}),
        Sign.LOGGING_CHANGED,
    ),
    "GetCallerIdentity by a tool that shouts": (events.key_tested("PACU/1.6"), Sign.KEY_TESTED),
    "GetCallerIdentity by kingfisher": (events.key_tested("aws-sdk-rust/1 kingfisher/1.2"), Sign.KEY_TESTED),
    "ConsoleLogin": (events.signed_in("No", events.user_identity()), Sign.USER_WITHOUT_MFA),
    **{
        name: (events.signed_in(eventName=name), Sign.ROOT_RECOVERED)
        for name in ("PasswordRecoveryRequested", "PasswordRecoveryCompleted", "PasswordUpdated", "EmailUpdated")
    },
    "UploadSSHPublicKey": (by("iam", "UploadSSHPublicKey", {"userName": "deploy"}), Sign.CREATED),
    "UploadSigningCertificate": (by("iam", "UploadSigningCertificate", {"userName": "deploy"}), Sign.CREATED),
    "ResetServiceSpecificCredential": (
        by("iam", "ResetServiceSpecificCredential", {"userName": "deploy"}),
        Sign.CREATED,
    ),
    **{
        name: (by("iam", name, {"userName": "deploy", "status": "Active"}), Sign.REVIVED)
        for name in ("UpdateServiceSpecificCredential", "UpdateSSHPublicKey", "UpdateSigningCertificate")
    },
    "PutRolePolicy over our deny": (
        by("iam", "PutRolePolicy", {"roleName": "worker", "policyName": events.DENY, "policyDocument": SOME}),
        Sign.CONTAINMENT_UNDONE,
    ),
}

OUR_DENY = json.dumps({"Statement": [{"Effect": "Deny", "Action": ["*"], "Resource": ["*"], "Condition": {}}]})
IN_ORG = {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}
ROLE_READS = {"identity": events.role_identity()}

SAYS_NOTHING: dict[str, tuple[Json, str]] = {
    **{
        f"models are logged: {kinds}": (
            by("bedrock", "PutModelInvocationLoggingConfiguration", models_logged(**kinds)),
            "go on being logged",
        )
        for kinds in ({"text": True}, {}, {"text": False, "image": True})
    },
    "a user may read mail's settings": (
        by("iam", "AttachUserPolicy", {"policyArn": "arn:aws:iam::aws:policy/AmazonSESReadOnlyAccess"}),
        "reaches everything",
    ),
    "a role may send mail": (
        by("iam", "AttachRolePolicy", {"roleName": "x", "policyArn": "arn:aws:iam::aws:policy/AmazonSESFullAccess"}),
        "reaches everything",
    ),
    "a customer's policy of mail's name": (
        by(
            "iam",
            "AttachUserPolicy",
            {"userName": "x", "policyArn": f"arn:aws:iam::{ACCOUNT}:policy/AmazonSESFullAccess"},
        ),
        "reaches everything",
    ),
    "an administrator of the detectors": (
        by("organizations", "RegisterDelegatedAdministrator", {"servicePrincipal": "guardduty.amazonaws.com"}),
        "an administrator of another service",
    ),
    "an endpoint given a library": (
        by("glue", "UpdateDevEndpoint", {"endpointName": "e", "updateEtlLibraries": True}),
        "no key for SSH",
    ),
    **{
        f"a database changed: {asked}": (by("rds", "ModifyDBInstance", asked), "neither a password nor")
        for asked in ({"allocatedStorage": 50}, {"enableIAMDatabaseAuthentication": True}, {"masterUserPassword": None})
    },
    "a database whose password AWS keeps": (
        by("rds", "ModifyDBInstance", {"manageMasterUserPassword": True, "rotateMasterUserPassword": True}),
        "neither a password nor",
    ),
    **{
        f"a contact for {kind}": (
            by("account", "PutAlternateContact", {"alternateContactType": kind}),
            "other things than security",
        )
        for kind in ("BILLING", "OPERATIONS")
    },
    **{
        f"a finding updated: {asked}": (by("securityhub", name, asked), "no finding was suppressed")
        for name, asked in (
            ("BatchUpdateFindings", {"Workflow": {"Status": "RESOLVED"}}),
            ("BatchUpdateFindings", {"Note": {"Text": "SUPPRESSED"}}),
            ("BatchUpdateFindingsV2", {"StatusId": 2}),
        )
    },
    # The look-alikes of every day, and why they say nothing.
    "second factor removed by one who showed it": (
        by(
            "iam",
            "DeactivateMFADevice",
            userIdentity=events.user_identity(sessionContext={"attributes": {"mfaAuthenticated": "true"}}),
        ),
        "had shown a second factor",
    ),
    "a role for the account itself": (events.trust("CreateRole", f"arn:aws:iam::{ACCOUNT}:root"), "trusts no other"),
    "a role for a service": (by("iam", "CreateRole", {"assumeRolePolicyDocument": SOME}), "trusts no other"),
    "a trust policy that is none": (by("iam", "UpdateAssumeRolePolicy", {"policyDocument": "{"}), "trusts no other"),
    "a role for the jobs of our projects": (
        by("iam", "CreateRole", {"assumeRolePolicyDocument": jobs("repo:ours/*")}),
        "trusts people of an identity provider, and no other account",
    ),
    "root looks at something": (
        by("health", "DescribeEventAggregates", userIdentity=events.root_identity(), readOnly=True),
        "only looked",
    ),
    "root looks at something, before records said so": (
        of_earlier_days(by("iam", "ListGroups", userIdentity=events.root_identity())),
        "only looked",
    ),
    "a service at work for root": (
        by("kms", "Encrypt", userIdentity=events.root_identity(invokedBy="s3.amazonaws.com")),
        "an AWS service made the call",
    ),
    "a few secrets in one call": (
        by(
            "secretsmanager",
            "BatchGetSecretValue",
            {"secretIdList": ["x"]},
            userIdentity=events.user_identity("deploy", AKIA),
        ),
        "only a few",
    ),
    "any policy attached": (
        by("iam", "AttachRolePolicy", {"policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
        "reaches everything",
    ),
    "a customer's policy of that name": (
        by("iam", "AttachUserPolicy", {"policyArn": f"arn:aws:iam::{ACCOUNT}:policy/AdministratorAccess"}),
        "",
    ),
    "a role of somebody else deleted": (by("iam", "DeleteRole", {"roleName": "leak"}), "no part of the responder"),
    "a log group of somebody else": (by("logs", "DeleteLogGroup", {"logGroupName": "/aws/lambda/x"}), "no part"),
    "our own deny put on by hand": (
        by("iam", "PutRolePolicy", {"roleName": "worker", "policyName": events.DENY, "policyDocument": OUR_DENY}),
        "a deny like ours",
    ),
    "a filter that archives nothing": (by("guardduty", "CreateFilter", {"action": "NOOP"}), "archives nothing"),
    "a narrower deny deleted by whoever restores": (
        by("iam", "DeletePolicy", {"policyArn": NARROW}),
        "no part of the responder",
    ),
    "a detector configured": (by("guardduty", "UpdateDetector", {"enable": True}), "stays on"),
    "a rule of somebody else": (by("events", "DisableRule", {"name": "nightly"}), "no part of the responder"),
    "a function of somebody else": (by("lambda", "DeleteFunction20150331", {"functionName": "x"}), "no part"),
    "Macie told how often to write": (
        by("macie2", "UpdateMacieSession", {"findingPublishingFrequency": "SIX_HOURS"}),
        "Macie goes on",
    ),
    "a key made without a policy": (by("kms", "CreateKey", {"origin": "AWS_KMS"}), "only the account itself"),
    "a function for a service": (
        by("lambda", "AddPermission20150331v2", {"functionName": "resize", "principal": "s3.amazonaws.com"}),
        "only the account itself",
    ),
    "a function for an organisation": (
        by(
            "lambda",
            "AddPermission20150331v2",
            {"functionName": "resize", "principal": "*", "principalOrgID": "o-1"},
            responseElements={"statement": json.dumps({"Effect": "Allow", "Principal": "*", **IN_ORG})},
        ),
        "only the account itself",
    ),
    "a function with a page of its own": (
        by(
            "lambda",
            "AddPermission20150331v2",
            {"functionName": "resize", "principal": "*", "functionUrlAuthType": "NONE"},
        ),
        "page on the web",
    ),
    "a key policy for the account": (
        by("kms", "PutKeyPolicy", {"policy": sharing(f"arn:aws:iam::{ACCOUNT}:root")}),
        "only the account itself",
    ),
    "a secret for the organisation": (
        by("secretsmanager", "PutResourcePolicy", {"resourcePolicy": sharing("*", **IN_ORG)}),
        "only the account itself",
    ),
    "a grant within the account": (
        by("kms", "CreateGrant", {"granteePrincipal": f"arn:aws:iam::{ACCOUNT}:role/x"}),
        "only the account itself",
    ),
    "a grant of a service": (
        by(
            "kms",
            "CreateGrant",
            {"granteePrincipal": OTHER},
            userIdentity=events.user_identity(invokedBy="ebs.amazonaws.com"),
        ),
        "at its work",
    ),
    "a role assumed by a role": (
        by("sts", "AssumeRole", {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/x"}, userIdentity=events.role_identity()),
        "no key of a user",
    ),
    "a role assumed by a service": (
        by("sts", "AssumeRole", {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/x"}, userIdentity=events.SERVICE_IDENTITY),
        "AWS service",
    ),
    "a refused AssumeRole": (by("sts", "AssumeRole", errorCode="AccessDenied"), "which role"),
    "a workload reads its parameters": (events.parameters_read(10, events.role_identity()), "no long-term key"),
    "a session reads parameters": (
        events.parameters_read(10, events.user_identity("deploy", ASIA)),
        "no long-term key",
    ),
    "a workload reads what has a tag": (
        by("secretsmanager", "BatchGetSecretValue", all_but("!old", "app"), userIdentity=events.role_identity()),
        "no long-term key",
    ),
    "a few parameters": (events.parameters_read(4), "only a few"),
    "parameters as they are": (
        by("ssm", "GetParametersByPath", {"path": "/", "withDecryption": False}),
        "nothing was decrypted",
    ),
    "Identity Center's portal opens the console": (portal("2026-11-24T02:57:58Z"), "portal opened the console"),
    "the portal, just in time": (portal("2026-11-24T02:57:01Z"), "portal opened the console"),
    "`aws login` of a user": (
        by("signin", "AuthorizeOAuth2Access", userIdentity=events.user_identity("ana", ASIA), readOnly=True),
        "only that of root is told",
    ),
    "a trail that records all": (
        by(
            "cloudtrail",
            "PutEventSelectors",
            {
                "eventSelectors": [
                    {
                        "readWriteType": "All",
                        "includeManagementEvents": True,
                        "dataResources": [{"type": "AWS::S3::Object", "values": ["arn:aws:s3"]}],
                    }
                ]
            },
        ),
        "records every management event",
    ),
    "a trail that records all, said anew": (
        by(
            "cloudtrail",
            "PutEventSelectors",
            {
                "advancedEventSelectors": [
                    {"fieldSelectors": [{"field": "eventCategory", "equals": [category]}]}
                    for category in ("Management", "Data")
                ]
            },
        ),
        "records every management event",
    ),
    "any tool asks who it is": (events.key_tested("aws-cli/2"), "no tool that tests keys"),
    "a sign-in with a second factor": (events.signed_in("Yes", events.user_identity()), "neither a sign-in"),
    "a user whom a provider vouches for": (
        events.signed_in(
            "No", events.user_identity(), additionalEventData={"MFAUsed": "No", "SamlProviderArn": "arn:aws:iam::1:x"}
        ),
        "neither a sign-in",
    ),
    "somebody of the identity provider": (events.signed_in("No", events.role_identity()), "neither a sign-in"),
    "a service creates a user": (by("iam", "CreateUser", userIdentity=events.SERVICE_IDENTITY), "AWS service"),
}
