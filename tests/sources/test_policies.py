"""Whether a policy is public: by what its conditions let in, and not by how they are written."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

import pytest
from hypothesis import given, strategies as st

from chalicelib.sources.policies import are_bounded, is_public, outsiders

_EVERY_8 = [f"{first}.0.0.0/8" for first in range(256)]

BOUNDED = {
    "an address": ["198.51.100.7"],
    "an address with its prefix": ["198.51.100.7/32"],
    "an address of IPv6": ["2001:db8::7/128"],
    "as broad as AWS takes it, IPv4": ["198.0.0.0/8"],
    "as broad as AWS takes it, IPv6": ["2001:db8::/32"],
    "a range with host bits": ["198.51.100.7/24"],
    "several ranges apart": ["198.51.100.0/24", "203.0.113.0/24", "2001:db8::/48"],
    "one broad range in each version": ["3.0.0.0/8", "2001:db8::/32"],
    "two neighbours that are one /8": ["198.0.0.0/9", "198.128.0.0/9"],
    "private ranges": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
    "a private range beside its neighbour": ["10.0.0.0/8", "11.0.0.0/8"],
}
UNBOUNDED = {
    "everything": ["0.0.0.0/0"],
    "everything, IPv6": ["::/0"],
    "half of it": ["0.0.0.0/1"],
    "two halves": ["0.0.0.0/1", "128.0.0.0/1"],
    "four quarters": ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"],
    "every /8": _EVERY_8,
    "every /8 in another order": _EVERY_8[::-1],
    "one step broader than AWS takes it": ["198.0.0.0/7"],
    "one step broader, IPv6": ["2001:db8::/31"],
    "all that is routed, IPv6": ["2000::/3"],
    "two neighbours that are one /7": ["198.0.0.0/8", "199.0.0.0/8"],
    "two neighbours that are one /31, IPv6": ["2001:db8::/32", "2001:db9::/32"],
    "an address, and everything": ["198.51.100.7/32", "0.0.0.0/0"],
    "an address, and everything in the other version": ["198.51.100.7/32", "::/0"],
    "a range that holds private ones": ["8.0.0.0/5"],
    "everything, with a mask": ["0.0.0.0/0.0.0.0"],
    "no range": [],
    "what cannot be read": ["anywhere"],
    "an empty text": [""],
    "a prefix too long": ["198.51.100.7/33"],
    "an address, and what cannot be read": ["198.51.100.7/32", "198.51.100.*"],
    "a variable": ["${aws:SourceIp}"],
}


def public(**condition: Any) -> bool:
    """Whether it is public to let everybody in under this condition."""
    return is_public({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Condition": condition}]})


@pytest.mark.parametrize("ranges", BOUNDED.values(), ids=BOUNDED)
def test_ranges_that_leave_most_of_the_internet_out_are_not_public(ranges: list[str]) -> None:
    assert not public(IpAddress={"aws:SourceIp": ranges})


@pytest.mark.parametrize("ranges", UNBOUNDED.values(), ids=UNBOUNDED)
def test_ranges_that_together_are_too_broad_are_public(ranges: list[str]) -> None:
    assert public(IpAddress={"aws:SourceIp": ranges})


_ONE = "198.51.100.7/32"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"IpAddress": {"aws:SourceIp": _ONE}}, False),
        ({"ipaddress": {"AWS:SOURCEIP": _ONE}}, False),
        ({"ForAnyValue:IpAddress": {"aws:SourceIp": [_ONE]}}, False),
        ({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}, "StringEquals": {"aws:SourceVpce": "vpce-1"}}, False),
        ({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}, "ForAnyValue:IpAddress": {"aws:SourceIp": _ONE}}, False),
        ({"StringEquals": {"aws:SourceVpc": "vpc-1"}, "IpAddress": {"aws:VpcSourceIp": "10.0.0.0/16"}}, False),
        ({"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/16"}}, True),
        ({"IpAddress": {"aws:SourceIp": ["0.0.0.0/0"]}, "NotIpAddress": {"aws:SourceIp": _ONE}}, True),
        ({"NotIpAddress": {"aws:SourceIp": _ONE}}, True),
        ({"IpAddressIfExists": {"aws:SourceIp": _ONE}}, True),
        ({"ForAllValues:IpAddress": {"aws:SourceIp": _ONE}}, True),
        ({"StringEquals": {"aws:SourceVpce": ["vpce-1", "vpce-2"]}}, False),
        ({"StringLike": {"aws:SourceVpce": ["vpce-1", "vpce-*"]}}, True),
        ({"StringEquals": {"aws:SourceVpce": "${aws:SourceVpce}"}}, True),
        ({"StringEquals": {"aws:SourceVpce": []}}, True),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, False),
        ({"StringEquals": {"aws:PrincipalOrgID": "${aws:PrincipalOrgID}"}}, True),
        ({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, True),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::${aws:PrincipalAccount}:role/x"}}, True),
        ({"IpAddress": {"aws:UserAgent": _ONE}}, True),
    ],
)
def test_a_condition_bounds_a_policy_by_its_operator_and_its_key(condition: Any, *, expected: bool) -> None:
    assert public(**condition) is expected


@pytest.mark.parametrize(
    ("value", "found"),
    [("o-a1b2c3d4e5", ()), ("${aws:PrincipalOrgID}", ("*",)), ("o-*", ("*",))],
    ids=["of one organisation", "of any that the caller is in", "of any"],
)
def test_whoever_only_has_to_be_who_they_are_is_an_outsider(value: str, found: tuple[str, ...]) -> None:
    condition = {"StringLike": {"aws:PrincipalOrgID": value}}
    statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Condition": condition}
    assert outsiders({"Statement": statement}, "111122223333") == found


_NETWORKS = st.builds(IPv4Network, st.tuples(st.integers(0, 2**32 - 1), st.integers(1, 32)), strict=st.just(False))


@given(st.lists(_NETWORKS, min_size=1, max_size=5), st.randoms())
def test_cutting_ranges_into_halves_changes_nothing(networks: list[IPv4Network], random: Any) -> None:
    halves = [half for one in networks for half in (one.subnets() if one.prefixlen < one.max_prefixlen else [one])]
    random.shuffle(halves)
    assert are_bounded(tuple(map(str, halves))) is are_bounded(tuple(map(str, networks)))


@given(st.text(max_size=40) | st.builds(str, _NETWORKS))
def test_one_range_is_bounded_only_where_it_is_a_range(value: str) -> None:
    if not are_bounded((value,)):
        return
    network = ip_network(value, strict=False)
    assert network.prefixlen >= (32 if isinstance(network, IPv6Network) else 8)
