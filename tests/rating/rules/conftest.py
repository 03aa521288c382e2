"""A settings database to write rules in, and a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tallystick.settings.config import Config
from tallystick.settings.database import open_database
from tallystick.settings.metering import ScopeState

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
TENANT = "default"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLY_NOW", NOW.isoformat())


@pytest.fixture
def session(config: Config) -> Iterator[Session]:
    with open_database(config) as database, database.of(TENANT).write() as session:
        yield session


def processed(session: Session, hours_ago: float, scope_id: str = "s1", *, active: bool = True) -> None:
    """A scope whose last processed period began so long ago."""
    last = NOW.replace(minute=0) - timedelta(hours=hours_ago)
    keys = {"scope_key": "project_id", "fetcher": "f", "collector": "c"}
    session.add(ScopeState(tenant_id=TENANT, scope_id=scope_id, last_processed_at=last, active=active, **keys))
    session.flush()
