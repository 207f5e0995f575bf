"""The mode of an account: its own entry, or its nearest unit's; what is not exact or cannot be read deploys nothing."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber
from hypothesis import given, strategies as st
from moto import mock_aws

from chalicelib.model import Mode
from console import deploy, modes
from console.change_set import DeployError
from console.modes import Settled
from tests.console.stack import typed
from tests.docs.pages import ROOT

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNT, INNER, OUTER, TOP = "111122223333", "ou-ab12-11111111", "ou-ab12-22222222", "r-ab12"
AROUND = (ACCOUNT, INNER, OUTER, TOP)


def file(folder: Path, text: str) -> Path:
    path = folder / "modes.json"
    path.write_text(text)
    return path


@given(given=st.dictionaries(st.sampled_from((*AROUND, "444455556666", "ou-ab12-33333333")), st.sampled_from(Mode)))
def test_what_is_nearest_counts_and_nothing_else_does(given: dict[str, Mode]) -> None:
    nearest = next((one for one in AROUND if one in given), None)
    if nearest is None:
        with pytest.raises(DeployError, match=f"No mode is given for account {ACCOUNT}"):
            modes.settled(ACCOUNT, given, AROUND[1:])
    else:
        assert modes.settled(ACCOUNT, given, AROUND[1:]) == Settled(given[nearest], nearest)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "cannot be read"),
        ('["observe"]', "is no JSON object"),
        ('{"1111*": "observe"}', "'1111*' is no id of an account"),
        ('{"Workloads": "observe"}', "'Workloads' is no id of an account"),
        ('{"ou-ab12": "observe"}', "'ou-ab12' is no id of an account"),
        ('{"111122223333": "kill"}', "111122223333 cannot have the mode 'kill'; choose one of observe"),
        ('{"111122223333": {"Mode": "observe"}}', "111122223333 cannot have the mode"),
        ('{"r-ab12": "observe", "r-ab12": "contain-confirmed"}', "r-ab12 stands there twice"),
    ],
)
def test_what_is_not_exact_is_refused(text: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(DeployError, match=re.escape(reason)):
        modes.written(file(tmp_path, text))


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(DeployError) as refused:
        modes.written(file(tmp_path, '{"x": "observe", "r-ab12": "kill", "y": "observe"}'))
    assert len(str(refused.value).splitlines()) == 3


@mock_aws
def test_the_units_around_an_account_are_asked_for_from_the_inside(tmp_path: Path) -> None:
    client: Any = boto3.client("organizations")
    client.create_organization(FeatureSet="ALL")
    account = client.create_account(Email="a@example.com", AccountName="web")["CreateAccountStatus"]["AccountId"]
    (top,) = (one["Id"] for one in client.list_roots()["Roots"])
    outer = client.create_organizational_unit(ParentId=top, Name="all")["OrganizationalUnit"]["Id"]
    inner = client.create_organizational_unit(ParentId=outer, Name="web")["OrganizationalUnit"]["Id"]
    client.move_account(AccountId=account, SourceParentId=top, DestinationParentId=inner)
    assert list(modes.units_of(account, client)) == [inner, outer, top]

    session, written = boto3.Session(), file(tmp_path, json.dumps({inner: "observe", top: "contain-confirmed"}))
    held = deploy.with_mode({"WatchSeconds": "60"}, session, written, None)  # moto's own account is below the root
    assert held == {"WatchSeconds": "60", "Mode": "contain-confirmed"}


def test_an_account_with_an_entry_of_its_own_needs_nobody_to_ask() -> None:
    client: Any = boto3.client("organizations")
    with Stubber(client):
        units = modes.units_of(ACCOUNT, client)
        assert modes.settled(ACCOUNT, {ACCOUNT: Mode.OBSERVE, INNER: Mode.CONTAIN_CONFIRMED}, units).entry == ACCOUNT
        with pytest.raises(DeployError, match=f"no entry for {ACCOUNT}\\."):
            modes.settled(ACCOUNT, {"444455556666": Mode.OBSERVE}, units)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("AccessDeniedException", "your credentials may not do this: ListParents"),
        ("AWSOrganizationsNotInUseException", "AWSOrganizationsNotInUseException"),
        ("ChildNotFoundException", "ChildNotFoundException"),
        ("", "it names none"),
    ],
)
def test_units_that_cannot_be_asked_for_deploy_nothing(code: str, said: str) -> None:
    client: Any = boto3.client("organizations")
    with Stubber(client) as stub:
        if code:
            stub.add_client_error("list_parents", code)
        else:
            stub.add_response("list_parents", {"Parents": []})
        with pytest.raises(DeployError, match=f"{said}(.|\n)*--organization-profile.*an entry of its own"):
            modes.settled(ACCOUNT, {TOP: Mode.OBSERVE}, modes.units_of(ACCOUNT, client))


@mock_aws
def test_the_command_deploys_nothing_where_no_mode_fits_or_two_are_said(tmp_path: Path) -> None:
    path = str(file(tmp_path, '{"111122223333": "contain-confirmed"}'))  # moto's account is another one
    refusals: dict[str, tuple[str, ...]] = {
        "No mode is given for account 123456789012": (),
        "both say the mode: give one of them": ("--set", "Mode=observe"),
        "(nobody) could not be found": ("--organization-profile", "nobody"),
    }
    for said, more in refusals.items():
        refused = typed("deploy", "--modes", path, *more)
        assert (refused.exit_code, said in " ".join(refused.stderr.split())) == (1, True), refused.stderr


def test_the_file_of_the_page_can_be_read(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "accounts.md").read_text()
    shown = re.search(r"^ {4}(\{.*?^ {4}\})", page, re.MULTILINE | re.DOTALL)
    assert shown
    found = modes.written(file(tmp_path, shown[1]))
    assert found == {name: Mode(mode) for name, mode in json.loads(shown[1]).items()}
    assert modes.settled(ACCOUNT, found, (INNER, TOP)).entry == ACCOUNT
