"""The id of a set of tags is a matter of its pairs, and of nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.delivered import Row, aws_row
from tallystick.sources import dimensions
from tallystick.sources.header import RawColumn

TEXT = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), min_size=1, max_size=6)
PAIRS = st.dictionaries(TEXT, TEXT, max_size=4)
connection = duckdb.connect()


def described(text: str, parameters: dict[str, str]) -> tuple[str | None, dict[str, str] | None]:
    """Id and map of a canonical text's pairs."""
    spelled = f"SELECT {text} AS text FROM (SELECT {', '.join(f'${name} AS {name}' for name in parameters) or 1})"
    kept = (
        f"SELECT CASE WHEN text <> '{{}}' THEN text END AS tags, CAST(NULL AS VARCHAR) AS categories FROM ({spelled})"
    )
    row = connection.execute(
        f"SELECT {dimensions.set_id('tags', 'categories')}, {dimensions.as_map('tags')} FROM ({kept})", parameters
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def as_columns(pairs: dict[str, str], order: list[str]) -> tuple[str | None, dict[str, str] | None]:
    names = {key: f"c{position}" for position, key in enumerate(order)}
    text = dimensions.from_columns((key, names[key]) for key in order)
    return described(text, {names[key]: pairs[key] for key in order})


def as_json(pairs: dict[str, str], order: list[str]) -> tuple[str | None, dict[str, str] | None]:
    cell = json.dumps({key: pairs[key] for key in order}, ensure_ascii=len(order) % 2 == 0)
    return described(dimensions.from_cell(RawColumn(0, "Tags", "VARCHAR")), {"c0": cell})


@settings(deadline=None)
@given(PAIRS, st.randoms())
def test_order_and_format_do_not_matter(pairs: dict[str, str], random: object) -> None:
    order = sorted(pairs, key=lambda _: random.random())  # type: ignore[attr-defined]
    expected = as_columns(pairs, list(pairs))
    assert expected[1] == (pairs or None)
    assert as_columns(pairs, order) == expected
    assert as_json(pairs, order) == expected


@settings(deadline=None)
@given(PAIRS, PAIRS)
def test_other_pairs_have_another_id(left: dict[str, str], right: dict[str, str]) -> None:
    same = as_columns(left, list(left))[0] == as_columns(right, list(right))[0]
    assert same == (left == right)


@pytest.mark.parametrize(
    ("cell", "expected"),
    {
        '{"a": "b"}': {"a": "b"},
        '"a": "b","c": "d"': {"a": "b", "c": "d"},
        '{"flag": true, "n": 3, "none": null, "empty": ""}': {"flag": "true", "n": "3"},
        '{"deep": {"x": 1}}': {"deep": '{"x":1}'},
        "{}": None,
        "not json": None,
        '["a"]': None,
    }.items(),
)
def test_json_cells(cell: str, expected: dict[str, str] | None) -> None:
    assert described(dimensions.from_cell(RawColumn(0, "Tags", "VARCHAR")), {"c0": cell})[1] == expected


def test_a_category_is_not_a_tag(aws: Callable[..., list[Row]]) -> None:
    tagged, categorised, both, neither = aws(
        aws_row(**{"resourceTags/user:a": "1"}),
        aws_row(**{"costCategory/a": "1"}),
        aws_row(**{"resourceTags/user:a": "1", "costCategory/a": "1"}),
        aws_row(),
    )
    ids = [row["x_dimension_set_id"] for row in (tagged, categorised, both)]
    assert len(set(ids)) == 3
    assert neither["x_dimension_set_id"] is None
    assert (neither["tags"], tagged["x_cost_categories"]) == (None, None)


def test_the_name_tag_names_the_resource(aws: Callable[..., list[Row]]) -> None:
    named, fee = aws(
        aws_row(**{"resourceTags/user:Name": "db-1", "lineItem/ResourceId": "arn:aws:rds:eu:1:db"}),
        aws_row(**{"resourceTags/user:Name": "db-1", "lineItem/ResourceId": ""}),
    )
    assert (named["resource_name"], named["resource_type"]) == ("db-1", "rds")
    assert (fee["resource_name"], fee["resource_type"]) == (None, None)
