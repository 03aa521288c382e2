"""Hashmap's objects on the wire. Decimals are text; moments are in UTC and name no zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Final

from tallystick.api.cloudkitty.wsme.types import LastMoment, Moment, Number, Text, Uuid, choice
from tallystick.rating.rules.mappings import MappingDraft
from tallystick.rating.rules.thresholds import ThresholdDraft
from tallystick.settings.metering import HashmapField, HashmapGroup, HashmapMapping, HashmapService, HashmapThreshold

PREFIX: Final = "/rating/module_config/hashmap"
RULE: Final = "rating:module_config"
KINDS: Final = ("flat", "rate")
Kind = Annotated[str, choice(*KINDS)]
Json = dict[str, object]

_COST_DECIMALS: Final = 28
_LEVEL_DECIMALS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceBody:
    """A service, as it is sent."""

    name: Text
    service_id: Uuid | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldBody:
    """A field, as it is sent."""

    name: Text
    service_id: Uuid
    field_id: Uuid | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupBody:
    """A group, as it is sent."""

    name: Text
    group_id: Uuid | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingBody:
    """A mapping, as it is sent. What the server sets may be sent back and is not looked at."""

    cost: Number
    mapping_id: Uuid | None = None
    value: Text | None = None
    type: Kind = "flat"
    service_id: Uuid | None = None
    field_id: Uuid | None = None
    group_id: Uuid | None = None
    tenant_id: Text | None = None
    created_at: Moment | None = None
    start: Moment | None = None
    end: LastMoment | None = None
    name: Text | None = None
    description: Text | None = None
    deleted: Moment | None = None
    created_by: Text | None = None
    updated_by: Text | None = None
    deleted_by: Text | None = None

    def draft(self) -> MappingDraft:
        """What the sender decides."""
        return MappingDraft(
            cost=self.cost,
            kind=self.type,
            value=self.value,
            service_id=self.service_id,
            field_id=self.field_id,
            group_id=self.group_id,
            scope_id=self.tenant_id,
            start=self.start,
            end=self.end,
            name=self.name,
            description=self.description,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdBody:
    """A threshold, as it is sent."""

    level: Number
    cost: Number
    threshold_id: Uuid | None = None
    type: Kind = "flat"
    service_id: Uuid | None = None
    field_id: Uuid | None = None
    group_id: Uuid | None = None
    tenant_id: Text | None = None

    def draft(self) -> ThresholdDraft:
        """What the sender decides."""
        return ThresholdDraft(
            level=self.level,
            cost=self.cost,
            kind=self.type,
            service_id=self.service_id,
            field_id=self.field_id,
            group_id=self.group_id,
            scope_id=self.tenant_id,
        )


def service_json(row: HashmapService) -> Json:
    """A service, as it is shown."""
    return {"service_id": row.service_id, "name": row.name}


def field_json(row: HashmapField) -> Json:
    """A field, as it is shown."""
    return {"field_id": row.field_id, "name": row.name, "service_id": row.service_id}


def group_json(row: HashmapGroup) -> Json:
    """A group, as it is shown."""
    return {"group_id": row.group_id, "name": row.name}


def mapping_json(row: HashmapMapping, groups: frozenset[str]) -> Json:
    """A mapping, as it is shown; ``groups`` are those that exist."""
    return {
        "mapping_id": row.mapping_id,
        "value": row.value or "",
        "type": row.kind,
        "cost": _decimal(row.cost, _COST_DECIMALS),
        "service_id": row.service_id,
        "field_id": row.field_id,
        "group_id": row.group_id if row.group_id in groups else None,
        "tenant_id": row.scope_id,
        "created_at": _moment(row.created_at),
        "start": _moment(row.start_at),
        "end": _moment(row.end_at),
        "name": row.name,
        "description": row.description,
        "deleted": _moment(row.deleted_at),
        "created_by": row.created_by,
        "updated_by": row.updated_by,
        "deleted_by": row.deleted_by,
    }


def threshold_json(row: HashmapThreshold, groups: frozenset[str]) -> Json:
    """A threshold, as it is shown; ``groups`` are those that exist."""
    return {
        "threshold_id": row.threshold_id,
        "level": _decimal(row.level, _LEVEL_DECIMALS),
        "type": row.kind,
        "cost": _decimal(row.cost, _COST_DECIMALS),
        "service_id": row.service_id,
        "field_id": row.field_id,
        "group_id": row.group_id if row.group_id in groups else None,
        "tenant_id": row.scope_id,
    }


def _decimal(text: str, decimals: int) -> str:
    """With at least so many decimals; never fewer than it has."""
    has = len(text.partition(".")[2])
    return f"{Decimal(text):.{max(has, decimals)}f}"


def _moment(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() if moment else None
