"""The answer's shape: amounts as objects, rows, groups nested by date, and the ``meta`` block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Final, NamedTuple

from tallystick.reports.delta import aligned, amount_of, change
from tallystick.reports.question import Question
from tallystick.reports.ranking import Row, name_order, sort_rows
from tallystick.reports.render import Written, plain, to_json
from tallystick.reports.table import ZERO, Amounts, Buckets, Key, Table, grand_total
from tallystick.reports.terms import TermKind

Body = dict[str, object]


class Shown(NamedTuple):
    """A row to show: where it stands and what it adds up to."""

    bucket: int
    key: Key | None
    names: tuple[str, ...]
    """The names of its groups: values, ``No-...`` or Others."""
    now: Amounts
    before: Amounts | None


class _Named(NamedTuple):
    """The parts of a row's object that do not change from date to date."""

    columns: Written
    origin: Written
    tags: Written


_NOTHING: Final = Written.of({})


class Shaper:
    """Turns the cells of one question into rows and objects."""

    def __init__(self, question: Question, table: Table, currency: str) -> None:
        self.question = question
        self.table = table
        self.currency = currency
        self._before: Buckets = aligned(table.before, question.scope) if question.delta else {}
        self._costs = Costs(currency)
        self._known_names: dict[Key | None, tuple[str, ...]] = {}
        self._known_dates: dict[str, Written] = {}
        self._known_parts: dict[tuple[tuple[str, ...], bool, tuple[str, ...]], _Named] = {}

    @property
    def others(self) -> int:
        """How many groups a ranking leaves out."""
        return max(self.table.group_count - len(self.table.places), 0)

    @property
    def _others_name(self) -> str:
        return "Other" if self.others == 1 else "Others"

    def rows(self, buckets: Sequence[int]) -> Iterator[Shown]:
        """The rows of some buckets, in order."""
        for bucket in buckets:
            for key, now, before in self._bucket_rows(bucket):
                yield Shown(bucket, key, self._names(key), now, before)

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

    def _names(self, key: Key | None) -> tuple[str, ...]:
        known = self._known_names.get(key)
        if known is None:
            known = self._known_names[key] = self._named(key)
        return known

    def _named(self, key: Key | None) -> tuple[str, ...]:
        groups = self.question.groups
        if key is None:
            return (self._others_name,) * len(groups)
        return tuple(group.missing if value is None else value for group, value in zip(groups, key, strict=True))

    def date_entry(self, bucket: int) -> Body:
        """One element of ``data``: a date and its groups, nested."""
        groups = self.question.groups
        text = self.question.scope.text(bucket)
        top: list[object] = []
        if self.question.org_units:
            return {"date": text, "org_entities": top}
        entry: Body = {"date": text, groups[0].list_name if groups else "values": top}
        nodes: dict[tuple[str, ...], list[object]] = {(): top}
        for row in self.rows((bucket,)):
            for level, group in enumerate(groups):
                path = row.names[: level + 1]
                if path not in nodes:
                    below = groups[level + 1].list_name if level + 1 < len(groups) else "values"
                    nodes[path] = []
                    nodes[path[:-1]].append({group.name: path[-1], below: nodes[path]})
            nodes[row.names].append(self.leaf(row, text))
        return entry

    def leaf(self, row: Shown, text: str) -> Written:
        """The object that holds a row's amounts."""
        question = self.question
        named = self._named_parts(row)
        quantity = question.report.quantity
        usage = _NOTHING if quantity is None else Written.of({"usage": value(row.now.quantity, quantity.unit)})
        return Written.joined(
            self._dated(text),
            named.columns,
            usage,
            named.origin,
            self._delta(row),
            self._costs.of(row.now),
            named.tags,
        )

    def _dated(self, text: str) -> Written:
        known = self._known_dates.get(text)
        if known is None:
            known = self._known_dates[text] = Written.of({"date": text})
        return known

    def _delta(self, row: Shown) -> Written:
        delta = self.question.delta
        if delta is None:
            return _NOTHING
        difference = change(amount_of(delta, row.now), amount_of(delta, row.before))
        return Written.of({"delta_value": difference.value, "delta_percent": difference.percent})

    def _named_parts(self, row: Shown) -> _Named:
        """What a row says beside its date and amounts: the same for every date."""
        which = row.names, row.key is None, tuple(sorted(row.now.sources))
        known = self._known_parts.get(which)
        if known is None:
            known = self._known_parts[which] = self._written_parts(row, list(which[2]))
        return known

    def _written_parts(self, row: Shown, sources: list[str]) -> _Named:
        groups = list(zip(self.question.groups, row.names, strict=True))
        columns: Body = {group.name: name for group, name in groups if group.term.kind is TermKind.COLUMN}
        tags: Body = {group.name: name for group, name in groups if group.term.kind is not TermKind.COLUMN}
        origin: Body = {"source_uuid": sources}
        for index, (group, name) in enumerate(groups):
            if group.term.alias is not None:
                alias = None if row.key is None else self.table.alias(index, row.key[index])
                origin[group.term.alias] = name if alias is None else alias
        return _Named(Written.of(columns), Written.of(origin), Written.of(tags))

    def total(self) -> Body:
        """``meta.total``: everything that the question is about, before paging and ranking."""
        amounts = grand_total(self.table.now)
        quantity = self.question.report.quantity
        usage = {} if quantity is None else {"usage": value(amounts.quantity, quantity.unit)}
        return {**usage, **self._costs.of(amounts)}

    def total_delta(self) -> Body:
        """``meta.delta``: the change of the total."""
        assert self.question.delta is not None
        now, before = grand_total(self.table.now), grand_total(self.table.before)
        difference = change(amount_of(self.question.delta, now), amount_of(self.question.delta, before))
        return {"value": difference.value, "percent": difference.percent}


def value(amount: Decimal, units: str) -> Body:
    """An amount with its unit."""
    return {"value": amount, "units": units}


class Costs:
    """Makes the cost objects of one currency. Equal parts are one and the same object, so that they are written once.

    Supplementary cost comes with cost models; until then it is nothing.
    """

    def __init__(self, currency: str) -> None:
        self._currency = currency
        self._units = to_json(currency)
        self._zero = self._amount(ZERO)
        self._nothing = _parts(*[self._zero] * 4)

    def of(self, amounts: Amounts) -> Written:
        """The three cost objects of some amounts."""
        raw = self._amount(amounts.raw)
        markup = self._amount(amounts.markup) if amounts.markup else self._zero
        usage = self._amount(amounts.usage) if amounts.usage else self._zero
        plain_cost = markup is self._zero and usage is self._zero
        infrastructure = _parts(raw, markup, usage, raw if plain_cost else self._amount(amounts.total))
        written = Written(infrastructure=infrastructure, supplementary=self._nothing, cost=infrastructure)
        written.json = (
            f'{{"infrastructure":{infrastructure.json},"supplementary":{self._nothing.json},'
            f'"cost":{infrastructure.json}}}'
        )
        return written

    def _amount(self, amount: Decimal) -> Written:
        written = Written(value=amount, units=self._currency)
        written.json = f'{{"value":{plain(amount)},"units":{self._units}}}'
        return written


def _parts(raw: Written, markup: Written, usage: Written, total: Written) -> Written:
    written = Written(raw=raw, markup=markup, usage=usage, total=total)
    written.json = f'{{"raw":{raw.json},"markup":{markup.json},"usage":{usage.json},"total":{total.json}}}'
    return written
