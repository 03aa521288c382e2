"""Processing, against a collector that a test fills: what is due is collected once, and nobody holds up others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

import pytest
from structlog.testing import capture_logs

from metered import assert_closes, deliver, points, postings
from tallystick.errors import ConfigError, ConflictError
from tallystick.planner.home import Home
from tallystick.planner.metering import collecting, delivering
from tallystick.planner.metering.processing import process
from tallystick.planner.metering.scopes import (
    ScopeFilter,
    ScopeKey,
    create,
    find,
    order_reprocessing,
    reset,
    set_active,
)
from tallystick.planner.metering.sources import configure
from tallystick.planner.progress import Silent
from tallystick.rating import modules
from tallystick.rating.rules import names
from tallystick.rating.rules.thresholds import ThresholdDraft, create_threshold
from tallystick.settings.config import Config
from tallystick.settings.metering import Reprocessing
from tallystick.settings.moments import ALWAYS, effective_moment
from tallystick.sources.metering.base import Collected
from tallystick.sources.metering.metrics_conf import Metric
from tallystick.sources.metering.options import MeteringConfig
from tallystick.sources.metering.points import Series, period_starts, points_table

HOUR = timedelta(hours=1)
METRICS = "metrics:\n  cpu:\n    unit: instance\n    alt_name: instance\n    groupby: [id]\n"
SECTIONS = {
    "collect": {"collector": "prometheus", "period": "3600", "wait_periods": "2"},
    "fetcher": {"backend": "source"},
}


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=UTC)


@dataclass
class World:
    """What there is to meter: scope and hour to quantity."""

    quantities: dict[tuple[str, datetime], int] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    known: list[str] = field(default_factory=lambda: ["p1", "p2"])
    asked: list[tuple[tuple[str, ...], datetime, datetime]] = field(default_factory=list)

    def scopes(self) -> list[str]:
        return self.known

    def collect(
        self, metric: Metric, scopes: Sequence[str], begin: datetime, end: datetime, period: timedelta
    ) -> Collected:
        self.asked.append((tuple(scopes), begin, end))
        series = []
        for scope in sorted(set(scopes) - self.broken.keys()):
            starts = period_starts(begin, end, period)
            there = [start for start in starts if (scope, datetime.fromtimestamp(start, UTC)) in self.quantities]
            amounts = [Decimal(self.quantities[scope, datetime.fromtimestamp(start, UTC)]) for start in there]
            series.append(Series(scope, {"id": "i", "project_id": scope}, {}, there, amounts))
        return Collected(points_table(metric, series, period), {s: self.broken[s] for s in scopes if s in self.broken})


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Two scopes with one instance each, from the 1st to the 2nd, 06:00."""
    monkeypatch.setenv("TALLY_NOW", "2026-11-02T06:31:00+00:00")
    hours = [at("01T00:00") + number * HOUR for number in range(30)]
    world = World({(scope, hour): 1 for scope in ("p1", "p2") for hour in hours})
    monkeypatch.setattr(collecting, "open_fetcher", lambda config: world)
    monkeypatch.setattr(collecting, "open_collector", lambda config: world)
    return world


@pytest.fixture
def home(config: Config) -> Home:
    """A home that meters the world."""
    home = Home(config)
    configure(home.database.of("default"), "cloudkitty", MeteringConfig(sections=SECTIONS, metrics_yml=METRICS))
    return home


def run(home: Home) -> None:
    process(home, "default", Silent())


def posted(home: Home) -> dict[str, tuple[int, Decimal]]:
    """Scope to the number of its postings, which are never two of a period, and their quantity."""
    found = {}
    for scope, some in groupby(postings(home), key=lambda posting: posting.scope_id):
        rows = list(some)
        assert len({row.begin for row in rows}) == len(rows)
        found[scope] = len(rows), sum((row.quantity for row in rows), Decimal(0))
    assert_closes(home)
    return found


def key(scope: str) -> ScopeKey:
    return ScopeKey(scope, "project_id", "source", "prometheus")


def states(home: Home) -> dict[str, tuple[datetime | None, str | None]]:
    with home.database.of("default").read() as session:
        return {row.scope_id: (row.last_processed_at, row.problem) for row in find(session, "default", ScopeFilter())}


