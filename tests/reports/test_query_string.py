"""Bracketed keys as a nested map."""

from __future__ import annotations

from typing import Any

import pytest

from tallystick.reports.query_string import parse_pairs, split_commas


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([], {}),
        ([("limit", "1")], {"limit": ["1"]}),
        ([("limit", "1"), ("limit", "2")], {"limit": ["1", "2"]}),
        ([("filter[a]", "x"), ("filter[a]", "y")], {"filter": {"a": ["x", "y"]}}),
        ([("filter[a]", "x,y")], {"filter": {"a": ["x,y"]}}),
        ([("group_by[tag:b c]", "*"), ("group_by[a]", "*")], {"group_by": {"tag:b c": ["*"], "a": ["*"]}}),
        ([("filter[tag:k[0]]", "x")], {"filter": {"tag:k[0]": ["x"]}}),
        ([("filter[]", "x")], {"filter": {"": ["x"]}}),
        ([("filter[a", "x")], {"filter[a": ["x"]}),
    ],
)
def test_parse(pairs: list[tuple[str, str]], expected: dict[str, Any]) -> None:
    found = parse_pairs(pairs)
    assert found == expected
    assert [list(value) for value in found.values()] == [list(value) for value in expected.values()]


def test_commas_separate_values() -> None:
    assert split_commas(["a,b", "c", ""]) == ["a", "b", "c", ""]
