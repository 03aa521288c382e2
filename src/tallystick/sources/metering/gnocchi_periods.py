"""From the values that Gnocchi has at its granularity to one number per period."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Final

from tallystick.decimals import EXACT
from tallystick.sources.metering.extra_args import GnocchiArgs

Values = Sequence[Fraction]
_RATE: Final = "rate:"
_AGGREGATIONS: Final[Mapping[str, Callable[[Values], Fraction | float | int]]] = {
    "mean": statistics.mean,
    "sum": sum,
    "last": lambda values: values[-1],
    "max": max,
    "min": min,
    "std": statistics.pstdev,
    "median": statistics.median,
    "first": lambda values: values[0],
    "count": len,
}


def is_aligned(args: GnocchiArgs, starts: range) -> bool:
    """Whether a question about several periods has the same values as one for each: no value belongs to two of them.

    A difference (``rate:``) begins with what lies before its period, and of a query of the user's own nothing is known.
    """
    granularity = granularity_of(args, starts.step)
    whole = starts.start % granularity == 0 and starts.step % granularity == 0
    return whole and not args.re_aggregation_method.startswith(_RATE) and not args.custom_query


def granularity_of(args: GnocchiArgs, period: int) -> int:
    """The granularity that is asked for, in seconds."""
    return args.force_granularity or period


def first_moment(args: GnocchiArgs, starts: range) -> int:
    """Where a question begins: differences need the value before the first."""
    before = granularity_of(args, starts.step) if args.re_aggregation_method.startswith(_RATE) else 0
    return starts.start - before


def by_period(values: Iterable[tuple[int, float]], starts: range) -> dict[int, list[float]]:
    """The values of each period, in the order of time. Values of one moment add up: they are of several revisions."""
    found: dict[int, dict[int, float]] = {}
    for moment, value in values:
        start = starts[0] if len(starts) == 1 else moment - (moment - starts.start) % starts.step
        if start in starts:
            moments = found.setdefault(start, {})
            moments[moment] = moments[moment] + value if moment in moments else value
    return {start: [moments[moment] for moment in sorted(moments)] for start, moments in sorted(found.items())}


def aggregated(values: Sequence[float], args: GnocchiArgs) -> str:
    """The number of a period, as text: the values after ``re_aggregation_method``, or the first of them.

    The differences of a period add up to the difference over the period.
    """
    if len(values) == 1 or args.period_aggregation == "first":
        return repr(values[0])
    method = "sum" if args.re_aggregation_method.startswith(_RATE) else args.re_aggregation_method
    result = Fraction(_AGGREGATIONS[method]([Fraction(repr(value)) for value in values]))
    return str(EXACT.divide(result.numerator, result.denominator))