def test_what_is_due_since_the_month_began_is_collected_once(home: Home, world: World) -> None:
    """At 06:31 the newest period that is over for two hours began at 04:00."""
    run(home)
    assert posted(home) == {"p1": (29, Decimal(29)), "p2": (29, Decimal(29))}
    assert states(home) == {"p1": (at("02T04:00"), None), "p2": (at("02T04:00"), None)}
    assert world.asked == [
        (("p1", "p2"), at("01T00:00"), at("02T00:00")),
        (("p1", "p2"), at("02T00:00"), at("02T05:00")),
    ]
    world.asked.clear()
    run(home)
    assert world.asked == []


def test_a_scope_that_cannot_be_collected_says_so_and_holds_up_no_other(home: Home, world: World) -> None:
    world.broken["p1"] = "timeout"
    run(home)
    assert posted(home) == {"p2": (29, Decimal(29))}
    assert states(home) == {"p1": (None, "cpu@#instance: timeout"), "p2": (at("02T04:00"), None)}
    world.broken.clear()
    run(home)
    assert posted(home) == {"p1": (29, Decimal(29)), "p2": (29, Decimal(29))}
    assert states(home)["p1"] == (at("02T04:00"), None)


def test_inactive_scopes_are_left_alone_and_catch_up_later(home: Home, world: World) -> None:
    run(home)
    database = home.database.of("default")
    set_active(database, key("p1"), False)
    reset(database, [key("p1"), key("p2")], at("01T12:00"))
    run(home)
    assert posted(home) == {"p1": (13, Decimal(13)), "p2": (29, Decimal(29))}
    set_active(database, key("p1"), True)
    run(home)
    assert posted(home) == {"p1": (29, Decimal(29)), "p2": (29, Decimal(29))}


