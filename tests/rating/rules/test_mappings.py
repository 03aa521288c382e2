"""Mappings: what can be made, changed, ended and found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from rating.rules.conftest import NOW, TENANT, processed
from tallystick.rating.rules import names
from tallystick.rating.rules.errors import DuplicateRuleError, InvalidRuleError, UnknownRuleError
from tallystick.rating.rules.mappings import (
    MappingDraft,
    MappingFilter,
    create_mapping,
    delete_mapping,
    mapping,
    mappings,
    update_mapping,
)
from tallystick.settings.metering import HashmapMapping
from tallystick.settings.moments import ALWAYS

HOUR = timedelta(hours=1)
LATER, PAST = NOW + 100 * HOUR, NOW - 100 * HOUR
MISSING = "d28490b2-fb3c-11e5-988b-eb9539c935dc"


@pytest.fixture
def cpu(session: Session) -> str:
    return names.create_service(session, TENANT, "cpu").service_id


@pytest.fixture
def flavor(session: Session, cpu: str) -> str:
    return names.create_field(session, TENANT, cpu, "flavor").field_id


def make(session: Session, *, cost: str = "1", force: bool = False, **values: Any) -> HashmapMapping:
    return create_mapping(session, TENANT, MappingDraft(cost=Decimal(cost), **values), "me", force=force)


def test_what_is_left_out(session: Session, cpu: str) -> None:
    made = make(session, service_id=cpu)
    assert (made.kind, made.value, made.start_at, made.end_at, made.created_by) == ("flat", None, NOW, None, "me")
    assert len(made.name) == 32


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({}, "You must specify one parent."),
        ({"service_id": "cpu", "field_id": "flavor", "value": "x"}, "You can only specify one parent."),
        ({"field_id": "flavor"}, "You must specify a value for a field mapping."),
        ({"field_id": "flavor", "value": ""}, "You must specify a value for a field mapping."),
        ({"service_id": "cpu", "value": "x"}, "You can't specify a value and a service_id."),
        ({"service_id": MISSING}, f"No such service: None (UUID: {MISSING})"),
        ({"field_id": MISSING, "value": "x"}, f"No such field: {MISSING}"),
        ({"service_id": "cpu", "group_id": MISSING}, f"No such group: None (UUID: {MISSING})"),
        (
            {"service_id": "cpu", "start": PAST},
            "Cannot create a rule with start in the past. start=[2026-11-18 06:30:00]"
            " current time=[2026-11-22 10:30:00].",
        ),
        (
            {"service_id": "cpu", "start": LATER, "end": NOW},
            "Cannot create a rule with start after end. start=[2026-11-26 14:30:00] end=[2026-11-22 10:30:00].",
        ),
        (
            {"service_id": "cpu", "end": PAST},
            "Cannot create a rule with start after end. start=[2026-11-22 10:30:00] end=[2026-11-18 06:30:00].",
        ),
        (
            {"service_id": "cpu", "cost": "0.0000000000000000001"},
            "cost is 1E-19, which has more than 18 decimals; it is never rounded silently.",
        ),
        (
            {"service_id": "cpu", "cost": "1E+999999999"},
            "cost is 1E+999999999, which has more than 20 digits before the point.",
        ),
        ({"service_id": "cpu", "cost": "NaN"}, "cost is NaN, and must be a number."),
        (
            {"service_id": "cpu", "cost": "123456789012345678901"},
            "cost is 123456789012345678901, which has more than 20 digits before the point.",
        ),
    ],
)
def test_what_cannot_be_made(session: Session, cpu: str, flavor: str, values: dict[str, Any], text: str) -> None:
    ids = {"cpu": cpu, "flavor": flavor}
    with pytest.raises(InvalidRuleError) as caught:
        make(session, **{name: ids.get(value, value) for name, value in values.items()})
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("given", "kept"),
    [("0.10000000", "0.1"), ("1E-18", "0.000000000000000001"), ("-2.50", "-2.5"), ("1e3", "1000"), ("-0.0", "0")],
)
def test_costs_are_kept_exactly_in_one_form(session: Session, cpu: str, given: str, kept: str) -> None:
    assert make(session, service_id=cpu, cost=given).cost == kept


def test_the_past_needs_force(session: Session, cpu: str) -> None:
    assert make(session, service_id=cpu, start=PAST, force=True).start_at == PAST


HERE = {"start": LATER, "end": LATER + 2 * HOUR}


@pytest.mark.parametrize(
    ("values", "accepted"),
    [
        pytest.param({"start": LATER, "end": LATER + HOUR}, False, id="same start"),
        pytest.param({"start": LATER + HOUR}, False, id="open, from inside"),
        pytest.param({"start": LATER - HOUR}, False, id="open, from before"),
        pytest.param({"start": LATER - HOUR, "end": LATER + HOUR}, False, id="into it"),
        pytest.param({"start": LATER - HOUR, "end": LATER}, True, id="up to it"),
        pytest.param({"start": LATER + 2 * HOUR}, True, id="from its end on"),
        pytest.param({**HERE, "scope_id": "s2"}, True, id="of another scope"),
        pytest.param({**HERE, "value": "m2"}, True, id="of another value"),
        pytest.param({**HERE, "grouped": True}, True, id="in a group"),
        pytest.param({**HERE, "kind": "rate"}, False, id="of another kind"),
        pytest.param({"start": LATER + 9 * HOUR, "name": "taken"}, False, id="of the same name"),
    ],
)
def test_no_two_count_in_one_place_at_one_time(
    session: Session, flavor: str, values: dict[str, Any], accepted: bool
) -> None:
    group = names.create_group(session, TENANT, "g").group_id
    make(session, field_id=flavor, value="m1", scope_id="s1", name="taken", **HERE)
    given = {"field_id": flavor, "value": "m1", "scope_id": "s1", **values}
    if given.pop("grouped", False):
        given["group_id"] = group
    if accepted:
        make(session, **given)
        return
    with pytest.raises(DuplicateRuleError) as caught:
        make(session, **given)
    assert str(caught.value) == f"Mapping 'm1' already exists for field '{flavor}', tenant: 's1'"


def test_an_open_one_leaves_no_room_behind_it(session: Session, cpu: str) -> None:
    make(session, service_id=cpu, start=LATER)
    with pytest.raises(DuplicateRuleError) as caught:
        make(session, service_id=cpu, start=LATER + 9 * HOUR)
    assert str(caught.value) == f"Mapping '' already exists for service '{cpu}', tenant: 'None'"


def test_a_deleted_one_leaves_its_place_and_name(session: Session, cpu: str) -> None:
    first = make(session, service_id=cpu, name="n")
    delete_mapping(session, TENANT, first.mapping_id, "me")
    assert make(session, service_id=cpu, name="n").mapping_id != first.mapping_id


def test_before_it_starts_it_may_be_changed(session: Session, cpu: str) -> None:
    made = make(session, service_id=cpu, start=LATER, end=LATER + HOUR, description="old")
    changed = update_mapping(session, TENANT, made.mapping_id, MappingDraft(cost=Decimal(5), name="other"), "you")
    assert (changed.cost, changed.start_at, changed.end_at, changed.description) == ("5", LATER, None, None)
    assert (changed.name, changed.updated_by) == (made.name, "you")


@pytest.mark.parametrize(
    ("values", "error", "text"),
    [
        ({"start": PAST}, InvalidRuleError, "Cannot create a rule with start in the past."),
        ({"end": NOW}, InvalidRuleError, "Cannot create a rule with start after end."),
        ({"end": LATER + 5 * HOUR}, DuplicateRuleError, "already exists"),
    ],
)
def test_but_not_to_anything(
    session: Session, cpu: str, values: dict[str, Any], error: type[Exception], text: str
) -> None:
    made = make(session, service_id=cpu, start=LATER, end=LATER + HOUR)
    make(session, service_id=cpu, start=LATER + HOUR)
    with pytest.raises(error, match=text):
        update_mapping(session, TENANT, made.mapping_id, MappingDraft(cost=Decimal(1), **values), "you")


RUNNING = (
    "You are allowed to update only the attribute [end] as this rule is already running as it started on"
    " [2026-11-18 06:30:00]"
)


@pytest.mark.parametrize(
    ("cost", "values", "text"),
    [
        ("1.50", {"end": LATER}, None),
        ("1.5", {"end": LATER, "start": PAST, "name": "run", "description": "d", "whole": True}, None),
        ("2", {"end": LATER}, RUNNING),
        ("1.5", {"end": LATER, "description": "x"}, RUNNING),
        ("1.5", {"end": LATER, "scope_id": "s9"}, RUNNING),
        ("1.5", {"end": LATER, "start": NOW}, RUNNING),
        ("1.5", {"end": LATER, "kind": "rate"}, RUNNING),
        (
            "1.5",
            {"end": PAST + HOUR},
            "End date must be in the future. end=[2026-11-18 07:30:00] current time=[2026-11-22 10:30:00]",
        ),
    ],
)
def test_a_running_one_may_only_be_given_an_end(
    session: Session, cpu: str, cost: str, values: dict[str, Any], text: str | None
) -> None:
    made = make(session, service_id=cpu, start=PAST, cost="1.5", force=True, name="run", description="d")
    values = dict(values)
    if values.pop("whole", False):
        values["service_id"] = cpu
    draft = MappingDraft(cost=Decimal(cost), **values)
    if text is None:
        assert update_mapping(session, TENANT, made.mapping_id, draft, "you").end_at == LATER
        text = "Cannot update a rule that was already processed and has a defined end date."
    with pytest.raises(InvalidRuleError) as caught:
        update_mapping(session, TENANT, made.mapping_id, draft, "you")
    assert str(caught.value) == text


def test_deleting_counts_from_the_next_period_on(session: Session, cpu: str) -> None:
    processed(session, hours_ago=1)
    made = make(session, service_id=cpu)
    delete_mapping(session, TENANT, made.mapping_id, "them")
    row = mapping(session, TENANT, made.mapping_id)
    assert (row.deleted_at, row.deleted_by) == (NOW, "them")
    assert row.effective_to == NOW.replace(minute=0)
    for again in (
        lambda: delete_mapping(session, TENANT, made.mapping_id, "them"),
        lambda: update_mapping(session, TENANT, made.mapping_id, MappingDraft(cost=Decimal(1)), "them"),
    ):
        with pytest.raises(UnknownRuleError, match=f"^No such mapping: {made.mapping_id}$"):
            again()


def test_before_anything_was_processed_it_never_was(session: Session, cpu: str) -> None:
    made = make(session, service_id=cpu)
    delete_mapping(session, TENANT, made.mapping_id, "them")
    assert made.effective_to == ALWAYS


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, "run over fut grp"),
        ({"deleted": True}, "run over fut grp gone"),
        ({"deleted": True, "deleted_by": "them"}, "gone"),
        ({"service_id": "cpu"}, "run fut grp"),
        ({"field_id": "flavor"}, "over"),
        ({"group_id": "g"}, "grp"),
        ({"without_group": True}, "run over fut"),
        ({"scope_id": "s1"}, "run over fut grp"),
        ({"of_scope": True}, "run fut grp"),
        ({"of_scope": True, "scope_id": "s1"}, "over"),
        ({"start": NOW}, "fut grp"),
        ({"end": NOW}, "over"),
        ({"active": True}, "run"),
        ({"description": "SUMMER"}, "over"),
        ({"description": "%"}, ""),
        ({"created_by": "me"}, "run over fut grp"),
        ({"updated_by": "me"}, ""),
        ({"service_id": MISSING}, ""),
    ],
)
def test_what_is_found(session: Session, cpu: str, flavor: str, wanted: dict[str, Any], found: str) -> None:
    ids = {"cpu": cpu, "flavor": flavor, "g": names.create_group(session, TENANT, "g").group_id}
    make(session, service_id=cpu, name="run", start=PAST, force=True, end=LATER)
    make(
        session,
        field_id=flavor,
        value="a",
        name="over",
        start=PAST,
        end=PAST + HOUR,
        force=True,
        scope_id="s1",
        description="Summer price",
    )
    make(session, service_id=cpu, name="fut", start=LATER)
    make(session, service_id=cpu, name="grp", start=LATER, group_id=ids["g"])
    gone = make(session, field_id=flavor, value="b", name="gone")
    delete_mapping(session, TENANT, gone.mapping_id, "them")
    session.flush()
    given = {name: ids.get(value, value) for name, value in wanted.items()}
    assert {one.name for one in mappings(session, TENANT, MappingFilter(**given))} == set(found.split())


def test_moments_are_utc(session: Session, cpu: str) -> None:
    made = make(session, service_id=cpu, start=datetime.fromisoformat("2026-12-01T02:00:00+02:00"))
    session.expire(made)
    assert made.start_at == datetime(2026, 12, 1, tzinfo=UTC)
