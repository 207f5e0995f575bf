"""Root is whoever knows root's secret: its signature is compared like everybody's."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import botocore
import pytest
from botocore.config import Config

from tests.conformance import scene

if TYPE_CHECKING:
    from drill.cloud.lifecycle import Cloud

SERVICES = {
    "iam": "list_users",
    "dynamodb": "list_tables",
    "sqs": "list_queues",
    "s3": "list_buckets",
    "lambda": "list_functions",
    "sts": "get_caller_identity",
    "guardduty": "list_detectors",
    "secretsmanager": "list_secrets",
}
FORGED = {"SignatureDoesNotMatch", "InvalidSignatureException"}


@pytest.mark.parametrize("service", SERVICES)
def test_root_with_the_right_secret_may_do_everything(cloud: Cloud, service: str) -> None:
    assert scene.refusal(getattr(cloud.client(service), SERVICES[service])) is None


@pytest.mark.parametrize("service", SERVICES)
def test_root_with_another_secret_may_do_nothing(cloud: Cloud, service: str) -> None:
    forged = cloud.client(service, cloud.session(cloud.key, "another secret"))
    assert scene.refusal(getattr(forged, SERVICES[service])) in FORGED


@pytest.mark.parametrize("key", ["test", "111122223333", "999988887777"])
def test_no_name_of_root_opens_anything_without_the_secret(cloud: Cloud, key: str) -> None:
    forged = cloud.session(key, "test").client("iam")
    assert scene.refusal(forged.create_user, UserName="mallory") in FORGED
    assert "mallory" not in {user["UserName"] for user in cloud.client("iam").list_users()["Users"]}


def test_nobody_is_root(cloud: Cloud) -> None:
    session: Any = cloud.session()
    unsigned = session.client("iam", config=Config(signature_version=botocore.UNSIGNED))
    assert scene.refusal(unsigned.list_users) == "MissingAuthenticationToken"


def test_a_link_that_root_signed_opens_what_it_names_and_no_other_does(cloud: Cloud) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="links")
    s3.put_object(Bucket="links", Key="page", Body=b"held")
    what = {"Bucket": "links", "Key": "page"}
    with urllib.request.urlopen(s3.generate_presigned_url("get_object", Params=what)) as answer:
        assert answer.read() == b"held"
    forged = cloud.session(cloud.key, "another secret").client("s3").generate_presigned_url("get_object", Params=what)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(forged)
    with refused.value as answer:
        assert answer.code == 403
