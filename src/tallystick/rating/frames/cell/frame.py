"""What a script is given and may give back: the points of a scope and period, as CloudKitty's scripts know them.

    {"period": {"begin": datetime, "end": datetime},
     "usage": {metric: [{"vol": {"unit": text, "qty": Decimal}, "rating": {"price": Decimal},
                         "groupby": {...}, "metadata": {...}}]}}

A frame comes as a line of text (``reading``) and goes as JSON lines that say what has changed (:meth:`Frame.write`). A
point that is still the dict that was given keeps where it came from; a new one has no origin.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Context, Decimal, InvalidOperation
from typing import Any, Final

BEYOND: Final = Decimal(10) ** 20
"""Numbers from here on do not fit into 38 digits with 18 decimals."""
_ATTO: Final = Decimal(1).scaleb(-18)
_WIDE: Final = Context(prec=60, rounding="ROUND_HALF_UP")
_PLAIN: Final = 20
"""A number of up to so many characters without exponent has less than 19 decimals."""
LINE_POINTS: Final = 100
COLUMNS: Final = ("o", "m", "u", "q", "p", "g", "x")
"""What is written of a point: o(rigin), m(etric), u(nit), q(uantity), p(rice), g(roupby) and x (metadata). Of one that
was given, what has not changed is null; g and x are both there or both null."""
_TEXT_ONLY: Final = {str}
_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

Point = dict[str, Any]
Given = tuple[str, str, Decimal, Decimal, dict[str, str], dict[str, str], int]
"""Metric, unit, quantity, price, groupby with the tags, metadata and origin of a point; nothing of it is changed."""


class InvalidFrameError(ValueError):
    """The result of a script is no frame; the text says what of it."""


class Frame:
    """The points of a scope and period, with what each was given as."""

    def __init__(self, begin: datetime, end: datetime, tags: Mapping[str, str], points: Iterable[Given]) -> None:
        """``tags`` are the attributes that are in every ``groupby`` but not stored; ``points`` are sorted by metric."""
        self.begin, self.end, self._tags = begin, end, tags
        self.usage: dict[str, list[Point]] = {}
        self._given: dict[int, tuple[Point, Given]] = {}
        for given in points:
            metric, unit, qty, price, groupby, metadata, _ = given
            point = {
                "vol": {"unit": unit, "qty": qty},
                "rating": {"price": price},
                "groupby": groupby.copy(),
                "metadata": metadata.copy(),
            }
            self._given[id(point)] = (point, given)
            self.usage.setdefault(metric, []).append(point)

    def data(self) -> dict[str, Any]:
        """What a script is given as ``data``. It is the frame's own: what is changed there is changed here."""
        return {"period": {"begin": self.begin, "end": self.end}, "usage": self.usage}

    def origin(self, point: Point) -> int | None:
        """The origin of a point; None of one that was not given."""
        return self._given[id(point)][1][-1] if id(point) in self._given else None

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
        given: dict[int, tuple[Point, Given]] = {}
        for metric, points in taken.items():
            before = self.usage.get(metric, [])
            if len(before) == len(points):
                pairs = zip(points, before, strict=True)
                given |= {id(new): (new, self._given[id(old)][1]) for new, old in pairs if id(old) in self._given}
        self._given = given

    def write(self, number: int) -> bytes:
        """JSON lines of up to ``LINE_POINTS`` points: n(umber of the frame), b(egin) and e(nd) in UTC, i (how many
        points are in the lines before), and a list for each of ``COLUMNS`` that is not null for all of them.

        Raises UnicodeEncodeError for half of a character.
        """
        head = {"n": number, "b": _utc(self.begin), "e": _utc(self.end)}
        written = [self._written(metric, point) for metric, points in self.usage.items() for point in points]
        lines = [
            _encode({**head, "i": at, **_columns(written[at : at + LINE_POINTS])})
            for at in range(0, len(written), LINE_POINTS)
        ]
        return "".join(f"{line}\n" for line in lines).encode()

    def _written(self, metric: str, point: Point) -> tuple[Any, ...]:
        """The values of ``COLUMNS``."""
        vol, price = point["vol"], point["rating"]["price"]
        found = self._given.get(id(point))
        if found is None:
            return None, metric, vol["unit"], _text(vol["qty"]), _text(price), *self._attributes(point)
        given_metric, unit, qty, given_price, groupby, metadata, origin = found[1]
        return (
            origin,
            None if metric == given_metric else metric,
            None if vol["unit"] == unit else vol["unit"],
            None if vol["qty"] is qty else _text(vol["qty"]),
            None if price is given_price else _text(price),
            *(
                (None, None)
                if point["groupby"] == groupby and point["metadata"] == metadata
                else self._attributes(point)
            ),
        )

    def _attributes(self, point: Point) -> tuple[dict[str, str], dict[str, str]]:
        tags = self._tags
        groupby = {name: value for name, value in point["groupby"].items() if name not in tags or tags[name] != value}
        return _texts(groupby), _texts(point["metadata"])


def _columns(points: list[tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
    """What was written of points as lists: the origins, and what is not null for all of them."""
    columns = dict(zip(COLUMNS, zip(*points, strict=True), strict=True))
    return {name: values for name, values in columns.items() if name == "o" or values.count(None) < len(values)}


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


def _utc(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat()


def _sorted(usage: dict[Any, Any]) -> list[str]:
    if not all(isinstance(metric, str) for metric in usage):
        raise InvalidFrameError("data['usage'] has a key that is no text")
    return sorted(usage)
