"""What is left to do: from the plan and what is stored, the partitions with parts to compute. A pure function.

A partition is the unit of work: one process computes its parts, inputs first, on one machine. A step is the work on
one partition; steps whose needs are met may run anywhere, at the same time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from tallystick.lake.parts import Part, Partition, fingerprint
from tallystick.lake.schemas import CHARGE_SETS, LEDGER, TABLES, TableSchema
from tallystick.ledger.statements import Statement
from tallystick.planner.plan import Plan, Recipe


class Stored(Protocol):
    """What knows which parts are there."""

    def settled(self, schema: TableSchema, parts: Iterable[Part]) -> frozenset[Part]:
        """The files that stand for some parts."""

    def exists(self, schema: TableSchema, part: Part) -> bool:
        """Whether a part is there, complete."""

    def size(self, schema: TableSchema, part: Part) -> int:
        """The bytes of a part that is there."""


@dataclass(frozen=True, slots=True)
class Restoring:
    """A part of a closed month that is put back from its statement, not computed."""

    statement: Statement
    table: TableSchema
    part: Part


@dataclass(frozen=True, slots=True)
class Step:
    """What is missing in a partition."""

    partition: Partition
    version: str
    """Moves when the plan wants other parts of the partition, however many of them are there already."""
    restorings: tuple[Restoring, ...]
    recipes: tuple[Recipe, ...]
    """Inputs first."""
    needs: tuple[Partition, ...]
    """Other partitions whose steps give inputs of this one's."""
    input_bytes: int
    """How much there already is to be read."""


@dataclass
class _Work:
    restorings: list[Restoring] = field(default_factory=list)
    recipes: list[Recipe] = field(default_factory=list)
    needs: set[Partition] = field(default_factory=set)


_Asked = dict[tuple[str, Part], set[Partition]]
"""Table name and part, to the partitions that ask for it."""


def steps(plan: Plan, stored: Stored) -> list[Step]:
    """The work that is left, partitions before those that need them; none when every part is there."""
    asked: _Asked = defaultdict(set)
    for table in TABLES:
        for part in stored.settled(table, plan.parts[table.name]):
            asked[table.name, part].add(part.partition)
    work: dict[Partition, _Work] = defaultdict(_Work)
    for recipe in reversed(plan.recipes):
        askers = asked.get((recipe.table.name, recipe.part))
        if askers is None or stored.exists(recipe.table, recipe.part):
            continue
        own = recipe.part.partition
        work[own].recipes.append(recipe)
        for asker in askers - {own}:
            work[asker].needs.add(own)
        for one in recipe.inputs:
            for part in stored.settled(one.table, one.parts):
                asked[one.table.name, part].add(own)
    for restoring in _restorings(plan.statements):
        askers = asked.get((restoring.table.name, restoring.part), set())
        if askers and not stored.exists(restoring.table, restoring.part):
            for asker in askers:
                work[asker].restorings.append(restoring)
    wanted: dict[Partition, list[str]] = defaultdict(list)
    for recipe in plan.recipes:
        wanted[recipe.part.partition].append(recipe.part.fingerprint)
    return [_step(partition, fingerprint(*wanted[partition]), work[partition], stored) for partition in _in_order(work)]


def _restorings(statements: Iterable[Statement]) -> Iterable[Restoring]:
    for statement in statements:
        yield Restoring(statement, LEDGER, statement.ledger)
        yield Restoring(statement, CHARGE_SETS, statement.charge_sets)


def _step(partition: Partition, version: str, work: _Work, stored: Stored) -> Step:
    inputs = {
        (one.table.name, part): (one.table, part)
        for recipe in work.recipes
        for one in recipe.inputs
        for part in stored.settled(one.table, one.parts)
    }
    size = sum(stored.size(table, part) for table, part in inputs.values() if stored.exists(table, part))
    recipes = tuple(reversed(work.recipes))
    return Step(partition, version, tuple(work.restorings), recipes, tuple(sorted(work.needs)), size)


def _in_order(work: dict[Partition, _Work]) -> list[Partition]:
    """Needs point to earlier months of the same source, as a closed month is corrected in a later one."""
    return sorted(work)
