"""From a table of fields to one SELECT: what every kind of source shares.

A kind declares *fields* (the delivered columns it reads, by spelling and type) and *targets* (a column of charges or
points and the expression over fields that fills it). :func:`select` binds the fields to a header and nests three
layers: the raw cells as text, each cell cast once, the targets. A field that the file lacks is a typed NULL, which
DuckDB folds away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from pathlib import Path

from tallystick.errors import Place, RefusedError
from tallystick.lake.schemas import ColumnType, TableSchema
from tallystick.sources import cells
from tallystick.sources.delivery import Limits
from tallystick.sources.header import Header, RawColumn, key

_WRITTEN, _TOO_FINE = "written_out", "too_fine"
"""Our columns for numbers without exponents, and for the columns whose number has more than 18 decimals."""
PLANNER_COLUMNS = frozenset({"x_source_id", "x_file_id", "x_row_number"})


class Type(Enum):
    """What a field's cells are, and the type they get."""

    TEXT = "VARCHAR"
    NUMBER = "DECIMAL(38,18)"
    TIME = "TIMESTAMP"


@dataclass(frozen=True, slots=True)
class Field:
    """A delivered column that a kind reads: our name, the spellings under which it comes, its type."""

    name: str
    spellings: tuple[str, ...]
    type: Type = Type.TEXT
    required: bool = False
    """Whether the file must have the column."""
    filled: bool = False
    """Whether every row must have a value: an empty or unreadable cell refuses the file."""


@dataclass(frozen=True, slots=True)
class Check:
    """A rule that a row may break: ``condition`` over fields says when, ``text`` is ``Column: rule``."""

    condition: str
    text: str


@dataclass(frozen=True, slots=True)
class Bound:
    """A field and the column of this file that gives it; or an expression of its type over raw cells; or neither."""

    field: Field
    column: RawColumn | None = None
    expression: str | None = None

    @property
    def label(self) -> str:
        """The column's name for messages: as delivered, else as we know it."""
        return self.column.name if self.column else self.field.spellings[0]


@dataclass(frozen=True, slots=True)
class Projection:
    """How one file becomes charges, or points."""

    bound: tuple[Bound, ...]
    targets: Mapping[str, str]
    """Column of the table to expression over field names."""
    pairs: Mapping[str, str] = field(default_factory=dict)
    """Texts of ``dimensions`` over raw cells, available to targets by name: NULL where there are no pairs."""
    derived: Mapping[str, str] = field(default_factory=dict)
    """Further expressions over raw cells, available to targets by name."""
    checks: Sequence[Check] = ()


def bind(fields: Iterable[Field], header: Header, known: Mapping[str, str]) -> tuple[Bound, ...]:
    """Find each field's column; without one, ``known`` gives an expression by field name.

    Raises RefusedError that names every required column that is missing, or one that occurs twice.
    """
    bound = tuple(_bind(field, header, known) for field in fields)
    missing = [
        each.field.spellings[0] for each in bound if each.field.required and not (each.column or each.expression)
    ]
    if missing:
        raise RefusedError(Place(header.name), f"required columns are missing: {', '.join(missing)}")
    folded = [key(column.name) for column in header.columns]
    for each in bound:
        if each.column and folded.count(key(each.column.name)) > 1:
            raise RefusedError(Place(header.name, column=each.column.name), "the column occurs more than once")
    return bound


def known_period(field: str, billing_period: date | None) -> dict[str, str]:
    """The expression for a field that says the billing period, when it is known from elsewhere."""
    return {field: f"TIMESTAMP '{billing_period.isoformat()}'"} if billing_period else {}


def source_of(header: Header, path: Path, limits: Limits, null_texts: Sequence[str]) -> str:
    """The FROM clause over a plain CSV or Parquet file; its columns are named ``c0``, ``c1`` ... in order.

    ``null_texts`` are CSV texts that mean nothing, beside the empty one.
    """
    file = cells.quoted(str(path))
    if header.format == "parquet":
        names = ", ".join(f'"{c.name.replace(chr(34), chr(34) * 2)}" AS {c.cell}' for c in header.columns)
        return f"(SELECT {names} FROM read_parquet({file}))"
    columns = ", ".join(f"'{column.cell}': 'VARCHAR'" for column in header.columns)
    nulls = f"['', {', '.join(cells.quoted(text) for text in null_texts)}]" if null_texts else "''"
    return (
        f"read_csv({file}, auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"',"
        f" nullstr = {nulls}, strict_mode = true, compression = 'none', max_line_size = {limits.line_bytes},"
        f" buffer_size = {4 * limits.line_bytes},"
        f" columns = {{{columns}}})"
    )


