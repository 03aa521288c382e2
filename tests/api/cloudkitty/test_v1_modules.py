"""Version 1: rating modules, information, collectors, request by request."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.cloudkitty.v1_tables import Case
from metered import NOON, deliver, points, postings
from tallystick.planner.home import Home
from tallystick.settings.metering import MeteringSource

METRICS = {
    "cpu": {"unit": "instance", "alt_name": "instance", "groupby": ["id", "project_id"], "metadata": ["flavor"]},
    "volume.size": {"unit": "GiB", "groupby": ["id"]},
    "bytes": [{"unit": "B", "alt_name": "in"}, {"unit": "kB", "alt_name": "out", "metadata": None}],
}


def module(name: str, **values: Any) -> dict[str, object]:
    described = {
        "hashmap": "HashMap rating module.",
        "noop": "Dummy test module.",
        "pyscripts": "PyScripts rating module.",
        "tiers": "Graduated tiers rating module.",
    }
    state = {"enabled": name == "noop", "hot-config": name != "noop", "priority": 1}
    return {"module_id": name, "description": described[name], **state, **values}


@pytest.mark.parametrize(
    "case",
    [
        Case(
            "GET /rating/modules",
            200,
            answer={"modules": [module(name) for name in ("hashmap", "noop", "pyscripts", "tiers")]},
        ),
        Case("GET /rating/modules/noop/", 200, answer=module("noop")),
        Case("GET /billing/modules/hashmap", 200, answer=module("hashmap")),
        Case("GET /rating/modules/x", 404, "Module not found."),
        Case("PUT /rating/modules/x", 404, "Module not found.", {"module_id": "x"}),
        Case(
            "PUT /rating/modules/hashmap",
            400,
            "Invalid input for field/attribute module_id. Value: 'None'. Mandatory field missing.",
            {"enabled": True},
        ),
        Case(
            "PUT /rating/modules/hashmap",
            400,
            "Invalid input for field/attribute priority. Value: 'x'. Value should be a decimal number.",
            {"module_id": "hashmap", "priority": "x"},
        ),
        Case(
            "PUT /rating/modules/hashmap",
            400,
            "Unknown attribute for argument module: hot_config",
            {"module_id": "hashmap", "hot_config": True},
        ),
        Case("PUT /rating/modules/hashmap", 302, body={**module("hashmap"), "enabled": True}),
        Case("PUT /rating/modules", 302, body={"module_id": "hashmap", "priority": 3}),
        Case("GET /rating/reload_modules", 204),
        *(
            Case(f"{verb} /rating/module_config/{name}", 409, "Module is not configurable")
            for verb, name in (("GET", "noop"), ("PUT", "noop"), ("POST", "noop"), ("GET", "tiers"))
        ),
        Case("GET /collector", 204),
        Case("GET /collector/mappings", 200, answer={"mappings": []}),
        Case("GET /collector/mappings/x", 404, "No mapping for service: x"),
        Case("DELETE /collector/mappings/x", 404, "No mapping for service: x"),
        Case("POST /collector/mappings", 400, 'Missing argument: "service"', {"collector": "c"}),
        Case("POST /collector/mappings/c/s", 200, answer={"service": "s", "collector": "c"}),
        Case(
            "POST /collector/mappings",
            200,
            body={"collector": "c", "service": "s"},
            answer={"service": "s", "collector": "c"},
        ),
        Case("GET /collector/states/c", 200, answer={"name": "c", "enabled": False}),
        Case("GET /collector/states?name=c", 200, answer={"name": "c", "enabled": False}),
        Case("GET /collector/c/states", 200, answer={"name": "c", "enabled": False}),
        Case("GET /collector/states", 400, 'Missing argument: "name"'),
        Case("PUT /collector/states/c", 200, body={"enabled": True}, answer={"name": "c", "enabled": True}),
        Case("PUT /collector/states", 200, body={"name": "c", "enabled": True}, answer={"name": "c", "enabled": True}),
        Case(
            "PUT /collector/c/states", 200, body={"name": "d", "enabled": True}, answer={"name": "c", "enabled": True}
        ),
        Case(
            "PUT /collector/states/c",
            400,
            "Invalid input for field/attribute enabled. Value: 'None'. Mandatory field missing.",
            {},
        ),
        Case("GET /info/config", 200, answer={"metrics": {}}),
        Case("GET /info/metrics", 405, "Invalid endpoint: no metrics in current configuration."),
        Case("GET /info/services/x", 405, "Invalid endpoint: no metrics in current configuration."),
    ],
    ids=str,
)
def test_one_request(rating: TestClient, case: Case) -> None:
    case.check(rating, {})


def test_a_module_is_changed(rating: TestClient) -> None:
    body = {"module_id": "hashmap", "enabled": True, "priority": 5}
    response = rating.put("v1/rating/modules/hashmap", json=body, follow_redirects=False)
    assert (response.content, response.headers["content-type"]) == (b"null", "application/json")
    assert response.headers["location"] == "http://localhost:8000/rating/v1/rating/modules/hashmap"
    assert rating.get("v1/rating/modules/hashmap").json() == module("hashmap", enabled=True, priority=5)
    rating.put("v1/rating/modules/noop", json={"module_id": "noop", "enabled": False})
    assert rating.get("v1/rating/modules/noop").json() == module("noop")


def test_the_tables_follow(client: TestClient, real_home: Home) -> None:
    deliver(real_home, "posted/1", points("p1", NOON, price=None))
    hashmap = "v1/rating/module_config/hashmap"
    service = client.post(f"{hashmap}/services", json={"name": "instance"}).json()["service_id"]
    mapping = {"service_id": service, "cost": "0.75", "start": "2026-10-01"}
    client.post(f"{hashmap}/mappings?force=true", json=mapping)
    client.put("v1/rating/modules/hashmap", json={"module_id": "hashmap", "enabled": True})
    client.app.state.service.derivations.wait()  # type: ignore[attr-defined]
    assert [posting.cost for posting in postings(real_home)] == [Decimal("1.5")]


@pytest.fixture
def metered(real_home: Home) -> None:
    with real_home.database.of("default").write() as session:
        session.add(MeteringSource(tenant_id="default", name="cloudkitty", options={"metrics": METRICS}))


INSTANCE = {"metric_id": "instance", "metadata": ["flavor"], "unit": "instance"}
ALL = [
    {"metric_id": "in", "metadata": [], "unit": "B"},
    INSTANCE,
    {"metric_id": "out", "metadata": [], "unit": "kB"},
    {"metric_id": "volume.size", "metadata": [], "unit": "GiB"},
]


@pytest.mark.usefixtures("metered")
@pytest.mark.parametrize(
    "case",
    [
        Case("GET /info/config/", 200, answer={"metrics": METRICS}),
        Case("GET /info/metrics", 200, answer={"metrics": ALL}),
        Case("GET /info/services", 200, answer={"metrics": ALL}),
        Case("GET /info/metrics/instance", 200, answer=INSTANCE),
        Case("GET /info/services/instance", 200, answer=INSTANCE),
        Case("GET /info/metrics/cpu", 404, "cpu"),
    ],
    ids=str,
)
def test_what_is_metered(client: TestClient, case: Case) -> None:
    case.check(client, {})


def test_mappings_to_collectors_can_be_told_apart_and_forgotten(rating: TestClient) -> None:
    rating.post("v1/collector/mappings/c1/s1")
    rating.post("v1/collector/mappings/c2/s2")
    assert rating.get("v1/collector/mappings?collector=c2").json() == {
        "mappings": [{"service": "s2", "collector": "c2"}]
    }
    assert rating.request("DELETE", "v1/collector/mappings", json={"service": "s2"}).status_code == 204
    assert rating.get("v1/collector/mappings").json() == {"mappings": [{"service": "s1", "collector": "c1"}]}
