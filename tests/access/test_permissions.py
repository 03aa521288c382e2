"""The table of rules (koku-api 9.4) and the reasons it gives."""

from __future__ import annotations

import pytest

from tallystick.access import EVERYTHING, NO_ACCESS, RULES, USER_ACCESS, access_from_map, decide, user_access

ACCOUNT = {"aws.account": {"read": ["1"]}}
UNIT = {"aws.organizational_unit": {"read": ["r-1"]}}
WRITER = {"settings": {"write": ["*"]}}
READER = {"settings": {"read": ["*"]}}
CLOUDS = {
    name: {"read": ["*"]} for name in ("aws.account", "azure.subscription_guid", "gcp.account", "openshift.cluster")
}


@pytest.mark.parametrize(
    ("family", "given", "allowed"),
    [
        ("reports/aws", ACCOUNT, True),
        ("reports/aws", UNIT, True),
        ("reports/aws", READER, False),
        ("forecasts/aws", ACCOUNT, True),
        ("forecasts/aws", UNIT, False),
        ("tags/aws", UNIT, False),
        ("organizations/aws", ACCOUNT, False),
        ("organizations/aws", UNIT, True),
        ("settings", READER, True),
        ("settings", WRITER, True),
        ("settings/write", READER, False),
        ("settings/write", WRITER, True),
        ("reports/focus", CLOUDS, True),
        ("reports/focus", CLOUDS | ACCOUNT, False),
        ("reports/focus", {"aws.account": {"read": ["*"]}}, False),
        ("currency", {}, True),
    ],
)
def test_rules(family: str, given: dict[str, object], allowed: bool) -> None:
    assert decide(access_from_map(given), family).allowed is allowed


@pytest.mark.parametrize("family", RULES)
def test_the_two_ends(family: str) -> None:
    assert decide(EVERYTHING, family).allowed
    assert not decide(NO_ACCESS, family).allowed


def test_a_refusal_says_why() -> None:
    why = decide(access_from_map(ACCOUNT), "organizations/aws").why
    assert "organizations/aws needs read of aws.organizational_unit" in why
    assert "nothing" in why


def test_user_access() -> None:
    access = access_from_map(ACCOUNT | WRITER)
    readable = {kind for kind in USER_ACCESS if user_access(access, kind)}
    assert readable == {"aws", "settings", "any"}
    assert {kind for kind in USER_ACCESS if user_access(access, kind, "write")} == {"settings", "any"}
