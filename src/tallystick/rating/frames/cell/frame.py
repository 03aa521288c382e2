"""What a script is given and may give back: the points of a scope and period, as CloudKitty's scripts know them.

    {"period": {"begin": datetime, "end": datetime},
     "usage": {metric: [{"vol": {"unit": text, "qty": Decimal}, "rating": {"price": Decimal},
                         "groupby": {...}, "metadata": {...}}]}}

A frame comes as JSON text and goes as JSON lines (:meth:`Frame.write`). A point that is still the dict that was given
keeps where it came from; a new one has no origin.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal, InvalidOperation
from typing import Any, Final

BEYOND: Final = Decimal(10) ** 20
"""Numbers from here on do not fit into 38 digits with 18 decimals."""
_ATTO: Final = Decimal(1).scaleb(-18)
_WIDE: Final = Context(prec=60, rounding="ROUND_HALF_UP")
_PLAIN: Final = 20
"""A number of up to so many characters without exponent has less than 19 decimals."""
LINE_POINTS: Final = 100
_TEXT_ONLY: Final = {str}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

Point = dict[str, Any]


class InvalidFrameError(ValueError):
    """The result of a script is no frame; the text says what of it."""


class Frame:
    """The points of a scope and period, with where each came from."""

    def __init__(self, text: str) -> None:
        """``text``: [begin, end, [[metric, unit, qty, price, groupby, metadata, origin], ...]], sorted by metric.

        Moments are microseconds of the epoch, numbers are text, and an origin is whatever comes back with the point.
        """
        begin, end, points = json.loads(text)
        self.begin, self.end = (_EPOCH + timedelta(microseconds=each) for each in (begin, end))
        self._tags = date_tags(self.begin)
        self.usage: dict[str, list[Point]] = {}
        self._given: dict[int, tuple[Point, Any]] = {}
        for metric, unit, qty, price, groupby, metadata, origin in points:
            point = {
                "vol": {"unit": unit, "qty": Decimal(qty)},
                "rating": {"price": Decimal(price)},
                "groupby": {**self._tags, **(groupby or {})},
                "metadata": metadata or {},
            }
            self._given[id(point)] = (point, origin)
            self.usage.setdefault(metric, []).append(point)

    def data(self) -> dict[str, Any]:
        """What a script is given as ``data``. It is the frame's own: what is changed there is changed here."""
        return {"period": {"begin": self.begin, "end": self.end}, "usage": self.usage}

    def origin(self, point: Point) -> Any:
        """What came with a point; None of one that was not given."""
        return self._given.get(id(point), (None, None))[1]

    def take(self, data: object, *, by_position: bool = False) -> None:
        """Take a result over. Raises InvalidFrameError.

        ``by_position``: a metric with as many points as before has the same ones, in their order.
        """
        period, usage = _members(data, "data", ("period", "usage"))
        begin, end = _members(period, "data['period']", ("begin", "end"))
        begin, end = _moment(begin, "begin"), _moment(end, "end")
        if begin.date() != self.begin.date():
            raise InvalidFrameError(f"data['period']: {begin.isoformat()} is in another day (UTC)")
        if end < begin:
            raise InvalidFrameError("data['period']: the end is before the begin")
        if not isinstance(usage, dict):
            raise InvalidFrameError(f"data['usage'] is of type {type(usage).__name__}, not a dict")
        taken: dict[str, list[Point]] = {}
        for metric in _sorted(usage):
            where = f"data['usage'][{metric!r}]"
            if not isinstance(usage[metric], Iterable):
                raise InvalidFrameError(f"{where} is of type {type(usage[metric]).__name__}, not a list")
            taken[metric] = [
                point if _is_whole(point) else _point(point, f"{where}[{at}]") for at, point in enumerate(usage[metric])
            ]
        if by_position:
            self._recognise(taken)
        self.begin, self.end, self.usage = begin, end, taken

    def _recognise(self, taken: dict[str, list[Point]]) -> None:
        given: dict[int, tuple[Point, Any]] = {}
        for metric, points in taken.items():
            before = self.usage.get(metric, [])
            if len(before) == len(points):
                given |= {id(new): (new, self.origin(old)) for new, old in zip(points, before, strict=True)}
        self._given = given

    def write(self, number: int) -> bytes:
        """JSON lines of up to ``LINE_POINTS`` points: n(umber of the frame), b(egin) and e(nd) in UTC, and points.

        Raises UnicodeEncodeError for half of a character.
        """
        begin, end = (each.replace(tzinfo=None).isoformat() for each in (self.begin, self.end))
        written = [self._written(metric, point) for metric, points in self.usage.items() for point in points]
        lines = [
            _encode({"n": number, "i": at, "b": begin, "e": end, "points": written[at : at + LINE_POINTS]})
            for at in range(0, len(written), LINE_POINTS)
        ]
        return "".join(f"{line}\n" for line in lines).encode()

    def _written(self, metric: str, point: Point) -> dict[str, Any]:
        """m(etric), u(nit), q(uantity), p(rice), g(roupby), x (metadata) and o(rigin)."""
        vol, groupby = point["vol"], dict(point["groupby"])
        for name, value in self._tags.items():
            if groupby.get(name) == value:
                del groupby[name]
        return {
            "m": metric,
            "u": vol["unit"],
            "q": _text(vol["qty"]),
            "p": _text(point["rating"]["price"]),
            "g": _texts(groupby),
            "x": _texts(point["metadata"]),
            "o": self.origin(point),
        }


