"""CloudTrail's own memory: every Region at its pace, page by page, and what it cannot show is said."""

from __future__ import annotations

import itertools
import json
import threading
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast as typed

import pytest
from botocore.exceptions import ClientError

from chalicelib.inquiry.document import document
from chalicelib.inquiry.family import Bounds, Member, leaked_key, leaked_role, leaked_user
from chalicelib.inquiry.inquire import inquire
from chalicelib.inquiry.readers.auto import enabled
from chalicelib.inquiry.readers.lookup import KEPT, LookUp, Pace
from drill import cast
from tests.inquiry import story
from tests.inquiry.asking import run
from tests.inquiry.story import USER, call
from tests.sources.events import ACCOUNT, AKIA, SECRET, Json

if TYPE_CHECKING:
    from collections.abc import Generator

    import boto3

    from chalicelib.inquiry.call import Call
    from drill.cloud.lifecycle import Cloud

END = datetime(2026, 11, 25, tzinfo=UTC)


class Memory:
    """What CloudTrail remembers, by Region: answers as LookupEvents does, two events a page."""

    def __init__(self, *records: Json, refuses: str = "") -> None:
        self._records, self._refuses = records, refuses
        self.asked: dict[str, list[Json]] = defaultdict(list)

    def client(self, _service: str, region_name: str = "", **_: Any) -> Any:
        """A client of one Region."""
        memory, here = self, region_name

        class Client:
            def lookup_events(self, **asked: Any) -> Json:
                memory.asked[here].append(asked)
                if here == memory._refuses:
                    raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "LookupEvents")
                (one,) = asked["LookupAttributes"]
                found = [record for record in memory._records if memory._is(record, here, one)]
                start = int(asked.get("NextToken", 0))
                more = {"NextToken": str(start + 2)} if start + 2 < len(found) else {}
                page = [{"CloudTrailEvent": json.dumps(record)} for record in found[start : start + 2]]
                return {"Events": [*page, {"CloudTrailEvent": "{broken"}], **more}

        return Client()

    def _is(self, record: Json, region: str, attribute: Json) -> bool:
        who, value = record["userIdentity"], attribute["AttributeValue"]
        names = {
            "AccessKeyId": (who.get("accessKeyId"),),
            "Username": (who.get("userName"), who.get("arn", "").rpartition("/")[2]),
            "ResourceName": tuple((record["requestParameters"] or {}).values()),
        }
        return record["awsRegion"] == region and value in names[attribute["AttributeKey"]]


def asked(memory: Memory, *leaked: Member, **changes: Any) -> Json:
    """The document of an inquiry of that memory."""
    trail = LookUp(
        session=typed("boto3.Session", memory),
        account=ACCOUNT,
        regions=("eu-west-1", "us-east-1"),
        begin=changes.pop("begin", END - timedelta(days=30)),
        end=END,
        clock=lambda: 0.0,
        sleep=lambda _: None,
    )
    return document(inquire(trail, leaked or (leaked_key(AKIA),), Bounds(**changes)))


RECORDS = [one for one in story.everything() if "eventID" in one]


def test_the_family_is_looked_up_one_after_the_other_in_every_region() -> None:
    found = asked(Memory(*RECORDS))
    assert len(found["children"]) == 12
    regions = {region for line in found["timeline"] for region in line["regions"]}
    assert regions == {"eu-west-1", "us-east-1"}
    assert found["before"] == []  # without an exposure, all is one time


def test_nothing_is_looked_up_twice() -> None:
    memory = Memory(*RECORDS)
    asked(memory)
    for region, calls in memory.asked.items():
        first = [json.dumps(one["LookupAttributes"]) for one in calls if "NextToken" not in one]
        assert len(first) == len(set(first)), region


def test_answers_that_cannot_be_read_are_counted() -> None:
    """The memory adds one to each page."""
    memory = Memory(call("s3", "ListBuckets", "24T03:00:00", USER))
    found = {gap["what"]: gap["why"] for gap in asked(memory)["complete"]["gaps"]}
    pages = sum(map(len, memory.asked.values()))
    assert found[f"{pages} answers of LookupEvents"] == "they hold no record that can be read"


def test_a_call_that_two_attributes_find_counts_once() -> None:
    memory = Memory(call("s3", "ListBuckets", "24T03:00:00", USER))
    found = asked(memory, leaked_key(AKIA), leaked_user("deploy"))
    assert (found["calls"], found["copies"]) == (1, 1)


def test_the_sessions_of_a_role_are_found_by_who_assumed_it() -> None:
    key = "ASIA000000000000000A"
    assumed = {"roleArn": story.arn("worker")}
    memory = Memory(
        call("sts", "AssumeRole", "24T03:00:00", USER, assumed, story.minted(key, "worker", "w")),
        call("s3", "ListBuckets", "24T03:01:00", story.session("worker", "w", key)),
    )
    (line,) = asked(memory, leaked_role("worker"))["timeline"]
    assert (line["call"], line["by"]) == ("ListBuckets", "role worker")


