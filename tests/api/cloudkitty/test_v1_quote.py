"""Version 1: what resources would cost now."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.cloudkitty.v1_tables import Case
from tallystick.planner.home import Home
from tallystick.planner.rules.documents import apply_rules
from tallystick.rating.rules.rulesets import read_rule_set

H = "v1/rating/module_config/hashmap"
MANDATORY = "Invalid input for field/attribute {0}. Value: 'None'. Mandatory field missing."


@pytest.fixture
def priced(client: TestClient) -> TestClient:
    """An instance costs 2 by its flavor, half as much from 10 on, and 1 more in another group; of one scope 100."""
    service = client.post(f"{H}/services", json={"name": "instance"}).json()["service_id"]
    field = client.post(f"{H}/fields", json={"name": "flavor", "service_id": service}).json()["field_id"]
    group = client.post(f"{H}/groups", json={"name": "g"}).json()["group_id"]
    for rule in (
        {"field_id": field, "value": "small", "cost": 2},
        {"service_id": service, "cost": 1, "group_id": group},
        {"service_id": service, "cost": 100, "tenant_id": "p1"},
    ):
        assert client.post(f"{H}/mappings?force=true", json={**rule, "start": "2026-01-01"}).status_code == 201
    client.post(f"{H}/thresholds", json={"service_id": service, "level": 10, "cost": "0.5", "type": "rate"})
    client.put("v1/rating/modules/hashmap", json={"module_id": "hashmap", "enabled": True})
    return client


def resource(volume: Any, desc: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"service": "instance", "volume": volume, "desc": desc or {}}


SMALL = {"groupby": {"project_id": "p1"}, "metadata": {"flavor": "small"}}


@pytest.mark.parametrize(
    ("resources", "price"),
    [
        ([], "0"),
        ([resource(3, SMALL)], "9"),
        ([resource("1.5", SMALL)], "4.5"),
        ([resource(10, SMALL)], "20"),
        ([resource(3, {"flavor": "small"})], "9"),
        ([resource(3, {"groupby": {"flavor": "large"}})], "3"),
        ([resource(3, SMALL), resource(1)], "10"),
        ([{"service": "volume", "volume": 3}], "0"),
        ([resource(1, {"metadata": {"it's": None, "a": True}})], "1"),
    ],
)
def test_a_quote_sums_what_the_rules_give(priced: TestClient, resources: list[Any], price: str) -> None:
    response = priced.post("v1/rating/quote", json={"resources": resources})
    assert (response.status_code, response.json()) == (200, price)


def test_a_quote_climbs_ladders_from_an_empty_month(client: TestClient, real_home: Home) -> None:
    tiers = [{"up_to": "2", "cost": "0"}, {"cost": "1"}]
    wanted = read_rule_set({"ladders": [{"service": "instance", "tiers": tiers}]})
    apply_rules(real_home, "default", wanted, "me")
    client.put("v1/rating/modules/tiers", json={"module_id": "tiers", "enabled": True})
    for _ in range(2):
        response = client.post("v1/rating/quote", json={"resources": [resource("1.5"), resource(3)]})
        assert response.json() == "2.5"


@pytest.mark.parametrize(
    "case",
    [
        Case("POST /rating/quote", 400, MANDATORY.format("resources"), {}),
        Case("POST /rating/quote", 400, MANDATORY.format("volume"), {"resources": [{"service": "cpu"}]}),
        Case("POST /rating/quote", 400, "Unknown attribute for argument resources: x", {"resources": [{"x": 1}]}),
        Case(
            "POST /rating/quote",
            400,
            "Invalid input for field/attribute volume. Value: 'x'. Value should be a decimal number.",
            {"resources": [{"service": "cpu", "volume": "x"}]},
        ),
        Case(
            "POST /rating/quote",
            400,
            "Invalid input for field/attribute desc.metadata. Value: '5'. Value should be an object.",
            {"resources": [{"service": "cpu", "volume": 1, "desc": {"metadata": 5}}]},
        ),
        Case(
            "POST /rating/quote",
            400,
            "volume is 1E+20, which has more than 20 digits before the point.",
            {"resources": [{"service": "cpu", "volume": "1e20"}]},
        ),
        Case(
            "POST /rating/quote",
            400,
            "volume is 4E-22, which has more than 18 decimals; it is never rounded silently.",
            {"resources": [{"service": "cpu", "volume": "4e-22"}]},
        ),
        Case("POST /billing/quote/", 200, body={"resources": [{"service": "cpu", "volume": 1}]}, answer="0"),
    ],
    ids=str,
)
def test_what_is_asked_wrongly(client: TestClient, case: Case) -> None:
    case.check(client, {})
