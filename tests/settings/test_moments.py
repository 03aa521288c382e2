"""From when on an undated change of rating counts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tallystick.settings.config import Config
from tallystick.settings.database import open_database
from tallystick.settings.metering import MeteringSource, ScopeState
from tallystick.settings.moments import ALWAYS, effective_moment


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 22, hour, minute, tzinfo=UTC)


Scope = tuple[datetime | None, bool]


@pytest.mark.parametrize(
    ("scopes", "period", "moment"),
    [
        pytest.param([], None, ALWAYS, id="a first set-up counts for everything"),
        pytest.param([(None, True)], None, ALWAYS, id="no scope was processed"),
        pytest.param([(at(9), True)], None, at(10), id="the next period"),
        pytest.param([(at(9), True), (at(7), True)], None, at(8), id="of the scope that is furthest behind"),
        pytest.param([(at(9), True), (at(7), False)], None, at(10), id="if it is active"),
        pytest.param([(at(9), True), (None, True)], None, at(10), id="and was processed"),
        pytest.param([(at(10), True)], None, at(10, 30), id="but not after now"),
        pytest.param([(at(9), True)], 600, at(9, 10), id="periods are those of the source"),
    ],
)
def test_what_is_processed_stays_as_it_is(
    config: Config, monkeypatch: pytest.MonkeyPatch, scopes: list[Scope], period: int | None, moment: datetime
) -> None:
    monkeypatch.setenv("TALLY_NOW", at(10, 30).isoformat())
    with open_database(config) as database, database.of("t").write() as session:
        for number, (last, active) in enumerate(scopes):
            keys = {"scope_id": f"s{number}", "scope_key": "project_id", "fetcher": "f", "collector": "c"}
            session.add(ScopeState(tenant_id="t", **keys, last_processed_at=last, active=active))
        if period:
            session.add(MeteringSource(tenant_id="t", name="cloudkitty", options={"period": period}))
        session.flush()
        assert effective_moment(session, "t") == moment
