"""Organizational units: the report by a unit, and the list of units.

A report by a unit is as many reports as there are units and accounts right below it, each of the accounts that it
stands for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from tallystick.access import Access
from tallystick.reports.listing import ListQuestion
from tallystick.reports.organization import Entity, Organization, chosen_path
from tallystick.reports.question import OrderKey, Question, Selector
from tallystick.reports.ranking import by_weight
from tallystick.reports.shape import Body, Shaper
from tallystick.reports.table import ZERO, Amounts, Table
from tallystick.settings.organizations import SEPARATOR, Place

ACCESS = "aws.organizational_unit"
Read = Callable[[Question], Mapping[str, Table]]
"""The cells of a question, by currency."""


@dataclass(frozen=True, slots=True)
class Entities:
    """The units and accounts that a report tells apart, with their cells."""

    question: Question
    shapers: Sequence[tuple[Entity, Shaper]]

    @classmethod
    def read(cls, question: Question, organization: Organization, currency: str, read: Read) -> Entities:
        """Those that have rows."""
        (selector,) = question.group_filters
        shapers = []
        for entity in organization.entities(selector.values, question.scope.first, question.scope.end):
            own = replace(question, group_filters=(replace(selector, members=entity.members),))
            table = read(own).get(currency)
            if table is not None and table.now:
                shapers.append((entity, Shaper(own, table, currency)))
        return cls(question, shapers)

    def date_entry(self, bucket: int) -> Body:
        """One element of ``data``: a date with the page of its entities."""
        paging = self.question.paging
        rows = self.rows(bucket)[paging.offset :][: paging.limit or None]
        date = self.question.scope.text(bucket)
        entities = [
            {"id": entity.entity_id, "type": entity.type, "date": date, "values": [leaf]} for entity, leaf in rows
        ]
        return {"date": date, "org_entities": entities}

    def rows(self, bucket: int) -> list[tuple[Entity, Body]]:
        """The entities of a date, in order, each with its row."""
        found = [
            (entity, {**leaf, "id": entity.entity_id, "alias": entity.name}, shaper.table.now[bucket][()])
            for entity, shaper in self.shapers
            for _, leaf in shaper.leaves([bucket])
        ]
        found.sort(key=lambda row: (row[0].name, row[0].entity_id))
        order = self.question.order
        if order.key in (OrderKey.COST, OrderKey.USAGE, OrderKey.DELTA):
            found = by_weight(found, lambda row: _weight(order.key, row[1], row[2]), descending=order.descending)
        elif order.descending:
            found.reverse()
        return [(entity, leaf) for entity, leaf, _ in found]

    def flat(self, buckets: Iterable[int]) -> list[Body]:
        """Every row, with what it is."""
        return [{**leaf, "type": entity.type} for bucket in buckets for entity, leaf in self.rows(bucket)]


def _weight(key: OrderKey, leaf: Body, amounts: Amounts) -> Decimal | None:
    if key is OrderKey.DELTA:
        percent = leaf["delta_percent"]
        return percent if isinstance(percent, Decimal) else None
    return amounts.total if key is OrderKey.COST else amounts.quantity or ZERO


def unit_items(question: ListQuestion, organization: Organization, access: Access) -> list[object]:
    """The units that stood in a period, each as it stood last, with what is right below it."""
    standing = organization.standing(question.scope.first, question.scope.end)
    latest = {place.node.node_id: place for place in sorted(standing, key=lambda place: place.since)}
    units = [place for place in standing if not place.node.is_account and latest[place.node.node_id] is place]
    granted = access.granted(ACCESS)
    shown = [place for place in units if granted is None or granted.intersection(place.node.path)]
    for selector in question.filters:
        shown = [place for place in shown if _chosen(selector, place)]
    for selector in question.excludes:
        shown = [place for place in shown if not _chosen(selector, place)]
    return [_item(place, latest.values(), names_only=question.key_only) for place in shown]


def _chosen(selector: Selector, place: Place) -> bool:
    return chosen_path(selector.operator, selector.values, wildcard=selector.wildcard)(place.node.path)


def _item(unit: Place, others: Iterable[Place], *, names_only: bool) -> Body:
    node = unit.node
    item: Body = {
        "org_unit_id": node.node_id,
        "org_unit_name": node.name,
        "org_unit_path": SEPARATOR.join(node.path),
        "level": len(node.path) - 1,
    }
    if names_only:
        return item
    within = [other.node for other in others]
    return {
        **item,
        "sub_orgs": sorted(other.node_id for other in within if not other.is_account and other.path[:-1] == node.path),
        "accounts": sorted(other.name for other in within if other.is_account and other.path == node.path),
    }
