"""Rules as files: what differs, what the past would have cost, and a ledger that follows."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from metered import HOUR, NOON, deliver, points, postings
from tallystick.planner.home import Home
from tallystick.planner.metering.scopes import ScopeKey, create
from tallystick.planner.rules.documents import apply_rules, export_rules, try_rules
from tallystick.planner.rules.previews import Compared
from tallystick.rating.modules import set_state
from tallystick.rating.rules.applying import Difference
from tallystick.rating.rules.errors import InvalidRuleError
from tallystick.rating.rules.rulesets import RuleSet, read_rule_set
from tallystick.settings.config import Config
from tallystick.settings.moments import ALWAYS

SUPPORT = {"value": "small", "cost": "1", "type": "flat", "group": "support"}


def rules(cost: str = "0.5", **mapping: Any) -> dict[str, Any]:
    """A price of an instance, support on top, and half of it all from 100 on."""
    return {
        "groups": ["support"],
        "services": {
            "instance": {
                "mappings": [{"cost": cost, "type": "flat", **mapping}],
                "thresholds": [{"level": "100", "cost": "0.5", "type": "rate"}],
                "fields": {
                    "flavor": {"mappings": [{"value": "small", "cost": "1", "type": "flat", "group": "support"}]}
                },
            }
        },
    }


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with three hours of two small instances."""
    home = Home(Config(home=tmp_path))
    with home.database.of("default").write() as session:
        set_state(session, "default", "hashmap", enabled=True, at=ALWAYS)
    deliver(home, "collected/1", points("p1", NOON, NOON + HOUR, NOON + 12 * HOUR, price=None))
    return home


def apply(home: Home, document: dict[str, Any]) -> list[str]:
    return list(apply_rules(home, "default", read_rule_set(document), "me").lines())


def costs(home: Home) -> list[Decimal]:
    return [posting.cost for posting in postings(home)]


def test_a_first_rule_set_counts_for_everything(home: Home) -> None:
    assert apply(home, rules()) == [
        "+ group support",
        "+ service instance",
        "+ field instance flavor",
        "+ instance: flat 0.5",
        "+ instance from 100: rate 0.5",
        "+ instance flavor=small: flat 1 group support",
    ]
    assert costs(home) == [Decimal(3)] * 3


def test_what_is_exported_asks_for_what_is_there(home: Home) -> None:
    wanted = rules(tenant="p1", end="2027-01-01T00:00:00+00:00", description="per hour")
    apply(home, wanted)
    exported = export_rules(home, "default")
    assert exported == wanted
    assert apply(home, exported) == []


def test_what_a_file_does_not_name_ends(home: Home) -> None:
    apply(home, rules())
    assert apply(home, {}) == [
        "- instance: flat 0.5",
        "- instance from 100: rate 0.5",
        "- instance flavor=small: flat 1 group support",
        "- group support",
        "- service instance",
        "- field instance flavor",
    ]
    assert export_rules(home, "default") == {"groups": [], "services": {}}
    assert costs(home) == [Decimal(0)] * 3


def test_another_price_takes_over_without_a_gap_and_leaves_what_is_processed(home: Home) -> None:
    apply(home, rules())
    create(home.database.of("default"), ScopeKey("p1", "project_id", "source", "prometheus"), NOON)
    assert apply(home, rules("2")) == ["- instance: flat 0.5", "+ instance: flat 2"]
    assert costs(home) == [Decimal(3), Decimal(6), Decimal(6)]


def test_a_trial_changes_nothing_and_tells_what_the_past_would_have_cost(home: Home) -> None:
    apply(home, rules())
    dearer = read_rule_set(rules("2", end=(NOON + 2 * HOUR).isoformat()))
    change, compared = try_rules(home, "default", dearer)
    assert next(change.lines()) == "- instance: flat 0.5"
    assert compared == [Compared("instance", Decimal(9), Decimal(14))]
    assert compared[0].difference == Decimal(5)
    assert costs(home) == [Decimal(3)] * 3
    assert try_rules(home, "default", read_rule_set(rules())) == (Difference((), (), (), {}, (), {}), [])


def test_days_are_taken_as_utc() -> None:
    (mapping,) = read_rule_set(rules(start="2026-01-01T00:00:00")).services["instance"].mappings
    assert mapping.start == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ([], "Input should be"),
        ({"service": {}}, "service: Extra inputs are not permitted"),
        ({"services": {"i": {"mappings": [{"price": 1}]}}}, r"services\.i\.mappings\.0\.cost: Field required"),
        ({"services": {"i": {"mappings": [{"cost": "1E-19"}]}}}, "more than 18 decimals"),
        ({"services": {"i": {"mappings": [{"cost": 1, "group": "g"}]}}}, "there is no group g; name it under groups"),
        ({"services": {"i": {"fields": {"f": {"mappings": [{"cost": 1}]}}}}}, "value: Field required"),
        ({"ladders": [{"service": "i", "tiers": []}]}, r"ladders\.0\.tiers: .*the last tier must have no up_to"),
        ({"ladders": [{"service": "i", "tiers": [{"up_to": 1, "cost": 1}]}]}, "the last tier must have no up_to"),
        (
            {"ladders": [{"service": "i", "tiers": [{"cost": 1}, {"cost": 2}]}]},
            "only the last tier may be without up_to",
        ),
        ({"ladders": [{"service": "i", "tiers": [{"up_to": 0, "cost": 1}, {"cost": 2}]}]}, "above 0 and above that of"),
        ({"ladders": [{"service": "", "tiers": [{"cost": 1}]}]}, r"ladders\.0\.service: String should have at least 1"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(document: object, text: str) -> None:
    with pytest.raises(InvalidRuleError, match=text):
        read_rule_set(document)


def test_nothing_is_asked_for_by_an_empty_file() -> None:
    assert read_rule_set({}) == RuleSet()
