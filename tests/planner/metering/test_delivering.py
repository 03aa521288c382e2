"""Points that are delivered without a file, and what is withdrawn of them."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from metered import HOUR, NOON, assert_closes, deliver, points
from tallystick.errors import RefusedError
from tallystick.planner.home import Home
from tallystick.planner.metering.delivering import finish
from tallystick.planner.metering.scopes import ScopeFilter, ScopeKey, create, find, reset
from tallystick.settings.config import Config


@pytest.fixture
def home(config: Config) -> Home:
    """An empty home."""
    return Home(config)


def costs(home: Home) -> dict[str, tuple[int, Decimal]]:
    """Scope to the number of its postings and what they cost."""
    with home.session() as session:
        rows = session.rows("SELECT sub_account_id, COUNT(*), SUM(billed_cost) FROM ledger GROUP BY sub_account_id")
    if rows:
        assert_closes(home)
    return {scope: (count, cost) for scope, count, cost in rows}


def test_deliveries_of_a_source_add_up_and_the_same_one_counts_once(home: Home) -> None:
    deliver(home, "collected/1", points("p1", NOON))
    deliver(home, "collected/2", points("p1", NOON + HOUR, NOON + 13 * HOUR))
    deliver(home, "collected/2", points("p1", NOON + HOUR, NOON + 13 * HOUR))
    assert costs(home) == {"p1": (3, Decimal(3))}


def test_a_point_without_a_price_and_without_rules_costs_nothing(home: Home) -> None:
    deliver(home, "collected/1", points("p1", NOON, price=None))
    assert costs(home) == {"p1": (1, Decimal(0))}


def test_a_reset_leaves_what_was_processed_before_and_other_scopes(home: Home) -> None:
    key = ScopeKey("p1", "project_id", "source", "prometheus")
    create(home.database.of("default"), key, NOON + 2 * HOUR)
    for scope in ("p1", "p2"):
        deliver(home, f"collected/{scope}", points(scope, NOON, NOON + HOUR, NOON + 2 * HOUR))
    reset(home.database.of("default"), [key], NOON)
    finish(home, "default")
    assert costs(home) == {"p1": (1, Decimal(1)), "p2": (3, Decimal(3))}
    deliver(home, "collected/again", points("p1", NOON + HOUR, price="5"))
    assert costs(home) == {"p1": (2, Decimal(6)), "p2": (3, Decimal(3))}
    with home.database.of("default").read() as session:
        (state,) = find(session, "default", ScopeFilter(scope_ids=["p1"]))
        assert state.last_processed_at == NOON


def test_points_that_end_before_they_begin_are_accepted_with_a_finding(home: Home) -> None:
    table = points("p1", NOON)
    backwards = table.set_column(table.schema.get_field_index("end"), "end", pa.array([NOON - HOUR], table["end"].type))
    deliver(home, "collected/1", backwards)
    (delivery,) = home.deliveries()
    assert [(finding.rule, finding.column) for finding in delivery.findings] == [("before begin", "end")]


def test_points_that_cannot_be_read_are_refused(home: Home) -> None:
    with pytest.raises(RefusedError, match="required columns are missing: qty"):
        deliver(home, "posted/1", points("p1", NOON).drop_columns(["qty"]))
    assert costs(home) == {}
