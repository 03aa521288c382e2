"""Rules of hashmap and the ledger: days are rated by the rules that count in them, and again when those change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from metered import HOUR, NOON, assert_closes, deliver, points, postings
from tallystick.planner.home import Home
from tallystick.planner.metering.delivering import finish
from tallystick.planner.metering.scopes import ScopeKey, create
from tallystick.rating import modules
from tallystick.rating.rules import names
from tallystick.rating.rules.mappings import MappingDraft, create_mapping, delete_mapping
from tallystick.rating.rules.thresholds import ThresholdDraft, create_threshold
from tallystick.reports.context import ReportContext
from tallystick.reports.service import explain
from tallystick.settings.config import Config
from tallystick.settings.moments import effective_moment


@pytest.fixture
def home(config: Config) -> Home:
    """A home whose hashmap charges 0.5 for an hour of an instance since July."""
    home = Home(config)
    with home.database.of("default").write() as session:
        service = names.create_service(session, "default", "instance")
        at = effective_moment(session, "default")
        modules.set_state(session, "default", "hashmap", enabled=True, at=at)
        draft = MappingDraft(cost=Decimal("0.5"), service_id=service.service_id, start=datetime(2026, 7, 1, tzinfo=UTC))
        create_mapping(session, "default", draft, "me", force=True)
    return home


def costs(home: Home) -> dict[str, Decimal]:
    """Hour of the day to what is posted for it."""
    assert_closes(home)
    return {f"{posting.begin:%dT%H}": posting.cost for posting in postings(home)}


def test_points_are_rated(home: Home) -> None:
    deliver(home, "collected/1", points("p1", NOON, price=None))
    assert [(posting.scope_id, posting.quantity, posting.cost) for posting in postings(home)] == [
        ("p1", Decimal(2), Decimal(1))
    ]


def test_points_with_a_price_keep_it(home: Home) -> None:
    deliver(home, "posted/1", points("p1", NOON, price="7"))
    assert costs(home) == {"31T12": Decimal(7)}


def test_a_new_rule_rates_the_days_again_that_it_counts_in_and_no_other(home: Home) -> None:
    deliver(home, "collected/1", points("p1", NOON, NOON + HOUR, NOON + 12 * HOUR, price=None))
    before = {part.fingerprint for part in home.books().plan.parts["ledger"]}
    with home.database.of("default").write() as session:
        (service,) = names.services(session, "default")
        group = names.create_group(session, "default", "support")
        draft = MappingDraft(
            cost=Decimal(3),
            service_id=service.service_id,
            group_id=group.group_id,
            start=NOON + HOUR,
            end=NOON + 2 * HOUR,
        )
        create_mapping(session, "default", draft, "me", force=True)
    assert len(before & {part.fingerprint for part in home.books().plan.parts["ledger"]}) == 1
    finish(home, "default")
    assert costs(home) == {"31T12": Decimal(1), "31T13": Decimal(7), "01T00": Decimal(1)}


def test_what_is_undated_counts_from_the_first_period_that_is_not_processed(home: Home) -> None:
    """Thresholds, states of modules and deletions leave alone what is processed."""
    create(home.database.of("default"), ScopeKey("p1", "project_id", "source", "prometheus"), NOON)
    deliver(home, "collected/1", points("p1", NOON, NOON + HOUR, price=None))
    with home.database.of("default").write() as session:
        (service,) = names.services(session, "default")
        create_threshold(
            session,
            "default",
            ThresholdDraft(level=Decimal(2), cost=Decimal(10), service_id=service.service_id),
        )
    finish(home, "default")
    assert costs(home) == {"31T12": Decimal(1), "31T13": Decimal(11)}
    with home.database.of("default").write() as session:
        modules.set_state(session, "default", "hashmap", enabled=False, at=NOON + HOUR)
    finish(home, "default")
    assert costs(home) == {"31T12": Decimal(1), "31T13": Decimal(0)}


def test_a_deleted_rule_leaves_what_it_rated(home: Home) -> None:
    create(home.database.of("default"), ScopeKey("p1", "project_id", "source", "prometheus"), NOON)
    deliver(home, "collected/1", points("p1", NOON, NOON + HOUR, price=None))
    with home.database.of("default").write() as session:
        from tallystick.rating.rules.mappings import MappingFilter, mappings

        (mapping,) = mappings(session, "default", MappingFilter())
        delete_mapping(session, "default", mapping.mapping_id, "me")
    finish(home, "default")
    assert costs(home) == {"31T12": Decimal(1), "31T13": Decimal(0)}


def test_midnight_belongs_to_the_next_day(home: Home) -> None:
    deliver(home, "collected/1", points("p1", NOON + 12 * HOUR - timedelta(seconds=1), NOON + 12 * HOUR, price=None))
    assert len(home.books().plan.parts["points"]) == 2
    assert sum(costs(home).values()) == Decimal(2)


def test_a_dissolved_group_leaves_what_it_made_a_subtotal_of(home: Home) -> None:
    """While the group is there its rate multiplies nothing; then it doubles the price of the service."""
    create(home.database.of("default"), ScopeKey("p1", "project_id", "source", "prometheus"), NOON)
    deliver(home, "collected/1", points("p1", NOON, NOON + HOUR, price=None))
    with home.database.of("default").write() as session:
        (service,) = names.services(session, "default")
        field = names.create_field(session, "default", service.service_id, "flavor")
        group = names.create_group(session, "default", "extra")
        draft = MappingDraft(
            cost=Decimal(2),
            kind="rate",
            field_id=field.field_id,
            value="small",
            group_id=group.group_id,
            start=datetime(2026, 7, 1, tzinfo=UTC),
        )
        create_mapping(session, "default", draft, "me", force=True)
        names.delete_group(session, "default", group.group_id, "me")
    finish(home, "default")
    assert costs(home) == {"31T12": Decimal(1), "31T13": Decimal(2)}


def test_a_rated_cost_is_opened_into_its_points(home: Home) -> None:
    deliver(home, "collected/1", points("p1", NOON, NOON + HOUR, price=None))
    deliver(home, "collected/2", points("p2", NOON, price=None))
    query = [("start_date", "2026-10-31"), ("end_date", "2026-10-31"), ("filter[SubAccountId]", "p1")]
    with home.session() as session:
        found = explain(session, "focus/costs", query, ReportContext(today=date(2026, 11, 22)))
    assert (found.postings.count, found.charges.count, found.points.count) == (2, 0, 2)
    assert found.agrees
    assert [(row["scope_id"], row["qty"], row["x_row_number"]) for row in found.points.rows] == [
        ("p1", Decimal(2), 1),
        ("p1", Decimal(2), 2),
    ]
