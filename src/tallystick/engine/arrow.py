"""A table's columns in Arrow's words, for what is written by Arrow and not by the engine."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from tallystick.lake.schemas import Column, ColumnType, TableSchema
from tallystick.lake.tables import FieldIds

ARROW_TYPES = {
    ColumnType.TEXT: pa.string(),
    ColumnType.DECIMAL: pa.decimal128(38, 18),
    ColumnType.INTEGER: pa.int64(),
    ColumnType.DATE: pa.date32(),
    ColumnType.TIMESTAMP: pa.timestamp("us"),
}
"""The Arrow types of columns that are not maps."""


def arrow_schema(table: TableSchema, ids: Mapping[str, FieldIds]) -> pa.Schema:
    """A table's columns in Arrow, with the field ids that Parquet files carry."""
    return pa.schema([_arrow_field(column, ids[column.name]) for column in table.columns])


def _arrow_field(column: Column, field: FieldIds) -> pa.Field:
    def numbered(name: str, type: pa.DataType, field_id: int | None, nullable: bool = True) -> pa.Field:
        return pa.field(name, type, nullable, {"PARQUET:field_id": str(field_id)})

    if column.type is ColumnType.TEXT_MAP:
        key = numbered("key", pa.string(), field.key, nullable=False)
        value = numbered("value", pa.string(), field.value)
        return numbered(column.name, pa.map_(key, value), field.id)
    return numbered(column.name, ARROW_TYPES[column.type], field.id)
