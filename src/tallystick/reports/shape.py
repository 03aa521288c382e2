"""The answer's shape: amounts as objects, rows, groups nested by date, and the ``meta`` block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Final, NamedTuple

from tallystick.reports.delta import aligned, amount_of, change
from tallystick.reports.question import Question
from tallystick.reports.ranking import Row, name_order, sort_rows
from tallystick.reports.render import Json, Slot, Template, plain, to_json
from tallystick.reports.table import ZERO, Amounts, Buckets, Key, Table, grand_total
from tallystick.reports.terms import TermKind

Body = dict[str, object]


class Figures(NamedTuple):
    """What differs between the rows of a group: numbers, or the slots that their texts go into."""

    raw: object
    markup: object
    usage: object
    total: object
    quantity: object
    delta_value: object = None
    delta_percent: object = None


class _Form(NamedTuple):
    """What the rows of a group have in common."""

    names: tuple[str, ...]
    """The names of its groups as JSON, outermost first."""
    row: Template


_FIRST, _INNER = Slot(0), Slot(1)
"""The date or name that a level of nesting begins with, and what stands below it."""
_FIGURES: Final = Figures._make(Slot(number) for number, _ in enumerate(Figures._fields, 1))


class Shaper:
    """Turns the cells of one question into rows and objects."""

    def __init__(self, question: Question, table: Table, currency: str) -> None:
        self.question = question
        self.table = table
        self.currency = currency
        self._before: Buckets = aligned(table.before, question.scope) if question.delta else {}
        self._forms: dict[tuple[Key | None, frozenset[str]], _Form] = {}
        names = ["date", *(group.name for group in question.groups)]
        lists = [*(group.list_name for group in question.groups), "values"]
        self._levels = [Template.of({name: _FIRST, below: [_INNER]}) for name, below in zip(names, lists, strict=True)]

    @property
    def others(self) -> int:
        """How many groups a ranking leaves out."""
        return max(self.table.group_count - len(self.table.places), 0)

    @property
    def _others_name(self) -> str:
        return "Other" if self.others == 1 else "Others"

    def leaves(self, buckets: Sequence[int]) -> Iterator[tuple[Key | None, Body]]:
        """The objects of the rows of some buckets, in order, with their groups."""
        for bucket in buckets:
            date = self.question.scope.text(bucket)
            for row in self._bucket_rows(bucket):
                yield row[0], self._object(row, date, Figures(*self._figures(row)))

    def _bucket_rows(self, bucket: int) -> list[Row]:
        cells = self.table.now.get(bucket, {})
        before = self._before.get(bucket, {})
        if self.question.ranking is None:
            rows = [(key, amounts, before.get(key)) for key, amounts in cells.items()]
            return sort_rows(rows, self.question, self.table, self._name_order) if self.question.groups else rows
        keys: list[Key | None] = [key for key, _ in sorted(self.table.places.items(), key=lambda pair: pair[1])]
        if self.others and not self.question.ranking.paged:
            keys.append(None)
        return [(key, cells.get(key) or Amounts(), before.get(key)) for key in keys]

    @cached_property
    def _name_order(self) -> dict[Key | None, int]:
        return name_order(self.table)

    def date_entry(self, bucket: int) -> Json:
        """One element of ``data``: a date and its groups, nested."""
        date = self.question.scope.text(bucket)
        written = to_json(date)
        rows = [self._written(row, written) for row in self._bucket_rows(bucket)]
        return Json(self._levels[0].filled((written, self._nested(rows, 1))))

    def _nested(self, rows: Sequence[tuple[_Form, str]], level: int) -> str:
        """Rows below the groups of a level and of those after it."""
        if level == len(self._levels):
            return ",".join([text for _, text in rows])
        groups: dict[str, list[tuple[_Form, str]]] = {}
        for row in rows:
            groups.setdefault(row[0].names[level - 1], []).append(row)
        fill = self._levels[level].filled
        return ",".join([fill((name, self._nested(below, level + 1))) for name, below in groups.items()])

    def _written(self, row: Row, date: str) -> tuple[_Form, str]:
        """A row's object as text."""
        key, now, _ = row
        form = self._forms.get((key, now.sources))
        if form is None:
            alike = Template.of(self._object(row, _FIRST, _FIGURES))
            form = self._forms[key, now.sources] = _Form(tuple(map(to_json, self._names(key))), alike)
        texts = ["null" if figure is None else plain(figure) for figure in self._figures(row)]
        return form, form.row.filled([date, *texts])

    def _figures(self, row: Row) -> tuple[Decimal | None, ...]:
        """The figures of a row, in their order."""
        _, now, before = row
        figures = now.raw, now.markup, now.usage, now.total, now.quantity
        delta = self.question.delta
        if delta is None:
            return figures
        difference = change(amount_of(delta, now), amount_of(delta, before))
        return *figures, difference.value, difference.percent

    def _names(self, key: Key | None) -> tuple[str, ...]:
        """The names of a row's groups: values, ``No-...`` or Others."""
        groups = self.question.groups
        if key is None:
            return (self._others_name,) * len(groups)
        return tuple(group.missing if value is None else value for group, value in zip(groups, key, strict=True))

    def _object(self, row: Row, date: object, figures: Figures) -> Body:
        """The object that holds a row's amounts; with slots, what it has in common with those of its group."""
        key, now, _ = row
        groups = list(zip(self.question.groups, self._names(key), strict=True))
        aliases: Body = {}
        for index, (group, name) in enumerate(groups):
            if group.term.alias is not None:
                alias = None if key is None else self.table.alias(index, key[index])
                aliases[group.term.alias] = name if alias is None else alias
        deltas: Body = {"delta_value": figures.delta_value, "delta_percent": figures.delta_percent}
        return {
            "date": date,
            **{group.name: name for group, name in groups if group.term.kind is TermKind.COLUMN},
            **self._usage(figures.quantity),
            "source_uuid": sorted(now.sources),
            **aliases,
            **(deltas if self.question.delta is not None else {}),
            **costs(figures.raw, figures.markup, figures.usage, figures.total, self.currency),
            **{group.name: name for group, name in groups if group.term.kind is not TermKind.COLUMN},
        }

    def _usage(self, amount: object) -> Body:
        quantity = self.question.report.quantity
        return {} if quantity is None else {"usage": value(amount, quantity.unit)}

    def total(self) -> Body:
        """``meta.total``: everything that the question is about, before paging and ranking."""
        amounts = grand_total(self.table.now)
        return {**self._usage(amounts.quantity), **costs_of(amounts, self.currency)}

    def total_delta(self) -> Body:
        """``meta.delta``: the change of the total."""
        assert self.question.delta is not None
        now, before = grand_total(self.table.now), grand_total(self.table.before)
        difference = change(amount_of(self.question.delta, now), amount_of(self.question.delta, before))
        return {"value": difference.value, "percent": difference.percent}


def value(amount: object, units: str) -> Body:
    """An amount with its unit."""
    return {"value": amount, "units": units}


def costs_of(amounts: Amounts, currency: str) -> Body:
    """The three cost objects of some amounts."""
    return costs(amounts.raw, amounts.markup, amounts.usage, amounts.total, currency)


def costs(raw: object, markup: object, usage: object, total: object, currency: str) -> Body:
    """The three cost objects.

    Supplementary cost comes with cost models; until then it is nothing.
    """
    infrastructure = _parts(raw, markup, usage, total, currency)
    return {
        "infrastructure": infrastructure,
        "supplementary": _parts(ZERO, ZERO, ZERO, ZERO, currency),
        "cost": infrastructure,
    }


def _parts(raw: object, markup: object, usage: object, total: object, currency: str) -> Body:
    parts = {"raw": raw, "markup": markup, "usage": usage, "total": total}
    return {name: value(amount, currency) for name, amount in parts.items()}
