"""What an inquiry finds out, in whatever order and files the calls come."""

from __future__ import annotations

import random
import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from chalicelib.inquiry.begin import from_its_begin
from chalicelib.inquiry.call import of
from chalicelib.inquiry.family import Bounds, Family, leaked_key, leaked_role, leaked_user
from chalicelib.inquiry.habits import Habits
from chalicelib.inquiry.inquire import Inquiry, Seen, inquire
from tests.backtest import logs
from tests.inquiry import story
from tests.inquiry.asking import answered, begun
from tests.inquiry.story import (
    ANCHOR,
    BACKUP_KEY,
    FEDERATED,
    FIRST_HOP,
    FUNCTION,
    INSTANCE,
    OUTSIDE,
    SECOND_HOP,
    SERVICE_KEY,
    USER,
    call,
)
from tests.sources import events
from tests.sources.events import ACCOUNT, AKIA, SECRET, TOKEN, Json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from chalicelib.inquiry.call import Call


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Json:
    """The whole story, shuffled into three files."""
    folder = tmp_path_factory.mktemp("logs")
    records = story.everything()
    random.Random(5).shuffle(records)  # noqa: S311 - any order will do
    for number in range(3):
        logs.log(folder / f"{number}.json.gz", *records[number::3])
    return answered(folder)


CHILDREN = {
    # what it made: by what, and how far from the leak
    ("user", "backup"): ("access key", AKIA, 1),
    ("access key", BACKUP_KEY): ("access key", AKIA, 1),
    ("console password", "ada"): ("access key", AKIA, 1),
    ("federated session", FEDERATED): ("access key", AKIA, 1),
    ("role session", FIRST_HOP): ("access key", BACKUP_KEY, 2),
    ("service-specific credential", SERVICE_KEY): ("access key", BACKUP_KEY, 2),
    ("role session", SECOND_HOP): ("role session", FIRST_HOP, 3),
    ("trust of role", "audit"): ("role session", SECOND_HOP, 4),
    ("trust anchor", ANCHOR): ("role session", SECOND_HOP, 4),
    ("Lambda function", FUNCTION): ("role session", SECOND_HOP, 4),
    ("instance", INSTANCE): ("role session", SECOND_HOP, 4),
    ("role session", OUTSIDE): ("trust of role", "audit", 5),
}


def test_every_child_is_found_with_the_chain_that_leads_to_it(told: Json) -> None:
    found = {(one["kind"], one["name"]): one for one in told["children"]}
    assert set(found) == set(CHILDREN)
    for key, (kind, name, depth) in CHILDREN.items():
        chain = found[key]["chain"]
        assert chain[0] == f"access key {AKIA}"
        assert chain[-2:] == [f"{kind} {name}", " ".join(key)]
        assert (found[key]["depth"], len(chain)) == (depth, depth + 1)


def test_a_child_that_is_a_credential_is_a_subject_of_a_principal(told: Json) -> None:
    found = {one["name"]: (one["subject"] or {}, one["principal"] or {}) for one in told["children"]}
    subject, principal = found[SECOND_HOP]
    assert subject == {"kind": "role-session", "id": SECOND_HOP, "session": "y"}
    assert principal == {"kind": "role", "account": ACCOUNT, "name": "deployer"}
    assert found[BACKUP_KEY][0] == {"kind": "access-key", "id": BACKUP_KEY, "session": None}
    assert found[FEDERATED] == (
        {"kind": "federated-session", "id": FEDERATED, "session": "bob"},
        {"kind": "user", "account": ACCOUNT, "name": "deploy"},
    )
    assert found["ada"][0]["kind"] == "console-password"
    assert found[SERVICE_KEY][0]["kind"] == "service-specific-credential"
    assert found["audit"] == ({}, {"kind": "role", "account": ACCOUNT, "name": "audit"})


def _called(lines: list[Json]) -> list[tuple[str, str, str]]:
    return sorted((one["service"], one["call"], one["by"]) for one in lines for _ in range(one["count"]))


