"""The prices that ladders give: of points, in tables; and of months, however they are cut."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from laddered import FIRST, Traffic, ladder, month_prices
from tallystick.engine.dialect import to_trino
from tallystick.engine.models import UNRATED, hashmap_model, tiers_model
from tallystick.rating.ladders import Ladder
from tallystick.rating.withdrawals import WithdrawnFile

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ALLOWANCE = ladder((100, 0), (1000, "0.09"), (None, "0.05"))


def decimals(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


@pytest.mark.parametrize(
    ("qty", "price"),
    [
        ("0", "0"),
        ("99.999999999999999999", "0"),
        ("100", "0"),
        ("100.5", "0.045"),
        ("1000", "81"),
        ("1001", "81.05"),
        ("-5", "0"),
    ],
)
def test_only_what_lies_in_a_tier_costs_its_price(qty: str, price: str) -> None:
    assert month_prices([Traffic(qty)], [ALLOWANCE]) == decimals(price)


def test_the_month_goes_on_over_resources_hours_and_days() -> None:
    points = [
        Traffic(60),
        Traffic(60, FIRST, resource="r2"),
        Traffic(60, FIRST + 5 * HOUR),
        Traffic(840, FIRST + DAY),
        Traffic(10, FIRST + 3 * DAY),
    ]
    assert month_prices(points, [ALLOWANCE]) == decimals("0", "1.8", "5.4", "74.8", "0.5")


def test_scopes_and_metrics_have_months_of_their_own() -> None:
    points = [Traffic(90), Traffic(90, scope_id="p2"), Traffic(90, scope_id=None), Traffic(500, metric="other")]
    assert month_prices([*points, Traffic(11, FIRST + HOUR)], [ALLOWANCE]) == decimals("0", "0", "0", "0", "0.09")


def test_a_scopes_own_ladder_replaces_the_general_one() -> None:
    own = ladder((50, 1), (None, 2), scope="p1")
    for order in ([ALLOWANCE, own], [own, ALLOWANCE]):
        assert month_prices([Traffic(60), Traffic(110, scope_id="p2")], order) == decimals("70", "0.9")


def test_what_has_a_price_or_does_not_count_uses_nothing() -> None:
    points = [
        Traffic(1000, price=Decimal(7)),
        Traffic(1000, FIRST, file="gone"),
        Traffic(1000, FIRST - HOUR, file="gone"),
        Traffic(101, FIRST + DAY),
    ]
    withdrawn = [WithdrawnFile("gone", "p1", FIRST - DAY, FIRST + DAY)]
    assert month_prices(points, [ALLOWANCE], withdrawn=withdrawn)[-1] == Decimal("0.09")


def test_prices_are_added_to_what_modules_before_gave() -> None:
    points = [Traffic(101), Traffic(1, metric="other")]
    assert month_prices(points, [ALLOWANCE], before="3") == decimals("3.09", "3")
    assert month_prices(points, [], before="3") == decimals("3", "3")


def test_a_ladder_counts_from_its_start_until_before_its_end_with_what_was_used_before() -> None:
    noon = FIRST + 12 * HOUR
    ladders = [ladder((100, 0), (None, 1), end_at=noon), ladder((100, 5), (None, 2), start_at=noon)]
    begins = [FIRST, noon - HOUR, noon, noon + DAY]
    assert month_prices([Traffic(60, begin) for begin in begins], ladders) == decimals("0", "20", "120", "120")
    assert month_prices([Traffic(60, FIRST), Traffic(60, noon)], ladders[1:]) == decimals("0", "240")


def test_of_two_at_the_same_time_the_later_one_counts() -> None:
    assert month_prices([Traffic(10)], [ALLOWANCE, ladder((None, 3))]) == decimals("30")


def test_what_is_given_back_is_refunded() -> None:
    points = [Traffic(110), Traffic(-20, FIRST + HOUR), Traffic(30, FIRST + DAY)]
    assert month_prices(points, [ALLOWANCE]) == decimals("0.9", "-0.9", "1.8")


def total(rungs: Ladder, quantity: Decimal) -> Decimal:
    """The formula, as the model's first lines say it."""
    below, price = Decimal(0), Decimal(0)
    for tier in rungs.tiers:
        end = max(quantity, below) if tier.up_to is None else min(max(quantity, below), tier.up_to)
        price += ((end - below) * tier.cost).quantize(Decimal("1e-18"))
        below = end if tier.up_to is None else tier.up_to
        if quantity <= below:
            break
    return price


AMOUNTS = st.decimals(0, 400, places=3)
COSTS = st.decimals(0, 2, places=12)
LADDERS = st.builds(
    lambda ends, costs: ladder(*zip([*(str(end) for end in sorted(ends)), None], map(str, costs), strict=False)),
    st.sets(st.decimals("0.001", 900, places=3), max_size=3),
    st.lists(COSTS, min_size=4, max_size=4),
)
USES = st.lists(st.tuples(AMOUNTS, st.integers(0, 90), st.sampled_from("ab")), min_size=1, max_size=12)


@settings(deadline=None, max_examples=15)
@given(LADDERS, USES, st.randoms(use_true_random=False))
def test_the_prices_of_a_month_add_up_to_its_ladder(
    rungs: Ladder, uses: list[tuple[Decimal, int, str]], chance: object
) -> None:
    """Whatever the files, the order in them, and the days that the points fall on."""
    points = [Traffic(qty, FIRST + hours * HOUR, resource=resource, file=resource) for qty, hours, resource in uses]
    other = list(points)
    chance.shuffle(other)  # type: ignore[attr-defined]
    expected = total(rungs, sum((qty for qty, _hours, _resource in uses), Decimal(0)))
    assert sum(month_prices(points, [rungs])) == expected
    assert sum(month_prices(other, [rungs])) == expected


@pytest.mark.parametrize("before", [UNRATED, hashmap_model().sql], ids=["alone", "after hashmap"])
def test_it_travels_to_trino(before: str) -> None:
    translated = to_trino(tiers_model(before).sql)
    assert sqlglot.parse_one(translated, read="trino").sql("trino", pretty=True) == translated
