"""Calls that AWS answers with a credential of some service, or that set one: none of them is a key or session of IAM.

What IAM and STS make is followed as children (`minting`), and what Secrets Manager, Parameter Store and KMS hand out
stands in `touched`. A test compares each call, each member and each command with the models that botocore carries.
How long a credential lasts is what the API reference of its call says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.inquiry.call import Call
from chalicelib.sources.reading import text


@dataclass(frozen=True)
class Issuing:
    """`gives` is what the call hands out, of the thing that stands at `name` in the record.

    `most` is how long it can work; None where nothing but a person ends it. `command` makes it worthless, without `aws`
    in front; `{asked.x}` and `{answered.x}` are read from the record. `beside` is what else a person must know or do.
    `only` says of which of these calls it is true.
    """

    service: str
    call: str
    gives: str
    name: str
    most: timedelta | None
    command: str
    beside: str = ""
    only: Callable[[Call], bool] | None = None


def _has(member: str) -> Callable[[Call], bool]:
    return lambda call: bool(call.asked.get(member))


def _is_true(member: str) -> Callable[[Call], bool]:
    """Return whether the member is true: API Gateway has it as a text in the address."""
    return lambda call: call.asked.get(member) in (True, "true")


def _is_active(call: Call) -> bool:
    return text(call.asked, "newStatus") == "ACTIVE"


_AUTHORIZED = "Take its public half out of ~/.ssh/authorized_keys of each instance that has it: deleting it does not."
_OPEN = "A connection that it opened stays open until then."
_NO_END = "No command ends it sooner."
_NEW_KEY = "Its value cannot be changed: make a new key for those who use it."
_ID_IS_KEY = "The id of such a key is the key itself, so it is not shown here: `aws appsync list-api-keys` lists it."
_DENY = "In deny.json, deny the principal that asked for it everything."
_MINUTE, _HOUR, _HALF_DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(hours=12)
_EMBEDDED = timedelta(hours=10, minutes=5)  # the address is good for 5 minutes, its session for 10 hours at most

_DISABLE_KEY = "--patch-operations op=replace,path=/enabled,value=false"
_OF_LIGHTSAIL = "lightsail delete-key-pair --key-pair-name {asked.keyPairName}"
_OF_EC2 = "ec2 delete-key-pair --key-name {asked.keyName}"
_REVOKED = "iot update-certificate --certificate-id {answered.certificateId} --new-status REVOKED"
_REBOOTED = "redshift reboot-cluster --cluster-identifier {asked.clusterIdentifier}"
_SIGNED_OUT = "cognito-idp admin-user-global-sign-out --user-pool-id {asked.userPoolId} --username USERNAME"
_NO_CLIENT = "cognito-idp delete-user-pool-client --user-pool-id {asked.userPoolId} --client-id "
_NEW_CLIENT = "Make another app client for those who use it first."
_NO_IDENTITY = (
    "The identity is deleted for good. Its role sessions go on: `leak-responder contain --role ROLE --reason 'why'` "
    "ends them."
)
_TOKENS = "The refresh token lasts for up to 10 years."
_SIGNED_IN = (
    "It gets new credentials until then, and only a deny on the whole user or role stops those. Commands that came in "
    "autumn 2026 end it: `aws signin list-sessions` names it, `aws signin batch-revoke-sessions` revokes it. "
    "Credentials that it has work for 15 minutes more at most."
)
_TOKEN = f"{_NO_END} Whoever has it acts for the principal until then, unless the whole principal is denied."

ISSUING: tuple[Issuing, ...] = (
    # service, call, what it gives, of what, how long it lasts at most, what makes it worthless
    Issuing(
        "lightsail",
        "GetRelationalDatabaseMasterUserPassword",
        "master password of the Lightsail database",
        "asked.relationalDatabaseName",
        None,
        "lightsail update-relational-database --relational-database-name {asked.relationalDatabaseName} "
        "--rotate-master-user-password",
    ),
    Issuing(
        "lightsail",
        "DownloadDefaultKeyPair",
        "default SSH key of all Lightsail instances",
        "",
        None,
        "lightsail delete-key-pair --key-pair-name LightsailDefaultKeyPair --expected-fingerprint FINGERPRINT",
        _AUTHORIZED,
    ),
    Issuing("lightsail", "CreateKeyPair", "Lightsail SSH key", "asked.keyPairName", None, _OF_LIGHTSAIL, _AUTHORIZED),
    Issuing("lightsail", "ImportKeyPair", "Lightsail SSH key", "asked.keyPairName", None, _OF_LIGHTSAIL, _AUTHORIZED),
    Issuing(
        "lightsail",
        "GetInstanceAccessDetails",
        "SSH certificate or Windows password of the Lightsail instance",
        "asked.instanceName",
        None,
        "lightsail reboot-instance --instance-name {asked.instanceName}",
        "That ends open connections; the certificate ends after minutes. Of Windows, set a new password there.",
    ),
    Issuing(
        "lightsail",
        "CreateBucketAccessKey",
        "access key of the Lightsail bucket",
        "asked.bucketName",
        None,
        "lightsail delete-bucket-access-key --bucket-name {asked.bucketName} "
        "--access-key-id {answered.accessKey.accessKeyId}",
    ),
    Issuing(
        "lightsail",
        "CreateContainerServiceRegistryLogin",
        "login to the registry of Lightsail containers",
        "",
        _HALF_DAY,
        "",
        _NO_END,
    ),
    Issuing(
        "ec2",
        "GetPasswordData",
        "Windows password of the instance, for the holder of its key pair",
        "asked.instanceId",
        None,
        "ssm send-command --instance-ids {asked.instanceId} --document-name AWSSupport-RunEC2RescueForWindowsTool "
        "--parameters Command=ResetAccess",
        "The new one is kept in Parameter Store.",
    ),
    Issuing("ec2", "CreateKeyPair", "SSH key", "asked.keyName", None, _OF_EC2, _AUTHORIZED),
    Issuing("ec2", "ImportKeyPair", "SSH key", "asked.keyName", None, _OF_EC2, _AUTHORIZED),
    Issuing(
        "ec2-instance-connect",
        "SendSSHPublicKey",
        "SSH login to the instance",
        "asked.instanceId",
        _MINUTE,
        "ec2 reboot-instances --instance-ids {asked.instanceId}",
        _OPEN,
    ),
    Issuing(
        "ec2-instance-connect",
        "SendSerialConsoleSSHPublicKey",
        "login to the serial console of the instance",
        "asked.instanceId",
        _MINUTE,
        "ec2 disable-serial-console-access",
        _OPEN,
    ),
    Issuing(
        "ssm",
        "StartSession",
        "session on the node",
        "asked.target",
        None,
        "ssm terminate-session --session-id {answered.sessionId}",
    ),
    Issuing(
        "ssm",
        "ResumeSession",
        "session on a node",
        "asked.sessionId",
        None,
        "ssm terminate-session --session-id {asked.sessionId}",
    ),
    Issuing(
        "ssm",
        "CreateActivation",
        "code that registers machines as nodes with role",
        "asked.iamRole",
        None,
        "ssm delete-activation --activation-id {answered.activationId}",
        "Machines that it registered stay: `aws ssm deregister-managed-instance` takes each off.",
    ),
    Issuing(
        "ecs",
        "ExecuteCommand",
        "shell in the task",
        "asked.task",
        None,
        "ssm terminate-session --session-id {answered.session.sessionId}",
    ),
    Issuing("iot", "CreateKeysAndCertificate", "IoT certificate", "answered.certificateId", None, _REVOKED),
    Issuing("iot", "CreateCertificateFromCsr", "IoT certificate", "answered.certificateId", None, _REVOKED),
    Issuing("iot", "RegisterCertificate", "IoT certificate", "answered.certificateId", None, _REVOKED),
    Issuing("iot", "RegisterCertificateWithoutCA", "IoT certificate", "answered.certificateId", None, _REVOKED),
    Issuing(
        "iot",
        "UpdateCertificate",
        "IoT certificate that was set active",
        "asked.certificateId",
        None,
        _REVOKED.replace("answered", "asked"),
        only=_is_active,
    ),
    Issuing(
        "iot",
        "RegisterCACertificate",
        "certificate authority for IoT",
        "answered.certificateId",
        None,
        "iot update-ca-certificate --certificate-id {answered.certificateId} --new-status INACTIVE",
        "Revoke the certificates that it signed, too.",
    ),
    Issuing(
        "iot",
        "CreateProvisioningClaim",
        "certificate that registers devices by template",
        "asked.templateName",
        timedelta(minutes=5),
        "iot update-provisioning-template --template-name {asked.templateName} --no-enabled",
        "Devices that it registered stay: revoke their certificates.",
    ),
    Issuing(
        "transfer",
        "ImportSshPublicKey",
        "SSH key of the Transfer user",
        "asked.userName",
        None,
        "transfer delete-ssh-public-key --server-id {asked.serverId} --user-name {asked.userName} "
        "--ssh-public-key-id {answered.sshPublicKeyId}",
    ),
    Issuing(
        "transfer",
        "CreateUser",
        "Transfer user with an SSH key",
        "asked.userName",
        None,
        "transfer delete-user --server-id {asked.serverId} --user-name {asked.userName}",
        only=_has("sshPublicKeyBody"),
    ),
    Issuing(
        "apigateway",
        "GetApiKey",
        "API key of API Gateway",
        "asked.apiKey",
        None,
        f"apigateway update-api-key --api-key {{asked.apiKey}} {_DISABLE_KEY}",
        _NEW_KEY,
        _is_true("includeValue"),
    ),
    Issuing(
        "apigateway",
        "GetApiKeys",
        "all API keys of API Gateway",
        "",
        None,
        f"apigateway update-api-key --api-key API-KEY {_DISABLE_KEY}",
        f"Once for each that `aws apigateway get-api-keys` lists. {_NEW_KEY}",
        _is_true("includeValues"),
    ),
    Issuing(
        "apigateway",
        "CreateApiKey",
        "API key of API Gateway",
        "answered.id",
        None,
        f"apigateway update-api-key --api-key {{answered.id}} {_DISABLE_KEY}",
    ),
    Issuing(
        "apigateway",
        "ImportApiKeys",
        "API keys of API Gateway",
        "",
        None,
        f"apigateway update-api-key --api-key API-KEY {_DISABLE_KEY}",
        "Once for each that was imported: `aws apigateway get-api-keys` lists all.",
    ),
    Issuing(
        "appsync",
        "ListApiKeys",
        "API keys of AppSync API",
        "asked.apiId",
        None,
        "appsync delete-api-key --api-id {asked.apiId} --id API-KEY",
        f"{_ID_IS_KEY} {_NEW_KEY}",
    ),
    Issuing(
        "appsync",
        "CreateApiKey",
        "API key of AppSync API",
        "asked.apiId",
        None,
        "appsync delete-api-key --api-id {asked.apiId} --id API-KEY",
        _ID_IS_KEY,
    ),
    Issuing(
        "codeartifact",
        "GetAuthorizationToken",
        "token for the CodeArtifact domain",
        "asked.domain",
        _HALF_DAY,
        "codeartifact put-domain-permissions-policy --domain {asked.domain} --policy-document file://deny.json",
        _DENY,
    ),
    Issuing(
        "ecr",
        "GetAuthorizationToken",
        "login to the container registry",
        "",
        _HALF_DAY,
        "ecr set-repository-policy --repository-name REPOSITORY --policy-text file://deny.json",
        f"Once for each repository. {_DENY}",
    ),
    Issuing(
        "ecr-public",
        "GetAuthorizationToken",
        "login to the public container registry",
        "",
        _HALF_DAY,
        "ecr-public set-repository-policy --repository-name REPOSITORY --policy-text file://deny.json",
        f"Once for each repository. {_DENY}",
    ),
    Issuing(
        "redshift",
        "GetClusterCredentials",
        "database login to the Redshift cluster",
        "asked.clusterIdentifier",
        _HOUR,
        _REBOOTED,
        f"That ends open connections. {_NO_END}",
    ),
    Issuing(
        "redshift",
        "GetClusterCredentialsWithIAM",
        "database login to the Redshift cluster",
        "asked.clusterIdentifier",
        _HOUR,
        _REBOOTED,
        f"That ends open connections. {_NO_END}",
    ),
    Issuing(
        "redshift",
        "ModifyCluster",
        "master password that was set for the Redshift cluster",
        "asked.clusterIdentifier",
        None,
        "redshift modify-cluster --cluster-identifier {asked.clusterIdentifier} --manage-master-password",
        only=_has("masterUserPassword"),
    ),
    Issuing(
        "redshift-serverless",
        "GetCredentials",
        "database login to the Redshift workgroup",
        "asked.workgroupName",
        _HOUR,
        "",
        f"{_NO_END} End its open connections in the database.",
    ),
    Issuing(
        "rds",
        "ModifyDBInstance",
        "master password that was set for the database",
        "asked.dBInstanceIdentifier",
        None,
        "rds modify-db-instance --db-instance-identifier {asked.dBInstanceIdentifier} --manage-master-user-password "
        "--apply-immediately",
        only=_has("masterUserPassword"),
    ),
    Issuing(
        "rds",
        "ModifyDBCluster",
        "master password that was set for the database cluster",
        "asked.dBClusterIdentifier",
        None,
        "rds modify-db-cluster --db-cluster-identifier {asked.dBClusterIdentifier} --manage-master-user-password "
        "--apply-immediately",
        only=_has("masterUserPassword"),
    ),
    Issuing(
        "cognito-identity",
        "GetCredentialsForIdentity",
        "role session of the Cognito identity",
        "asked.identityId",
        _HOUR,
        "cognito-identity delete-identities --identity-ids-to-delete {asked.identityId}",
        _NO_IDENTITY,
    ),
    Issuing(
        "cognito-identity",
        "GetOpenIdToken",
        "token of the Cognito identity",
        "asked.identityId",
        timedelta(minutes=10),
        "cognito-identity delete-identities --identity-ids-to-delete {asked.identityId}",
        _NO_IDENTITY,
    ),
    Issuing(
        "cognito-identity",
        "GetOpenIdTokenForDeveloperIdentity",
        "token of the Cognito identity",
        "answered.identityId",
        timedelta(hours=24),
        "cognito-identity delete-identities --identity-ids-to-delete {answered.identityId}",
        _NO_IDENTITY,
    ),
    Issuing(
        "cognito-idp",
        "AdminInitiateAuth",
        "tokens of a user of the Cognito pool",
        "asked.userPoolId",
        None,
        _SIGNED_OUT,
        _TOKENS,
    ),
    Issuing(
        "cognito-idp",
        "AdminRespondToAuthChallenge",
        "tokens of a user of the Cognito pool",
        "asked.userPoolId",
        None,
        _SIGNED_OUT,
        _TOKENS,
    ),
    Issuing(
        "cognito-idp",
        "AdminSetUserPassword",
        "password that was set for a user of the Cognito pool",
        "asked.userPoolId",
        None,
        "cognito-idp admin-reset-user-password --user-pool-id {asked.userPoolId} --username {asked.username}",
    ),
    Issuing(
        "cognito-idp",
        "DescribeUserPoolClient",
        "secret of the Cognito app client, if it has one",
        "asked.clientId",
        None,
        f"{_NO_CLIENT}{{asked.clientId}}",
        _NEW_CLIENT,
    ),
    Issuing(
        "cognito-idp",
        "CreateUserPoolClient",
        "Cognito app client",
        "answered.userPoolClient.clientId",
        None,
        f"{_NO_CLIENT}{{answered.userPoolClient.clientId}}",
    ),
    Issuing(
        "sso",
        "GetRoleCredentials",
        "session of an Identity Center role",
        "asked.roleName",
        _HALF_DAY,
        "",
        "`leak-responder contain --identity-center-user USERNAME --reason 'why'`, where Identity Center is "
        "administered, ends it.",
    ),
    Issuing(
        "ds",
        "ResetUserPassword",
        "password that was set for the directory's user",
        "asked.userName",
        None,
        "ds reset-user-password --directory-id {asked.directoryId} --user-name {asked.userName} "
        "--new-password NEW-PASSWORD",
    ),
    Issuing(
        "workmail",
        "ResetPassword",
        "password that was set for the WorkMail user",
        "asked.userId",
        None,
        "workmail reset-password --organization-id {asked.organizationId} --user-id {asked.userId} "
        "--password NEW-PASSWORD",
    ),
    Issuing(
        "connect",
        "GetFederationToken",
        "sign-in to the Connect instance",
        "asked.instanceId",
        None,
        "connect update-user-security-profiles --instance-id {asked.instanceId} --user-id {answered.userId} "
        "--security-profile-ids PROFILE",
        "AWS does not say how long it lasts: name a profile without rights.",
    ),
    *(
        Issuing(
            "quicksight",
            call,
            "session in QuickSight",
            "",
            _EMBEDDED,
            "quicksight delete-user --aws-account-id {asked.awsAccountId} --namespace default --user-name USER-NAME",
            "Nothing ends it sooner but deleting the user that it is for.",
        )
        for call in ("GetDashboardEmbedUrl", "GetSessionEmbedUrl", "GenerateEmbedUrlForRegisteredUser")
    ),
    Issuing("quicksight", "GenerateEmbedUrlForAnonymousUser", "session in QuickSight", "", _EMBEDDED, "", _NO_END),
    Issuing(
        "gamelift",
        "GetInstanceAccess",
        "login to an instance of the GameLift fleet",
        "asked.fleetId",
        None,
        "gamelift update-fleet-capacity --fleet-id {asked.fleetId} --desired-instances 0",
        "It ends with the instance, and so does what runs there.",
    ),
    Issuing(
        "gamelift",
        "GetComputeAccess",
        "login to a machine of the GameLift fleet",
        "asked.fleetId",
        None,
        "gamelift update-fleet-capacity --fleet-id {asked.fleetId} --desired-instances 0",
        "It ends with the instance, and so does what runs there.",
    ),
    Issuing(
        "gamelift",
        "GetComputeAuthToken",
        "token of the GameLift machine",
        "asked.computeName",
        None,
        "gamelift deregister-compute --fleet-id {asked.fleetId} --compute-name {asked.computeName}",
    ),
    Issuing("ivs", "GetStreamKey", "stream key", "asked.arn", None, "ivs delete-stream-key --arn {asked.arn}"),
    Issuing(
        "ivs",
        "CreateStreamKey",
        "stream key",
        "answered.streamKey.arn",
        None,
        "ivs delete-stream-key --arn {answered.streamKey.arn}",
    ),
    *(
        Issuing(
            "geo",
            call,
            "API key of Location Service",
            "asked.keyName",
            None,
            "location delete-key --key-name {asked.keyName} --force-delete",
            _NEW_KEY,
        )
        for call in ("CreateKey", "DescribeKey")
    ),
    Issuing(
        "grafana",
        "CreateWorkspaceApiKey",
        "API key of the Grafana workspace",
        "asked.workspaceId",
        timedelta(days=30),
        "grafana delete-workspace-api-key --workspace-id {asked.workspaceId} --key-name {asked.keyName}",
    ),
    Issuing(
        "grafana",
        "CreateWorkspaceServiceAccountToken",
        "token of the Grafana workspace",
        "asked.workspaceId",
        timedelta(days=30),
        "grafana delete-workspace-service-account-token --workspace-id {asked.workspaceId} "
        "--service-account-id {asked.serviceAccountId} --token-id {answered.serviceAccountToken.id}",
    ),
    Issuing("airflow", "CreateCliToken", "command line of the Airflow environment", "asked.name", _MINUTE, "", _NO_END),
    Issuing(
        "airflow", "CreateWebLoginToken", "sign-in to the Airflow environment", "asked.name", _HALF_DAY, "", _NO_END
    ),
    Issuing(
        "sagemaker",
        "CreatePresignedNotebookInstanceUrl",
        "sign-in to the SageMaker notebook",
        "asked.notebookInstanceName",
        _HALF_DAY,
        "sagemaker stop-notebook-instance --notebook-instance-name {asked.notebookInstanceName}",
        "Whoever was in it could read the credentials of its role.",
    ),
    Issuing(
        "sagemaker",
        "CreatePresignedDomainUrl",
        "sign-in to SageMaker Studio as user profile",
        "asked.userProfileName",
        _HALF_DAY,
        "sagemaker delete-app --domain-id {asked.domainId} --user-profile-name {asked.userProfileName} "
        "--app-type APP-TYPE --app-name APP",
        "Whoever was in it could read the credentials of its role.",
    ),
    Issuing(
        "appstream",
        "CreateStreamingURL",
        "session of the AppStream stack",
        "asked.stackName",
        timedelta(days=7),
        "appstream expire-session --session-id SESSION",
        "`aws appstream describe-sessions` lists them.",
    ),
    Issuing(
        "acm",
        "ExportCertificate",
        "private key of the certificate",
        "asked.certificateArn",
        None,
        "acm revoke-certificate --certificate-arn {asked.certificateArn} --revocation-reason KEY_COMPROMISE",
    ),
    Issuing(
        "acm-pca",
        "IssueCertificate",
        "certificate of the private authority",
        "asked.certificateAuthorityArn",
        None,
        "acm-pca revoke-certificate --certificate-authority-arn {asked.certificateAuthorityArn} "
        "--certificate-serial SERIAL --revocation-reason KEY_COMPROMISE",
        "`aws acm-pca get-certificate` gives the certificate, and its serial number stands in it.",
    ),
    Issuing(
        "sts",
        "GetWebIdentityToken",
        "token for services outside AWS that trust this account",
        "",
        _HOUR,
        "",
        f"{_NO_END} Tell those who trust it.",
    ),
    *(
        Issuing("signin", call, "credentials for a program that may run elsewhere", "", _HALF_DAY, "", _SIGNED_IN)
        for call in ("AuthorizeOAuth2Access", "CreateOAuth2Token")
    ),
    *(
        Issuing("signin", call, "access token for the service", "asked.resource", _HOUR, "", _TOKEN)
        for call in ("CreateOAuth2TokenWithIAM", "CreateOAuth2TokenWithTokenExchange")
    ),
    Issuing("signin", "CreateBearerToken", "access token for the service", "asked.resource", _HALF_DAY, "", _TOKEN),
)
