"""Random rules and points, as CloudKitty reads them and as we do: for the tests that compare."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hashmaps import Point
from tallystick.rating.hashmap import Mapping, Threshold

DAY = datetime(2024, 12, 29, tzinfo=UTC)
"""A Sunday, on which a week begins."""

SERVICES = ("a", "b")
SCOPES = ("one", "other")
GROUPS = ("", "", "g", "h")
VALUES: dict[str, list[object]] = {
    "flavor": ["m1.small", "m1.large", "4", ""],
    "size": [4, "4", "4.0", "10", 0.5, 12.25, "-3", True, False, "1e1", "4.000000001"],
    "project_id": ["one", "other"],
    "month": ["12", "1"],
    "year": ["2024"],
    "week_of_the_year": ["52", "51"],
    "day_of_the_year": ["364", "365"],
    "odd": ["four", None, "x", "2"],
}
LEVELS = ("-2", "-1", "-0.5", "0", "0.5", "1", "4", "4.0", "10", "12.25", "364", "1000")
COSTS = ("0", "1", "3", "0.5", "0.98", "0.0123", "-2", "7.25", "0.000001", "1.000000001", "123456.789")
QUANTITIES = ("0", "1", "4", "-3", "0.5", "10", "12.25", "1000", "0.333333333", "123456.789", "3.999999999")


class Case:
    """Rules, and points of one scope."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        fields = [None, None, *chance.sample(list(VALUES), 3)]
        self.mappings = [self._mapping(chance.choice(fields)) for _ in range(chance.randrange(12))]
        self.thresholds = [self._threshold(chance.choice(fields)) for _ in range(chance.choice((0, 0, 1, 4, 9)))]
        self.scope = chance.choice(SCOPES)
        self.points = [self._point() for _ in range(6)]

    def _rule(self, field: str | None) -> dict[str, Any]:
        choose = self._chance.choice
        return {
            "service": choose(SERVICES),
            "field": field,
            "kind": choose(("flat", "flat", "rate")),
            "cost": choose(COSTS),
            "group": choose(GROUPS),
            "scope": choose((None, None, *SCOPES)),
        }

    def _mapping(self, field: str | None) -> dict[str, Any]:
        value = str(self._chance.choice(VALUES[field])) if field else None
        return {**self._rule(field), "value": value or (None if field is None else "?")}

    def _threshold(self, field: str | None) -> dict[str, Any]:
        return {**self._rule(field), "level": self._chance.choice(LEVELS)}

    def _point(self) -> dict[str, Any]:
        choose = self._chance.choice
        given = {name: choose(values) for name, values in VALUES.items() if choose((True, True, False))}
        return {
            "service": choose((*SERVICES, "unknown")),
            "begin": (DAY + timedelta(hours=choose(range(48)))).isoformat(),
            "qty": choose(QUANTITIES),
            "groupby": {name: value for name, value in given.items() if choose((True, False))},
            "metadata": {name: value for name, value in given.items() if choose((True, True, False))},
        }


def rules(cases: Sequence[Case]) -> tuple[list[Mapping], list[Threshold]]:
    """The rules of cases that are rated together."""

    def common(number: int, rule: dict[str, Any]) -> dict[str, Any]:
        service = f"{number} {rule['service']}"
        own = {"cost": Decimal(rule["cost"]), "group_id": rule["group"], "scope_id": rule["scope"]}
        return {"service": service, "field": rule["field"], "kind": rule["kind"], **own}

    return (
        [
            Mapping(value=rule["value"], **common(number, rule))
            for number, case in enumerate(cases)
            for rule in case.mappings
        ],
        [
            Threshold(level=Decimal(rule["level"]), **common(number, rule))
            for number, case in enumerate(cases)
            for rule in case.thresholds
        ],
    )


def points(cases: Sequence[Case]) -> Iterator[Point]:
    """As they are stored: values are text."""
    for number, case in enumerate(cases):
        for point in case.points:
            yield Point(
                metric=f"{number} {point['service']}",
                qty=point["qty"],
                groupby={name: str(value) for name, value in point["groupby"].items()},
                metadata={name: str(value) for name, value in point["metadata"].items()},
                scope_id=case.scope,
                begin=datetime.fromisoformat(point["begin"]),
            )
