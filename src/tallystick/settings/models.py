"""The relational models: what Tallystick remembers that is not derived, and the planner's cache of what is.

``tenant_id`` stands first in every primary key. Moments are UTC; hashes are lower-case hexadecimal SHA-256;
``billing_period`` is the first day of a month. Foreign keys are checked at commit, so rows may come in any order.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Date, ForeignKeyConstraint, Index, MetaData, text
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column

from tallystick.settings.types import StoredText, UtcDateTime

Json = dict[str, Any]
_NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}


class Base(MappedAsDataclass, DeclarativeBase, kw_only=True, eq=False):
    """A table whose rows belong to a tenant."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {  # noqa: RUF012
        str: StoredText,
        int: BigInteger,
        date: Date,
        datetime: UtcDateTime,
        Json: JSON,
        list[Json]: JSON,
    }

    tenant_id: Mapped[str] = mapped_column(primary_key=True, sort_order=-1)


def _of_source() -> ForeignKeyConstraint:
    return _foreign("sources", "source_id")


def _foreign(table: str, key: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant_id", key], [f"{table}.tenant_id", f"{table}.{key}"], deferrable=True, initially="DEFERRED"
    )


class Tenant(Base):
    """A tenant, the release that its readers open, and the version of its settings (rises with every change)."""

    __tablename__ = "tenants"

    release_id: Mapped[int | None] = mapped_column(default=None)
    settings_version: Mapped[int] = mapped_column(default=0)


class Source(Base):
    """Where deliveries come from. ``number`` is the integer by which Koku's clients know it.

    A removed source keeps its row as a tombstone, and its name may be used again.
    """

    __tablename__ = "sources"
    __table_args__ = (
        Index(
            "uq_sources_name",
            "tenant_id",
            "name",
            unique=True,
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
        Index("uq_sources_number", "tenant_id", "number", unique=True),
    )

    source_id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]
    name: Mapped[str]
    kind: Mapped[str]
    created_at: Mapped[datetime]
    paused: Mapped[bool] = mapped_column(default=False)
    removed_at: Mapped[datetime | None] = mapped_column(default=None)


class Delivery(Base):
    """A file set as it was handed over. ``state`` is received, accepted or refused.

    What was refused before it could be recognised has no source, kind or period. ``token`` is the fencing token
    of the lease under which the row was last written.
    """

    __tablename__ = "deliveries"
    __table_args__ = (_of_source(), Index(None, "tenant_id", "source_id", "billing_period"))

    delivery_id: Mapped[str] = mapped_column(primary_key=True)
    origin: Mapped[str]
    received_at: Mapped[datetime]
    state: Mapped[str]
    source_id: Mapped[str | None] = mapped_column(default=None)
    kind: Mapped[str | None] = mapped_column(default=None)
    series: Mapped[str | None] = mapped_column(default=None)
    version: Mapped[datetime | None] = mapped_column(default=None)
    billing_period: Mapped[date | None] = mapped_column(default=None)
    assembly_id: Mapped[str | None] = mapped_column(default=None)
    refused_reason: Mapped[str | None] = mapped_column(default=None)
    findings: Mapped[list[Json]] = mapped_column(default_factory=list)
    token: Mapped[int | None] = mapped_column(default=None)


class DeliveryFile(Base):
    """A file of a delivery, in the order in which it was handed over. ``role`` is data or manifest."""

    __tablename__ = "delivery_files"
    __table_args__ = (_foreign("deliveries", "delivery_id"), Index(None, "tenant_id", "file_id"))

    delivery_id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    file_id: Mapped[str]
    size_bytes: Mapped[int]
    role: Mapped[str]


class Part(Base):
    """What normalising one file gave for one billing period: a cache, which may be dropped at any time.

    ``totals`` are the control totals as decimal strings by measure; ``problems`` the findings of that file.
    """

    __tablename__ = "parts"
    __table_args__ = (_of_source(),)

    source_id: Mapped[str] = mapped_column(primary_key=True)
    file_id: Mapped[str] = mapped_column(primary_key=True)
    normaliser: Mapped[str] = mapped_column(primary_key=True)
    billing_period: Mapped[date] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    rows: Mapped[int]
    totals: Mapped[Json]
    problems: Mapped[list[Json]] = mapped_column(default_factory=list)


class Release(Base):
    """The snapshot of every table (name to Iceberg snapshot id) that readers see together."""

    __tablename__ = "releases"

    release_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    created_at: Mapped[datetime]
    snapshots: Mapped[Json]
    fingerprint: Mapped[str]


class Lease(Base):
    """The right to do something alone until ``expires_at``. The row outlives its holders, so ``token`` only rises."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str | None] = mapped_column(default=None)
    token: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime | None] = mapped_column(default=None)


class Month(Base):
    """Whether a source's billing period is open or closed, and the statement that closing it stored."""

    __tablename__ = "months"
    __table_args__ = (_of_source(),)

    source_id: Mapped[str] = mapped_column(primary_key=True)
    billing_period: Mapped[date] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(default="open")
    closed_at: Mapped[datetime | None] = mapped_column(default=None)
    statement_path: Mapped[str | None] = mapped_column(default=None)
    statement_hash: Mapped[str | None] = mapped_column(default=None)
    revision: Mapped[int] = mapped_column(default=0)


class TagSetting(Base):
    """Whether a provider's tag key takes part in reports."""

    __tablename__ = "tag_settings"

    provider: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    enabled: Mapped[bool]
    changed_at: Mapped[datetime]


class TenantSetting(Base):
    """A named choice of a tenant: ``currency``, ``cost_type``."""

    __tablename__ = "tenant_settings"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class EnabledCurrency(Base):
    """A currency (ISO 4217) that a tenant's reports may be asked in."""

    __tablename__ = "enabled_currencies"

    code: Mapped[str] = mapped_column(primary_key=True)


class Job(Base):
    """A piece of work for a worker. ``state`` is queued, running, done or dead; ``queue`` is small or large.

    At most one job of a kind and subject is queued. ``token`` is that of the lease under which it was last run.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        Index(
            "uq_jobs_queued",
            "tenant_id",
            "kind",
            "subject",
            unique=True,
            sqlite_where=text("state = 'queued'"),
            postgresql_where=text("state = 'queued'"),
        ),
        Index(None, "tenant_id", "state"),
    )

    job_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject: Mapped[str]
    """What it is about: an address, a delivery, a partition."""
    queue: Mapped[str]
    state: Mapped[str]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    """Not to be run before."""
    arguments: Mapped[Json] = mapped_column(default_factory=dict)
    attempts: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None] = mapped_column(default=None)
    """Why the last attempt failed."""
    token: Mapped[int | None] = mapped_column(default=None)
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
    started_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)


class FetchedObject(Base):
    """The version of an object that was fetched last, and the delivered file that it is: it is not fetched again."""

    __tablename__ = "fetched_objects"

    address: Mapped[str] = mapped_column(primary_key=True)
    tag: Mapped[str]
    size_bytes: Mapped[int]
    file_id: Mapped[str]


class Watch(Base):
    """An address at which the scheduler looks for deliveries again and again."""

    __tablename__ = "watches"

    address: Mapped[str] = mapped_column(primary_key=True)
    every_seconds: Mapped[int]
    next_at: Mapped[datetime]
    kind: Mapped[str | None] = mapped_column(default=None)
    source_name: Mapped[str | None] = mapped_column(default=None)
    seen: Mapped[str | None] = mapped_column(default=None)
    """A fingerprint of what lay there when it was last taken in."""
