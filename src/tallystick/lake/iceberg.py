"""Our table declarations in Iceberg's words."""

from __future__ import annotations

from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import (
    DateType,
    DecimalType,
    IcebergType,
    LongType,
    MapType,
    NestedField,
    StringType,
    TimestampType,
)

from tallystick.lake.schemas import PARTITION_COLUMNS, Column, ColumnType, TableSchema

_PRIMITIVES: dict[ColumnType, IcebergType] = {
    ColumnType.TEXT: StringType(),
    ColumnType.DECIMAL: DecimalType(38, 18),
    ColumnType.INTEGER: LongType(),
    ColumnType.DATE: DateType(),
    ColumnType.TIMESTAMP: TimestampType(),
}


def iceberg_type(type: ColumnType, first_nested_id: int = 1) -> IcebergType:
    """The Iceberg type of a column; a map's key and value take two ids from ``first_nested_id`` on."""
    if type is ColumnType.TEXT_MAP:
        return MapType(
            key_id=first_nested_id,
            key_type=StringType(),
            value_id=first_nested_id + 1,
            value_type=StringType(),
            value_required=False,
        )
    return _PRIMITIVES[type]


def iceberg_schema(schema: TableSchema) -> Schema:
    """The schema to create a table with. Iceberg gives the final field ids in this order."""
    nested = len(schema.columns) + 1
    return Schema(
        *(_field(position, column, nested + 2 * position) for position, column in enumerate(schema.columns, start=1))
    )


def _field(field_id: int, column: Column, first_nested_id: int) -> NestedField:
    return NestedField(field_id, column.name, iceberg_type(column.type, first_nested_id), required=False)


def partition_spec(schema: Schema) -> PartitionSpec:
    """Partitioned by source and billing period, as their columns say."""
    return PartitionSpec(
        *(
            PartitionField(schema.find_field(name).field_id, 1000 + position, IdentityTransform(), name)
            for position, name in enumerate(PARTITION_COLUMNS)
        )
    )