def _of(name: str) -> tuple[str, str]:
    record = story.night()[name]
    return record["eventSource"].removesuffix(".amazonaws.com"), record["eventName"]


DID = {
    f"access key {AKIA}": ("looked", "new user", "new key", "password", "federation"),
    "user backup": ("first hop", "service", "chatted"),
    f"role session {FIRST_HOP}": ("second hop",),
    f"role session {SECOND_HOP}": (
        *("trust", "anchor", "function", "instance", "read b", "read c", "plain", "decrypted"),
    ),
    "trust of role audit": ("stranger",),
    f"federated session {FEDERATED}": ("read a",),
    f"Lambda function {FUNCTION}": ("ran",),
    f"instance {INSTANCE}": ("mined",),
    f"role session {OUTSIDE}": ("audited",),
    "console password ada": ("signed in",),
}
REFUSED = {f"access key {AKIA}": ("denied", "throttled", "refused key"), f"role session {SECOND_HOP}": ("no read",)}


@pytest.mark.parametrize(("part", "expected"), [("timeline", DID), ("refused", REFUSED)])
def test_every_call_of_the_family_is_told_and_none_of_anybody_else(
    part: str, expected: dict[str, tuple[str, ...]], told: Json
) -> None:
    assert _called(told[part]) == sorted((*_of(name), by) for by, names in expected.items() for name in names)


def test_denials_and_failures_are_told_apart(told: Json) -> None:
    ends = {(one["call"], one["error"]): one["end"] for one in told["refused"]}
    assert ends["ListBuckets", "AccessDenied"] == "denied"
    assert ends["PutParameter", "ThrottlingException"] == "failed"
    assert {one["end"] for one in told["timeline"]} == {"worked"}


def test_the_owner_s_habits_stand_apart_and_say_what_breaks(told: Json) -> None:
    assert [(one["call"], one["count"]) for one in told["before"]] == [("PutObject", 30), ("GetSecretValue", 1)]
    (steady,) = told["breaks"]
    assert (steady["address"], steady["agent"], steady["service"]) == (story.OWNER, "Boto3/1.43", "s3")
    assert (steady["calls"], steady["days"], steady["hours"]) == (30, 10, [3])


def test_the_earliest_foreign_call_says_how_it_leaked(told: Json) -> None:
    assert told["leak"]["compared"]
    (first,) = told["leak"]["foreign"]
    assert (first["at"], first["call"]) == ("2026-11-24T02:41:00Z", "GetCallerIdentity")
    assert (first["address"], first["network"]) == (story.INTRUDER, "203.0.113.0/24")


def test_what_was_read_is_in_the_order_in_which_to_rotate_it(told: Json) -> None:
    """The parameter was read before the key that seals it, and is of no use until that is seen to."""
    rows = [(one["kind"], one["name"], one["region"], one["count"]) for one in told["rotate"]]
    assert rows == [
        ("secret", "db/prod", "us-east-1", 1),
        ("secret", "api", "eu-west-1", 1),
        ("data key", "k-1", "us-east-1", 1),
        ("parameter", "/app/token", "us-east-1", 2),
    ]
    assert told["rotate"][0]["by"] == f"federated session {FEDERATED}"


def test_no_secret_is_in_the_answer(told: Json) -> None:
    assert SECRET not in str(told)
    assert TOKEN not in str(told)


POOL = story.everything()


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(order=st.permutations(range(len(POOL))), files=st.integers(1, 6))
def test_neither_order_nor_files_matter(order: list[int], files: int, tmp_path: Path, told: Json) -> None:
    shuffled = [POOL[place] for place in order]
    for number in range(6):
        logs.log(tmp_path / f"{number}.json", *(shuffled[number::files] if number < files else ()))
    found = answered(tmp_path)
    assert {**found, "complete": None} == {**told, "complete": None}


