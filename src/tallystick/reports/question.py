"""A question as understood: every name resolved to a term, every default filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum

from tallystick.reports.organization import Member
from tallystick.reports.terms import Measure, Report, Term
from tallystick.reports.time_scope import TimeScope

WILDCARD = "*"


@dataclass(frozen=True, slots=True)
class Selector:
    """Values wished for (or unwished) of one term."""

    term: Term
    operator: str
    """``contains`` (any value as a case-insensitive substring), ``and`` (every one), ``exact`` (equality)."""
    values: tuple[str, ...]
    """``*`` has been taken out."""
    wildcard: bool = False
    """``*`` was among the values: for tags, excludes and groups it means presence."""
    members: tuple[Member, ...] = ()
    """Of organizational units: the accounts that are meant, on which days."""


@dataclass(frozen=True, slots=True)
class Group:
    """One level of grouping."""

    term: Term
    name: str
    """The key in rows, e.g. ``account``; the list is called ``name + "s"``."""

    @property
    def list_name(self) -> str:
        """The key of the list of groups."""
        return self.name + "s"

    @property
    def missing(self) -> str:
        """The name of the group without a value."""
        return f"No-{self.term.label}"


class OrderKey(Enum):
    """What groups are sorted by."""

    COST = "cost"
    SUPPLEMENTARY = "supplementary"
    USAGE = "usage"
    DELTA = "delta"
    GROUP = "group"
    ALIAS = "alias"
    DATE = "date"
    """The default order's measure on one day."""
    FIELD = "field"
    """A field of the row, for reports of resources."""


@dataclass(frozen=True, slots=True)
class Order:
    """How groups are sorted, inside each date and each parent group."""

    key: OrderKey
    descending: bool = True
    group: int = 0
    """Which group, for GROUP and ALIAS."""
    day: date | None = None
    """For DATE."""
    field: str = ""
    """For FIELD."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """``filter[limit]`` and ``filter[offset]``."""

    limit: int | None
    """None: all that follow the offset."""
    offset: int | None
    """None: the rest is merged into Others; a number: a page of the ranking, without the rest."""

    @property
    def paged(self) -> bool:
        """Whether groups, not dates, are paged."""
        return self.offset is not None


@dataclass(frozen=True, slots=True)
class Paging:
    """Top-level ``limit`` and ``offset``: of dates, or of resources."""

    limit: int
    """0 means everything."""
    offset: int


@dataclass(frozen=True, slots=True)
class Question:
    """A valid question to one report."""

    report: Report
    scope: TimeScope
    measure: Measure
    currency: str | None
    """None: the tenant's."""
    filters: tuple[Selector, ...]
    group_filters: tuple[Selector, ...]
    """Values that ``group_by`` is held to; they narrow like filters, and both must hold."""
    excludes: tuple[Selector, ...]
    groups: tuple[Group, ...]
    org_units: bool
    """Whether it groups by organizational unit."""
    order: Order
    ranking: Ranking | None
    paging: Paging
    delta: str | None
    echo: Mapping[str, Mapping[str, object]]
    """``filter``, ``group_by``, ``order_by`` and ``exclude`` as the answer repeats them."""