def select(projection: Projection, source: str, table: TableSchema) -> str:
    """The statement: the table's columns in their order, then ``_problems``."""
    numbers = [each for each in projection.bound if _is_number(each)]
    raw = [f"{_raw(each)} AS {_raw_name(each.field)}" for each in projection.bound]
    raw += [f"{text} AS {name}" for name, text in (*projection.pairs.items(), *projection.derived.items())]
    spelled = f"*, {cells.write_out([_raw_name(each.field) for each in numbers])} AS {_WRITTEN}"
    typed = [f"{_typed(each, numbers)} AS {each.field.name}" for each in projection.bound]
    typed += [_raw_name(each.field) for each in projection.bound if _is_parsed(each)]
    typed += [f"CASE WHEN {name} <> '{{}}' THEN {name} END AS {name}" for name in projection.pairs]
    typed += list(projection.derived)
    typed.append(f"{cells.too_fine([each.label for each in numbers], _WRITTEN)} AS {_TOO_FINE}")
    targets = [f"{_target(projection, name, type)} AS {name}" for name, type in _filled(table)]
    return (
        f"SELECT {', '.join(targets)}, {_problems(projection)} AS _problems FROM (SELECT {', '.join(typed)}"
        f" FROM (SELECT {spelled} FROM (SELECT {', '.join(raw)} FROM {source})))"
    )


def text_of(column: RawColumn) -> str:
    """A raw cell as text, NULL for an empty one."""
    if column.type == "VARCHAR":
        return f"nullif({column.cell}, '')"
    return f"CAST({column.cell} AS VARCHAR)"


def _bind(field: Field, header: Header, known: Mapping[str, str]) -> Bound:
    column = header.find(*field.spellings)
    return Bound(field, column, None if column else known.get(field.name))


def _filled(table: TableSchema) -> Iterable[tuple[str, ColumnType]]:
    return ((column.name, column.type) for column in table.columns if column.name not in PLANNER_COLUMNS)


def _target(projection: Projection, name: str, type: ColumnType) -> str:
    return projection.targets.get(name, f"CAST(NULL AS {type.value})")


def _raw_name(field: Field) -> str:
    return f"raw_{field.name}"


def _is_parsed(bound: Bound) -> bool:
    """Whether the field's text is cast, so that it can be wrong."""
    if bound.column is None or bound.field.type is Type.TEXT:
        return False
    return _is_number(bound) or (bound.field.type is Type.TIME and not _is_time(bound.column))


def _is_number(bound: Bound) -> bool:
    """Whether the field is a number that is delivered as text, or as what is made text first."""
    return bound.field.type is Type.NUMBER and bound.column is not None and not _is_exact(bound.column)


def _is_exact(column: RawColumn) -> bool:
    """Whether every value is a decimal that we can keep as it is."""
    found = re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", column.type)
    return found is not None and int(found[2]) <= 18 and int(found[1]) - int(found[2]) <= 20


def _is_time(column: RawColumn) -> bool:
    return column.type.startswith(("TIMESTAMP", "DATE"))


def _raw(bound: Bound) -> str:
    if bound.expression is not None:
        return bound.expression
    column = bound.column
    if column is None:
        return f"CAST(NULL AS {bound.field.type.value})"
    if bound.field.type is Type.TIME and _is_time(column):
        zoned = column.type == "TIMESTAMP WITH TIME ZONE"
        return f"make_timestamp(epoch_us({column.cell}))" if zoned else f"CAST({column.cell} AS TIMESTAMP)"
    if bound.field.type is Type.NUMBER and _is_exact(column):
        return f"CAST({column.cell} AS {Type.NUMBER.value})"
    return text_of(column)


def _typed(bound: Bound, numbers: list[Bound]) -> str:
    name = _raw_name(bound.field)
    if not _is_parsed(bound):
        value = name
    elif bound.field.type is Type.NUMBER:
        value = cells.decimal(name, f"{_WRITTEN}[{numbers.index(bound) + 1}]")
    else:
        value = cells.timestamp(name)
    if not bound.field.filled or bound.column is None:
        return value
    expected = "expected a date and time" if bound.field.type is Type.TIME else "expected a value"
    return f"coalesce({value}, {cells.refuse(expected, bound.label, f'CAST({name} AS VARCHAR)')})"


def _problems(projection: Projection) -> str:
    """The text of a row's problems. Few rows have any, so each text stands behind a cheap test."""
    tests = [_rule(check.condition, cells.quoted(check.text)) for check in projection.checks]
    for each in projection.bound:
        name, raw = each.field.name, _raw_name(each.field)
        if _is_number(each):
            text = cells.refuse_too_large(raw, each.label, cells.quoted(f"{each.label}: not a number"))
            tests.append(_rule(cells.not_a_number(raw, name), text))
        elif _is_parsed(each) and not each.field.filled:
            tests.append(
                _rule(f"{name} IS NULL AND {raw} IS NOT NULL", cells.quoted(f"{each.label}: not a date and time"))
            )
    fine = f"array_to_string(list_transform({_TOO_FINE}, lambda label: label || ': more than 18 decimals'), '; ')"
    tests.append(_rule(f"len({_TOO_FINE}) > 0", fine))
    conditions, texts = zip(*tests, strict=True)
    # Every condition is exact, so the text is never empty; nullif() would compute it twice.
    return f"CASE WHEN {' OR '.join(conditions)} THEN concat_ws('; ', {', '.join(texts)}) END"


def _rule(condition: str, text: str) -> tuple[str, str]:
    return f"({condition})", f"CASE WHEN {condition} THEN {text} END"