def test_ten_thousand_reads_are_one_line(tmp_path: Path) -> None:
    reads = [
        call("s3", "GetObject", f"24T03:{n // 60 % 60:02}:{n % 60:02}", USER, {"bucketName": "b", "key": str(n)})
        for n in range(10_000)
    ]
    logs.log(tmp_path / "a.json.gz", *reads)
    (line,) = answered(tmp_path)["timeline"]
    assert (line["count"], line["things"], line["first"]) == (
        10_000,
        {"named": ["b"], "more": 0},
        "2026-11-24T03:00:00Z",
    )


def test_a_call_about_many_instances_names_them_and_counts_the_rest(tmp_path: Path) -> None:
    """Fifty machines that were stopped are not one."""
    many = {"instancesSet": {"items": [{"instanceId": f"i-{number:08}"} for number in range(50)]}}
    ended = call("ec2", "TerminateInstances", "24T03:00:00", USER, many)
    logs.log(tmp_path / "a.json", ended, call("ec2", "RunInstances", "24T02:00:00", USER, {}, many))
    for line in answered(tmp_path)["timeline"]:
        assert (line["count"], len(line["things"]["named"]), line["things"]["more"]) == (1, 12, 38)


def test_what_is_delivered_twice_counts_once(tmp_path: Path) -> None:
    logs.log(tmp_path / "account.json", *story.night().values())
    logs.log(tmp_path / "organisation.json", *story.night().values())
    once = story.night()["looked"]
    logs.log(tmp_path / "again.json", once, once)
    found = answered(tmp_path)
    (line,) = [one for one in found["timeline"] if one["call"] == "GetCallerIdentity"]
    assert line["count"] == 3  # every call of story.night() has ids of its own: only the last pair is one event
    assert found["copies"] == 1


def test_of_calls_that_are_forgotten_a_copy_counts_again_and_that_is_said() -> None:
    made = [of(one) for one in (call("s3", "ListBuckets", "24T03:00:00", USER) for _ in range(6))]
    one, *others = (one for one in made if one)
    for copies_after, forgotten in ((3, False), (5, True)):
        seen = Seen(remembered=2)
        came = [seen.again(each) for each in (one, *others[: copies_after - 1], one)]
        assert came == [False] * copies_after + [not forgotten]
        assert [gap.what for gap in seen.gaps()] == ["copies of a call that lie more than 2 calls apart"] * forgotten


def test_a_call_without_an_id_is_no_copy() -> None:
    bare = of({**call("s3", "ListBuckets", "24T03:00:00", USER), "eventID": None})
    assert bare
    seen = Seen()
    assert [seen.again(bare), seen.again(bare), seen.copies] == [False, False, 0]


def test_what_the_owner_made_before_the_exposure_is_no_child(tmp_path: Path) -> None:
    logs.log(tmp_path / "a.json", *story.everything())
    assert answered(tmp_path, since="2026-11-24T02:50:30Z")["children"] == []
    assert len(answered(tmp_path, since=None)["children"]) == len(CHILDREN)


def test_what_a_stranger_did_before_the_first_sign_counts_and_what_the_owner_did_meanwhile_does_not(
    tmp_path: Path,
) -> None:
    made = {"userName": "colleague"}
    mine = call("iam", "CreateUser", "24T02:47:30", USER, made, sourceIPAddress=story.OWNER)
    by_aws = call("iam", "CreateRole", "24T02:47:40", USER, {"roleName": "stack"}, sourceIPAddress="cloudformation")
    logs.log(tmp_path / "a.json", *story.everything(), mine, by_aws)
    late = begun(tmp_path, "2026-11-24T02:50:30Z")
    assert {(one["kind"], one["name"]) for one in late["children"]} == set(CHILDREN)
    assert late["since"] == "2026-11-24T02:41:00Z"
    assert late["leak"]["compared"]
    assert {one["name"] for one in begun(tmp_path, "2026-11-24T02:40:00Z")["children"]} >= {"colleague", "stack"}


