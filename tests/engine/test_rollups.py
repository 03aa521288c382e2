"""Rollups: made once for a release, kept where they are small, and never instead of the rows themselves."""

from __future__ import annotations

from datetime import datetime

import pytest

from tallystick.engine import rollups
from tallystick.engine.session import DuckDbSession
from tallystick.engine.testing import memory_session

BY_SERVICE = (
    "SELECT x_service_code, sum(x_unblended_cost) AS cost FROM ledger_daily"
    " WHERE x_service_code <> $left_out GROUP BY 1"
)


@pytest.fixture
def session() -> DuckDbSession:
    day = datetime(2026, 8, 1)  # noqa: DTZ001 (the tables hold UTC without saying so)
    costs = {"EC2": 1, "S3": 2, "RDS": 3}
    rows: list[dict[str, object]] = [
        {"period_start": day, "x_service_code": name, "x_unblended_cost": cost} for name, cost in costs.items()
    ]
    return memory_session(ledger_daily=rows)


def test_a_rollup_holds_the_rows_of_its_statement_and_is_made_once(session: DuckDbSession) -> None:
    name = session.rollup(BY_SERVICE, {"left_out": "S3"})
    rows = session.rows(f"SELECT x_service_code, CAST(cost AS INTEGER) FROM {name} ORDER BY 1")
    assert rows == [("EC2", 1), ("RDS", 3)]
    assert session.rollup(BY_SERVICE, {"left_out": "S3"}) == name
    assert session.rollup(BY_SERVICE, {"left_out": "EC2"}) != name


@pytest.mark.parametrize(
    ("largest", "together", "kept"), [(3, 4, [True, False]), (2, 9, [False, False]), (3, 6, [True, True])]
)
def test_what_is_too_large_is_not_kept(
    session: DuckDbSession, monkeypatch: pytest.MonkeyPatch, largest: int, together: int, kept: list[bool]
) -> None:
    monkeypatch.setattr(rollups, "LARGEST", largest)
    monkeypatch.setattr(rollups, "_TOGETHER", together)
    session._rollups = rollups.Rollups()
    made = [session.rollup(BY_SERVICE, {"left_out": text}) for text in ("", "none")]
    assert [name is not None for name in made] == kept
    tables = session.rows("SELECT count(*) FROM information_schema.tables WHERE table_name LIKE 'rollup%'")
    assert tables == [(sum(kept),)]
