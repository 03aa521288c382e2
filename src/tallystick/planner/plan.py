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
from tallystick.rating.days import DayRating
from tallystick.rating.withdrawals import WithdrawnFile


@dataclass(frozen=True, slots=True)
class Input:
    """A view that a model reads: its name, and the parts of a table behind it."""

    view: str
    table: TableSchema
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Revision:
    """What the model of revisions is told: the month that it corrects, where it posts, and how many came before."""

    billing_period: date
    revised_period: date
    number: int


@dataclass(frozen=True, slots=True)
class MeteredDay:
    """The points of a source on a UTC day: their parts, how they are rated, and what of them does not count."""

    partition: Partition
    """Source and day."""
    points: tuple[Part, ...]
    rating: DayRating
    withdrawn: tuple[WithdrawnFile, ...]

    @property
    def relations(self) -> Mapping[str, str]:
        """What models read beside the points, as SELECTs by name."""
        return self.rating.relations(self.withdrawn)


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
        *(_of_points(metered_sets_model(_points_of(day)), day) for day in days),
    ]
    postings = [
        *(_of_charges(LEDGER, part) for part in given),
        *(_of_points(_ledger_model(day.rating), day) for day in days),
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


def _of_points(formula: Model, day: MeteredDay) -> Recipe:
    if not day.rating.in_sql:
        return _of_rated(formula, _rated(day).part, day)
    inputs = (Input("delivered_points", POINTS, day.points),)
    return Recipe(formula.table, Part(day.partition.month, _name(formula, day)), formula, inputs, metered=day)


def _ledger_model(rating: DayRating) -> Model:
    return metered_model(rating.rating) if rating.in_sql else rated_ledger_model()


def _of_rated(formula: Model, rated: Part, day: MeteredDay) -> Recipe:
    name = fingerprint(formula.fingerprint, rated.fingerprint)
    inputs = (Input(RATED_POINTS.name, RATED_POINTS, (rated,)),)
    return Recipe(formula.table, Part(rated.partition, name), formula, inputs, metered=day)


def _rated(day: MeteredDay) -> Recipe:
    """The points of a day that modules rate which are no SQL."""
    formula = rated_model()
    inputs = (Input("delivered_points", POINTS, day.points),)
    return Recipe(formula.table, Part(day.partition.month, _name(formula, day)), formula, inputs, metered=day)


def _name(formula: Model, day: MeteredDay) -> str:
    own = repr(day.withdrawn), day.rating.fingerprint
    return fingerprint(formula.fingerprint, *own, *(part.fingerprint for part in day.points))


def _points_of(day: MeteredDay) -> str:
    """The view of all that is known of a day's points."""
    return "delivered_points" if day.rating.in_sql else RATED_POINTS.name


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
        if frozenset(part.fingerprint for part in now) == statement.postings:
            continue
        later = [
            other
            for where, other in sorted(closed.items())
            if where.source_id == partition.source_id and where.billing_period > partition.billing_period
        ]
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
