"""Thresholds: chains of versions that count from the effective moment on."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from rating.rules.conftest import TENANT, processed
from tallystick.rating.rules import names
from tallystick.rating.rules.errors import DuplicateRuleError, InvalidRuleError, UnknownRuleError
from tallystick.rating.rules.thresholds import (
    ThresholdDraft,
    ThresholdFilter,
    create_threshold,
    delete_threshold,
    threshold,
    thresholds,
    update_threshold,
)
from tallystick.settings.metering import HashmapThreshold, ScopeState
from tallystick.settings.moments import ALWAYS

EIGHT, NINE = (datetime(2026, 11, 22, hour, tzinfo=UTC) for hour in (8, 9))
MISSING = "d28490b2-fb3c-11e5-988b-eb9539c935dc"


@pytest.fixture
def cpu(session: Session) -> str:
    return names.create_service(session, TENANT, "cpu").service_id


def draft(level: str = "10", cost: str = "0.5", **values: Any) -> ThresholdDraft:
    return ThresholdDraft(level=Decimal(level), cost=Decimal(cost), **values)


def versions(session: Session) -> list[tuple[str, datetime, datetime | None]]:
    rows = session.scalars(select(HashmapThreshold).order_by(HashmapThreshold.effective_from)).all()
    return [(row.cost, row.effective_from, row.effective_to) for row in rows]


def test_a_change_ends_one_version_and_begins_another(session: Session, cpu: str) -> None:
    made = create_threshold(session, TENANT, draft(service_id=cpu))
    processed(session, hours_ago=3)
    changed = update_threshold(session, TENANT, made.threshold_id, draft(cost="0.7"))
    assert changed.threshold_id == made.threshold_id
    assert versions(session) == [("0.5", ALWAYS, EIGHT), ("0.7", EIGHT, None)]
    session.get_one(ScopeState, (TENANT, "s1", "project_id", "f", "c")).last_processed_at = EIGHT
    session.flush()
    delete_threshold(session, TENANT, made.threshold_id, "me")
    assert versions(session) == [("0.5", ALWAYS, EIGHT), ("0.7", EIGHT, NINE)]
    with pytest.raises(UnknownRuleError, match=f"^No such threshold: {made.threshold_id}$"):
        threshold(session, TENANT, made.threshold_id)


def test_what_a_change_keeps(session: Session, cpu: str) -> None:
    group = names.create_group(session, TENANT, "g").group_id
    made = create_threshold(session, TENANT, draft(service_id=cpu, group_id=group, scope_id="s1", kind="rate"))
    changed = update_threshold(session, TENANT, made.threshold_id, draft(level="20", cost="1"))
    assert (changed.level, changed.cost, changed.kind) == ("20", "1", "flat")
    assert (changed.service_id, changed.group_id, changed.scope_id) == (cpu, group, None)


@pytest.mark.parametrize(
    ("values", "error", "text"),
    [
        ({}, InvalidRuleError, "You must specify one parent."),
        ({"service_id": "cpu", "field_id": "x"}, InvalidRuleError, "You can only specify one parent."),
        ({"service_id": MISSING}, InvalidRuleError, f"No such service: None (UUID: {MISSING})"),
        ({"field_id": MISSING}, InvalidRuleError, f"No such field: {MISSING}"),
        ({"service_id": "cpu", "scope_id": "s1", "level": "10.0"}, DuplicateRuleError, "Threshold '10' already exists"),
        (
            {"service_id": "cpu", "level": "1E-19"},
            InvalidRuleError,
            "level is 1E-19, which has more than 18 decimals",
        ),
    ],
)
def test_what_cannot_be_made(
    session: Session, cpu: str, values: dict[str, Any], error: type[Exception], text: str
) -> None:
    create_threshold(session, TENANT, draft(service_id=cpu, scope_id="s1"))
    given = {name: cpu if value == "cpu" else value for name, value in values.items()}
    with pytest.raises(error) as caught:
        create_threshold(session, TENANT, draft(**given))
    assert str(caught.value).startswith(text)


def test_what_is_found(session: Session, cpu: str) -> None:
    flavor = names.create_field(session, TENANT, cpu, "flavor").field_id
    group = names.create_group(session, TENANT, "g").group_id
    for level, values in {
        "30": {"service_id": cpu},
        "4": {"service_id": cpu, "scope_id": "s1"},
        "5": {"field_id": flavor, "group_id": group},
    }.items():
        create_threshold(session, TENANT, draft(level, **values))
    found = {
        "4 30": ThresholdFilter(service_id=cpu),
        "5": ThresholdFilter(group_id=group),
        "30": ThresholdFilter(service_id=cpu, of_scope=True),
        "4": ThresholdFilter(service_id=cpu, of_scope=True, scope_id="s1"),
    }
    for levels, wanted in found.items():
        assert [one.level for one in thresholds(session, TENANT, wanted)] == levels.split()
    assert thresholds(session, TENANT, ThresholdFilter(field_id=flavor, without_group=True)) == []
