"""``metrics.yml``: which metrics are collected, in which unit, and what of their labels is kept.

The file is CloudKitty's, read as it is. An entry is known by its key, ``name`` or ``name@#alt_name``; the type of its
points is ``alt_name``, else ``name``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from tallystick.errors import ConfigError
from tallystick.sources.metering import exact_yaml
from tallystick.sources.metering.extra_args import ARGS, AnyArgs, GnocchiArgs
from tallystick.sources.metering.quantities import Conversion, Mutation

SEPARATOR: Final = "@#"


@dataclass(frozen=True)
class Metric:
    """One entry of the file, complete."""

    name: str
    """What the source calls it."""
    unit: str
    type_name: str
    """What its points, and services of hashmap, call it."""
    key: str
    groupby: tuple[str, ...]
    """With the scope key, and Gnocchi's resource key."""
    metadata: tuple[str, ...]
    factor: Fraction
    offset: Fraction
    mutation: Mutation
    mutate_map: Mapping[Fraction, Fraction]
    extra_args: BaseModel
    """Of the collector's kind: see :data:`~tallystick.sources.metering.extra_args.ARGS`."""
    description: str | None = None
    skip_expression: str | None = None
    """When a rated point is left out, as written; None where the source's own expression counts."""

    def conversion(self) -> Conversion:
        """From the source's numbers to quantities."""
        return Conversion(self.factor, self.offset, self.mutation, self.mutate_map)


def read_metrics(text: str, *, collector: str, scope_key: str, file: str = "metrics.yml") -> tuple[Metric, ...]:
    """The metrics, sorted by key. Raises ConfigError with file, key and reason of everything that is wrong."""
    document = exact_yaml.read(text, file)
    if not isinstance(document, dict) or set(document) != {"metrics"}:
        raise ConfigError(f"{file}: it must be a mapping with the one key metrics")
    if not isinstance(document["metrics"], dict) or not document["metrics"]:
        raise ConfigError(f"{file}: metrics: must be a mapping with at least one metric")
    found: dict[str, Metric] = {}
    wrong: list[str] = []
    for name, place, entry in _entries(document["metrics"]):
        try:
            metric = _metric(name, entry, collector, scope_key)
        except ValidationError as error:
            wrong += [f"{place}{reason}" for reason in _reasons(error)]
            continue
        if metric.key in found:
            wrong.append(f"{place}: {metric.key} stands there twice; give each an alt_name")
        found[metric.key] = metric
    if wrong:
        raise ConfigError("\n".join(f"{file}: {reason}" for reason in wrong))
    return tuple(found[key] for key in sorted(found))


def _number(value: object) -> Fraction:
    numeric = isinstance(value, int | Decimal | str) and not isinstance(value, bool)
    try:
        return Fraction(str(value) if numeric else "")
    except (ValueError, OverflowError):
        raise ValueError(f"{value!r} is neither a number nor a fraction such as 1/1024") from None
    except ZeroDivisionError:
        raise ValueError(f"{value} divides by 0") from None


Name = Annotated[str, Field(min_length=1)]
Exact = Annotated[Fraction, BeforeValidator(_number)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, arbitrary_types_allowed=True)

    unit: Name
    alt_name: Name | None = None
    description: Name | None = None
    factor: Exact = Fraction(1)
    offset: Exact = Fraction(0)
    groupby: list[Name] = []
    metadata: list[Name] = []
    mutate: Annotated[Mutation, Field(strict=False)] = Mutation.NONE
    mutate_map: dict[Exact, Exact] | None = None
    skip_datapoints_expression: Name | None = None
    extra_args: dict[str, Any] = {}

    @model_validator(mode="after")
    def _map_belongs_to_map(self) -> _Entry:
        if (self.mutate is Mutation.MAP) != (self.mutate_map is not None):
            raise ValueError("mutate: MAP and mutate_map need each other")
        return self


def _entries(metrics: Mapping[object, object]) -> Iterator[tuple[str, str, object]]:
    """(name, place, entry) of every metric and of every entry of a list."""
    for name, value in metrics.items():
        place = f"metrics.{name}"
        if isinstance(value, list) and value:
            for number, entry in enumerate(value):
                yield str(name), f"{place}[{number}]", entry
        else:
            yield str(name), place, value


def _metric(name: str, written: object, collector: str, scope_key: str) -> Metric:
    entry = _Entry.model_validate(written)
    args = _extra_args(entry, collector)
    keys = [scope_key, args.resource_key] if isinstance(args, GnocchiArgs) else [scope_key]
    groupby = tuple(dict.fromkeys([*entry.groupby, *keys]))
    both = sorted(set(groupby) & set(entry.metadata))
    if both:
        raise _complaint("metadata", f"{', '.join(both)} is in groupby too")
    return Metric(
        name=name,
        unit=entry.unit,
        type_name=entry.alt_name or name,
        key=SEPARATOR.join([name, entry.alt_name]) if entry.alt_name else name,
        groupby=groupby,
        metadata=tuple(dict.fromkeys(entry.metadata)),
        factor=entry.factor,
        offset=entry.offset,
        mutation=entry.mutate,
        mutate_map=entry.mutate_map or {},
        extra_args=args,
        description=entry.description,
        skip_expression=entry.skip_datapoints_expression,
    )


def _extra_args(entry: _Entry, collector: str) -> BaseModel:
    try:
        return ARGS.get(collector, AnyArgs).model_validate(entry.extra_args)
    except ValidationError as error:
        raise _complaint("extra_args", "; ".join(reason.lstrip(".: ") for reason in _reasons(error))) from error


def _complaint(field: str, reason: str) -> ValidationError:
    """An error of a field, in the form of the others."""
    return ValidationError.from_exception_data(
        "metric", [{"type": "value_error", "loc": (field,), "input": None, "ctx": {"error": ValueError(reason)}}]
    )


def _reasons(error: ValidationError) -> Iterator[str]:
    """``.field: reason``, or ``: reason`` of the entry as a whole."""
    for detail in error.errors():
        place = "".join(f".{part}" for part in detail["loc"] if part != "[key]")
        yield f"{place}: {detail['msg'].removeprefix('Value error, ')}"