def test_a_scope_that_is_reset_while_it_is_collected_loses_nothing(
    home: Home, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, collect = home.database.of("default"), world.collect

    def resetting(*question: Any) -> Collected:
        if len(world.asked) == 1:
            reset(database, [key("p1")], at("01T05:00"))
        return collect(*question)

    monkeypatch.setattr(world, "collect", resetting)
    with pytest.raises(ConflictError, match="the scope p1 was moved while it was processed"):
        run(home)
    run(home)
    assert posted(home) == {"p1": (29, Decimal(29)), "p2": (29, Decimal(29))}


@pytest.mark.usefixtures("world")
def test_what_was_processed_before_a_scope_began_here_is_not_collected_late(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(home.database.of("default"), key("p1"), at("01T20:00"))
    run(home)
    assert posted(home)["p1"] == (8, Decimal(8))
    monkeypatch.setenv("TALLY_NOW", "2026-11-02T07:31:00+00:00")
    run(home)
    assert posted(home)["p1"] == (9, Decimal(9))


def test_a_scope_that_is_gone_holds_no_change_of_rules_back(home: Home, world: World) -> None:
    run(home)
    reset(home.database.of("default"), [key("p2")], at("01T03:00"))
    with home.database.of("default").read() as session:
        assert effective_moment(session, "default") == at("01T04:00")
    world.known.remove("p2")
    run(home)
    with home.database.of("default").read() as session:
        assert effective_moment(session, "default") == at("02T05:00")


def test_two_sources_never_share_scopes(home: Home) -> None:
    config = MeteringConfig(sections=SECTIONS, metrics_yml=METRICS)
    with pytest.raises(ConfigError, match="'cloudkitty' has the same scope_key, fetcher and collector"):
        configure(home.database.of("default"), "second", config)


def test_reprocessing_replaces_whole_periods_and_no_more(home: Home, world: World) -> None:
    run(home)
    for hour in range(30):
        world.quantities["p1", at("01T00:00") + hour * HOUR] = 10
    del world.quantities["p1", at("01T03:00")]
    database = home.database.of("default")
    with database.write() as session:
        order_reprocessing(session, "default", ["p1"], at("01T02:00"), at("01T04:00"), reason="missed")
    run(home)
    assert posted(home) == {"p1": (28, Decimal(28 - 1 + 10)), "p2": (29, Decimal(29))}
    with database.read() as session:
        assert session.get_one(Reprocessing, ("default", 1)).current_at == at("01T04:00")
    world.asked.clear()
    run(home)
    assert world.asked == []


def test_reprocessing_waits_for_a_scope_that_cannot_be_collected(home: Home, world: World) -> None:
    run(home)
    database = home.database.of("default")
    with database.write() as session:
        order_reprocessing(session, "default", ["p1"], at("01T02:00"), at("01T04:00"), reason="again")
    world.broken["p1"] = "timeout"
    run(home)
    assert posted(home)["p1"] == (29, Decimal(29))
    world.broken.clear()
    world.quantities["p1", at("01T02:00")] = 5
    run(home)
    assert posted(home)["p1"] == (29, Decimal(33))


@pytest.mark.parametrize("dies_in", ["receive", "read"])
def test_a_process_that_dies_takes_every_period_in_once(
    home: Home, world: World, monkeypatch: pytest.MonkeyPatch, dies_in: str
) -> None:
    """Before the delivery is remembered nothing has happened; after it, its points are read by the next."""

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        if dies_in == "receive":
            patch.setattr(delivering, "after_withdrawals", die)
        else:
            patch.setattr("tallystick.planner.intake.Intake.read", die)
        with pytest.raises(KeyboardInterrupt):
            run(home)
    run(home)
    assert posted(home) == {"p1": (29, Decimal(29)), "p2": (29, Decimal(29))}


def test_a_new_scope_begins_with_the_month(home: Home, world: World) -> None:
    run(home)
    world.known.append("p3")
    world.quantities["p3", at("01T05:00")] = 4
    run(home)
    assert posted(home)["p3"] == (1, Decimal(4))


def test_a_quiet_scope_moves_on(home: Home, world: World) -> None:
    world.quantities = {("p1", at("01T05:00")): 1}
    run(home)
    assert posted(home) == {"p1": (1, Decimal(1))}
    assert states(home)["p2"] == (at("02T04:00"), None)


def test_late_samples_are_seen_with_the_next_period_and_rated(
    home: Home, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of p1 a quantity has changed and a period was missing; of p2 a sample has gone, which is kept."""
    del world.quantities["p1", at("02T02:00")]
    run(home)
    assert posted(home) == {"p1": (28, Decimal(28)), "p2": (29, Decimal(29))}
    world.quantities |= {("p1", at("02T02:00")): 3, ("p1", at("02T03:00")): 2}
    del world.quantities["p2", at("02T03:00")]
    monkeypatch.setenv("TALLY_NOW", "2026-11-02T07:31:00+00:00")
    run(home)
    assert posted(home) == {"p1": (30, Decimal(28 + 3 + 1 + 1)), "p2": (30, Decimal(30))}


def test_a_pass_tells_what_thresholds_could_not_read(home: Home, world: World) -> None:
    """Of a scope, and only while there is something new."""
    with home.database.of("default").write() as session:
        modules.set_state(session, "default", "hashmap", enabled=True, at=ALWAYS)
        service = names.create_service(session, "default", "instance")
        field = names.create_field(session, "default", service.service_id, "id")
        draft = ThresholdDraft(level=Decimal(2), cost=Decimal(1), field_id=field.field_id, scope_id="p1")
        create_threshold(session, "default", draft)
    with capture_logs() as first:
        run(home)
    with capture_logs() as second:
        run(home)
    told = [
        [(line["metric"], line["field"], line["points"], line["example"]) for line in logs] for logs in (first, second)
    ]
    assert told == [[("instance", "id", 29, "i")], []]


def test_periods_that_came_with_prices_are_not_collected_again(home: Home, world: World) -> None:
    """As after the switch from a CloudKitty: what it rated stays as it was rated, and is not doubled."""
    hours = [at("01T00:00") + number * HOUR for number in range(27)]
    deliver(home, "imported/influxdb", points("p1", *hours, price="7"))
    create(home.database.of("default"), key("p1"), hours[-1])
    run(home)
    assert sum(row.cost for row in postings(home)) == 27 * 7
    assert posted(home)["p1"] == (29, Decimal(27 * 2 + 2))


def test_late_samples_leave_what_was_posted(home: Home, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A point of another metric was posted for a period of which a sample comes late."""
    run(home)
    deliver(home, "posted/1", points("p1", at("02T03:00"), price="7", metric="support"))
    world.quantities["p1", at("02T03:00")] = 5
    monkeypatch.setenv("TALLY_NOW", "2026-11-02T07:31:00+00:00")
    run(home)
    of_period = [
        row for row in postings(home) if row.scope_id == "p1" and row.begin == at("02T03:00").replace(tzinfo=None)
    ]
    assert [(row.metric, row.quantity, row.cost) for row in of_period] == [("instance", 5, 0), ("support", 2, 7)]
