"""Files of metered points, CSV or Parquet: a row per scope, metric, period and set of attributes.

``groupby`` and ``metadata`` are JSON objects or maps of texts. A row without ``price`` is to be rated.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

from tallystick.lake.schemas import POINTS
from tallystick.sources import dimensions
from tallystick.sources.delivery import Finding
from tallystick.sources.header import Header
from tallystick.sources.projection import Check, Field, Projection, Type, bind
from tallystick.sources.rawtotals import RawColumns

_BEGIN = ("begin", "period_start")
_FIELDS = (
    Field("period_start", _BEGIN, Type.TIME, required=True, filled=True),
    Field("period_end", ("end", "period_end"), Type.TIME, required=True, filled=True),
    Field("scope_id", ("scope_id",), required=True, filled=True),
    Field("metric", ("metric", "type"), required=True, filled=True),
    Field("unit", ("unit",)),
    Field("qty", ("qty", "quantity"), Type.NUMBER, required=True, filled=True),
    Field("price", ("price",), Type.NUMBER),
    Field("description", ("description",)),
)
_MAPS = ("groupby", "metadata")
_SET = dimensions.set_id("groupby_pairs", "metadata_pairs")
_TARGETS = {
    **{field.name: field.name for field in _FIELDS},
    "billing_period": "CAST(period_start AS DATE)",
    "resource_id": "json_extract_string(groupby_pairs, '$.id')",
    "x_dimension_set_id": _SET,
    "x_series_id": dimensions.series_id("scope_id", "metric", _SET),
    **{name: dimensions.as_map(f"{name}_pairs") for name in _MAPS},
}


class PointsKind:
    """The kind ``points``."""

    name = "points"
    table = POINTS
    null_texts: tuple[str, ...] = ()

    def recognises(self, header: Header) -> bool:
        """A table with a column for every required field."""
        return all(header.find(*field.spellings) is not None for field in _FIELDS if field.required)

    def suggest(self, sample: Mapping[str, str]) -> str:  # noqa: ARG002 (the rows of a file may be of many scopes)
        """``points``."""
        return self.name

    def project(self, header: Header, billing_period: date | None) -> tuple[Projection, tuple[Finding, ...]]:  # noqa: ARG002
        """Bind the columns; the rows say their days."""
        pairs, derived, checks = {}, {}, [Check("period_end < period_start", "end: before begin")]
        for name in _MAPS:
            column = header.find(name)
            pairs[f"{name}_pairs"] = dimensions.from_cell(column, keep_empty=True) if column else dimensions.NONE
            if column and (broken := dimensions.is_broken(column)):
                derived[f"{name}_broken"] = broken
                checks.append(Check(f"{name}_broken", f"{name}: not a JSON object"))
        return Projection(bind(_FIELDS, header, {}), _TARGETS, pairs, derived, checks), ()

    def raw_columns(self) -> RawColumns:
        """The columns whose sums a delivery is checked by."""
        return RawColumns(_BEGIN, {"qty": ("qty", "quantity"), "price": ("price",)}, daily=True)

    def rules(self) -> str:
        """The field and target tables."""
        return json.dumps([repr(_FIELDS), _TARGETS], sort_keys=True)
