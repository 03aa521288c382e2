"""What reports are made of: terms (what a question may name), reports and families, as data.

A family is a way of speaking about the ledger: one provider's words (`aws`) or the words of FOCUS. The engine of
queries knows no provider; it reads these tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

OPERATORS = ("and", "or", "exact")
TAG_PREFIX = "tag:"


class TermKind(Enum):
    """Where a term's values stand."""

    COLUMN = "column"
    TAG = "tag"
    CATEGORY = "category"
    ORG_UNIT = "org_unit"
    """Accounts below a unit of an organisation tree."""
    NONE = "none"
    """Accepted for compatibility, without effect."""


@dataclass(frozen=True, slots=True)
class Term:
    """Something that a question can filter, exclude, group or order by."""

    key: str
    """As a question names it: ``account``, ``ServiceName``, ``tag:team``."""
    title: str
    """For people."""
    columns: tuple[str, ...] = ()
    """Ledger columns: the first is the value that is grouped by; a filter matches any of them."""
    expression: str | None = None
    """SQL of the value on a ledger row ``l``, where no column is the value as it stands."""
    kind: TermKind = TermKind.COLUMN
    alias: str | None = None
    """The row field that shows the second column beside the first, e.g. ``account_alias``."""
    dictionary_key: str | None = None
    """For tags and categories: the key in ``dimension_sets``."""

    @property
    def label(self) -> str:
        """The name in rows: the key of a tag or category without its prefix."""
        return self.dictionary_key if self.dictionary_key is not None else self.key

    @property
    def values(self) -> list[str]:
        """SQL of the values on a ledger row ``l``, the one that is grouped by first."""
        return [self.expression] if self.expression else [f"l.{column}" for column in self.columns]


@dataclass(frozen=True, slots=True)
class Measure:
    """A cost type: a question's word for a money column of the ledger."""

    key: str
    column: str
    title: str


@dataclass(frozen=True, slots=True)
class Quantity:
    """A usage amount that a report sums beside the cost."""

    column: str
    unit: str
    """As shown."""
    row_units: tuple[str, ...]
    """Lower-case ``pricing_unit`` values whose amounts may be added up as ``unit``."""


@dataclass(frozen=True, slots=True)
class Family:
    """The words of one provider, or of FOCUS."""

    name: str
    rows: tuple[str, ...]
    """Fixed SQL conditions on ledger rows: which rows the family speaks about."""
    terms: Mapping[str, Term]
    measures: Mapping[str, Measure]
    default_measure: str
    tenant_measure: bool
    """Whether the tenant's preferred cost type is one of this family's measures."""
    max_groups: int
    category_prefix: str | None
    retention: bool
    """Whether dates are held to the tenant's retention, and cannot be combined with a delta."""
    account_access: str | None
    """The resource type whose granted values narrow rows."""
    account_term: str | None
    """The term whose values are those of ``account_access``."""


@dataclass(frozen=True, slots=True)
class Report:
    """One endpoint: a family's rows, what may be asked of them and how the answer is ordered."""

    name: str
    family: Family
    filters: tuple[str, ...]
    groups: tuple[str, ...]
    orders: tuple[str, ...]
    default_order: str
    deltas: tuple[str, ...]
    rows: tuple[str, ...] = ()
    """Fixed SQL conditions, in addition to the family's."""
    quantity: Quantity | None = None
    implicit_group: str | None = None
    detail: bool = False
    """Reads the full ledger, whatever is asked."""
    monthly_only: bool = False
    instances: bool = False
    """One row per resource instead of groups."""
    skipped_lines: Mapping[str, tuple[str, ...]] | None = None
    """By measure, the line item types whose cost does not count."""
    csv_names: Mapping[str, str] | None = None
    """Row fields that CSV calls otherwise."""
