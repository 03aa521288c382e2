"""The rules in force as a document, which asks for what is there."""

from __future__ import annotations

from typing import Any

from tallystick.rating.rules.applying import InForce
from tallystick.rating.rules.rulesets import LadderEntry, Price


def document(now: InForce) -> dict[str, object]:
    """The rules in force as a document that asks for them."""
    services: dict[str, dict[str, Any]] = {}
    for kind, name, field in now.names:
        if kind == "service":
            services[name] = {}
        elif kind == "field":
            services[name].setdefault("fields", {})[field] = {}
    for price in now.prices.values():
        entry = services[price.service]
        if price.field is not None:
            entry = entry["fields"][price.field]
        entry.setdefault("mappings" if price.level is None else "thresholds", []).append(_entry(price))
    ladders = {"ladders": [_ladder_entry(ladder) for ladder in now.ladders.values()]} if now.ladders else {}
    return {"groups": [name for kind, name, _ in now.names if kind == "group"], "services": services, **ladders}


def _ladder_entry(ladder: LadderEntry) -> dict[str, object]:
    tiers = [
        {name: f"{amount:f}" for name, amount in (("up_to", tier.up_to), ("cost", tier.cost)) if amount is not None}
        for tier in ladder.tiers
    ]
    return {**ladder.model_dump(mode="json", exclude={"tiers"}, exclude_none=True), "tiers": tiers}


def _entry(price: Price) -> dict[str, str]:
    given = {
        "value": price.value,
        "level": None if price.level is None else f"{price.level:f}",
        "cost": f"{price.cost:f}",
        "type": price.kind,
        "group": price.group,
        "tenant": price.scope,
        "start": price.start.isoformat() if price.start else None,
        "end": price.end.isoformat() if price.end else None,
        "description": price.description,
    }
    return {name: value for name, value in given.items() if value is not None}
