"""An organisation's tree as reports need it: which accounts a unit stands for, on which days.

A unit stands for the accounts in it and in all units below it. The tree of a day is the tree of that day: an account
that moved belongs to one unit before and to the other after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from tallystick.settings.organizations import SEPARATOR, Place

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """An account for some days, half-open; None for today and on."""

    account_id: str
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class Entity:
    """What a report by a unit tells apart: a unit right below it, or an account right in it."""

    entity_id: str
    type: str
    """``organizational_unit`` or ``account``."""
    name: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Organization:
    """Every place that a tenant's units and accounts ever had."""

    places: tuple[Place, ...] = ()

    def members(self, chosen: Callable[[Path], bool]) -> tuple[Member, ...]:
        """The accounts whose path is chosen."""
        return tuple(
            Member(place.node.node_id, place.since, place.until)
            for place in self.places
            if place.node.is_account and chosen(place.node.path)
        )

    def entities(self, unit_ids: Iterable[str], first: date, end: date) -> list[Entity]:
        """What stood right below one of some units in a half-open period, under the last name that it had."""
        wanted = set(unit_ids)
        found: dict[str, Place] = {}
        for place in self.standing(first, end):
            node = place.node
            above = node.path[-1:] if node.is_account else node.path[-2:-1]
            if wanted.intersection(above) and not (node.node_id in found and place.since < found[node.node_id].since):
                found[node.node_id] = place
        return [self._entity(place, wanted) for place in found.values()]

    def _entity(self, place: Place, parents: set[str]) -> Entity:
        node = place.node
        if not node.is_account:
            pairs = {(parent, node.node_id) for parent in parents}
            below = self.members(lambda path: not pairs.isdisjoint(pairwise(path)))
            return Entity(node.node_id, "organizational_unit", node.name, below)
        inside = tuple(
            Member(other.node.node_id, other.since, other.until)
            for other in self.places
            if other.node.is_account and other.node.node_id == node.node_id and other.node.path[-1] in parents
        )
        return Entity(node.node_id, "account", node.name, inside)

    def standing(self, first: date, end: date) -> list[Place]:
        """The places of some half-open period."""
        return [place for place in self.places if place.since < end and (place.until is None or place.until > first)]


NO_ORGANIZATION = Organization()


def chosen_path(operator: str, values: tuple[str, ...], *, wildcard: bool = False) -> Callable[[Path], bool]:
    """Whether a path is meant by the values of a filter: any of them within it, every one, or its last unit itself."""

    def chosen(path: Path) -> bool:
        text = SEPARATOR.join(path).lower()
        wished = [value.lower() for value in values]
        if operator == "exact":
            return path[-1] in values
        if operator == "and":
            return all(value in text for value in wished)
        return wildcard or any(value in text for value in wished)

    return chosen