def test_where_no_habit_is_known_all_that_it_ever_did_counts(tmp_path: Path) -> None:
    logs.log(tmp_path / "a.json", *story.night().values())
    late = begun(tmp_path, "2026-11-24T02:50:30Z")
    assert {(one["kind"], one["name"]) for one in late["children"]} == set(CHILDREN)
    assert late["leak"]["foreign"][0]["call"] == "GetCallerIdentity"


def _builds(days: range) -> list[Json]:
    """One a day, each from another address, which assumes a role."""
    return [
        call(
            "sts",
            "AssumeRole",
            f"{day:02}T12:00:00",
            USER,
            {"roleArn": story.arn("release")},
            story.minted(f"ASIABUILD{day}", "release", "ci"),
            sourceIPAddress=f"20.{day}.0.9",
            userAgent="Boto3/1.34 md/x",
        )
        for day in days
    ]


@pytest.mark.parametrize("owner", [[], story.habits()], ids=["builds alone", "somebody who stays, too"])
def test_builds_from_changing_addresses_are_a_habit_of_the_owner(owner: list[Json], tmp_path: Path) -> None:
    logs.log(tmp_path / "a.json", *owner, *_builds(range(5, 24)), *story.night().values())
    found = begun(tmp_path, "2026-11-24T02:50:30Z")
    assert (found["leak"]["compared"], found["leak"]["foreign"][0]["call"]) == (True, "GetCallerIdentity")
    assert {(one["kind"], one["name"]) for one in found["children"]} == set(CHILDREN)
    (build,) = [one for one in found["breaks"] if one["service"] == "sts"]
    assert (build["address"], build["agent"], build["days"]) == ("19 changing addresses", "Boto3/1.34", 19)
    assert "Boto3/1.34 from changing addresses" in " ".join(one["what"] for one in found["complete"]["gaps"])


def test_what_comes_from_few_addresses_or_does_something_else_is_no_habit(tmp_path: Path) -> None:
    odd = call("iam", "ListUsers", "10T12:00:30", USER, sourceIPAddress="20.10.0.9", userAgent="Boto3/1.34 md/x")
    logs.log(tmp_path / "few.json", *story.habits(), *_builds(range(15, 24)))
    assert [one["address"] for one in answered(tmp_path)["leak"]["foreign"]] == [
        f"20.{day}.0.9" for day in range(15, 24)
    ]
    logs.log(tmp_path / "few.json", *story.habits(), *_builds(range(5, 24)), odd)
    assert [one["address"] for one in answered(tmp_path)["leak"]["foreign"]] == ["20.10.0.9"]


def test_without_a_habit_to_compare_with_nothing_is_called_foreign_for_sure(tmp_path: Path) -> None:
    logs.log(tmp_path / "a.json", *story.night().values())
    leak = answered(tmp_path)["leak"]
    assert (leak["compared"], leak["foreign"][0]["call"]) == (False, "GetCallerIdentity")


BOUNDS: dict[str, tuple[dict[str, Any], set[str], int]] = {
    # bounds: children that are named, children left out
    "depth": ({"depth": 1}, {"backup", BACKUP_KEY, "ada", FEDERATED}, 2),
    "number": ({"members": 3}, {"backup", BACKUP_KEY}, 4),
    "account": ({"accounts": frozenset({"1"})}, {"backup", BACKUP_KEY, "ada", FEDERATED}, 0),
}


@pytest.mark.parametrize("case", BOUNDS)
def test_a_family_is_followed_within_bounds_and_says_where_it_goes_on(case: str, tmp_path: Path) -> None:
    bounds, named, left = BOUNDS[case]
    logs.log(tmp_path / "a.json", *story.night().values())
    found = answered(tmp_path, **bounds)
    assert {one["name"] for one in found["children"]} == named
    said = [one["what"] for one in found["complete"]["gaps"] if one["what"].endswith("did")]
    assert said == ([f"what {left} more children did"] if left else [])


