"""The relational models of metering and rating: scopes, what was withdrawn, and the rules by which points are rated.

CloudKitty's ``tenant_id`` of a rule is ``scope_id`` here, as ``tenant_id`` says whose home it is. Costs and levels are
decimals as text. ``start_at`` and ``end_at`` (and ``effective_from``, ``effective_to``) are the half-open interval of
the period starts that something applies to; what is deleted keeps its row, so that what it rated stays explained.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from tallystick.settings.models import Base, Json


class MeteringSource(Base):
    """A source of points that are collected: CloudKitty's configuration of it, with ``metrics.yml`` inside."""

    __tablename__ = "metering_sources"

    name: Mapped[str] = mapped_column(primary_key=True)
    """Of the source that its points belong to."""
    options: Mapped[Json]


class ScopeState(Base):
    """How far a scope is processed. ``problem`` is why the last attempt failed."""

    __tablename__ = "scope_states"

    scope_id: Mapped[str] = mapped_column(primary_key=True)
    scope_key: Mapped[str] = mapped_column(primary_key=True)
    fetcher: Mapped[str] = mapped_column(primary_key=True)
    collector: Mapped[str] = mapped_column(primary_key=True)
    last_processed_at: Mapped[datetime | None] = mapped_column(default=None)
    """The start of the last processed period."""
    begun_at: Mapped[datetime | None] = mapped_column(default=None)
    """The start of the first period that was collected here."""
    gone_at: Mapped[datetime | None] = mapped_column(default=None)
    """Since when the fetcher does not name it any more."""
    active: Mapped[bool] = mapped_column(default=True)
    toggled_at: Mapped[datetime | None] = mapped_column(default=None)
    problem: Mapped[str | None] = mapped_column(default=None)
    problem_at: Mapped[datetime | None] = mapped_column(default=None)


class Withdrawal(Base):
    """A scope's points in [``begin_at``, ``end_at``) that a source delivered before ``withdrawn_at`` do not count."""

    __tablename__ = "withdrawals"

    withdrawal_id: Mapped[str] = mapped_column(primary_key=True)
    source_id: Mapped[str]
    scope_id: Mapped[str]
    begin_at: Mapped[datetime]
    end_at: Mapped[datetime | None]
    """None: for ever."""
    withdrawn_at: Mapped[datetime]
    reason: Mapped[str]


class Reprocessing(Base):
    """An order to collect and rate a scope's periods from ``start_at`` to ``end_at`` again. ``number`` rises."""

    __tablename__ = "reprocessings"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    scope_id: Mapped[str]
    reason: Mapped[str]
    start_at: Mapped[datetime]
    end_at: Mapped[datetime]
    current_at: Mapped[datetime | None] = mapped_column(default=None)
    """What starts before it is done; the order is finished when it reaches ``end_at``."""


class RatingModuleState(Base):
    """Whether a rating module takes part from a moment on, and where in the order (highest priority first)."""

    __tablename__ = "rating_module_states"

    module_id: Mapped[str] = mapped_column(primary_key=True)
    effective_from: Mapped[datetime] = mapped_column(primary_key=True)
    enabled: Mapped[bool]
    priority: Mapped[int]


class CollectorMapping(Base):
    """Which collector a service is said to have (CloudKitty keeps it without using it)."""

    __tablename__ = "collector_mappings"

    service: Mapped[str] = mapped_column(primary_key=True)
    collector: Mapped[str]


class CollectorState(Base):
    """Whether a collector is said to be enabled (CloudKitty keeps it without using it)."""

    __tablename__ = "collector_states"

    name: Mapped[str] = mapped_column(primary_key=True)
    enabled: Mapped[bool]


class HashmapService(Base):
    """A metric that has prices."""

    __tablename__ = "hashmap_services"

    service_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None] = mapped_column(default=None)


