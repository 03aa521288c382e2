"""Rating modules one after the other, where one of them is no SQL."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from metered import HOUR, NOON, assert_closes, deliver, points, postings
from tallystick.planner.home import Home
from tallystick.planner.metering.delivering import finish
from tallystick.rating import modules, reading
from tallystick.rating.plugins.registry import Plugin
from tallystick.rating.pyscripts.store import ScriptDraft, create_script
from tallystick.rating.rules import names
from tallystick.rating.rules.mappings import MappingDraft, create_mapping
from tallystick.settings.config import Config
from tallystick.settings.moments import ALWAYS

JULY = datetime(2026, 7, 1, tzinfo=UTC)
ADD_ONE = """
for entries in data["usage"].values():
    for entry in entries:
        entry["rating"]["price"] += 1
"""
DOUBLE = ADD_ONE.replace("+= 1", "*= 2")
FAIL_FOR_P2 = """
for entries in data["usage"].values():
    for entry in entries:
        if entry["groupby"]["project_id"] == "p2":
            raise ValueError("no tariff")
        entry["rating"]["price"] += 1
"""


@pytest.fixture
def home(config: Config) -> Home:
    """A home whose hashmap charges 0.5 for each of the two instances of a point."""
    home = Home(config)
    with home.database.of("default").write() as session:
        service = names.create_service(session, "default", "instance")
        draft = MappingDraft(cost=Decimal("0.5"), service_id=service.service_id, start=JULY)
        create_mapping(session, "default", draft, "me", force=True)
        modules.set_state(session, "default", "hashmap", enabled=True, priority=10, at=ALWAYS)
    return home


def write_script(home: Home, text: str, priority: int = 1) -> None:
    with home.database.of("default").write() as session:
        create_script(session, "default", ScriptDraft(name="mine", data=text, start=JULY), "me", force=True)
        modules.set_state(session, "default", "pyscripts", enabled=True, priority=priority, at=ALWAYS)
    finish(home, "default")


def costs(home: Home) -> dict[str, Decimal]:
    """Scope to what it costs."""
    assert_closes(home)
    found: dict[str, Decimal] = {}
    for posting in postings(home):
        found[posting.scope_id] = found.get(posting.scope_id, Decimal(0)) + posting.cost
    return found


@pytest.mark.parametrize(
    ("priority", "cost"), [pytest.param(1, 4, id="hashmap first"), pytest.param(20, 2, id="script first")]
)
def test_the_highest_priority_runs_first(home: Home, priority: int, cost: int) -> None:
    deliver(home, "collected/1", points("p1", NOON, NOON + HOUR, price=None))
    write_script(home, DOUBLE, priority)
    assert costs(home) == {"p1": Decimal(cost)}


def test_a_script_that_fails_for_a_scope_leaves_it_what_it_had_and_says_why(home: Home) -> None:
    deliver(home, "collected/1", points("p1", NOON, price=None))
    deliver(home, "collected/2", points("p2", NOON, price=None))
    write_script(home, FAIL_FOR_P2)
    assert costs(home) == {"p1": Decimal(2), "p2": Decimal(1)}
    with home.session() as session:
        problems = session.rows("SELECT scope_id, x_problem FROM rated_points WHERE x_problem IS NOT NULL")
    assert problems == [
        ("p2", "mine, line 5: ValueError: no tariff (scope p2, period 2026-10-31T12:00:00+00:00)"),
    ]


def test_a_module_of_others_takes_its_place(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = Plugin("perhour", "plugged:PerHour", "rater 1.0", "")
    monkeypatch.setitem(modules.MODULES, "perhour", modules.RatingModule("perhour", "", hot_config=True))
    monkeypatch.setattr(reading, "installed", lambda: {"perhour": plugin})
    deliver(home, "collected/1", points("p1", NOON, price=None))
    with home.database.of("default").write() as session:
        modules.set_state(session, "default", "perhour", enabled=True, priority=1, at=ALWAYS)
    finish(home, "default")
    assert costs(home) == {"p1": 1 + Decimal(2) * (12 + len("p1"))}, "hashmap's price, and quantity x (hour + 2)"


def test_points_with_a_price_are_not_shown_to_scripts(home: Home) -> None:
    deliver(home, "posted/1", points("p1", NOON, price="7"))
    write_script(home, ADD_ONE)
    assert costs(home) == {"p1": Decimal(7)}


def test_a_script_that_goes_leaves_the_rest_as_without_it(home: Home) -> None:
    deliver(home, "collected/1", points("p1", NOON, price=None))
    before = {table: home.books().plan.parts[table] for table in ("ledger", "charge_sets")}
    write_script(home, ADD_ONE)
    assert costs(home) == {"p1": Decimal(2)}
    with home.database.of("default").write() as session:
        modules.set_state(session, "default", "pyscripts", enabled=False, at=ALWAYS)
    finish(home, "default")
    assert costs(home) == {"p1": Decimal(1)}
    assert {table: home.books().plan.parts[table] for table in before} == before
