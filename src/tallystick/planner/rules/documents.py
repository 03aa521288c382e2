"""Rule sets of a home: showing the rules in force as a document, and trying or applying another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tallystick.planner.records import ensure_tenant
from tallystick.planner.refresh import refresh
from tallystick.planner.rules.previews import Compared, compare
from tallystick.rating import hashmap
from tallystick.rating.days import HASHMAP, TIERS
from tallystick.rating.ladders import Ladder, Tier
from tallystick.rating.modules import states
from tallystick.rating.rules.applying import Difference, apply, difference, in_force
from tallystick.rating.rules.exporting import document
from tallystick.rating.rules.rulesets import LadderEntry, Price, RuleSet, prices

if TYPE_CHECKING:
    from tallystick.planner.home import Home


def export_rules(home: Home, tenant: str) -> dict[str, object]:
    """The rules in force as a document."""
    with home.database.of(tenant).read() as session:
        return document(in_force(session, tenant))


def idle_modules(home: Home, tenant: str, wanted: RuleSet) -> list[str]:
    """The modules that a rule set has rules of, and that take no part in rating."""
    has = {HASHMAP: bool(wanted.services), TIERS: bool(wanted.ladders)}
    with home.database.of(tenant).read() as session:
        return [state.module_id for state in states(session, tenant) if has.get(state.module_id) and not state.enabled]


def apply_rules(home: Home, tenant: str, wanted: RuleSet, author: str) -> Difference:
    """Make the rules in force those of a rule set, and let the tables follow. Gives what was changed.

    Raises InvalidRuleError and DuplicateRuleError; then nothing is changed.
    """
    with home.database.of(tenant).write() as session:
        ensure_tenant(session, tenant)
        change = difference(in_force(session, tenant), wanted)
        apply(session, tenant, change, author)
    refresh(home, tenant)
    return change


def try_rules(home: Home, tenant: str, wanted: RuleSet) -> tuple[Difference, list[Compared]]:
    """What a rule set would change, and what the points of the past would have cost by it.

    Rules without a start are taken as if they had been in force always, and their modules as if they had been enabled.
    """
    with home.database.of(tenant).read() as session:
        change = difference(in_force(session, tenant), wanted)
    rules = home.books(tenant).rating.rules
    given = list(prices(wanted))
    mappings = tuple(_mapping(price) for price in given if price.level is None)
    thresholds = tuple(_threshold(price) for price in given if price.level is not None)
    ladders = tuple(_ladder(ladder) for ladder in wanted.ladders)
    new = replace(rules, mappings=mappings, thresholds=thresholds, ladders=ladders)
    return change, compare(home, tenant, new)


def _mapping(price: Price) -> hashmap.Mapping:
    return hashmap.Mapping(
        service=price.service,
        field=price.field,
        value=price.value,
        kind="rate" if price.kind == "rate" else "flat",
        cost=price.cost,
        group_id=price.group or "",
        scope_id=price.scope,
        start_at=price.start or hashmap.BEGINNING,
        end_at=price.end,
    )


def _threshold(price: Price) -> hashmap.Threshold:
    assert price.level is not None
    return hashmap.Threshold(
        service=price.service,
        field=price.field,
        level=price.level,
        kind="rate" if price.kind == "rate" else "flat",
        cost=price.cost,
        group_id=price.group or "",
        scope_id=price.scope,
    )


def _ladder(entry: LadderEntry) -> Ladder:
    return Ladder(
        service=entry.service,
        scope_id=entry.tenant,
        tiers=tuple(Tier(tier.up_to, tier.cost) for tier in entry.tiers),
        start_at=entry.start or hashmap.BEGINNING,
        end_at=entry.end,
    )
