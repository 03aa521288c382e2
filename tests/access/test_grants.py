"""The access map of a gateway becomes grants."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.access import EVERYTHING, NO_ACCESS, NOTHING, RESOURCE_TYPES, Grant, access_from_map

MAPS: list[tuple[dict[str, object], str, str, Grant]] = [
    ({"aws.account": {"read": ["*"]}}, "aws.account", "read", None),
    ({"aws.account": {"read": ["1", "2"]}}, "aws.account", "read", frozenset({"1", "2"})),
    ({"aws.account": {"read": ["1", "*"]}}, "aws.account", "read", None),
    ({"aws.account": {"read": []}}, "aws.account", "read", NOTHING),
    ({"aws.account": {"read": ["*"]}}, "gcp.account", "read", NOTHING),
    ({"aws.account": {"read": ["*"]}}, "aws.account", "write", NOTHING),
    ({"cost_model": {"write": ["a"]}}, "cost_model", "read", frozenset({"a"})),
    ({"cost_model": {"read": ["b"], "write": ["a"]}}, "cost_model", "read", frozenset({"a", "b"})),
    ({"openshift.cluster": {"read": ["c"]}}, "openshift.node", "read", None),
    ({"openshift.cluster": {"read": ["c"]}}, "openshift.project", "read", None),
    ({"openshift.cluster": {"read": []}}, "openshift.project", "read", NOTHING),
    (
        {"openshift.cluster": {"read": ["c"]}, "openshift.node": {"read": ["n"]}},
        "openshift.node",
        "read",
        frozenset("n"),
    ),
    ({"openshift.cluster": {"read": ["c"]}, "openshift.node": {"read": []}}, "openshift.project", "read", NOTHING),
    ({"aws.account": "everything"}, "aws.account", "read", NOTHING),
    ({"aws.account": {"read": "*"}}, "aws.account", "read", NOTHING),
    ({"aws.account": {"read": [7, "1"]}}, "aws.account", "read", frozenset({"1"})),
]


@pytest.mark.parametrize(("given_map", "name", "verb", "grant"), MAPS)
def test_access_map(given_map: dict[str, object], name: str, verb: str, grant: Grant) -> None:
    access = access_from_map(given_map)
    assert access.granted(name, verb) == grant  # type: ignore[arg-type]
    assert access.allows(name, verb) == (grant != NOTHING)  # type: ignore[arg-type]
    assert access.allows_all(name, verb) == (grant is None)  # type: ignore[arg-type]


def test_the_two_ends() -> None:
    assert EVERYTHING.allows_all("a type of tomorrow", "write")
    assert not EVERYTHING.empty
    assert NO_ACCESS.empty
    assert access_from_map({"aws.account": {"read": []}}).empty


@given(
    st.dictionaries(
        st.sampled_from(RESOURCE_TYPES),
        st.dictionaries(st.sampled_from(["read", "write"]), st.lists(st.sampled_from(["*", "a", "b"]))),
    )
)
def test_equal_maps_are_equal_keys_and_writing_implies_reading(given_map: dict[str, dict[str, list[str]]]) -> None:
    access = access_from_map(given_map)
    again = access_from_map(dict(reversed(given_map.items())))
    assert (access, hash(access)) == (again, hash(again))
    for name in given_map:
        write, read = access.granted(name, "write"), access.granted(name, "read")
        assert read is None or (write is not None and write <= read)
