"""What is left to do follows from the plan and from what is stored, and from nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from tallystick.lake.parts import Part, Partition
from tallystick.lake.schemas import CHARGES, LEDGER, TableSchema
from tallystick.ledger.statements import Statement, statement_of
from tallystick.planner.plan import Plan, plan
from tallystick.planner.steps import Step, steps

JULY, AUGUST = (Partition("s", date(2026, month, 1)) for month in (7, 8))
OTHER = Partition("t", date(2026, 7, 1))
A, B, C = Part(JULY, "a"), Part(JULY, "b"), Part(AUGUST, "c")


@dataclass
class Shelf:
    """Parts that are there, by table, with the size of each."""

    sizes: dict[tuple[str, Part], int] = field(default_factory=dict)

    def settled(self, schema: TableSchema, parts: Iterable[Part]) -> frozenset[Part]:
        return frozenset(parts)

    def exists(self, schema: TableSchema, part: Part) -> bool:
        return (schema.name, part) in self.sizes

    def size(self, schema: TableSchema, part: Part) -> int:
        return self.sizes[schema.name, part]

    def follow(self, step: Step) -> None:
        for restoring in step.restorings:
            self.sizes[restoring.table.name, restoring.part] = 1
        for recipe in step.recipes:
            assert all(self.exists(one.table, part) for one in recipe.inputs for part in one.parts)
            self.sizes[recipe.table.name, recipe.part] = 1


def shelf(*charges: Part) -> Shelf:
    return Shelf({(CHARGES.name, part): 1000 for part in charges})


def statement(found: Plan, partition: Partition) -> Statement:
    booked = {part.fingerprint for part in found.parts[LEDGER.name] if part.partition == partition}
    return statement_of(partition, "statements", booked, booked, ())


def test_a_step_per_partition_with_the_bytes_that_it_reads() -> None:
    found = steps(plan([A, B, C], []), shelf(A, B, C))
    assert [(step.partition, step.input_bytes, step.needs) for step in found] == [(JULY, 2000, ()), (AUGUST, 1000, ())]
    tables = [recipe.table.name for recipe in found[0].recipes]
    assert tables == ["charge_sets", "charge_sets", "ledger", "ledger", "ledger_daily", "dimension_sets"]


def test_following_every_step_in_order_leaves_nothing_to_do() -> None:
    wanted, stored = plan([A, B, C, Part(OTHER, "d")], []), shelf(A, B, C, Part(OTHER, "d"))
    for step in steps(wanted, stored):
        stored.follow(step)
    assert steps(wanted, stored) == []


def test_what_is_there_is_not_computed_again() -> None:
    wanted, stored = plan([A, B, C], []), shelf(A, B, C)
    july, august = steps(wanted, stored)
    stored.follow(july)
    assert steps(wanted, stored) == [august]
    lost = next(recipe for recipe in july.recipes if recipe.table.name == "ledger_daily")
    del stored.sizes["ledger_daily", lost.part]
    again, _ = steps(wanted, stored)
    assert (again.recipes, again.version) == ((lost,), july.version)


def test_an_input_that_nobody_wants_is_computed_only_for_who_needs_it() -> None:
    """The ledger of a closed month is its statement; what its deliveries now give is an input of a revision."""
    before = plan([A, C], [])
    closed = statement(before, JULY)
    wanted, stored = plan([A, B, C], [], [closed]), shelf(A, B, C)
    july, august = steps(wanted, stored)
    assert august.needs == (JULY,)
    assert [recipe.table.name for recipe in july.recipes if recipe.part.partition == JULY].count("ledger") == 2
    assert {restoring.part for restoring in august.restorings} == {closed.ledger}
    for step in (july, august):
        stored.follow(step)
    assert steps(wanted, stored) == []


def test_a_closed_month_is_restored_and_not_computed() -> None:
    before = plan([A], [])
    closed = statement(before, JULY)
    (july,) = steps(plan([A], [], [closed]), shelf(A))
    assert {(one.table.name, one.part) for one in july.restorings} == {
        ("ledger", closed.ledger),
        ("charge_sets", closed.charge_sets),
    }
    assert {recipe.table.name for recipe in july.recipes} == {"charge_sets", "ledger_daily", "dimension_sets"}
