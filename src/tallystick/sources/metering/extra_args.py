"""What ``extra_args`` of a metric may say, by collector: the names and defaults are CloudKitty's."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

_BASIC: Final = frozenset("mean sum last max min std median first count".split())
_PERCENTILES: Final = frozenset(f"{number}pct" for number in range(1, 100))


def _basic(name: str) -> str:
    if name.removeprefix("rate:") not in _BASIC:
        raise ValueError(f"must be one of {', '.join(sorted(_BASIC))}, or one of them after rate:")
    return name


def _basic_or_percentile(name: str) -> str:
    return name if name.removeprefix("rate:") in _PERCENTILES else _basic(name)


class ExtraArgs(BaseModel):
    """Arguments of a collector; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class PrometheusArgs(ExtraArgs):
    """How Prometheus and Aetos are asked. ``increase`` is ours; ``irange`` is accepted, though PromQL has none."""

    aggregation_method: Literal["avg", "count", "max", "min", "stddev", "stdvar", "sum"] = "max"
    query_function: Literal["abs", "ceil", "exp", "floor", "ln", "log2", "log10", "round", "sqrt"] | None = None
    range_function: Literal["changes", "delta", "deriv", "idelta", "increase", "irange", "irate", "rate"] | None = None
    query_prefix: str = ""
    query_suffix: str = ""
    proration: Literal["none", "coverage"] = "none"
    """Ours: ``coverage`` rates only the share of a period in which there are samples."""
    proration_step: Annotated[int, Field(gt=0)] = 300
    """Seconds: the period is covered step by step. It must not be below the interval between samples."""

    @model_validator(mode="after")
    def _prorates_gauges(self) -> PrometheusArgs:
        plain = self.aggregation_method in ("avg", "max", "min")
        if self.proration != "none" and (
            not plain or self.range_function or self.query_function or self.query_prefix or self.query_suffix
        ):
            raise ValueError(
                "proration is for the avg, max or min of a gauge, without functions, query_prefix and query_suffix"
            )
        return self


class GnocchiArgs(ExtraArgs):
    """How Gnocchi is asked."""

    resource_type: Annotated[str, Field(min_length=1)]
    resource_key: Annotated[str, Field(min_length=1)] = "id"
    aggregation_method: Annotated[str, AfterValidator(_basic_or_percentile)] = "max"
    re_aggregation_method: Annotated[str, AfterValidator(_basic)] = "max"
    force_granularity: Annotated[int, Field(ge=0)] = 3600
    """Seconds; 0 is the period."""
    period_aggregation: Literal["re_aggregation_method", "first"] = "re_aggregation_method"
    """What becomes of the values of a period when the granularity is finer. Ours; CloudKitty always takes the first."""
    use_all_resource_revisions: bool = True
    custom_query: str = ""


class AnyArgs(BaseModel):
    """Arguments of a collector that is plugged in: whatever it reads."""

    model_config = ConfigDict(extra="allow", frozen=True)


ARGS: Final[dict[str, type[BaseModel]]] = {
    "prometheus": PrometheusArgs,
    "aetos": PrometheusArgs,
    "gnocchi": GnocchiArgs,
}
"""By the name of the collector."""
