"""Shapes of Tallystick's own endpoints."""

from __future__ import annotations

from datetime import date, datetime

from tallystick.api.schema.common import Amount, Number, OpenShape, Shape


class Freshness(Shape):
    """How fresh the data is that answers are made of."""

    release: int
    released_at: datetime | None
    last_delivery_at: datetime | None
    stale_partitions: int
    sources: int


class NamedTerm(Shape):
    """Something that a question may name."""

    key: str
    label: str


class Terms(Shape):
    """What may be asked of a family of reports, and of which days."""

    group_by: list[NamedTerm]
    filters: list[NamedTerm]
    measures: list[NamedTerm]
    default_measure: str
    tag_keys: list[str]
    first_day: date | None
    last_day: date | None


class ExplainedCharge(OpenShape):
    """A line of a bill behind a number, with its columns."""

    file: str | None
    row: int


class ExplainedPoint(OpenShape):
    """A metered point behind a number, with its columns."""

    file: str | None
    row: int


class ExplainedTotal(Shape):
    """The sum at each level: postings are charges and rated points, as long as the ledger holds those and no more."""

    postings: Amount
    charges: Amount
    points: Amount


class Explanation(OpenShape):
    """A number opened into what it was summed from, the biggest first."""

    total: ExplainedTotal
    cost_type: str
    postings: list[dict[str, object]]
    charges: list[ExplainedCharge]
    points: list[ExplainedPoint]
    counts: dict[str, int]


class PeriodTotals(Shape):
    """What a delivery adds up to in a billing period."""

    billing_period: date
    rows: int
    totals: dict[str, Number]


class Finding(Shape):
    """Something that is not as it should be in an accepted delivery."""

    rule: str
    column: str | None
    count: int | None
    file: str | None


class DeliveredFile(Shape):
    """A delivered file."""

    name: str
    file_id: str
    size_bytes: int
    role: str


class Delivery(Shape):
    """A delivery as it stands."""

    delivery_id: str
    state: str
    origin: str
    received_at: datetime
    kind: str | None
    source_name: str | None
    series: str | None
    version: datetime | None
    reason: str | None
    periods: list[PeriodTotals]
    findings: list[Finding]
    files: list[DeliveredFile]


class Month(Shape):
    """A source's billing period: open or closed."""

    source_id: str
    source_name: str
    billing_period: date
    state: str
    closed_at: datetime | None
    revision: int


class Check(OpenShape):
    """A total taken twice, and whether it closes."""

    name: str
    scope: str
    expected: Number
    actual: Number
    closes: bool
