"""The floor: what reading the bill and writing what charges keep costs, and nothing else.

One DuckDB statement over all files at once, two threads, to one Parquet file with zstd. Which columns charges keep, and
of which type, is not written here: it is asked of the source's own mapping, so the floor moves with it.

    python -m benchmarks.floor BILL TARGET
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from tallystick.sources.aws import SOURCE
from tallystick.sources.base import Source
from tallystick.sources.delivery import Limits
from tallystick.sources.header import Header, read_header
from tallystick.sources.projection import Type


def main() -> None:
    """Write the floor's Parquet file."""
    bill, target = Path(sys.argv[1]), Path(sys.argv[2])
    files = sorted(str(path) for path in bill.glob("*/*/*/*.csv.gz"))
    header = read_header(Path(files[0]), files[0], Limits())
    columns = ", ".join(f'{cast} AS "{name}"' for name, cast in kept(SOURCE, header).items())
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute(
            f"COPY (SELECT {columns} FROM read_csv({files}, all_varchar = true, header = true, delim = ','))"
            f" TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
        )


def kept(source: Source, header: Header) -> dict[str, str]:
    """The delivered columns that charges keep, with the expression that types each."""
    plan, _ = source.kind.project(header, None)
    types = {each.column.name: each.field.type for each in plan.bound if each.column is not None}
    found = {column.name: types.get(column.name) for column in header.columns}
    tagged = {name: Type.TEXT for name in found if name.startswith(("resourceTags/", "costCategory/"))}
    typed = {name: type for name, type in found.items() if type is not None} | tagged
    return {name: _cast(name, type) for name, type in typed.items()}


def _cast(name: str, type: Type) -> str:
    return f'"{name}"' if type is Type.TEXT else f'TRY_CAST("{name}" AS {type.value})'


if __name__ == "__main__":
    main()
