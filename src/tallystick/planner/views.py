"""What the planner tells its callers: plain values for the command line and the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class PeriodTotals:
    """What a delivery, or a month, adds up to."""

    billing_period: date
    rows: int
    totals: Mapping[str, Decimal]
    """Measure name to its exact sum."""


@dataclass(frozen=True, slots=True)
class FindingView:
    """Something that is not as it should be in an accepted delivery."""

    rule: str
    column: str | None
    count: int | None
    """How many rows; None when it is about the file as a whole."""
    file: str | None = None


@dataclass(frozen=True, slots=True)
class FileView:
    """A delivered file."""

    name: str
    file_id: str
    size_bytes: int
    role: str
    """``data`` or ``manifest``."""


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A delivery. ``state``: accepted, superseded (others count for all its months) or refused."""

    delivery_id: str
    state: str
    origin: str
    received_at: datetime
    kind: str | None
    source_name: str | None
    series: str | None
    version: datetime | None
    reason: str | None
    periods: tuple[PeriodTotals, ...] = ()
    findings: tuple[FindingView, ...] = ()
    files: tuple[FileView, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one delivery that was handed over.

    ``outcome``: accepted, unchanged (it was here already), superseded (a newer one is here) or refused.
    """

    outcome: str
    delivery: DeliveryView
    replaced: tuple[date, ...] = ()
    """The months in which it took the place of an earlier delivery."""


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source and how fresh it is."""

    source_id: str
    number: int
    name: str
    kind: str
    created_at: datetime
    paused: bool
    deliveries: int
    last_delivery_at: datetime | None
    periods: tuple[date, ...]
    """The billing periods that have charges, oldest first."""


@dataclass(frozen=True, slots=True)
class StatusView:
    """How things stand for a tenant."""

    release_id: int
    released_at: datetime | None
    last_delivery_at: datetime | None
    sources: int
    deliveries: int
    refused: int
    stale_parts: int
    """Parts that the plan wants and the published tables lack."""
    running: str | None
    """Who is deriving now."""
    rows: Mapping[str, int] = field(default_factory=dict)
    """Rows of each published table."""
    jobs: Mapping[str, int] = field(default_factory=dict)
    """How many jobs are queued, running and dead."""
    waiting_since: datetime | None = None
    """When the queued job that has waited longest was due."""


@dataclass(frozen=True, slots=True)
class MonthView:
    """A source's billing period: open or closed."""

    source_id: str
    source_name: str
    billing_period: date
    state: str
    closed_at: datetime | None
    revision: int
    """How many times something arrived after the month was closed."""


@dataclass(frozen=True, slots=True)
class ReleaseView:
    """What readers saw together, from a moment on."""

    release_id: int
    created_at: datetime
    current: bool


@dataclass(frozen=True, slots=True)
class JobView:
    """A job. ``state``: queued, running, done or dead."""

    job_id: str
    kind: str
    subject: str
    """What it is about, in words: the address, the delivery, the source and its month."""
    queue: str
    state: str
    attempts: int
    reason: str | None
    created_at: datetime
    due_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class WatchView:
    """An address at which the scheduler looks for deliveries."""

    address: str
    kind: str | None
    source_name: str | None
    every: timedelta
    next_at: datetime
