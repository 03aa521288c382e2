"""The formulas: each is one SELECT in one file of ``tallystick.models``, in the DuckDB dialect.

A model reads the views that its opening comment names as inputs. ``$measure_sums`` and the dimension lists are filled
in from the table declarations, so that a new column is added in one place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Template
from types import MappingProxyType

from tallystick.engine.kernels import expanded
from tallystick.engine.slices import Slicing
from tallystick.lake.parts import fingerprint
from tallystick.lake.schemas import (
    CHARGE_SETS,
    DETAIL_DIMENSIONS,
    DIMENSION_SETS,
    LEDGER,
    LEDGER_DAILY,
    MEASURES,
    POINTS,
    RATED_POINTS,
    ROLLUP_DIMENSIONS,
    TableSchema,
)


@dataclass(frozen=True, slots=True)
class Model:
    """A formula: the table that it gives and its SELECT in the DuckDB dialect."""

    table: TableSchema
    sql: str
    slicing: Slicing | None = None
    """How a large input may be cut; None where it is read at once."""

    @property
    def fingerprint(self) -> str:
        """Moves when the formula or the columns of its table do."""
        return fingerprint(self.sql, *(f"{column.name} {column.type.value}" for column in self.table.columns))


_COLUMN_LISTS = {
    "measure_sums": ",\n  ".join(f"CAST(SUM({name}) AS DECIMAL(38, 18)) AS {name}" for name in MEASURES),
    "measures": ",\n  ".join(MEASURES),
    "negated_measures": ",\n  ".join(f"-{name}" for name in MEASURES),
    "any_measure": "x_charge_count <> 0 OR " + " OR ".join(f"{name} <> 0" for name in MEASURES),
    "rollup_dimensions": ",\n  ".join(ROLLUP_DIMENSIONS),
    "detail_dimensions": ",\n  ".join(DETAIL_DIMENSIONS),
}

_POSTED_MEASURES = frozenset(
    "billed_cost effective_cost list_cost contracted_cost pricing_quantity consumed_quantity x_usage_quantity".split()
)
_POSTED_DIMENSIONS = frozenset(
    """provider_name sub_account_id billing_currency charge_category charge_frequency service_name pricing_unit
    consumed_unit resource_id charge_description""".split()
)
_POINT_COLUMNS = {
    "point_columns": ",\n  ".join(POINTS.names()),
    "undated_columns": ",\n  ".join(f"rated.{name}" for name in POINTS.names() if name != "billing_period"),
    "unpriced_columns": ",\n  ".join(name for name in POINTS.names() if name != "price"),
    "absent_measures": ",\n  ".join(
        f"CAST(NULL AS DECIMAL(38, 18)) AS {name}" for name in MEASURES if name not in _POSTED_MEASURES
    ),
    "absent_dimensions": ",\n  ".join(
        f"CAST(NULL AS VARCHAR) AS {name}"
        for name in (*ROLLUP_DIMENSIONS, *DETAIL_DIMENSIONS)
        if name not in _POSTED_DIMENSIONS
    ),
}
_SETS_OF_CHARGES = {
    "set_rows": "charges",
    "set_tags": "tags",
    "set_others": "x_cost_categories",
    "set_others_kind": "category",
}
_SETS_OF_POINTS = {
    "set_tags": "groupby",
    "set_others": "metadata",
    "set_others_kind": "metadata",
}
POINTS_INPUT = "delivered_points"
UNRATED = "SELECT * FROM points"
"""The rating of no module."""

DERIVED = (CHARGE_SETS, LEDGER, LEDGER_DAILY, DIMENSION_SETS)
"""The tables that have a model of their name."""

_SLICINGS = {LEDGER_DAILY: Slicing(LEDGER.name, "period_start")}
"""Of the models that read all of a month."""


@cache
def model(table: TableSchema) -> Model:
    """The model that gives a table."""
    return _load(table, table.name, _SETS_OF_CHARGES, _SLICINGS.get(table))


@cache
def revision_model() -> Model:
    """The model of the postings that correct a closed month."""
    return _load(LEDGER, "ledger_revision")


@cache
def hashmap_model() -> Model:
    """The model that adds the prices of hashmap's rules to points."""
    return _load(POINTS, "hashmap")


@cache
def tiers_model(rated_before: str = UNRATED) -> Model:
    """The model that adds the prices of ladders to the points that a SELECT of a rating gives."""
    given = {
        "rated_before": rated_before,
        "delivered_points": counted_points(),
        "earlier_points": counted_points(f"earlier_points AS {POINTS_INPUT}"),
    }
    return _load(POINTS, "tiers", given)


@cache
def metered_sets_model(points: str = POINTS_INPUT) -> Model:
    """The model of the charge sets that the points of a view have."""
    return _load(CHARGE_SETS, "charge_sets", {**_SETS_OF_POINTS, "set_rows": points})


def metered_model(rating: str = UNRATED) -> Model:
    """The model of the postings of points that a SELECT rates: it reads ``points`` and gives all its columns."""
    return _load(LEDGER, "metered_ledger", {"rated_points": _rated_points(rating)})


@cache
def rated_ledger_model() -> Model:
    """The model of the postings of points that are rated already."""
    return _load(LEDGER, "metered_ledger", {"rated_points": "SELECT * FROM rated_points"})


@cache
def unrated_model() -> Model:
    """The model of what the first rating module gets, in a fixed order."""
    unrated = _text("unrated_points", {})
    order = "scope_id, period_start, metric, x_file_id, x_row_number"
    return Model(
        POINTS, f"WITH counted_points AS ({counted_points()}) SELECT * FROM ({unrated}) AS unrated ORDER BY {order}"
    )


@cache
def rated_model() -> Model:
    """The model of the points of a day that modules rated: what became of those is in ``rated_by_modules``."""
    rated = _rated_points("SELECT * FROM rated_by_modules")
    return _load(RATED_POINTS, "rated_day", {"rated_points": rated})


def _rated_points(rating: str) -> str:
    given = {"counted_points": counted_points(), "unrated_points": _text("unrated_points", {}), "rating": rating}
    return _text("rated_points", given)


def counted_points(delivered_points: str = POINTS_INPUT) -> str:
    """The SELECT of the points that count, of what is delivered (a relation of that name) and ``withdrawals``."""
    return _text("counted_points", {"delivered_points": delivered_points})


def unread_values() -> str:
    """The SELECT of the values that thresholds could not read."""
    return _text("unread_values", {"counted_points": counted_points()})


def _load(
    table: TableSchema,
    name: str,
    further: Mapping[str, str] = MappingProxyType({}),
    slicing: Slicing | None = None,
) -> Model:
    return Model(table, _text(name, further), slicing)


def _text(name: str, further: Mapping[str, str]) -> str:
    text = resources.files("tallystick.models").joinpath(f"{name}.sql").read_text(encoding="utf-8")
    return expanded(Template(text).substitute({**_COLUMN_LISTS, **_POINT_COLUMNS, **further}))
