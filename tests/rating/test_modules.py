"""The states of rating modules, now and then."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tallystick.errors import NotFoundError
from tallystick.rating.modules import ModuleState, set_state, states
from tallystick.settings.config import Config
from tallystick.settings.database import open_database
from tallystick.settings.moments import ALWAYS


def day(number: int) -> datetime:
    return datetime(2026, 11, number, tzinfo=UTC)


def test_only_noop_is_enabled_at_first(config: Config) -> None:
    with open_database(config) as database, database.of("t").read() as session:
        assert states(session, "t") == [
            ModuleState("hashmap", False, 1),
            ModuleState("noop", True, 1),
            ModuleState("pyscripts", False, 1),
            ModuleState("tiers", False, 1),
        ]


def test_a_change_counts_from_its_moment_on(config: Config) -> None:
    with open_database(config) as database, database.of("t").write() as session:
        set_state(session, "t", "hashmap", enabled=True, at=ALWAYS)
        set_state(session, "t", "hashmap", enabled=True, priority=7, at=day(5))
        set_state(session, "t", "hashmap", enabled=False, at=day(9))
        found = [states(session, "t", at)[0] for at in (day(1), day(5), day(8), day(9))]
    assert found == [
        ModuleState("hashmap", True, 1),
        ModuleState("hashmap", True, 7),
        ModuleState("hashmap", True, 7),
        ModuleState("hashmap", False, 7),
    ]


def test_a_change_takes_the_place_of_later_ones(config: Config) -> None:
    with open_database(config) as database, database.of("t").write() as session:
        set_state(session, "t", "hashmap", enabled=True, at=day(9))
        set_state(session, "t", "hashmap", priority=3, at=day(2))
        assert states(session, "t", day(3))[0] == ModuleState("hashmap", True, 3)
        assert states(session, "t")[0] == ModuleState("hashmap", True, 3)


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"module_id": "noop", "enabled": False}, ModuleState("noop", True, 1)),
        ({"module_id": "pyscripts", "priority": 0}, ModuleState("pyscripts", False, 1)),
    ],
)
def test_noop_stays_enabled_and_priorities_positive(
    config: Config, change: dict[str, object], state: ModuleState
) -> None:
    with open_database(config) as database, database.of("t").write() as session:
        assert set_state(session, "t", at=ALWAYS, **change) == state  # type: ignore[arg-type]


def test_an_unknown_module_is_refused(config: Config) -> None:
    with open_database(config) as database, database.of("t").write() as session, pytest.raises(NotFoundError):
        set_state(session, "t", "fancy", enabled=True, at=ALWAYS)
