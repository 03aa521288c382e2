"""Rule sets of a home: showing the rules in force as a document, and trying or applying another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallystick.planner.records import ensure_tenant
from tallystick.planner.refresh import refresh
from tallystick.planner.rules.previews import Compared, compare
from tallystick.rating import hashmap
from tallystick.rating.days import HASHMAP, Rules
from tallystick.rating.modules import states
from tallystick.rating.rules.applying import Difference, apply, difference, document, in_force
from tallystick.rating.rules.rulesets import Price, RuleSet, prices

if TYPE_CHECKING:
    from tallystick.planner.home import Home


def export_rules(home: Home, tenant: str) -> dict[str, object]:
    """The rules in force as a document."""
    with home.database.of(tenant).read() as session:
        return document(in_force(session, tenant))


def hashmap_enabled(home: Home, tenant: str) -> bool:
    """Whether hashmap takes part in rating."""
    with home.database.of(tenant).read() as session:
        return any(state.enabled for state in states(session, tenant) if state.module_id == HASHMAP)


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

    Rules without a start are taken as if they had been in force always, and hashmap as if it had been enabled.
    """
    with home.database.of(tenant).read() as session:
        change = difference(in_force(session, tenant), wanted)
    scripts = home.books(tenant).rating.rules.scripts
    given = list(prices(wanted))
    mappings = tuple(_mapping(price) for price in given if price.level is None)
    thresholds = tuple(_threshold(price) for price in given if price.level is not None)
    return change, compare(home, tenant, Rules(mappings, thresholds, scripts))


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
