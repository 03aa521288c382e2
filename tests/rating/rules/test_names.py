"""Services, fields and groups: what they are called, and what goes with them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from rating.rules.conftest import TENANT, processed
from tallystick.rating.rules import names
from tallystick.rating.rules.errors import DuplicateRuleError, InvalidRuleError, UnknownRuleError
from tallystick.rating.rules.mappings import MappingDraft, MappingFilter, create_mapping, mapping, mappings
from tallystick.rating.rules.thresholds import ThresholdDraft, ThresholdFilter, create_threshold, thresholds
from tallystick.settings.metering import HashmapMapping

MISSING = "d28490b2-fb3c-11e5-988b-eb9539c935dc"
ONE = Decimal(1)


def test_names_are_unique_where_they_live(session: Session) -> None:
    cpu = names.create_service(session, TENANT, "cpu")
    disk = names.create_service(session, TENANT, "disk")
    flavor = names.create_field(session, TENANT, cpu.service_id, "flavor")
    names.create_field(session, TENANT, disk.service_id, "flavor")
    group = names.create_group(session, TENANT, "cpu")
    with pytest.raises(DuplicateRuleError, match=rf"^Service cpu already exists \(UUID: {cpu.service_id}\)$"):
        names.create_service(session, TENANT, "cpu")
    with pytest.raises(DuplicateRuleError, match=rf"^Field flavor already exists \(UUID: {flavor.field_id}\)$"):
        names.create_field(session, TENANT, cpu.service_id, "flavor")
    with pytest.raises(DuplicateRuleError, match=rf"^Group cpu already exists \(UUID: {group.group_id}\)$"):
        names.create_group(session, TENANT, "cpu")
    names.delete_service(session, TENANT, cpu.service_id, "me")
    assert names.create_service(session, TENANT, "cpu").service_id != cpu.service_id


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (names.service, f"No such service: None (UUID: {MISSING})"),
        (names.field, f"No such field: {MISSING}"),
        (names.group, f"No such group: None (UUID: {MISSING})"),
    ],
)
def test_what_is_not_there(session: Session, call: object, text: str) -> None:
    with pytest.raises(UnknownRuleError) as caught:
        call(session, TENANT, MISSING)  # type: ignore[operator]
    assert str(caught.value) == text


def test_a_field_needs_a_service(session: Session) -> None:
    assert names.fields(session, TENANT, MISSING) == []
    with pytest.raises(InvalidRuleError, match="No such service"):
        names.create_field(session, TENANT, MISSING, "flavor")


def test_rules_end_with_their_service_and_their_rows_stay(session: Session) -> None:
    processed(session, hours_ago=3)
    cpu = names.create_service(session, TENANT, "cpu").service_id
    flavor = names.create_field(session, TENANT, cpu, "flavor").field_id
    of_field = create_mapping(session, TENANT, MappingDraft(cost=ONE, field_id=flavor, value="m1"), "me")
    of_service = create_mapping(session, TENANT, MappingDraft(cost=ONE, service_id=cpu), "me")
    create_threshold(session, TENANT, ThresholdDraft(cost=ONE, level=ONE, field_id=flavor))
    names.delete_service(session, TENANT, cpu, "them")
    session.flush()
    assert names.services(session, TENANT) == []
    assert mappings(session, TENANT, MappingFilter(deleted=True)) == []
    assert thresholds(session, TENANT, ThresholdFilter(field_id=flavor)) == []
    with pytest.raises(UnknownRuleError):
        names.field(session, TENANT, flavor)
    with pytest.raises(UnknownRuleError):
        mapping(session, TENANT, of_field.mapping_id)
    for row in (of_field, of_service):
        kept = session.get_one(HashmapMapping, (TENANT, row.mapping_id))
        assert (kept.deleted_by, kept.effective_to) == ("them", datetime(2026, 11, 22, 8, tzinfo=UTC))


@pytest.mark.parametrize("recursive", [False, True])
def test_a_group_is_dissolved_or_takes_its_rules_along(session: Session, recursive: bool) -> None:
    cpu = names.create_service(session, TENANT, "cpu").service_id
    group = names.create_group(session, TENANT, "g").group_id
    create_mapping(session, TENANT, MappingDraft(cost=ONE, service_id=cpu, group_id=group), "me")
    create_threshold(session, TENANT, ThresholdDraft(cost=ONE, level=ONE, service_id=cpu, group_id=group))
    names.delete_group(session, TENANT, group, "me", recursive=recursive)
    session.flush()
    left = 0 if recursive else 1
    assert len(mappings(session, TENANT, MappingFilter(without_group=True))) == left
    assert len(thresholds(session, TENANT, ThresholdFilter(without_group=True))) == left
    assert mappings(session, TENANT, MappingFilter(group_id=group)) == []
    assert names.groups(session, TENANT) == []
