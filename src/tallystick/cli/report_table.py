"""A report as a table: groups down, months or days across where they fit, otherwise a line per day and group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce

from tallystick.cli.output import console, exact, print_table
from tallystick.decimals import EXACT
from tallystick.reports.answer import Answer
from tallystick.reports.terms import Report

WIDEST = 6
"""As many buckets are shown side by side."""

_COST = "cost_total"
_PERCENT = Decimal("0.01")
_NOTHING = "no costs there"
_NO_GROUP = frozenset({"base_currency", "cost_units", "usage_units", "date", "source_uuid"})
_FIGURES = "usage", _COST, "delta_value", "delta_percent"
_TITLES = {
    _COST: "Cost",
    "usage": "Usage",
    "delta_value": "Change",
    "delta_percent": "Change %, rounded",
    "usage_units": "Unit",
}

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Groups:
    """The columns that name a group, and the rows they are of."""

    names: tuple[str, ...]

    def key(self, row: Row) -> tuple[object, ...]:
        return tuple(row.get(name) for name in self.names)


def print_report(report: Report, answer: Answer) -> None:
    """Print the rows of an answer, their total, and what the numbers are."""
    meta, rows = _map(answer.body["meta"]), _named_as_asked(report, answer.rows)
    dates = list(dict.fromkeys(str(row["date"]) for row in rows))
    groups = _Groups(_group_columns(rows))
    plain = not any(figure in row for row in rows for figure in ("usage", "delta_value"))
    if plain and groups.names and len(dates) <= WIDEST:
        ordered = bool(meta.get("order_by")) or "others" in meta
        _print_across(groups, dates, rows, as_given=ordered)
    else:
        _print_down(groups, rows)
    total = _map(_map(_map(meta["total"])["cost"])["total"])
    console().print(f"{report.name}, {meta['cost_type']}: {_number(total['value'])} {total['units']} in total")
    if others := meta.get("other_currencies"):
        assert isinstance(others, list)
        console().print(f"There are also costs in {', '.join(others)}: ask with --currency")


def _named_as_asked(report: Report, rows: Sequence[Row]) -> list[Row]:
    """CSV calls some fields otherwise, as the reference does; people get the names that they asked with."""
    asked = {csv_name: name for name, csv_name in (report.csv_names or {}).items()}
    return [{asked.get(name, name): value for name, value in row.items()} for row in rows]


def _group_columns(rows: Sequence[Row]) -> tuple[str, ...]:
    """Every text column that is not a unit, in order; an alias that says nothing new is left out."""
    names = dict.fromkeys(name for row in rows for name, value in row.items() if isinstance(value, str))
    return tuple(name for name in names if name not in _NO_GROUP and not _repeats(name, rows))


def _repeats(name: str, rows: Sequence[Row]) -> bool:
    of, found, _ = name.rpartition("_alias")
    return bool(found) and all(row.get(name) in (None, row.get(of)) for row in rows)


def _print_across(groups: _Groups, dates: Sequence[str], rows: Sequence[Row], *, as_given: bool) -> None:
    cells: dict[tuple[object, ...], dict[str, Decimal]] = {}
    for row in rows:
        cells.setdefault(groups.key(row), {})[str(row["date"])] = _decimal(row[_COST])
    totals = {key: reduce(EXACT.add, by_date.values()) for key, by_date in cells.items()}
    keys = list(cells) if as_given else sorted(cells, key=lambda key: -totals[key])
    several = len(dates) > 1
    lines = [[*key, *(cells[key].get(day) for day in dates), *([totals[key]] if several else [])] for key in keys]
    heads = dates if several else ["Cost"]
    print_table([*groups.names, *heads, *(["Total"] if several else [])], lines, empty=_NOTHING)


def _print_down(groups: _Groups, rows: Sequence[Row]) -> None:
    figures = [figure for figure in _FIGURES if any(row.get(figure) is not None for row in rows)]
    if "usage" in figures:
        figures.insert(figures.index("usage") + 1, "usage_units")
    lines = [[row["date"], *groups.key(row), *(_figure(row, figure) for figure in figures)] for row in rows]
    print_table(["Date", *groups.names, *(_TITLES[figure] for figure in figures)], lines, empty=_NOTHING)


def _figure(row: Row, figure: str) -> object:
    """A figure as it is; only a percentage, which is a quotient, is rounded."""
    value = row.get(figure)
    if figure == "delta_percent" and isinstance(value, Decimal):
        return value.quantize(_PERCENT, context=EXACT)
    return value


def _number(value: object) -> str:
    return exact(_decimal(value))


def _decimal(value: object) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _map(value: object) -> Mapping[str, object]:
    assert isinstance(value, dict)
    return value