def date_tags(moment: datetime) -> dict[str, str]:
    """The attributes that every point has of its period's start, in UTC; not stored, as they follow from it."""
    return {
        "week_of_the_year": moment.strftime("%U"),
        "day_of_the_year": str(moment.timetuple().tm_yday),
        "month": str(moment.month),
        "year": str(moment.year),
    }


def _is_whole(point: Any) -> bool:
    """Whether a point is just as it is given; most are, and the others are looked at closely."""
    try:
        vol, rating = point["vol"], point["rating"]
        return (
            len(point) == 4
            and type(vol) is type(rating) is type(point) is type(point["groupby"]) is type(point["metadata"]) is dict
            and (len(vol), len(rating)) == (2, 1)
            and type(vol["unit"]) is str
            and vol["unit"] != ""
            and _fits(vol["qty"])
            and _fits(rating["price"])
        )
    except (KeyError, TypeError):
        return False


def _point(point: object, where: str) -> Point:
    """A point with decimals for numbers and dicts for attributes; the dict that was given, where it is one."""
    if not isinstance(point, dict):
        raise InvalidFrameError(f"{where} is of type {type(point).__name__}, not a dict")
    rating = point.setdefault("rating", {})
    if isinstance(rating, dict):
        rating.setdefault("price", 0)
    vol, rating, groupby, metadata = _members(point, where, ("vol", "rating", "groupby", "metadata"))
    unit, qty = _members(vol, f"{where}['vol']", ("unit", "qty"))
    if not isinstance(unit, str):
        raise InvalidFrameError(f"{where}['vol']['unit'] is of type {type(unit).__name__}, not text")
    if not unit:
        vol["unit"] = "undefined"
    if not _fits(qty):
        vol["qty"] = _number(qty, f"{where}['vol']['qty']")
    (price,) = _members(rating, f"{where}['rating']", ("price",))
    if not _fits(price):
        rating["price"] = _number(price, f"{where}['rating']['price']")
    if type(groupby) is not dict:
        point["groupby"] = _attributes(groupby, f"{where}['groupby']")
    if type(metadata) is not dict:
        point["metadata"] = _attributes(metadata, f"{where}['metadata']")
    return point


def _members(value: object, where: str, names: tuple[str, ...]) -> tuple[Any, ...]:
    """The members of a dict that has these and no others."""
    if not isinstance(value, dict):
        raise InvalidFrameError(f"{where} is of type {type(value).__name__}, not a dict")
    try:
        found = tuple(value[name] for name in names)
    except KeyError as error:
        raise InvalidFrameError(f"{where} lacks {error}") from None
    if len(value) != len(names):
        extra = ", ".join(repr(name) for name in value if name not in names)
        raise InvalidFrameError(f"{where} may not have {extra}")
    return found


def _fits(value: object) -> bool:
    """A decimal that is finite and has at most 20 digits before the point."""
    return type(value) is Decimal and value.is_finite() and -BEYOND < value < BEYOND


def _number(value: object, where: str) -> Decimal:
    """A decimal that fits. A float is taken by its shortest text."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise InvalidFrameError(f"{where} is no number: {value!r}") from None
    if not _fits(number):
        raise InvalidFrameError(f"{where} does not fit into 20 digits before the point: {value!r}")
    return number


def _attributes(value: object, where: str) -> dict[Any, Any]:
    try:
        return dict(value)  # type: ignore[call-overload, no-any-return]
    except (TypeError, ValueError):
        raise InvalidFrameError(f"{where} is of type {type(value).__name__}, not a dict") from None


def _texts(attributes: dict[Any, Any]) -> dict[str, str]:
    if {*map(type, attributes), *map(type, attributes.values())} <= _TEXT_ONLY:
        return attributes
    return {str(key): str(value) for key, value in attributes.items()}


def _text(number: Decimal) -> str:
    """The number without exponent, rounded half away from zero at 18 decimals."""
    text = str(number)
    if len(text) <= _PLAIN and "E" not in text:
        return text
    return f"{number.quantize(_ATTO, context=_WIDE):f}"


def _moment(value: object, name: str) -> datetime:
    """A moment in UTC; one without a zone is UTC. Text is ISO 8601."""
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise InvalidFrameError(f"data['period'][{name!r}] is no date: {value!r}") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _sorted(usage: dict[Any, Any]) -> list[str]:
    if not all(isinstance(metric, str) for metric in usage):
        raise InvalidFrameError("data['usage'] has a key that is no text")
    return sorted(usage)
