"""The tree of an organisation keeps its history: what a day showed, it shows for ever."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from tallystick.errors import ConflictError
from tallystick.settings.config import Config
from tallystick.settings.database import TenantDatabase, open_database
from tallystick.settings.organizations import Node, keep_tree, read_places

MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)
ROOT = Node("r-1", "Root", ("r-1",), is_account=False)
SALES = Node("ou-a", "Sales", ("r-1", "ou-a"), is_account=False)
WEB = Node("200", "web", ("r-1",), is_account=True)
MOVED = Node("200", "web", ("r-1", "ou-a"), is_account=True)
RENAMED = Node("200", "shop", ("r-1",), is_account=True)


History = list[tuple[str, str, date, date | None]]


@pytest.fixture
def database(config: Config) -> Iterator[TenantDatabase]:
    with open_database(config) as database:
        yield database.of("t")


@pytest.mark.parametrize(
    ("then", "day", "changed", "expected"),
    [
        ([ROOT, SALES, WEB], JUNE, 0, [("200", "web", MAY, None)]),
        ([ROOT, SALES, MOVED], JUNE, 1, [("200", "web", MAY, JUNE), ("200", "web", JUNE, None)]),
        ([ROOT, SALES, RENAMED], JUNE, 1, [("200", "web", MAY, JUNE), ("200", "shop", JUNE, None)]),
        ([ROOT, SALES], JUNE, 1, [("200", "web", MAY, JUNE)]),
        ([ROOT, SALES, RENAMED], MAY, 1, [("200", "shop", MAY, None)]),
        ([ROOT, SALES], MAY, 1, []),
    ],
)
def test_what_changes_is_another_place(
    database: TenantDatabase, then: list[Node], day: date, changed: int, expected: History
) -> None:
    assert keep_tree(database, [ROOT, SALES, WEB], MAY) == 3
    assert keep_tree(database, then, day) == changed
    found = [(place.node.node_id, place.node.name, place.since, place.until) for place in read_places(database)]
    accounts = sorted((row for row in found if row[0] == "200"), key=lambda row: row[2])
    assert accounts == expected
    assert ("ou-a", "Sales", MAY, None) in found


def test_one_that_comes_back_and_another_organisation(database: TenantDatabase) -> None:
    other = Node("r-2", "Other", ("r-2",), is_account=False)
    keep_tree(database, [ROOT, WEB], MAY)
    keep_tree(database, [ROOT], JUNE)
    keep_tree(database, [ROOT, WEB], JULY)
    keep_tree(database, [other], JUNE)
    found = [(place.node, place.since, place.until) for place in read_places(database)]
    assert (WEB, MAY, JUNE) in found
    assert (WEB, JULY, None) in found
    assert (ROOT, MAY, None) in found
    assert (other, JUNE, None) in found


def test_history_is_not_written_anew(database: TenantDatabase) -> None:
    keep_tree(database, [ROOT, WEB], MAY)
    keep_tree(database, [ROOT], JULY)
    with pytest.raises(ConflictError, match="later than 2026-06-01"):
        keep_tree(database, [ROOT, SALES], JUNE)