class HashmapField(Base):
    """An attribute of a service's points that has prices."""

    __tablename__ = "hashmap_fields"

    field_id: Mapped[str] = mapped_column(primary_key=True)
    service_id: Mapped[str]
    name: Mapped[str]
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None] = mapped_column(default=None)


class HashmapGroup(Base):
    """Rules of one group make one subtotal of a point's price."""

    __tablename__ = "hashmap_groups"

    group_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None] = mapped_column(default=None)


class HashmapMapping(Base):
    """A price, flat or a rate, of a service or of a value of a field."""

    __tablename__ = "hashmap_mappings"
    __table_args__ = (Index(None, "tenant_id", "service_id"), Index(None, "tenant_id", "field_id"))

    mapping_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    """flat or rate."""
    cost: Mapped[str]
    start_at: Mapped[datetime]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    value: Mapped[str | None] = mapped_column(default=None)
    service_id: Mapped[str | None] = mapped_column(default=None)
    field_id: Mapped[str | None] = mapped_column(default=None)
    group_id: Mapped[str | None] = mapped_column(default=None)
    scope_id: Mapped[str | None] = mapped_column(default=None)
    end_at: Mapped[datetime | None] = mapped_column(default=None)
    description: Mapped[str | None] = mapped_column(default=None)
    updated_by: Mapped[str | None] = mapped_column(default=None)
    deleted_at: Mapped[datetime | None] = mapped_column(default=None)
    """When it was deleted, as its author sees it."""
    effective_to: Mapped[datetime | None] = mapped_column(default=None)
    """From which period on the deletion counts."""
    deleted_by: Mapped[str | None] = mapped_column(default=None)


class HashmapThreshold(Base):
    """A price, flat or a rate, from a level of a service's quantity or of a field's number on."""

    __tablename__ = "hashmap_thresholds"
    __table_args__ = (Index(None, "tenant_id", "service_id"), Index(None, "tenant_id", "field_id"))

    version_id: Mapped[str] = mapped_column(primary_key=True)
    """A change ends one version of a threshold and begins another."""
    threshold_id: Mapped[str]
    level: Mapped[str]
    kind: Mapped[str]
    """flat or rate."""
    cost: Mapped[str]
    effective_from: Mapped[datetime]
    service_id: Mapped[str | None] = mapped_column(default=None)
    field_id: Mapped[str | None] = mapped_column(default=None)
    group_id: Mapped[str | None] = mapped_column(default=None)
    scope_id: Mapped[str | None] = mapped_column(default=None)
    effective_to: Mapped[datetime | None] = mapped_column(default=None)


class RatingLadder(Base):
    """Graduated prices of a service, or of a scope alone, by the quantity of a calendar month."""

    __tablename__ = "rating_ladders"

    ladder_id: Mapped[str] = mapped_column(primary_key=True)
    service: Mapped[str]
    tiers: Mapped[list[Json]]
    """``up_to`` (absent in the last one) and ``cost``, from the lowest to the highest."""
    start_at: Mapped[datetime]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    scope_id: Mapped[str | None] = mapped_column(default=None)
    end_at: Mapped[datetime | None] = mapped_column(default=None)
    deleted_at: Mapped[datetime | None] = mapped_column(default=None)
    effective_to: Mapped[datetime | None] = mapped_column(default=None)
    deleted_by: Mapped[str | None] = mapped_column(default=None)


class PyScript(Base):
    """A rating script, as its author sent it."""

    __tablename__ = "pyscripts"

    script_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    data: Mapped[str]
    checksum: Mapped[str]
    """SHA-512 of the UTF-8 text, hexadecimal."""
    start_at: Mapped[datetime]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    end_at: Mapped[datetime | None] = mapped_column(default=None)
    description: Mapped[str | None] = mapped_column(default=None)
    updated_by: Mapped[str | None] = mapped_column(default=None)
    deleted_at: Mapped[datetime | None] = mapped_column(default=None)
    effective_to: Mapped[datetime | None] = mapped_column(default=None)
    deleted_by: Mapped[str | None] = mapped_column(default=None)
