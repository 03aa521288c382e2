"""Questions about rated points: values only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, time
from enum import Enum
from typing import Final

from tallystick.errors import TallyError


class RatedQuestionError(TallyError):
    """A question about rated points that cannot be understood."""


class TermKind(Enum):
    """What of a point a term is about."""

    METRIC = "metric"
    SCOPE = "scope"
    PERIOD = "period"
    DAY = "day_of_the_year"
    WEEK = "week_of_the_year"
    MONTH = "month"
    YEAR = "year"
    ATTRIBUTE = "attribute"


@dataclass(frozen=True, slots=True)
class Term:
    """What points are grouped or filtered by, under the name that answers call it."""

    name: str
    kind: TermKind


CALENDAR: Final = (TermKind.DAY, TermKind.WEEK, TermKind.MONTH, TermKind.YEAR)
"""Parts of the UTC date of a period's start. The week of the year counts from its first Sunday, as ``%U`` does."""
_SPANS: Final = {"d": TermKind.DAY, "w": TermKind.WEEK, "m": TermKind.MONTH, "y": TermKind.YEAR}


def term_named(name: str, scope_keys: Collection[str]) -> Term:
    """The term that a name stands for; ``scope_keys`` are the names of attributes that say the scope.

    Raises RatedQuestionError for an unknown span of time.
    """
    if name == "type":
        return Term(name, TermKind.METRIC)
    if name in scope_keys:
        return Term(name, TermKind.SCOPE)
    if name == "time":
        return Term(name, TermKind.PERIOD)
    if name.startswith("time-"):
        kind = _SPANS.get(name.removeprefix("time-"))
        if kind is None:
            raise RatedQuestionError(f"Invalid groupby time option. There is no groupby processing for [{name}].")
        return Term(kind.value, kind)
    return next((Term(name, kind) for kind in CALENDAR if kind.value == name), Term(name, TermKind.ATTRIBUTE))


class Field(Enum):
    """A number of a point."""

    QTY = "qty"
    PRICE = "price"


class Function(Enum):
    """What is made of the numbers of several points."""

    SUM = "sum"
    MIN = "min"
    MAX = "max"
    MEAN = "mean"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of an answer's rows, under its name there."""

    name: str
    function: Function
    field: Field


SUMS: Final = (Amount("qty", Function.SUM, Field.QTY), Amount("rate", Function.SUM, Field.PRICE))


@dataclass(frozen=True, slots=True)
class Selection:
    """The points that a question is about."""

    begin: datetime
    end: datetime
    """Periods that start in [begin, end), both aware."""
    scopes: tuple[str, ...] | None
    """The only scopes that the caller may see; None: all."""
    filters: tuple[tuple[Term, tuple[str, ...]], ...] = ()
    """Each term must have one of its values."""

    @property
    def whole_days(self) -> bool:
        """Whether it begins and ends with a UTC day."""
        return all(moment.astimezone(UTC).time() == time() for moment in (self.begin, self.end))


@dataclass(frozen=True, slots=True)
class Page:
    """Which of an answer's rows are shown; ``limit`` None: all from ``offset`` on."""

    offset: int = 0
    limit: int | None = 100


@dataclass(frozen=True, slots=True)
class SummaryQuestion:
    """Amounts of points, grouped."""

    selection: Selection
    groups: tuple[Term, ...] = ()
    amounts: tuple[Amount, ...] = SUMS
    page: Page = Page()