def test_nothing_later_than_the_end_is_looked_at(tmp_path: Path) -> None:
    from chalicelib.sources.reading import moment

    logs.log(tmp_path / "a.json", *story.night().values())
    found = answered(tmp_path, until=moment("2026-11-24T02:45:30Z"))
    assert [one["name"] for one in found["children"]] == ["backup"]
    assert found["last"] == "2026-11-24T02:45:00Z"


def test_a_user_leaks_with_every_credential(tmp_path: Path) -> None:
    other = call("s3", "ListBuckets", "24T04:00:00", story.user("deploy", "ASIAOTHER"))
    logs.log(tmp_path / "a.json", *story.everything(), other)
    found = answered(tmp_path, leaked_user("deploy"))
    assert {(one["kind"], one["name"]) for one in found["children"]} == set(CHILDREN)
    assert "ListBuckets" in {one["call"] for one in found["timeline"]}
    assert {one["by"] for one in found["timeline"] if one["call"] == "CreateUser"} == {"user deploy"}


def test_a_role_leaks_with_all_sessions_or_one(tmp_path: Path) -> None:
    mine = call("s3", "GetObject", "24T03:00:00", story.session("worker", "i-1", "ASIAONE"), {"bucketName": "mine"})
    logs.log(tmp_path / "a.json", *story.bystanders(), mine)
    every = answered(tmp_path, leaked_role("worker"))
    (line,) = every["timeline"]
    assert (line["count"], line["by"], line["things"]["named"]) == (2, "role worker", ["b", "mine"])
    (line,) = answered(tmp_path, leaked_role("worker", "i-1"))["timeline"]
    assert (line["count"], line["by"], line["things"]["named"]) == (1, "role session worker/i-1", ["mine"])


def test_records_that_make_each_other_end(tmp_path: Path) -> None:
    """Nobody's key makes the key that made it, unless somebody forged the log."""
    made = [
        call("iam", "CreateAccessKey", "24T03:00:00", story.user("a", one), {"userName": "a"}, _key(other))
        for one, other in ((AKIA, "AKIATWO"), ("AKIATWO", "AKIATHREE"), ("AKIATHREE", "AKIATWO"), ("AKIATHREE", AKIA))
    ]
    logs.log(tmp_path / "a.json", *made)
    found = answered(tmp_path)
    assert {one["name"] for one in found["children"]} <= {"AKIATWO", "AKIATHREE", AKIA}
    assert all(len(one["chain"]) <= 4 for one in found["children"])


def _in_console(who: Json) -> list[Json]:
    """A link to the console, the sign-in, and a read with one of the console's own keys."""
    bare = {name: value for name, value in who.items() if name != "accessKeyId"}
    console: Json = {"sessionCredentialFromConsole": "true"}
    return [
        call("signin", "GetSigninToken", "24T03:00:00", who, None, {"GetSigninToken": "Success"}),
        call("signin", "ConsoleLogin", "24T03:01:00", bare, None, {"ConsoleLogin": "Success"}),
        call("s3", "ListBuckets", "24T03:02:00", {**bare, "accessKeyId": "ASIACONSOLE"}, **console),
        call("s3", "ListBuckets", "24T03:03:00", {**bare, "accessKeyId": "ASIANAMESAKE"}),
        call("s3", "ListBuckets", "24T02:59:00", {**bare, "accessKeyId": "ASIABEFORE"}, **console),
    ]


def test_a_session_that_signs_in_to_the_console_is_followed_there(tmp_path: Path) -> None:
    """And nobody else with a session of that name, nor who was there before."""
    made = story.night()
    fed = {**events.federated_identity("bob"), "accessKeyId": FEDERATED}
    hop = _in_console(story.session("build", "x", FIRST_HOP))
    logs.log(
        tmp_path / "a.json", *_in_console(fed), *hop, *(made[one] for one in ("new key", "first hop", "federation"))
    )
    found = answered(tmp_path)
    consoles = {one["name"]: one["chain"][-2] for one in found["children"] if one["kind"] == "console session"}
    assert consoles == {"bob": f"federated session {FEDERATED}", "build/x": f"role session {FIRST_HOP}"}
    called = {(one["by"], one["call"]): one["count"] for one in found["timeline"]}
    for name in consoles:
        assert called[f"console session {name}", "ConsoleLogin"] == 1
        assert called[f"console session {name}", "ListBuckets"] == 1


