"""What is taken over of a CloudKitty while it goes on, and once more when it has stopped."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tallystick.planner.home import Home
from tallystick.planner.metering.scopes import ScopeFilter, find
from tallystick.planner.rules.taken_over import Count, take_over_rules
from tallystick.rating.rules.cloudkitty import Rules
from tallystick.settings.config import Config
from tallystick.settings.metering import ScopeState

ONE, TWO = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("here", "there", "then", "count"),
    [
        (ONE, TWO, TWO, Count(1, 0)),
        (None, TWO, TWO, Count(1, 0)),
        (TWO, TWO, TWO, Count(0, 1)),
        (TWO, ONE, TWO, Count(0, 1)),
        (ONE, None, ONE, Count(0, 1)),
        (None, None, None, Count(0, 1)),
    ],
)
def test_a_scope_moves_on_and_never_back(
    config: Config, here: datetime | None, there: datetime | None, then: datetime | None, count: Count
) -> None:
    """Else what CloudKitty has rated since would be collected, and posted, a second time."""
    home = Home(config)
    assert take_over_rules(home, "default", _rules(here))["Scopes"] == Count(1, 0)
    assert take_over_rules(home, "default", _rules(there))["Scopes"] == count
    with home.database.of("default").read() as session:
        assert [row.last_processed_at for row in find(session, "default", ScopeFilter())] == [then]


def _rules(last: datetime | None) -> Rules:
    key = {"scope_id": "p1", "scope_key": "project_id", "fetcher": "keystone", "collector": "gnocchi"}
    return Rules(scopes=[ScopeState(tenant_id="default", last_processed_at=last, **key)])
