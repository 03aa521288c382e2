"""Ladders in the settings database."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from rating.rules.conftest import NOW, TENANT, processed
from tallystick.rating.days import TIERS
from tallystick.rating.ladders import Ladder, Tier
from tallystick.rating.modules import set_state
from tallystick.rating.reading import read_rating
from tallystick.rating.rules.errors import DuplicateRuleError, InvalidRuleError, UnknownRuleError
from tallystick.rating.rules.ladders import LadderDraft, create_ladder, delete_ladder, ladders
from tallystick.settings.metering import RatingLadder
from tallystick.settings.moments import ALWAYS

DAY = timedelta(days=1)
TWO = (Tier(Decimal("100.50"), Decimal(0)), Tier(None, Decimal("0.000000000000000001")))


def create(session: Session, scope: str | None = None, *, start: int = 0, end: int | None = None) -> RatingLadder:
    """A ladder from one day to another, counted from now."""
    ends = None if end is None else NOW + end * DAY
    draft = LadderDraft(service="traffic", scope_id=scope, tiers=TWO, start=NOW + start * DAY, end=ends)
    return create_ladder(session, TENANT, draft, "me")


def test_a_ladder_counts_while_it_runs_and_its_module_is_enabled(session: Session) -> None:
    create(session, "p1", start=-3, end=9)
    assert read_rating(session, TENANT, "USD").rules.ladders == ()
    set_state(session, TENANT, TIERS, enabled=True, at=NOW)
    (found,) = read_rating(session, TENANT, "USD").rules.ladders
    assert found == Ladder(service="traffic", scope_id="p1", tiers=TWO, start_at=NOW, end_at=NOW + 9 * DAY)


def test_two_never_count_for_the_same_at_the_same_time(session: Session) -> None:
    create(session, start=-3, end=3)
    create(session, start=3)
    create(session, "p1")
    for scope, start, end in ((None, 2, 3), (None, 4, None), ("p1", -9, 1)):
        with pytest.raises(
            DuplicateRuleError, match=r"A ladder of traffic, tenant: '\w+', counts at that time already"
        ):
            create(session, scope, start=start, end=end)
    with pytest.raises(InvalidRuleError, match="start after end"):
        create(session, "p2", start=1, end=0)


def test_what_is_ended_keeps_what_it_rated(session: Session) -> None:
    processed(session, hours_ago=1)
    ladder_id = create(session, start=-3).ladder_id
    set_state(session, TENANT, TIERS, enabled=True, at=ALWAYS)
    delete_ladder(session, TENANT, ladder_id, "me")
    assert ladders(session, TENANT) == []
    (found,) = read_rating(session, TENANT, "USD").rules.ladders
    assert (found.start_at, found.end_at) == (NOW - 3 * DAY, NOW.replace(minute=0))
    with pytest.raises(UnknownRuleError):
        delete_ladder(session, TENANT, ladder_id, "me")
