"""From the number that a source gives to the quantity of a point: factor, offset and mutation, exactly.

    quantity = mutate(number * factor + offset)

Numbers are rationals until the end; only a quantity with more than 18 decimals is rounded, half away from zero.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from typing import Final

from tallystick.decimals import EXACT

_SCALE: Final = 18
_ONE: Final = 10**_SCALE
_WHOLE: Final = Fraction(1)
_REMEMBERED: Final = 100_000
_EXPONENT: Final = 400
"""Above the powers of ten that a double has."""


class Mutation(StrEnum):
    """What is made of a number after its conversion."""

    NONE = "NONE"
    NUMBOOL = "NUMBOOL"
    """1 unless it is 0."""
    NOTNUMBOOL = "NOTNUMBOOL"
    """1 if it is 0."""
    FLOOR = "FLOOR"
    CEIL = "CEIL"
    MAP = "MAP"
    """What the map says of it, else 0."""


class Conversion:
    """The conversion of one metric. It remembers what it has converted: gauges repeat themselves."""

    def __init__(
        self,
        factor: Fraction = Fraction(1),
        offset: Fraction = Fraction(0),
        mutation: Mutation = Mutation.NONE,
        mutate_map: Mapping[Fraction, Fraction] | None = None,
    ) -> None:
        self._factor, self._offset, self._mutation = factor, offset, mutation
        self._map = dict(mutate_map or {})
        self._known: dict[str, Decimal] = {}

    def __call__(self, number: str) -> Decimal:
        """The quantity, with 18 decimals. Raises ValueError for a text that is no finite number."""
        known = self._known.get(number)
        if known is None:
            known = self.part(number, _WHOLE)
            if len(self._known) < _REMEMBERED:
                self._known[number] = known
        return known

    def part(self, number: str, share: Fraction) -> Decimal:
        """A share of the quantity, with 18 decimals. Raises ValueError as the whole does."""
        return rounded(self._mutated(_fraction(number) * self._factor + self._offset) * share)

    def _mutated(self, value: Fraction) -> Fraction:
        match self._mutation:
            case Mutation.NUMBOOL:
                return Fraction(value != 0)
            case Mutation.NOTNUMBOOL:
                return Fraction(value == 0)
            case Mutation.FLOOR:
                return Fraction(math.floor(value))
            case Mutation.CEIL:
                return Fraction(math.ceil(value))
            case Mutation.MAP:
                return self._map.get(value, Fraction(0))
            case Mutation.NONE:
                return value


def rounded(value: Fraction) -> Decimal:
    """As a decimal of scale 18, half away from zero. Raises ValueError where DECIMAL(38, 18) ends."""
    numerator, denominator = abs(value.numerator) * _ONE, value.denominator
    units = (2 * numerator + denominator) // (2 * denominator)
    if units >= 10**38:
        raise ValueError("it has more than 20 digits before the point")
    return Decimal(-units if value < 0 else units).scaleb(-_SCALE, EXACT)


def _fraction(number: str) -> Fraction:
    try:
        decimal = Decimal(number)
    except InvalidOperation:
        raise ValueError(f"{number!r} is not a number") from None
    if not decimal.is_finite():
        raise ValueError(f"it is {number}, which cannot be rated")
    if abs(decimal.adjusted()) > _EXPONENT:
        raise ValueError(f"{number!r} is beyond what a number can be")
    return Fraction(decimal)
