"""What should be there: a pure function from the effective deliveries and the configuration to the parts of every
table, each with the recipe that computes it.

A part's name is the fingerprint of its recipe, so "stale" needs no bookkeeping: what is wanted and not there is
computed, what is there and not wanted is removed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from tallystick.engine.models import (
    Model,
    metered_model,
    metered_sets_model,
    model,
    rated_ledger_model,
    rated_model,
    revision_model,
)
from tallystick.lake.parts import Part, Partition, fingerprint
from tallystick.lake.schemas import (
    CHARGE_SETS,
    CHARGES,
    DIMENSION_SETS,
    LEDGER,
    LEDGER_DAILY,
    POINTS,
    RATED_POINTS,
    TableSchema,
)
from tallystick.ledger.statements import Statement
from tallystick.planner.metered_days import Input, MeteredDay


@dataclass(frozen=True, slots=True)
class Revision:
    """What the model of revisions is told: the month that it corrects, where it posts, and how many came before."""

    billing_period: date
    revised_period: date
    number: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to compute a part of a derived table."""

    table: TableSchema
    part: Part
    model: Model
    inputs: tuple[Input, ...]
    revision: Revision | None = None
    metered: MeteredDay | None = None


@dataclass(frozen=True, slots=True, order=True)
class DisabledKey:
    """A tag key (``kind`` tag) or cost category (``kind`` category) that reports of a source leave out."""

    source_id: str
    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Every part that should be there, table by table, and the recipes of the derived ones, inputs first."""

    parts: Mapping[str, frozenset[Part]]
    recipes: tuple[Recipe, ...]
    statements: tuple[Statement, ...]
    """Closed months: their parts are taken from the statement, not computed."""


def plan(
    charges: Iterable[Part],
    disabled: Iterable[DisabledKey],
    statements: Iterable[Statement] = (),
    metered: Iterable[MeteredDay] = (),
) -> Plan:
    """The plan for a tenant whose effective deliveries gave these parts and points, and who closed these months."""
    given = sorted(charges)
    closed = {statement.partition: statement for statement in statements}
    days = sorted(metered, key=lambda day: day.partition)
    rated = [_rated(day) for day in days if not day.rating.in_sql]
    charge_sets = [
        *(_of_charges(CHARGE_SETS, part) for part in given),
        *(_sets_of(day) for day in days),
    ]
    postings = [
        *(_of_charges(LEDGER, part) for part in given),
        *(_postings_of(day) for day in days),
    ]
    revisions = _revisions(postings, closed)
    sets = {recipe.part for recipe in charge_sets} | {statement.charge_sets for statement in closed.values()}
    ledger = {
        *(recipe.part for recipe in postings if recipe.part.partition not in closed),
        *(recipe.part for recipe in revisions),
        *(statement.ledger for statement in closed.values()),
    }
    by_day = {day.partition.source_id for day in days}
    daily = _rolled_up(LEDGER_DAILY, LEDGER, _together(ledger, by_day), ())
    dimensions = _rolled_up(DIMENSION_SETS, CHARGE_SETS, _together(sets, by_day), disabled)
    parts = {
        CHARGES.name: frozenset(given),
        POINTS.name: frozenset(part for day in days for part in day.points),
        RATED_POINTS.name: frozenset(recipe.part for recipe in rated),
        CHARGE_SETS.name: frozenset(sets),
        LEDGER.name: frozenset(ledger),
        LEDGER_DAILY.name: frozenset(recipe.part for recipe in daily),
        DIMENSION_SETS.name: frozenset(recipe.part for recipe in dimensions),
    }
    recipes = (*rated, *charge_sets, *postings, *revisions, *daily, *dimensions)
    return Plan(parts, recipes, tuple(closed.values()))


def _of_charges(table: TableSchema, charges: Part) -> Recipe:
    formula = model(table)
    name = fingerprint(table.name, formula.fingerprint, charges.fingerprint)
    return Recipe(table, Part(charges.partition, name), formula, (Input(CHARGES.name, CHARGES, (charges,)),))


def _sets_of(day: MeteredDay) -> Recipe:
    if not day.rating.in_sql:
        return _of_rated(metered_sets_model(RATED_POINTS.name), day)
    return _of_points(metered_sets_model(), day, day.inputs[:1])


def _postings_of(day: MeteredDay) -> Recipe:
    if not day.rating.in_sql:
        return _of_rated(rated_ledger_model(), day)
    return _of_points(metered_model(day.rating.rating), day, day.inputs)


def _of_rated(formula: Model, day: MeteredDay) -> Recipe:
    rated = _rated(day).part
    name = fingerprint(formula.fingerprint, rated.fingerprint)
    inputs = (Input(RATED_POINTS.name, RATED_POINTS, (rated,)),)
    return Recipe(formula.table, Part(rated.partition, name), formula, inputs, metered=day)


def _rated(day: MeteredDay) -> Recipe:
    """The points of a day that modules rate which are no SQL."""
    return _of_points(rated_model(), day, day.inputs)


def _of_points(formula: Model, day: MeteredDay, inputs: tuple[Input, ...]) -> Recipe:
    """What is computed from the points of a day, and where those are among the inputs, of the days before."""
    own = repr(day.withdrawn), day.rating.fingerprint, *(part.fingerprint for part in day.points)
    before = (
        fingerprint(repr(day.earlier_withdrawn), *(part.fingerprint for part in earlier.parts))
        for earlier in inputs[1:]
    )
    name = fingerprint(formula.fingerprint, *own, *before)
    return Recipe(formula.table, Part(day.partition.month, name), formula, inputs, metered=day)


def _together(parts: Iterable[Part], by_day: Collection[str]) -> Iterator[tuple[Partition, list[Part]]]:
    """What is rolled up together: the parts of a partition, but of metered sources each alone, as it is a day."""
    for partition, found in by_partition(parts).items():
        if partition.source_id in by_day:
            yield from ((partition, [part]) for part in found)
        else:
            yield partition, found


def _rolled_up(
    table: TableSchema,
    input_table: TableSchema,
    inputs: Iterable[tuple[Partition, Iterable[Part]]],
    disabled: Iterable[DisabledKey],
) -> list[Recipe]:
    formula = model(table)
    settings = sorted(disabled)
    recipes = []
    for partition, parts in inputs:
        own = (repr(key) for key in settings if key.source_id == partition.source_id)
        name = fingerprint(table.name, formula.fingerprint, *(part.fingerprint for part in parts), *own)
        recipes.append(
            Recipe(table, Part(partition, name), formula, (Input(input_table.name, input_table, tuple(parts)),))
        )
    return recipes


def by_partition(parts: Iterable[Part]) -> dict[Partition, list[Part]]:
    """Parts in order, by their partition."""
    found: dict[Partition, list[Part]] = {}
    for part in sorted(parts):
        found.setdefault(part.partition, []).append(part)
    return found


def _revisions(postings: Iterable[Recipe], closed: Mapping[Partition, Statement]) -> list[Recipe]:
    """The recipes that post, in an open month, what changed in a closed one since its statement."""
    derived = by_partition(recipe.part for recipe in postings)
    recipes = []
    for partition, statement in sorted(closed.items()):
        now = derived.get(partition, [])
        later = [
            other
            for where, other in sorted(closed.items())
            if where.source_id == partition.source_id and where.billing_period > partition.billing_period
        ]
        as_stated = frozenset(part.fingerprint for part in now) == statement.postings
        if as_stated and not any(partition.billing_period in other.revises for other in later):
            continue
        booked = (statement, *later)
        revision = Revision(first_open(partition, closed), partition.billing_period, 1 + len(later))
        formula = revision_model()
        name = fingerprint(
            formula.fingerprint,
            repr(revision),
            *(part.fingerprint for part in now),
            *(one.ledger.fingerprint for one in booked),
        )
        inputs = (
            Input("derived", LEDGER, tuple(now)),
            Input("booked", LEDGER, tuple(one.ledger for one in booked)),
        )
        part = Part(Partition(partition.source_id, revision.billing_period), name)
        recipes.append(Recipe(LEDGER, part, formula, inputs, revision))
    return recipes


def first_open(partition: Partition, closed: Iterable[Partition]) -> date:
    """The first month after a closed one that is open for its source."""
    shut = {other.billing_period for other in closed if other.source_id == partition.source_id}
    month = partition.billing_period
    while month in shut:
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return month
