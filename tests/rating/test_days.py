"""How a day is rated: in stretches, each with its modules in their order."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from tallystick.rating.days import Priority, Rating, Rules
from tallystick.rating.plugins.registry import EnabledPlugin, Plugin

MIDNIGHT = datetime(2026, 8, 1, tzinfo=UTC)
MORNING, NOON, NEXT = (MIDNIGHT + timedelta(hours=hours) for hours in (6, 12, 24))


def plugin(name: str, begin: datetime, end: datetime | None = None) -> EnabledPlugin:
    return EnabledPlugin(Plugin(name, "", "", ""), begin, end)


def test_a_plugin_rates_from_where_it_is_enabled_to_where_it_is_disabled() -> None:
    rules = Rules(plugins=(plugin("one", MORNING), plugin("two", MIDNIGHT - timedelta(days=1), NOON)))
    rating = Rating("USD", rules=rules, priorities=(Priority("one", MORNING, 2),))
    day = rating.of_day("source", date(2026, 8, 1))
    assert [(one.begin, one.end, one.modules) for one in day.segments] == [
        (MIDNIGHT, MORNING, ("two",)),
        (MORNING, NOON, ("one", "two")),
        (NOON, NEXT, ("one",)),
    ]
