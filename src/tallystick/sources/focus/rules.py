"""What FOCUS demands of a file and its rows, as far as we grade it. Nothing here refuses a file.

Values: input-formats 9.2 and 9.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tallystick.sources import cells
from tallystick.sources.delivery import Finding
from tallystick.sources.focus import columns
from tallystick.sources.header import Header, key
from tallystick.sources.projection import Bound, Check, Type

ALLOWED = {
    "charge_category": ("Usage", "Purchase", "Tax", "Credit", "Adjustment"),
    "charge_class": ("Correction",),
    "charge_frequency": ("One-Time", "Recurring", "Usage-Based"),
    "pricing_category": ("Standard", "Dynamic", "Committed", "Other"),
    "commitment_discount_category": ("Spend", "Usage"),
    "commitment_discount_status": ("Used", "Unused"),
    "capacity_reservation_status": ("Used", "Unused"),
    "service_category": (
        "AI and Machine Learning",
        "Analytics",
        "Business Applications",
        "Compute",
        "Databases",
        "Developer Tools",
        "Multicloud",
        "Identity",
        "Integration",
        "Internet of Things",
        "Management and Governance",
        "Media",
        "Migration",
        "Mobile",
        "Networking",
        "Security",
        "Storage",
        "Web",
        "Other",
    ),
}


def version_of(header: Header) -> str:
    """The lowest FOCUS version that has every FOCUS column of the file."""
    since = {key(column.name): column.since for column in columns.COLUMNS}
    since |= {key(name): version for name, version in columns.LATER.items()}
    return max((since.get(key(column.name), "1.0") for column in header.columns), key=columns.VERSIONS.index)


def file_findings(header: Header, bound: Iterable[Bound]) -> Iterator[Finding]:
    """What the columns alone show."""
    version = version_of(header)
    given = {each.field.name: each for each in bound}
    for column in columns.COLUMNS:
        delivered = given[column.field].column
        if delivered is None:
            if column.mandatory and not (version >= "1.3" and column.name in columns.DROPPED_IN_1_3):
                yield Finding("mandatory column is missing", column.name)
        elif key(delivered.name) != key(column.name) and delivered.name not in columns.LATER:
            yield Finding(f"older name of {column.name}", delivered.name)
    for name in unknown_columns(header):
        yield Finding("unknown column, kept in x_extra", name)


def unknown_columns(header: Header) -> list[str]:
    """Columns that are neither FOCUS's of a version we know nor marked as the provider's own."""
    known = {key(name) for column in columns.COLUMNS for name in (column.name, *column.older)}
    known |= {key(name) for name in (*columns.LATER, columns.TAGS)}
    return [
        column.name
        for column in header.columns
        if key(column.name) not in known and not column.name.lower().startswith("x_")
    ]


def row_checks(bound: Iterable[Bound]) -> Iterator[Check]:
    """Rules for the columns that the file has."""
    nulls = {column.field: column.nulls for column in columns.COLUMNS}
    for each in bound:
        if each.column is None:
            continue
        name, label = each.field.name, each.label
        if not nulls[name] and not each.field.filled:
            yield Check(f"{_given(each)} IS NULL", f"{label}: null")
        if name in ALLOWED:
            values = ", ".join(cells.quoted(value) for value in ALLOWED[name])
            yield Check(f"{name} NOT IN ({values})", f"{label}: value not allowed")
        if name.endswith("currency"):
            yield Check(f"NOT regexp_full_match({name}, '[A-Z]{{3}}')", f"{label}: not a currency code")
        if each.field.type is Type.TIME and each.column.type == "VARCHAR":
            yield Check(f"NOT suffix(raw_{name}, 'Z') AND {cells.offset_problem(f'raw_{name}')}", f"{label}: not UTC")


def _given(bound: Bound) -> str:
    """A cell as delivered: what cannot be parsed is another rule's matter."""
    parsed = bound.field.type in (Type.NUMBER, Type.TIME) and bound.column and bound.column.type == "VARCHAR"
    return f"raw_{bound.field.name}" if parsed else bound.field.name
