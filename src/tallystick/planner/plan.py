"""What should be there: a pure function from the effective deliveries and the configuration to the parts of every
table, each with the recipe that computes it.

A part's name is the fingerprint of its recipe, so "stale" needs no bookkeeping: what is wanted and not there is
computed, what is there and not wanted is removed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tallystick.engine.models import model
from tallystick.lake.parts import Part, Partition, fingerprint
from tallystick.lake.schemas import (
    CHARGE_SETS,
    CHARGES,
    DIMENSION_SETS,
    LEDGER,
    LEDGER_DAILY,
    TableSchema,
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to compute a part of a derived table: its model over parts of one other table."""

    table: TableSchema
    part: Part
    input_table: TableSchema
    inputs: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Every part that should be there, table by table, and the recipes of the derived ones, inputs first."""

    parts: Mapping[str, frozenset[Part]]
    recipes: tuple[Recipe, ...]


@dataclass(frozen=True, slots=True, order=True)
class DisabledKey:
    """A tag key (``kind`` tag) or cost category (``kind`` category) that reports of a source leave out."""

    source_id: str
    kind: str
    key: str


def plan(charges: Iterable[Part], disabled: Iterable[DisabledKey]) -> Plan:
    """The plan for a tenant whose effective deliveries gave these charges parts."""
    given = sorted(charges)
    recipes = [_of_one(table, part) for table in (CHARGE_SETS, LEDGER) for part in given]
    by_source: dict[str, list[DisabledKey]] = {}
    for key in sorted(disabled):
        by_source.setdefault(key.source_id, []).append(key)
    recipes += _of_partition(LEDGER_DAILY, LEDGER, recipes, {})
    recipes += _of_partition(DIMENSION_SETS, CHARGE_SETS, recipes, by_source)
    parts: dict[str, set[Part]] = {CHARGES.name: set(given)}
    for recipe in recipes:
        parts.setdefault(recipe.table.name, set()).add(recipe.part)
    return Plan({name: frozenset(found) for name, found in parts.items()}, tuple(recipes))


def _of_one(table: TableSchema, charges: Part) -> Recipe:
    name = fingerprint(table.name, model(table).fingerprint, charges.fingerprint)
    return Recipe(table, Part(charges.partition, name), CHARGES, (charges,))


def _of_partition(
    table: TableSchema,
    input_table: TableSchema,
    recipes: Iterable[Recipe],
    settings: Mapping[str, list[DisabledKey]],
) -> list[Recipe]:
    inputs: dict[Partition, list[Part]] = {}
    for recipe in recipes:
        if recipe.table is input_table:
            inputs.setdefault(recipe.part.partition, []).append(recipe.part)
    return [
        Recipe(table, Part(partition, _name(table, parts, settings.get(partition.source_id, []))), input_table, tuple(parts))
        for partition, parts in inputs.items()
    ]


def _name(table: TableSchema, parts: Iterable[Part], settings: Iterable[DisabledKey]) -> str:
    return fingerprint(
        table.name, model(table).fingerprint, *(part.fingerprint for part in parts), *(repr(key) for key in settings)
    )
