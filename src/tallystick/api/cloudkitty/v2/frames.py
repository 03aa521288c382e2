"""Dataframes: points as JSON, by period and type. The way in and the way out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from tallystick.api.cloudkitty.moments import parse_moment, with_offset
from tallystick.reports.rated.points import RatedPoint
from tallystick.sources.points.table import Attributes, PricedPoint

_SCALE: Final = 18
_WHOLE_DIGITS: Final = 20


class FrameError(ValueError):
    """A dataframe that is not what the schema says."""


def read_frame(frame: Any) -> list[PricedPoint]:
    """The points of a dataframe. Raises FrameError."""
    try:
        return list(_points(frame))
    except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation) as error:
        raise FrameError(str(error)) from error


def _points(frame: Mapping[str, Any]) -> Iterator[PricedPoint]:
    _closed(frame, "period", "usage")
    period = frame["period"]
    _closed(period, "begin", "end")
    begin, end = parse_moment(period["begin"]), parse_moment(period["end"])
    if end < begin:
        raise FrameError("the period ends before it begins")
    for metric, points in frame["usage"].items():
        if not isinstance(points, list):
            raise FrameError(f"usage of {metric!r} is not a list")
        for point in points:
            yield _point(point, _name(metric), begin, end)


def _point(point: Mapping[str, Any], metric: str, begin: datetime, end: datetime) -> PricedPoint:
    _closed(point, "vol", "rating", "groupby", "metadata")
    _closed(point["vol"], "unit", "qty")
    rating = point.get("rating", {})
    _closed(rating, "price")
    return PricedPoint(
        begin=begin,
        end=end,
        metric=metric,
        unit=_name(point["vol"]["unit"]),
        qty=_number(point["vol"]["qty"]),
        price=_number(rating.get("price", 0)),
        groupby=_pairs(point["groupby"]),
        metadata=_pairs(point["metadata"]),
    )


def _closed(thing: Any, *names: str) -> None:
    if not isinstance(thing, dict) or set(thing) - set(names):
        raise FrameError(f"expected an object of {', '.join(names)}")


def _name(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise FrameError("expected a text that is not empty")
    return value


def _number(value: Any) -> Decimal:
    """A number with at most 18 decimals and 20 digits before them, from a number or a text."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise FrameError("expected a number")
    number = Decimal(value)
    if not number.is_finite() or number.adjusted() >= _WHOLE_DIGITS:
        raise FrameError(f"{value} is too large")
    exact = number.normalize() if len(number.as_tuple().digits) <= _SCALE + _WHOLE_DIGITS else number
    exponent = exact.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -_SCALE:
        raise FrameError(f"{value} has more than {_SCALE} decimals")
    return exact


def _pairs(pairs: Mapping[str, Any]) -> Attributes:
    """Attributes; what is no text becomes what Python calls it."""
    texts = {str(key): str(float(value) if isinstance(value, Decimal) else value) for key, value in pairs.items()}
    return tuple(sorted(texts.items()))


def frames_of(points: Sequence[RatedPoint]) -> list[dict[str, Any]]:
    """Points as dataframes, one for each period, in the order of the points."""
    frames: dict[tuple[datetime, datetime], dict[str, list[object]]] = {}
    for point in points:
        frames.setdefault((point.begin, point.end), {}).setdefault(point.metric, []).append(_written(point))
    return [
        {
            "period": {"begin": with_offset(begin), "end": with_offset(end)},
            "usage": {metric: usage[metric] for metric in sorted(usage)},
        }
        for (begin, end), usage in frames.items()
    ]


def _written(point: RatedPoint) -> dict[str, object]:
    return {
        "vol": {"unit": point.unit, "qty": point.qty},
        "rating": {"price": point.price},
        "groupby": point.groupby,
        "metadata": point.metadata,
    }
