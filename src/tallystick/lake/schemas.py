"""The tables of the lake: one declaration per table, from which the Iceberg schema and the column lists of queries
are made. Iceberg gives each column its field id, by which files are read: a column added here takes a new one.

Money and quantities are DECIMAL(38,18); times are UTC and intervals half-open.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class ColumnType(Enum):
    """A column's type, in DuckDB's words."""

    TEXT = "VARCHAR"
    DECIMAL = "DECIMAL(38,18)"
    INTEGER = "BIGINT"
    DATE = "DATE"
    TIMESTAMP = "TIMESTAMP"
    TEXT_MAP = "MAP(VARCHAR, VARCHAR)"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; it may hold NULL, which means absent."""

    name: str
    type: ColumnType


@dataclass(frozen=True, slots=True)
class TableSchema:
    """A table of the lake, partitioned by (``x_source_id``, ``billing_period``)."""

    name: str
    columns: tuple[Column, ...]
    measures: tuple[str, ...] = ()
    """Of what is delivered: the columns that control totals are kept of."""

    def names(self, type: ColumnType | None = None) -> tuple[str, ...]:
        """The column names in order, all or those of one type."""
        return tuple(column.name for column in self.columns if type is None or column.type is type)


def _columns(*groups: tuple[ColumnType, str]) -> tuple[Column, ...]:
    return tuple(Column(name, type) for type, names in groups for name in names.split())


PARTITION_COLUMNS = "x_source_id", "billing_period"

COST_MEASURES = (
    "billed_cost",
    "effective_cost",
    "list_cost",
    "contracted_cost",
    "x_unblended_cost",
    "x_blended_cost",
    "x_net_unblended_cost",
    "x_savingsplan_effective_cost",
    "x_calculated_amortized_cost",
)
QUANTITY_MEASURES = ("pricing_quantity", "consumed_quantity", "x_usage_quantity")
MEASURES = COST_MEASURES + QUANTITY_MEASURES
_MEASURES = " ".join(MEASURES)

_ROLLUP_DIMENSIONS = """
    provider_name invoice_issuer_name publisher_name
    billing_account_id billing_account_name sub_account_id sub_account_name
    billing_currency charge_category charge_class charge_frequency
    pricing_category pricing_unit service_category service_name service_subcategory
    region_id region_name availability_zone commitment_discount_status
    x_service_code x_product_family x_instance_type x_line_item_type
"""
_DETAIL_DIMENSIONS = """
    resource_id resource_name resource_type sku_id sku_price_id sku_meter charge_description invoice_id
    consumed_unit commitment_discount_category commitment_discount_id commitment_discount_name commitment_discount_type
    capacity_reservation_id capacity_reservation_status
    commitment_discount_unit pricing_currency sku_price_details
    billing_account_type sub_account_type x_billing_entity x_operation x_operating_system x_vcpu x_memory
"""
ROLLUP_DIMENSIONS = tuple(_ROLLUP_DIMENSIONS.split())
"""What the ledger and its daily rollup are both keyed by, beside source, period, day and dimension set."""
DETAIL_DIMENSIONS = tuple(_DETAIL_DIMENSIONS.split())
"""What only the full ledger is keyed by."""

CHARGES = TableSchema(
    "charges",
    _columns(
        (ColumnType.TEXT, "x_source_id"),
        (ColumnType.DATE, "billing_period"),
        (ColumnType.TEXT, "x_file_id x_dimension_set_id"),
        (ColumnType.INTEGER, "x_row_number"),
        (ColumnType.TIMESTAMP, "billing_period_start billing_period_end charge_period_start charge_period_end"),
        (ColumnType.DECIMAL, _MEASURES),
        (ColumnType.DECIMAL, "list_unit_price contracted_unit_price commitment_discount_quantity"),
        (
            ColumnType.DECIMAL,
            "pricing_currency_contracted_unit_price pricing_currency_effective_cost pricing_currency_list_unit_price",
        ),
        (ColumnType.TEXT, _ROLLUP_DIMENSIONS),
        (ColumnType.TEXT, _DETAIL_DIMENSIONS),
        (ColumnType.TEXT_MAP, "tags x_cost_categories x_extra"),
    ),
    measures=MEASURES,
)
"""One row per line of a bill, at the provider's own grain, in FOCUS columns."""

POINTS = TableSchema(
    "points",
    _columns(
        (ColumnType.TEXT, "x_source_id"),
        (ColumnType.DATE, "billing_period"),
        (ColumnType.TEXT, "x_file_id x_dimension_set_id x_series_id"),
        (ColumnType.INTEGER, "x_row_number"),
        (ColumnType.TIMESTAMP, "period_start period_end"),
        (ColumnType.TEXT, "scope_id metric unit"),
        (ColumnType.DECIMAL, "qty price"),
        (ColumnType.TEXT, "resource_id description"),
        (ColumnType.TEXT_MAP, "groupby metadata"),
    ),
    measures=("qty", "price"),
)
"""One row per metered point, as collected or delivered; here ``billing_period`` is the UTC day of ``period_start``.

``price`` is what the deliverer said, NULL where the point is to be rated. ``x_dimension_set_id`` stands for ``groupby``
and ``metadata`` together, ``x_series_id`` for these, the scope and the metric."""

DELIVERED = (CHARGES, POINTS)
"""What deliveries are read into."""

RATED_POINTS = TableSchema("rated_points", (*POINTS.columns, Column("x_problem", ColumnType.TEXT)))
"""The points of a day, rated by modules of which one is no SQL. Where all are, the ledger is computed from ``points``.

Every price is there; ``x_problem`` says why a module did not rate the points of a scope and period. Here
``billing_period`` is the month, as in all that is derived."""

LEDGER = TableSchema(
    "ledger",
    _columns(
        (ColumnType.TEXT, "x_source_id"),
        (ColumnType.DATE, "billing_period x_revised_period"),
        (ColumnType.TEXT, "entry dimension_set_id"),
        (ColumnType.INTEGER, "revision x_charge_count"),
        (ColumnType.TIMESTAMP, "period_start period_end"),
        (ColumnType.DECIMAL, _MEASURES),
        (ColumnType.TEXT, _ROLLUP_DIMENSIONS),
        (ColumnType.TEXT, _DETAIL_DIMENSIONS),
    ),
)
"""Postings: charges summed by day and every dimension, the resource included.

A posting with a ``revision`` above 0 corrects a closed month, ``x_revised_period``, in the first open one after it."""

LEDGER_DAILY = TableSchema(
    "ledger_daily",
    tuple(column for column in LEDGER.columns if column.name not in DETAIL_DIMENSIONS),
)
"""The ledger summed over its detail dimensions: what reports read when nothing finer is asked."""

CHARGE_SETS = TableSchema(
    "charge_sets",
    _columns(
        (ColumnType.TEXT, "x_source_id"),
        (ColumnType.DATE, "billing_period"),
        (ColumnType.TEXT, "dimension_set_id kind key value"),
    ),
)
"""What the ``x_dimension_set_id`` of the charges of one delivered file stands for, as delivered: a row per pair, whose
``kind`` is ``tag`` or ``category``; of points, ``tag`` for what may be grouped by, else ``metadata``."""

DIMENSION_SETS = TableSchema("dimension_sets", CHARGE_SETS.columns)
"""The pairs that reports see: those of ``charge_sets`` whose key is enabled, once per partition. Sorted by kind and
key, so that one key is found without reading the others. A set that several partitions use stands in each of them."""

TABLES = (CHARGES, POINTS, RATED_POINTS, CHARGE_SETS, LEDGER, LEDGER_DAILY, DIMENSION_SETS)