def test_a_region_that_refuses_is_named_and_the_others_are_read() -> None:
    found = asked(Memory(*RECORDS, refuses="eu-west-1"))
    gaps = {one["what"]: one["why"] for one in found["complete"]["gaps"]}
    assert gaps["all that happened in eu-west-1"] == "AccessDeniedException"
    assert found["complete"]["seen"].startswith("LookupEvents of 1 Regions")
    assert "CreateUser" in {one["call"] for one in found["timeline"]}


@pytest.mark.parametrize(("regions", "is_read"), [(("us-east-1", "eu-west-1"), True), (("eu-west-1",), False)])
def test_only_where_every_region_refuses_is_nothing_read(regions: tuple[str, ...], is_read: bool) -> None:
    memory = typed("boto3.Session", Memory(refuses="eu-west-1"))
    trail = LookUp(memory, ACCOUNT, regions, END - KEPT, END, lambda: 0.0, lambda _: None)
    assert list(trail.calls([f"key:{AKIA}"])) == []
    assert (trail.unread() is None) is is_read


def test_what_it_can_never_show_is_always_said() -> None:
    said = " ".join(one["what"] for one in asked(Memory(), begin=END - KEPT)["complete"]["gaps"])
    for what in ("data events", "the last minutes", "anything before 2026-08-27"):
        assert what in said


def test_no_two_calls_of_a_region_come_within_half_a_second() -> None:
    clock, slept = [100.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += seconds

    pace = Pace(lambda: clock[0], sleep)
    at = []
    for pause in (0.0, 0.0, 0.2, 3.0, 0.0):
        clock[0] += pause
        pace.wait()
        at.append(clock[0])
    assert all(later - earlier >= 0.5 for earlier, later in itertools.pairwise(at))
    assert len(slept) == 3


def test_whoever_stops_taking_leaves_no_thread_behind() -> None:
    many = [call("s3", "ListBuckets", "24T03:00:00", USER) for _ in range(2_000)]
    trail = LookUp(
        typed("boto3.Session", Memory(*many)),
        ACCOUNT,
        ("us-east-1",),
        END,
        END,
        lambda: 0.0,
        lambda _: None,
    )
    others = set(threading.enumerate())
    coming = typed("Generator[Call]", trail.calls([f"key:{AKIA}"]))
    next(coming)
    assert set(threading.enumerate()) > others
    coming.close()
    assert set(threading.enumerate()) <= others


@pytest.fixture
def intruded(cloud: Cloud) -> tuple[Cloud, str]:
    """A key used from two Regions that made a user, a key, sessions and a chain of roles, and read three secrets."""
    cast.user(cloud, "deploy")
    leaked = cast.key(cloud, "deploy")
    for region, name in (("us-east-1", "one"), ("eu-west-1", "two"), ("eu-west-1", "three")):
        cloud.client("secretsmanager", region=region).create_secret(Name=name, SecretString=SECRET)
    build, _ = cast.role(cloud, "build")
    release, _ = cast.role(cloud, "release")
    iam = leaked.session.client("iam")
    iam.create_user(UserName="backup")
    iam.create_access_key(UserName="backup")
    federated = cast.minted(cloud, leaked.session, "get_federation_token", Name="bob", Policy=cast.ALLOW_ALL)
    federated.client("secretsmanager", region_name="us-east-1").get_secret_value(SecretId="one")
    first = cast.minted(cloud, leaked.session, "assume_role", RoleArn=build, RoleSessionName="one")
    second = cast.minted(cloud, first, "assume_role", RoleArn=release, RoleSessionName="two")
    cloud.client("ssm").put_parameter(Name="/app/token", Value=SECRET, Type="SecureString")
    first.client("ssm").get_parameter(Name="/app/token", WithDecryption=True)
    for name in ("two", "three"):
        second.client("secretsmanager", region_name="eu-west-1").get_secret_value(SecretId=name)
    return cloud, leaked.id


def test_the_command_asks_every_region_and_finds_a_whole_intrusion(
    intruded: tuple[Cloud, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud, key = intruded
    assert {"eu-west-1", "us-east-1"} <= set(enabled(cloud.session()))
    monkeypatch.setattr("console.timeline.command.session", cloud.session)
    monkeypatch.setattr("console.timeline.command.enabled", lambda _: ("eu-west-1", "us-east-1"))
    monkeypatch.setattr("time.sleep", lambda _: None)
    said = run("--access-key", key, "--json")
    assert said.exit_code == 0, said.stderr
    found = json.loads(said.stdout)
    chains = [" > ".join(step.rpartition(" ")[0] for step in one["chain"]) for one in found["children"]]
    assert sorted(chains) == [
        "access key > access key",
        "access key > federated session",
        "access key > role session",
        "access key > role session > role session",
        "access key > user",
    ]
    assert sorted(one["name"] for one in found["rotate"]) == ["/app/token", "one", "three", "two"]
    assert "LookupEvents of 2 Regions" in found["complete"]["seen"]
    assert SECRET not in said.stdout


def test_without_credentials_the_command_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    said = run("--access-key", AKIA)
    assert (said.exit_code, said.stdout) == (2, "")
    assert "no AWS credentials" in said.stderr
