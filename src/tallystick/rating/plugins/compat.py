"""CloudKitty's own frames for modules that expect them, from its package where that is installed, and else from here.

What stands here has the names and behaviour that modules use: ``cloudkitty.dataframe.DataFrame`` and ``DataPoint``, and
the base class ``cloudkitty.rating.RatingProcessorBase``, without a database behind it.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from types import ModuleType
from typing import Any, NamedTuple, NoReturn


class ImmutableDict(dict[str, Any]):
    """A dict that refuses changes; ``copy`` gives one that can be changed."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("'ImmutableDict' objects are immutable")

    __setitem__ = __delitem__ = clear = pop = popitem = setdefault = update = __ior__ = _refuse

    def copy(self) -> dict[str, Any]:
        return dict(self)

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))


class _Point(NamedTuple):
    unit: str
    qty: Decimal
    price: Decimal
    groupby: Mapping[str, Any]
    metadata: Mapping[str, Any]
    description: str | None = None


class DataPoint(_Point):
    """A point; it is not changed, but replaced."""

    __slots__ = ()

    def __new__(  # noqa: PLR0917 (the order is CloudKitty's)
        cls,
        unit: str | None,
        qty: Any,
        price: Any,
        groupby: Mapping[str, Any],
        metadata: Mapping[str, Any],
        description: str | None = None,
    ) -> DataPoint:
        return super().__new__(
            cls,
            unit or "undefined",
            _decimal(qty),
            _decimal(price),
            ImmutableDict(groupby),
            ImmutableDict(metadata),
            description,
        )

    def set_price(self, price: Any) -> DataPoint:
        """The point with another price."""
        return self._replace(price=price)

    @property
    def desc(self) -> Mapping[str, Any]:
        """Metadata and groupby together."""
        return ImmutableDict({**self.metadata, **self.groupby})

    def as_dict(self, legacy: bool = False, mutable: bool = False) -> dict[str, Any]:
        """The point as scripts see it; with ``legacy``, ``desc`` stands for groupby and metadata."""
        kind = dict if mutable else ImmutableDict
        output: dict[str, Any] = {
            "vol": {"unit": self.unit, "qty": self.qty},
            "rating": {"price": self.price},
        }
        pairs = {"desc": self.desc} if legacy else {"groupby": self.groupby, "metadata": self.metadata}
        return kind({**output, **{name: kind(value) for name, value in pairs.items()}})

    @classmethod
    def from_dict(cls, dict_: Mapping[str, Any], legacy: bool = False) -> DataPoint:
        """The opposite of ``as_dict``. Raises ValueError."""
        try:
            groupby, metadata = (dict_["desc"], {}) if legacy else (dict_["groupby"], dict_["metadata"])
            price = dict_.get("rating", {}).get("price", 0)
            return cls(dict_["vol"]["unit"], dict_["vol"]["qty"], price, groupby, metadata)
        except (KeyError, TypeError, ArithmeticError) as error:
            raise ValueError(f"{dict_} isn't a valid DataPoint: {error}") from error


def _decimal(number: Any) -> Decimal:
    return Decimal(str(number) if isinstance(number, float) else number)


class DataFrame:
    """The points of a scope and period, by metric."""

    __slots__ = ("_usage", "end", "start")

    def __init__(self, start: datetime, end: datetime, usage: Mapping[str, list[DataPoint]] | None = None) -> None:
        self.start, self.end = start, end
        self._usage = {metric: list(points) for metric, points in sorted((usage or {}).items())}

    def as_dict(self, legacy: bool = False, mutable: bool = False) -> dict[str, Any]:
        """The frame as scripts see it."""
        kind = dict if mutable else ImmutableDict
        usage = {
            metric: [point.as_dict(legacy=legacy, mutable=mutable) for point in points]
            for metric, points in self._usage.items()
        }
        return kind({"period": {"begin": self.start, "end": self.end}, "usage": usage})

    @classmethod
    def from_dict(cls, dict_: Mapping[str, Any], legacy: bool = False) -> DataFrame:
        """The opposite of ``as_dict``. Raises ValueError."""
        try:
            begin, end = dict_["period"]["begin"], dict_["period"]["end"]
            items = dict_["usage"].items()
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{dict_} isn't a valid DataFrame: {error}") from error
        return cls(begin, end, {key: [DataPoint.from_dict(one, legacy) for one in points] for key, points in items})

    def add_points(self, points: list[DataPoint], type_: str) -> None:
        """Add points of a metric."""
        self._usage.setdefault(type_, []).extend(points)

    def add_point(self, point: DataPoint, type_: str) -> None:
        """Add a point of a metric."""
        self._usage.setdefault(type_, []).append(point)

    def iterpoints(self) -> Iterator[tuple[str, DataPoint]]:
        """Metric and point, one by one."""
        for type_, points in self._usage.items():
            for point in points:
                yield type_, point

    def itertypes(self) -> Iterator[tuple[str, list[DataPoint]]]:
        """Metric and points."""
        yield from self._usage.items()

    def __repr__(self) -> str:
        return f"DataFrame(metrics=[{','.join(self._usage)}])"


class RatingProcessorBase:
    """What modules derive from."""

    module_name: str | None = None
    description: str | None = None
    config_controller: Any = None
    hot_config = False

    def __init__(self, tenant_id: str | None = None) -> None:
        self._tenant_id = tenant_id

    def process(self, data: DataFrame) -> DataFrame:
        """To be written by the module."""
        raise NotImplementedError

    def quote(self, data: DataFrame) -> DataFrame:
        """As ``process``."""
        return self.process(data)

    def reload_config(self, start: datetime | None = None) -> None:
        """To be written by the module."""
        raise NotImplementedError

    def nodata(self, begin: datetime, end: datetime) -> None:
        """Never called."""


def provide() -> None:
    """Where CloudKitty is not installed, let ``import cloudkitty.dataframe`` and ``cloudkitty.rating`` find these."""
    if importlib.util.find_spec("cloudkitty") is not None:
        return
    package, dataframe, rating = (ModuleType(f"cloudkitty{name}") for name in ("", ".dataframe", ".rating"))
    contents: dict[ModuleType, dict[str, Any]] = {
        package: {"dataframe": dataframe, "rating": rating, "__path__": []},
        dataframe: {"DataFrame": DataFrame, "DataPoint": DataPoint},
        rating: {"RatingProcessorBase": RatingProcessorBase},
    }
    for module, names in contents.items():
        vars(module).update(names)
        sys.modules[module.__name__] = module
