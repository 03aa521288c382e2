"""A collection in parts: many scopes and periods in one question, and smaller questions where that proves too much."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from tallystick.errors import TallyError, UnavailableError
from tallystick.sources.metering.metrics_conf import Metric
from tallystick.sources.metering.points import Series

_MOST_CELLS: Final = 5_000
"""Scopes times periods of one question: what is asked at first, before an answer proves too long."""
_PATIENCE: Final = 3
"""How many questions may run out of time before the server is taken to hang."""

Answer = TypeVar("Answer")


class TooMuchError(TallyError):
    """The question is too large for the server; parts of it may be answered."""


class UnansweredError(TooMuchError):
    """There was no answer in time: the question is too large, or the server hangs."""


class BadQueryError(TallyError):
    """The server refuses the question. ``inherent``: because of its text, whatever the data."""

    def __init__(self, reason: str, *, inherent: bool) -> None:
        super().__init__(reason)
        self.inherent = inherent


@dataclass(frozen=True)
class Part:
    """Some scopes and some periods, by their starts in seconds since 1970, asked for together."""

    scopes: tuple[str, ...]
    starts: range

    def halves(self) -> tuple[Part, ...]:
        """Two smaller parts, or none of a single scope and period."""
        if middle := len(self.scopes) // 2:
            return Part(self.scopes[:middle], self.starts), Part(self.scopes[middle:], self.starts)
        if middle := len(self.starts) // 2:
            return Part(self.scopes, self.starts[:middle]), Part(self.scopes, self.starts[middle:])
        return ()


class Collection(ABC, Generic[Answer]):
    """One metric's collection as it proceeds."""

    most_scopes: int
    """Of one question."""
    most_periods: int
    """Of one question."""

    def __init__(self, metric: Metric) -> None:
        self._metric = metric
        self._convert = metric.conversion()
        self._down: str | None = None
        self._unanswered = 0
        self._series: list[Series] = []
        self.problems: dict[str, str] = {}

    def collect(self, scopes: Sequence[str], starts: range) -> list[Series]:
        """The series of all scopes that have no problem, in an order that does not depend on the parts."""
        for part in _parts(tuple(dict.fromkeys(scopes)), starts, self.most_scopes, self.most_periods):
            self._gather(part)
        return sorted((one for one in self._series if one.scope_id not in self.problems), key=_order)

    @abstractmethod
    def _ask(self, part: Part) -> Answer:
        """The server's answer. Raises TooMuchError, BadQueryError and UnavailableError."""

    @abstractmethod
    def _keep(self, answer: Answer, part: Part) -> None:
        """Add the series of an answer, or the problems that it shows."""

    def _gather(self, part: Part) -> None:
        """Ask for a part, in as many pieces as it needs."""
        try:
            answer = self._asked(part)
        except TooMuchError as error:
            self._divide(part, error)
        except BadQueryError as error:
            if error.inherent or len(part.scopes) == 1:
                self._fail(part.scopes, str(error))
            else:
                self._divide(part, error)
        except UnavailableError as error:
            self._down = str(error)
            self._fail(part.scopes, self._down)
        else:
            self._keep(answer, part)

    def _asked(self, part: Part) -> Answer:
        if self._down:
            raise UnavailableError(self._down)
        return self._ask(part)

    def _divide(self, part: Part, error: TooMuchError | BadQueryError) -> None:
        self._unanswered += isinstance(error, UnansweredError)
        if self._unanswered >= _PATIENCE:
            self._down = str(error)
        halves = part.halves()
        for half in halves:
            self._gather(half)
        if not halves:
            self._fail(part.scopes, str(error))

    def _fail(self, scopes: Sequence[str], reason: str) -> None:
        for scope in scopes:
            self.problems.setdefault(scope, reason)


def chosen(labels: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    """The labels of these names, in this order; a missing one is empty."""
    return {name: labels.get(name, "") for name in names}


def _order(series: Series) -> tuple[str, tuple[str, ...], tuple[str, ...], int]:
    return series.scope_id, tuple(series.groupby.values()), tuple(series.metadata.values()), series.begins[0]


def _parts(scopes: tuple[str, ...], starts: range, most_scopes: int, most_periods: int) -> Iterator[Part]:
    """All scopes and periods, in parts of which the first answers are expected to be of a fair size."""
    wide = min(len(scopes), most_scopes)
    long = max(1, min(most_periods, _MOST_CELLS // max(wide, 1)))
    for first in range(0, len(starts), long):
        for left in range(0, len(scopes), max(wide, 1)):
            yield Part(scopes[left : left + wide], starts[first : first + long])
