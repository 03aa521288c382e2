"""The formulas: each is one SELECT in one file of ``tallystick.models``, in the DuckDB dialect.

A model reads the views that its opening comment names as inputs. ``$measure_sums`` and the dimension lists are filled
in from the table declarations, so that a new column is added in one place.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Template

from tallystick.lake.parts import fingerprint
from tallystick.lake.schemas import (
    CHARGE_SETS,
    DETAIL_DIMENSIONS,
    DIMENSION_SETS,
    LEDGER,
    LEDGER_DAILY,
    MEASURES,
    ROLLUP_DIMENSIONS,
    TableSchema,
)


@dataclass(frozen=True, slots=True)
class Model:
    """A formula: the table that it gives and its SELECT in the DuckDB dialect."""

    table: TableSchema
    sql: str

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

DERIVED = (CHARGE_SETS, LEDGER, LEDGER_DAILY, DIMENSION_SETS)
"""The tables that have a model of their name."""


@cache
def model(table: TableSchema) -> Model:
    """The model that gives a table."""
    return _load(table, table.name)


@cache
def revision_model() -> Model:
    """The model of the postings that correct a closed month."""
    return _load(LEDGER, "ledger_revision")


def _load(table: TableSchema, name: str) -> Model:
    text = resources.files("tallystick.models").joinpath(f"{name}.sql").read_text(encoding="utf-8")
    return Model(table, Template(text).substitute(_COLUMN_LISTS))
