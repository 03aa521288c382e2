"""Hashmap gives what CloudKitty's own module gives, on random rules and points.

``HASHMAP_CASES`` says how many are tried. Cases are rated together: their services are named apart.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from hashmap_cases import Case, points, rules
from hashmaps import prices
from servers.environments import program

pytestmark = pytest.mark.services

CASES = int(os.environ.get("HASHMAP_CASES", "2000"))
TOGETHER = 250
PROGRAM = Path(__file__).parents[1] / "servers" / "cloudkitty_side" / "hashmap_cases.py"
HALF_OF_TENTH_DIGIT = Decimal("0.5e-10")


def theirs(cases: Sequence[Case]) -> list[Decimal | None]:
    """What CloudKitty's module says of every point, None where it fails."""
    lines = [
        json.dumps(
            {
                "mappings": case.mappings,
                "thresholds": case.thresholds,
                "scope": case.scope,
                "points": case.points,
            }
        )
        for case in cases
    ]
    command = [str(program("cloudkitty", "python")), "-W", "ignore", str(PROGRAM)]
    ended = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return [
        None if price is None else Decimal(price) for line in ended.stdout.splitlines() for price in json.loads(line)
    ]


def test_prices_are_those_of_cloudkitty() -> None:
    chance = random.Random(25)
    cases = [Case(chance) for _ in range(CASES)]
    expected = theirs(cases)
    assert len(expected) == sum(len(case.points) for case in cases)
    found: list[Decimal] = []
    for first in range(0, CASES, TOGETHER):
        together = cases[first : first + TOGETHER]
        found += prices(list(points(together)), *rules(together))
    each = [(case, point) for case in cases for point in case.points]
    wrong = [
        (case.mappings, case.thresholds, case.scope, point, ours, other)
        for (case, point), ours, other in zip(each, found, expected, strict=True)
        if other is not None and abs(ours - other) > HALF_OF_TENTH_DIGIT
    ]
    assert not wrong, f"{len(wrong)} of {len(each)} differ, the first: {min(wrong, key=repr)}"
    assert sum(price is None for price in expected) < len(expected) / 5
    assert sum(bool(price) for price in expected) > len(expected) / 5


def test_a_value_that_is_no_number_stops_nothing() -> None:
    """Where CloudKitty fails, the price is that of the point without the value."""
    chance = random.Random(26)
    cases = [Case(chance) for _ in range(200)]
    for case in cases:
        case.thresholds = [rule for rule in case.thresholds if rule["field"] == "odd"]
        case.mappings = [rule for rule in case.mappings if rule["field"] != "odd"]
    without = list(points(cases))
    for number, one in enumerate(without):
        numeric = {**one.metadata, **one.groupby}.get("odd") == "2"
        if not numeric:
            pairs = (
                {name: value for name, value in given.items() if name != "odd"} for given in (one.groupby, one.metadata)
            )
            without[number] = replace(one, **dict(zip(("groupby", "metadata"), pairs, strict=True)))
    assert prices(list(points(cases)), *rules(cases)) == prices(without, *rules(cases))
