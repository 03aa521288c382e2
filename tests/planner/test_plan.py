"""The plan: what should be there follows from charges, settings and closed months alone."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from tallystick.lake.parts import Part, Partition
from tallystick.ledger.statements import Statement, statement_of
from tallystick.planner.plan import DisabledKey, Plan, first_open, plan

JULY, AUGUST, SEPTEMBER = (Partition("s", date(2026, month, 1)) for month in (7, 8, 9))


def names(found: Plan, table: str) -> set[Part]:
    return set(found.parts[table])


def postings(found: Plan, partition: Partition) -> set[str]:
    """The ledger parts that a month's charges give."""
    return {
        recipe.part.fingerprint
        for recipe in found.recipes
        if recipe.table.name == "ledger" and recipe.revision is None and recipe.part.partition == partition
    }


def closed(found: Plan, partition: Partition) -> Statement:
    booked = {part.fingerprint for part in found.parts["ledger"] if part.partition == partition}
    revises = [
        recipe.revision.revised_period
        for recipe in found.recipes
        if recipe.revision and recipe.part.partition == partition
    ]
    return statement_of(partition, "statements", postings(found, partition), booked, revises)


def test_every_charges_part_has_its_postings_and_every_month_its_rollup() -> None:
    found = plan([Part(JULY, "a"), Part(JULY, "b"), Part(AUGUST, "c")], [])
    counts = {table: len(parts) for table, parts in found.parts.items()}
    given = {"charges": 3, "charge_sets": 3, "ledger": 3, "ledger_daily": 2, "dimension_sets": 2}
    assert counts == {**given, "points": 0, "rated_points": 0}


def test_one_changed_file_leaves_the_parts_of_the_others() -> None:
    before = plan([Part(JULY, "a"), Part(JULY, "b"), Part(AUGUST, "c")], [])
    after = plan([Part(JULY, "a"), Part(JULY, "B"), Part(AUGUST, "c")], [])
    for table, changed in {"ledger": 1, "charge_sets": 1, "ledger_daily": 1, "dimension_sets": 1}.items():
        assert len(names(after, table) - names(before, table)) == changed


def test_a_tag_setting_moves_the_dimension_sets_of_its_source_only() -> None:
    other = Partition("t", date(2026, 7, 1))
    charges = [Part(JULY, "a"), Part(other, "b")]
    before, after = plan(charges, []), plan(charges, [DisabledKey("s", "tag", "team")])
    moved = {table: names(after, table) - names(before, table) for table in before.parts}
    assert {part.partition for part in moved.pop("dimension_sets")} == {JULY}
    assert not any(moved.values())


@given(st.permutations([Part(JULY, "a"), Part(JULY, "b"), Part(AUGUST, "c")]))
def test_the_order_of_the_charges_does_not_matter(charges: list[Part]) -> None:
    assert plan(charges, []).parts == plan(sorted(charges), []).parts


def test_a_closed_month_stays_and_what_changes_is_posted_in_the_next_open_one() -> None:
    first = plan([Part(JULY, "a"), Part(AUGUST, "b")], [])
    statement = closed(first, JULY)
    same = plan([Part(JULY, "a"), Part(AUGUST, "b")], [], [statement])
    assert {part for part in same.parts["ledger"] if part.partition == JULY} == {statement.ledger}
    assert not [recipe for recipe in same.recipes if recipe.revision]

    later = plan([Part(JULY, "late"), Part(AUGUST, "b")], [], [statement])
    (revision,) = [recipe for recipe in later.recipes if recipe.revision]
    assert {part for part in later.parts["ledger"] if part.partition == JULY} == {statement.ledger}
    assert revision.part.partition == AUGUST
    assert revision.revision is not None
    assert (revision.revision.revised_period, revision.revision.number) == (date(2026, 7, 1), 1)


def test_a_second_revision_is_against_both_statements() -> None:
    charges = [Part(JULY, "late"), Part(AUGUST, "b")]
    july = closed(plan([Part(JULY, "a"), Part(AUGUST, "b")], []), JULY)
    august = closed(plan(charges, [], [july]), AUGUST)
    again = plan([Part(JULY, "later"), Part(AUGUST, "b")], [], [july, august])
    (revision,) = [recipe for recipe in again.recipes if recipe.revision]
    assert revision.part.partition == SEPTEMBER
    assert revision.revision is not None
    assert revision.revision.number == 2
    assert {part for one in revision.inputs if one.view == "booked" for part in one.parts} == {
        july.ledger,
        august.ledger,
    }


def test_what_a_later_statement_revised_is_taken_back_when_the_month_is_again_as_it_was_stated() -> None:
    first = plan([Part(JULY, "a"), Part(AUGUST, "b")], [])
    july = closed(first, JULY)
    august = closed(plan([Part(JULY, "late"), Part(AUGUST, "b")], [], [july]), AUGUST)
    assert august.revises == {JULY.billing_period}
    back = plan([Part(JULY, "a"), Part(AUGUST, "b")], [], [july, august])
    (revision,) = [recipe.revision for recipe in back.recipes if recipe.revision]
    assert (revision.revised_period, revision.billing_period, revision.number) == (
        JULY.billing_period,
        SEPTEMBER.billing_period,
        2,
    )


def test_the_first_open_month_skips_closed_ones_and_years() -> None:
    shut = [Partition("s", date(2026, 11, 1)), Partition("s", date(2026, 12, 1))]
    assert first_open(shut[0], shut) == date(2027, 1, 1)
