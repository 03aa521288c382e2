"""Forecasts: what the rest of the month may cost, from the last thirty days.

A straight line is fitted to the cost per day (ordinary least squares, with intercept); the bounds are the 95 %
prediction interval of a single day. The history is added up exactly; the estimate itself is made of floats, and
rounded to three decimals.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from tallystick.reports.shape import Body, value
from tallystick.reports.table import ZERO
from tallystick.reports.time_scope import month_end

HISTORY_DAYS: Final = 30
MIN_POINTS: Final = 8
_CONFIDENCE: Final = 0.05
_MILLI: Final = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one day may cost, in the currency's units."""

    total: Decimal
    lower: Decimal
    upper: Decimal


@dataclass(frozen=True, slots=True)
class Fit:
    """A line through a history, and what it says of the days to come."""

    estimates: list[Estimate]
    rsquared: str
    pvalues: list[str]
    """Of the intercept and the slope."""


def horizon(today: date) -> list[date]:
    """The days to estimate: from today to the end of the month."""
    return [today + timedelta(days=offset) for offset in range((month_end(today) - today).days + 1)]


def fit(history: Mapping[date, Decimal], days: Sequence[date]) -> Fit | None:
    """The line through a history, without its outliers. None where fewer than eight days are left."""
    points = without_outliers(history)
    if len(points) < MIN_POINTS:
        return None
    if len(set(points.values())) == 1:
        level = _rounded(float(next(iter(points.values()))))
        return Fit([Estimate(level, level, level)] * len(days), "nan", ["nan", "nan"])
    first = min(points)
    return _least_squares(
        [(day - first).days for day in points],
        [float(amount) for amount in points.values()],
        [(day - first).days for day in days],
    )


def without_outliers(history: Mapping[date, Decimal]) -> dict[date, Decimal]:
    """The days within one and a half interquartile ranges of the quartiles."""
    if not history:
        return {}
    import numpy as np

    low, high = np.percentile([float(amount) for amount in history.values()], [25, 75])
    reach = 1.5 * (high - low)
    return {day: amount for day, amount in sorted(history.items()) if low - reach <= float(amount) <= high + reach}


def _least_squares(x: Sequence[int], y: Sequence[float], ahead: Sequence[int]) -> Fit:
    """Simple linear regression; the spread of a single future observation is s * sqrt(1 + 1/n + (x - mean)^2 / Sxx)
    (Draper and Smith, Applied Regression Analysis, section 1.4)."""
    import numpy as np
    from scipy import stats

    line = stats.linregress(x, y)
    freedom = len(x) - 2
    known, future = np.array(x, dtype=float), np.array(ahead, dtype=float)
    residuals = np.array(y) - (line.intercept + line.slope * known)
    deviation = np.sqrt((residuals**2).sum() / freedom)
    spread = deviation * np.sqrt(1 + 1 / len(x) + (future - known.mean()) ** 2 / ((known - known.mean()) ** 2).sum())
    reach = stats.t.ppf(1 - _CONFIDENCE / 2, freedom) * spread
    means = line.intercept + line.slope * future
    estimates = [
        Estimate(_rounded(mean), _rounded(mean - each), _rounded(mean + each))
        for mean, each in zip(means, reach, strict=True)
    ]
    with np.errstate(divide="ignore"):
        of_intercept = 2 * stats.t.sf(abs(line.intercept / line.intercept_stderr), freedom)
    return Fit(estimates, f"{line.rvalue**2:.8f}", [f"{of_intercept:.8f}", f"{line.pvalue:.8f}"])


def _rounded(number: float) -> Decimal:
    return max(Decimal(repr(float(number))).quantize(_MILLI, ROUND_HALF_EVEN), ZERO)


def forecast_data(series: Mapping[str, Fit | None], days: Iterable[date], currency: str) -> list[Body]:
    """One entry per day with an estimate per series. Nothing where no series could be fitted."""
    if all(fitted is None for fitted in series.values()):
        return []
    data: list[Body] = []
    for index, day in enumerate(days):
        row: Body = {"date": day.isoformat()}
        row |= {name: _entry(fitted, index, currency) for name, fitted in series.items() if fitted is not None}
        data.append({"date": day.isoformat(), "values": [row]})
    return data


def _entry(fitted: Fit, index: int, currency: str) -> Body:
    estimate = fitted.estimates[index]
    return {
        "total": value(estimate.total, currency),
        "confidence_max": value(estimate.upper, currency),
        "confidence_min": value(estimate.lower, currency),
        "rsquared": {"value": fitted.rsquared, "units": None},
        "pvalues": {"value": fitted.pvalues, "units": None},
    }
