"""Tags and cost categories of a row: from columns, JSON or maps to one canonical text, and from that to map and id.

The canonical text is a JSON object with its keys in code point order, without empty values; ``{}`` says no pairs. The
same pairs give the same text, and so the same id, whatever file, format or column order they come from. JSON also
escapes what could be taken for a separator, and DuckDB makes a map of it four times faster than of a filtered list.
"""

from __future__ import annotations

from collections.abc import Iterable

from tallystick.sources.cells import quoted
from tallystick.sources.header import RawColumn

NONE = "'{}'"
"""The canonical text of no pairs."""
_MAP = "'\"MAP(VARCHAR, VARCHAR)\"'"


def from_columns(pairs: Iterable[tuple[str, str]]) -> str:
    """The canonical text of (key, text cell) pairs, an expression over raw cells."""
    cells: dict[str, list[str]] = {}
    for key, cell in pairs:
        cells.setdefault(key, []).append(cell)
    if not cells:
        return NONE
    members = ", ".join(f"{_json(quoted(key))} || ':' || {_json(_first(same))}" for key, same in sorted(cells.items()))
    return f"concat('{{', concat_ws(',', {members}), '}}')"


def from_cell(column: RawColumn, rename: str = "entry.key", *, keep_empty: bool = False) -> str:
    """The canonical text of one cell that holds all pairs: a map, a struct, a list of key/value structs, or JSON.

    ``rename`` is an expression that gives the key of ``entry``; pairs without a value are left out, those with an empty
    one unless ``keep_empty``. A text that is no JSON object has none.
    """
    texts = column.cell if column.type == "MAP(VARCHAR, VARCHAR)" else f"json_transform({_as_json(column)}, {_MAP})"
    entries = f"map_entries({texts})"
    renamed = f"list_transform({entries}, lambda entry: struct_pack(key := {rename}, value := entry.value))"
    worth = "entry.value IS NOT NULL" if keep_empty else "entry.value <> ''"
    kept = f"list_sort(list_filter({renamed}, lambda entry: {worth}))"
    member = f"{_json('entry.key')} || ':' || {_json('entry.value')}"
    members = f"array_to_string(list_transform({kept}, lambda entry: {member}), ',')"
    return f"concat('{{', {members}, '}}')"


def is_broken(column: RawColumn) -> str | None:
    """A condition over raw cells: the text is no JSON object. None where the column's type rules that out."""
    if column.type != "VARCHAR":
        return None
    return f"{column.cell} IS NOT NULL AND {column.cell} <> '' AND {_as_json(column)} IS NULL"


def as_map(canonical: str) -> str:
    """The map of a canonical text."""
    return f"json_transform({canonical}, {_MAP})"


def set_id(tags: str, categories: str) -> str:
    """The id of a row's tags and cost categories, given their canonical texts; NULL where both are NULL."""
    return (
        f"CASE WHEN {tags} IS NOT NULL OR {categories} IS NOT NULL THEN md5(concat({tags}, chr(30), {categories})) END"
    )


def series_id(scope: str, metric: str, attributes: str) -> str:
    """The id of the series that a point is of: its scope, its metric and the id of its attributes together."""
    return f"md5(concat_ws(chr(30), LENGTH({scope}), LENGTH({metric}), {scope}, {metric}, {attributes}))"


def _as_json(column: RawColumn) -> str:
    """A cell as the text of a JSON object."""
    cell = column.cell
    if column.type.endswith("[]"):
        return f"CAST(to_json(map_from_entries({cell})) AS VARCHAR)"
    if column.type != "VARCHAR":
        return f"CAST(to_json({cell}) AS VARCHAR)"
    # Some exporters leave the braces out: "a": "b","c": "d"
    braced = f"if(starts_with(ltrim({cell}), '\"'), concat('{{', {cell}, '}}'), {cell})"
    return f"CASE WHEN starts_with(ltrim({braced}), '{{') AND json_valid({braced}) THEN {braced} END"


def _json(text: str) -> str:
    return f"CAST(to_json({text}) AS VARCHAR)"


def _first(cells: list[str]) -> str:
    return cells[0] if len(cells) == 1 else f"coalesce({', '.join(cells)})"