def test_who_comes_from_outside_into_a_role_that_was_made_for_it_is_seen_to_come(tmp_path: Path) -> None:
    """In either order of the records, and the role was never changed afterwards."""
    made = [
        call("iam", "CreateRole", "24T03:00:00", USER, {"roleName": "audit"}),
        story.night()["stranger"] | {"eventTime": "2026-11-24T03:01:00Z"},
        story.night()["audited"],
    ]
    logs.log(tmp_path / "a.json", *made[::-1])
    found = answered(tmp_path)
    assert {one["name"]: one["chain"][-2] for one in found["children"]} == {
        "audit": f"access key {AKIA}",
        OUTSIDE: "role audit",
    }
    assert {one["call"]: one["by"] for one in found["timeline"]}["AssumeRole"] == "role audit"


def test_a_call_recorded_in_two_accounts_is_its_caller_s_in_whatever_order(tmp_path: Path) -> None:
    """The account whose role was opened sees only from which account it was entered."""
    opened = call("iam", "UpdateAssumeRolePolicy", "24T02:00:00", USER, {"roleName": "audit"})
    theirs = story.night()["stranger"]
    own = theirs | {"eventID": "own", "userIdentity": USER, "recipientAccountId": story.STRANGER}
    for number, made in enumerate(([opened, theirs, own], [opened, own, theirs])):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name, one in zip("abc", made, strict=True):
            logs.log(folder / f"{name}.json", one)
        found = answered(folder)
        (entered,) = [one for one in found["children"] if one["name"] == OUTSIDE]
        assert entered["chain"][-2] == f"access key {AKIA}"


def _key(of: str) -> Json:
    return {"accessKey": {"accessKeyId": of, "userName": "a"}}


class Endless:
    """A trail of so many calls, about another thing each, from hundreds of places."""

    def __init__(self, count: int) -> None:
        self._count = count

    def calls(self, marks: Sequence[str]) -> Iterator[Call]:
        """Made one by one."""
        for number in range(self._count if len(marks) == 1 else 0):
            record = call("s3", f"Get{number % 20}", "24T03:00:00", USER, {"bucketName": f"b{number}"})
            where = f"203.0.{number % 4}.{number % 250}"
            made = of({**record, "eventID": "", "sourceIPAddress": where, "userAgent": f"agent {number}"})
            assert made
            yield made

    def gaps(self) -> tuple[()]:
        """None."""
        return ()

    def seen(self) -> str:
        """Nothing in particular."""
        return "calls"

    def unread(self) -> None:
        """See `Trail`."""
        return


def _peak(count: int) -> int:
    tracemalloc.start()
    try:
        assert inquire(Endless(count), [leaked_key(AKIA)], Bounds()).calls == count
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_ten_times_the_calls_take_no_more_memory() -> None:
    _peak(500)  # what is imported or made once
    more_for_each = (_peak(5_000) - _peak(500)) / 4_500
    assert more_for_each < 200  # bytes: a call that is kept takes ten times as many


def test_a_second_reading_that_was_cut_short_does_not_replace_the_first() -> None:
    since = datetime(2026, 11, 1, tzinfo=UTC)

    def ask(bounds: Bounds) -> Inquiry:
        again = bounds.since != since
        first = since - timedelta(hours=1)
        return Inquiry(Family(bounds), Habits(None), calls=1 if again else 9, first=first)

    found = from_its_begin(ask, Bounds(since=since))
    assert found.calls == 9
    assert [one.what for one in found.gaps] == ["what was made and read before the first sign"]
