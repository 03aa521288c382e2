"""Which delivery counts: for each source, billing period and series the newest one that covers it.

Newest is by the version that the provider names (else by the files' own time), then by arrival; so the same
deliveries in any order give the same ledger.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from tallystick.lake.parts import Partition


@dataclass(frozen=True, slots=True)
class Candidate:
    """An accepted delivery and the billing periods that it covers, those without rows included."""

    delivery_id: str
    source_id: str
    series: str
    version: datetime
    received_at: datetime
    periods: frozenset[date]
    declared: bool = False
    """Whether its manifest names the period, so that no row need be read to know it."""

    adds_up: bool = False
    """Whether what no manifest names stands beside the other series, as points do; bills replace each other."""

    @property
    def _rank(self) -> tuple[datetime, datetime, str]:
        return self.version, self.received_at, self.delivery_id


NAMELESS = "default"
"""The series of deliveries that no manifest names."""

Slot = tuple[Partition, str]
"""What a delivery replaces: a source's billing period and a delivery series."""


def effective(candidates: Iterable[Candidate]) -> dict[Slot, Candidate]:
    """The delivery that counts for each slot.

    A bill without a report's name may be the same as one with: of the two only the newer counts.
    """
    winners = _newest(candidates)
    for (partition, series), nameless in list(winners.items()):
        if series != NAMELESS or nameless.adds_up:
            continue
        named = {slot: winner for slot, winner in winners.items() if slot[0] == partition and slot[1] != NAMELESS}
        if any(winner._rank > nameless._rank for winner in named.values()):
            del winners[partition, series]
        else:
            for slot in named:
                del winners[slot]
    return winners


def _newest(candidates: Iterable[Candidate]) -> dict[Slot, Candidate]:
    winners: dict[Slot, Candidate] = {}
    for candidate in candidates:
        for period in candidate.periods:
            slot = (Partition(candidate.source_id, period), candidate.series)
            if slot not in winners or candidate._rank > winners[slot]._rank:
                winners[slot] = candidate
    return winners
