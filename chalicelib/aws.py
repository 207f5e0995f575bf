"""AWS clients, made when first used. `SERVICES` is what the Lambda package carries of botocore."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

import boto3
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_cloudtrail import CloudTrailClient
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_guardduty import GuardDutyClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_identitystore import IdentityStoreClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_rolesanywhere import IAMRolesAnywhereClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sso_admin import SSOAdminClient

SERVICES: tuple[str, ...] = (
    "athena",
    "cloudformation",
    "cloudtrail",
    "codebuild",
    "cognito-idp",
    "dynamodb",
    "ec2",
    "ecs",
    "events",
    "guardduty",
    "iam",
    "identitystore",
    "kms",
    "rolesanywhere",
    "lambda",
    "s3",
    "secretsmanager",
    "securityhub",
    "sns",
    "sqs",
    "sso-admin",
    "ssm",
    "sts",
)

_LARGEST = 1_000_000  # bytes of an answer that are read

_CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    max_pool_connections=20,
    retries={"mode": "standard", "total_max_attempts": 3},
)

_IN_NOBODYS_WAY = _CONFIG.merge(Config(read_timeout=3, retries={"mode": "standard", "total_max_attempts": 1}))
"""For a channel beside others, which wait for the slowest: what it did not take comes again by the queue."""


_SIGNING = _CONFIG.merge(Config(signature_version="s3v4"))
"""What KMS has encrypted takes that in a link too, and botocore signs links with an older one unasked."""


@dataclass(frozen=True)
class Aws:
    """One client per service and Region, shared by all threads. boto3 cannot make two at once: hence the lock."""

    session: boto3.Session
    region: str
    _made: dict[tuple[str, str], Any] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def iam(self) -> IAMClient:
        """IAM is global: one client serves all Regions."""
        client: IAMClient = self._client("iam", self.region)
        return client

    def dynamodb(self) -> DynamoDBClient:
        """The ledger's Region."""
        client: DynamoDBClient = self._client("dynamodb", self.region)
        return client

    def sns(self) -> SNSClient:
        """The topic's Region."""
        client: SNSClient = self._client("sns", self.region)
        return client

    def sqs(self) -> SQSClient:
        """The queues' Region."""
        client: SQSClient = self._client("sqs", self.region)
        return client

    def events(self) -> EventBridgeClient:
        """The bus's Region."""
        client: EventBridgeClient = self._client("events", self.region)
        return client

    def security_hub(self) -> Any:  # noqa: ANN401 - no types of Security Hub are installed
        """The Region that its findings reach us in."""
        return self._client("securityhub", self.region, _IN_NOBODYS_WAY)

    def secretsmanager(self, region: str) -> SecretsManagerClient:
        """A secret lives in one Region."""
        client: SecretsManagerClient = self._client("secretsmanager", region)
        return client

    def ec2(self, region: str) -> EC2Client:
        """An instance lives in one Region."""
        client: EC2Client = self._client("ec2", region)
        return client

    def cloudtrail(self, region: str) -> CloudTrailClient:
        """A trail has one home Region."""
        client: CloudTrailClient = self._client("cloudtrail", region)
        return client

    def s3(self) -> S3Client:
        """The Region of the bucket of reports."""
        client: S3Client = self._client("s3", self.region, _SIGNING)
        return client

    def signed(self, bucket: str, key: str, seconds: int) -> str:
        """A link that opens an object to whoever has it, for so long or until our own credentials expire. No call is
        made.
        """
        return self.s3().generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=seconds)

    def guardduty(self, region: str) -> GuardDutyClient:
        """A finding lives in one Region, and so does the detector that made it."""
        client: GuardDutyClient = self._client("guardduty", region)
        return client

    def kms(self, region: str) -> KMSClient:
        """An encryption key lives in one Region."""
        client: KMSClient = self._client("kms", region)
        return client

    def rolesanywhere(self, region: str) -> IAMRolesAnywhereClient:
        """A trust anchor lives in one Region."""
        client: IAMRolesAnywhereClient = self._client("rolesanywhere", region)
        return client

    def cognito(self, region: str) -> CognitoIdentityProviderClient:
        """A user pool lives in one Region."""
        client: CognitoIdentityProviderClient = self._client("cognito-idp", region)
        return client

    def sso_admin(self, region: str) -> SSOAdminClient:
        """Identity Center is administered in one Region."""
        client: SSOAdminClient = self._client("sso-admin", region)
        return client

    def identity_store(self, region: str) -> IdentityStoreClient:
        """The users and groups of Identity Center live where it is administered."""
        client: IdentityStoreClient = self._client("identitystore", region)
        return client

    def functions(self, region: str) -> LambdaClient:
        """A function lives in one Region."""
        client: LambdaClient = self._client("lambda", region)
        return client

    def parameters(self, region: str) -> Any:  # noqa: ANN401 - no types of SSM are installed
        """A parameter lives in one Region."""
        return self._client("ssm", region)

    def caller(self, key: str, secret: str) -> str | None:
        """The ARN by which STS knows an access key; None for one that it does not know, or not yet."""
        sts = self.session.client(
            "sts", self.region, aws_access_key_id=key, aws_secret_access_key=secret, config=_CONFIG
        )
        try:
            return str(sts.get_caller_identity()["Arn"])
        except ClientError as error:
            if error.response["Error"]["Code"] == "InvalidClientTokenId":
                return None
            raise

    def secret(self, arn: str) -> str:
        """The value of a secret, wherever it lives, without the line break that an editor leaves at its end."""
        held = self.secretsmanager(arn.split(":")[3]).get_secret_value(SecretId=arn)
        return held.get("SecretString", "").strip()

    def get(self, url: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Status and beginning of a GET that follows no redirect and is not tried again. Errors are urllib3's."""
        timeout = urllib3.Timeout(connect=2, read=5)
        with urllib3.PoolManager(timeout=timeout, retries=False) as pool:
            found = pool.request("GET", url, headers=dict(headers), redirect=False, preload_content=False)
            try:
                return found.status, found.read(_LARGEST)
            finally:
                found.release_conn()

    def post(self, url: str, body: bytes) -> int:
        """The status of a JSON POST that follows no redirect and is not tried again. Errors are urllib3's."""
        timeout = urllib3.Timeout(connect=1, read=2)
        with urllib3.PoolManager(timeout=timeout, retries=False) as pool:
            answer = pool.request("POST", url, body=body, headers={"Content-Type": "application/json"}, redirect=False)
            return answer.status

    def _client(self, name: str, region: str, config: Config = _CONFIG) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
        with self._lock:
            if (name, region) not in self._made:
                self._made[name, region] = self.session.client(name, region_name=region, config=config)  # type: ignore[call-overload]
            return self._made[name, region]
