"""Ladders and the ledger: prices follow the month, so what changes in a day moves the days after it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from metered import HOUR, NOON, assert_closes, deliver, points, postings
from tallystick.planner.home import Home
from tallystick.planner.metering.delivering import deliver_points, finish
from tallystick.planner.metering.withdrawing import withdraw
from tallystick.planner.records import find_source
from tallystick.planner.rules.documents import apply_rules, export_rules, try_rules
from tallystick.planner.rules.previews import Compared
from tallystick.rating.modules import set_state
from tallystick.rating.pyscripts.store import ScriptDraft, create_script
from tallystick.rating.rules.rulesets import read_rule_set
from tallystick.settings.config import Config
from tallystick.settings.moments import ALWAYS

DAY = 24 * HOUR
FREE_FIVE = {"service": "instance", "tiers": [{"up_to": "5", "cost": "0"}, {"cost": "1"}]}


def laddered(home: Home) -> Home:
    """A home in which five instance-hours of a month are free, and each further one costs 1."""
    with home.database.of("default").write() as session:
        set_state(session, "default", "tiers", enabled=True, at=ALWAYS)
    apply(home, FREE_FIVE)
    return home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return laddered(Home(Config(home=tmp_path)))


def apply(home: Home, *ladders: dict[str, Any]) -> list[str]:
    return list(apply_rules(home, "default", read_rule_set({"ladders": ladders}), "me").lines())


def costs(home: Home) -> dict[str, Decimal]:
    """Scope and hour to what is posted for it."""
    assert_closes(home)
    return {f"{posting.scope_id} {posting.begin:%dT%H}": posting.cost for posting in postings(home)}


def ledger(home: Home) -> set[str]:
    return {part.fingerprint for part in home.books().plan.parts["ledger"]}


def test_a_late_point_moves_the_days_after_it_in_its_month_and_no_other(home: Home) -> None:
    deliver(home, "collected/1", points("p1", NOON - DAY, NOON, NOON + HOUR, NOON + DAY, price=None))
    assert costs(home) == {"p1 30T12": 0, "p1 31T12": 0, "p1 31T13": 1, "p1 01T12": 0}
    before = ledger(home)
    deliver(home, "late", points("p1", NOON - 2 * DAY, price=None))
    assert costs(home) == {"p1 29T12": 0, "p1 30T12": 0, "p1 31T12": 1, "p1 31T13": 2, "p1 01T12": 0}
    assert len(before & ledger(home)) == 1, "November"


def test_the_order_of_deliveries_makes_no_difference(tmp_path: Path) -> None:
    tables = [points("p1", NOON - DAY, NOON, price=None), points("p1", NOON - HOUR, NOON + HOUR, price=None)]
    one, other = (laddered(Home(Config(home=tmp_path / name))) for name in ("one", "other"))
    for number, table in enumerate(tables):
        deliver(one, f"collected/{number}", table)
    for number, table in reversed(list(enumerate(tables))):
        deliver_points(other, "default", "cloudkitty", series=f"collected/{number}", points=table)
    finish(other, "default")
    assert postings(one) == postings(other)
    assert sum(posting.cost for posting in postings(one)) == 3


def test_what_is_late_for_a_closed_month_is_posted_in_the_next(home: Home) -> None:
    deliver(home, "collected/1", points("p1", NOON - DAY, NOON, NOON + HOUR, price=None))
    home.close_month("default", "cloudkitty", date(2026, 10, 1))
    deliver(home, "late", points("p1", NOON - 2 * DAY, price=None))
    assert_closes(home)
    revised = {f"{posting.begin:%m-%d}": Decimal(0) for posting in postings(home)}
    for posting in postings(home):
        revised[f"{posting.begin:%m-%d}"] += posting.cost
    assert revised == {"10-30": 0, "10-31": 1, "11-01": 2}


def test_what_is_withdrawn_or_has_a_price_uses_nothing(home: Home) -> None:
    deliver(home, "posted/1", points("p1", NOON - 2 * DAY, price="7"))
    deliver(home, "collected/1", points("p1", NOON - DAY, NOON, NOON + HOUR, price=None))
    deliver(home, "collected/2", points("p2", NOON, NOON + HOUR, price=None))
    assert costs(home)["p1 31T13"] == 1
    with home.database.of("default").write() as session:
        source_id = find_source(session, "default", "cloudkitty").source_id
        gone = {"begin": NOON - DAY, "end": NOON - DAY + HOUR, "reason": "reset"}
        withdraw(session, "default", source_id=source_id, scope_id="p1", **gone)
    finish(home, "default")
    assert costs(home) == {"p1 29T12": 7, "p1 31T12": 0, "p1 31T13": 0, "p2 31T12": 0, "p2 31T13": 0}


def test_a_module_that_is_disabled_adds_nothing_from_then_on(home: Home) -> None:
    deliver(home, "collected/1", points("p1", NOON - DAY, NOON, NOON + HOUR, price=None))
    with home.database.of("default").write() as session:
        set_state(session, "default", "tiers", enabled=False, at=NOON + HOUR)
    finish(home, "default")
    assert costs(home) == {"p1 30T12": 0, "p1 31T12": 0, "p1 31T13": 0}
    with home.database.of("default").write() as session:
        set_state(session, "default", "tiers", enabled=True, at=NOON + HOUR)
    finish(home, "default")
    assert costs(home)["p1 31T13"] == 1


def test_days_without_a_ladder_are_as_they_would_be_without_any(home: Home) -> None:
    apply(home)
    deliver(home, "collected/1", points("p1", NOON, NOON + DAY, price=None))
    before = ledger(home)
    apply(home, {**FREE_FIVE, "start": "2026-11-01"})
    assert len(before & ledger(home)) == 1
    assert export_rules(home, "default")["ladders"] == [{**FREE_FIVE, "start": "2026-11-01T00:00:00Z"}]


def test_a_trial_tells_what_the_past_would_have_cost(home: Home) -> None:
    deliver(home, "collected/1", points("p1", NOON - DAY, NOON, NOON + HOUR, price=None))
    own = {**FREE_FIVE, "tenant": "p1", "tiers": [{"cost": "0.5"}]}
    change, compared = try_rules(home, "default", read_rule_set({"ladders": [FREE_FIVE, own]}))
    assert list(change.lines()) == ["+ instance tiers: more 0.5 tenant p1"]
    assert compared == [Compared("instance", Decimal(1), Decimal(3))]


def test_a_metric_has_prices_of_hashmap_and_of_a_ladder(home: Home) -> None:
    deliver(home, "collected/1", points("p1", NOON - DAY, NOON, NOON + HOUR, price=None))
    with home.database.of("default").write() as session:
        set_state(session, "default", "hashmap", enabled=True, at=ALWAYS)
    both = {"services": {"instance": {"mappings": [{"cost": "0.25"}]}}, "ladders": [FREE_FIVE]}
    apply_rules(home, "default", read_rule_set(both), "me")
    assert costs(home) == {"p1 30T12": Decimal("0.5"), "p1 31T12": Decimal("0.5"), "p1 31T13": Decimal("1.5")}


def test_scripts_and_ladders_follow_each_other(home: Home) -> None:
    """The quantity is that of what was delivered, though the script makes half of it."""
    deliver(home, "collected/1", points("p1", NOON - DAY, NOON, NOON + HOUR, price=None))
    script = """
for points in data["usage"].values():
    for point in points:
        point["vol"]["qty"] /= 2
        point["rating"]["price"] += 10
"""
    with home.database.of("default").write() as session:
        july = datetime(2026, 7, 1, tzinfo=UTC)
        create_script(session, "default", ScriptDraft(name="s", data=script, start=july), "me", force=True)
        set_state(session, "default", "pyscripts", enabled=True, priority=9, at=ALWAYS)
    finish(home, "default")
    assert costs(home) == {"p1 30T12": 10, "p1 31T12": 10, "p1 31T13": 11}
