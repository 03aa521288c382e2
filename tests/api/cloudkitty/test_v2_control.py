"""Version 2: scopes, rating modules and reprocessing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.cloudkitty.conftest import frame, local_client, point
from tallystick.planner.home import Home
from tallystick.planner.metering.orders import orders
from tallystick.planner.metering.scopes import ScopeKey, create

NOTHING = {"message": "No resource found for provided filters."}
LAST = datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.fixture
def scopes(real_home: Home, client: TestClient) -> TestClient:
    """Three scopes, one of them not active, and one that is metered twice."""
    database = real_home.database.of("default")
    for scope_id, collector, active in (("a", "gnocchi", True), ("b", "gnocchi", False), ("c", "gnocchi", True)):
        create(database, ScopeKey(scope_id, "project_id", "keystone", collector), LAST, active=active)
    create(database, ScopeKey("c", "project_id", "keystone", "prometheus"), LAST)
    return client


def shown(answer: Any) -> list[str]:
    return [f"{row['scope_id']} {row['collector']}" for row in answer.json()["results"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["a gnocchi", "b gnocchi", "c gnocchi", "c prometheus"]),
        ("?scope_id=a,b", ["a gnocchi", "b gnocchi"]),
        ("?scope_id=a&scope_id=c&collector=prometheus", ["c prometheus"]),
        ("?active=0", ["b gnocchi"]),
        ("?active=1&limit=1&offset=1", ["c gnocchi"]),
        ("?fetcher=keystone&scope_key=project_id&limit=1", ["a gnocchi"]),
    ],
)
def test_scopes(scopes: TestClient, query: str, expected: list[str]) -> None:
    assert shown(scopes.get(f"/v2/scope{query}")) == expected


def test_a_scope(scopes: TestClient) -> None:
    assert scopes.get("/v2/scope?scope_id=a").json()["results"] == [
        {
            "scope_id": "a",
            "scope_key": "project_id",
            "fetcher": "keystone",
            "collector": "gnocchi",
            "state": "2026-11-20T10:00:00+00:00",
            "last_processed_timestamp": "2026-11-20T10:00:00+00:00",
            "active": True,
            "scope_activation_toggle_date": "2026-11-21T12:00:00+00:00",
        }
    ]


@pytest.mark.parametrize("query", ["?scope_id=x", "?collector=x", "?offset=4", "?scope_id='%20OR%201=1"])
def test_no_scopes(scopes: TestClient, query: str) -> None:
    answer = scopes.get(f"/v2/scope{query}")
    assert (answer.status_code, answer.json()) == (404, NOTHING)


def test_a_query_that_cannot_be_understood(scopes: TestClient) -> None:
    assert scopes.get("/v2/scope?active=yes").status_code == 400


TO = "2026-11-10T00:00:00+00:00"


@pytest.mark.parametrize(
    ("body", "changed"),
    [
        ({"scope_id": "a", "last_processed_timestamp": TO}, ["a gnocchi"]),
        ({"scope_id": "a", "state": TO}, ["a gnocchi"]),
        ({"scope_id": "a,c", "collector": "gnocchi", "state": TO}, ["a gnocchi", "c gnocchi"]),
        ({"scope_id": ["a", "c"], "last_processed_timestamp": TO}, ["a gnocchi", "c gnocchi", "c prometheus"]),
        ({"all_scopes": True, "last_processed_timestamp": TO}, ["a gnocchi", "c gnocchi", "c prometheus"]),
    ],
)
def test_reset(scopes: TestClient, body: dict[str, Any], changed: list[str]) -> None:
    answer = scopes.put("/v2/scope", json=body)
    assert (answer.status_code, answer.json()) == (202, {})
    rows = scopes.get("/v2/scope").json()["results"]
    assert [f"{row['scope_id']} {row['collector']}" for row in rows if row["state"] == TO] == changed


def test_a_reset_withdraws_points_of_that_scope(scopes: TestClient) -> None:
    frames = [
        frame(f"2026-11-{day}", f"2026-11-{day}T01:00:00", cpu=[point("a", 1, 1), point("c", 1, 1)])
        for day in (10, 11, 12)
    ]
    scopes.post("/v2/dataframes", json={"dataframes": frames})
    scopes.put("/v2/scope", json={"scope_id": "a", "state": TO})
    scopes.app.state.service.derivations.wait()  # type: ignore[attr-defined]
    rows = scopes.get("/v2/summary?groupby=project_id").json()["results"]
    assert [row[2:] for row in rows] == [[1, 1, "a"], [3, 3, "c"]]
    again = [frame(f"2026-11-{day}", f"2026-11-{day}T01:00:00", cpu=[point("a", 1, 1)]) for day in (11, 12)]
    scopes.post("/v2/dataframes", json={"dataframes": again})
    rows = scopes.get("/v2/summary?groupby=project_id").json()["results"]
    assert [row[2:] for row in rows] == [[3, 3, "a"], [3, 3, "c"]]


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"last_processed_timestamp": TO}, 400, "Either all_scopes or a scope_id should be specified."),
        ({"scope_id": "a"}, 400, "Variable 'last_processed_timestamp' cannot be empty/None."),
        ({"scope_id": "a", "all_scopes": True, "state": TO}, 400, "two or more values in the same group of exclusion"),
        ({"scope_id": "a", "last_processed_timestamp": "x"}, 400, "not a valid date"),
        ({"scope_id": 3, "last_processed_timestamp": TO}, 400, "expected str"),
        ({"scope_id": "x", "last_processed_timestamp": TO}, 404, NOTHING["message"]),
        ({"scope_id": "b", "last_processed_timestamp": TO}, 404, NOTHING["message"]),
        ({"all_scopes": True, "collector": "x", "last_processed_timestamp": TO}, 404, NOTHING["message"]),
    ],
)
def test_resets_that_are_refused(scopes: TestClient, body: dict[str, Any], status: int, message: str) -> None:
    answer = scopes.put("/v2/scope", json=body)
    assert answer.status_code == status
    assert message in answer.json()["message"]


def test_more_than_a_hundred_scopes_are_reset(real_home: Home, client: TestClient) -> None:
    database = real_home.database.of("default")
    for number in range(103):
        create(database, ScopeKey(f"s{number}", "project_id", "keystone", "gnocchi"), LAST)
    client.put("/v2/scope", json={"all_scopes": True, "state": TO})
    rows = client.get("/v2/scope?limit=1000").json()["results"]
    assert {row["state"] for row in rows} == {TO}


def test_activation(scopes: TestClient) -> None:
    answer = scopes.patch("/v2/scope", json={"scope_id": "b", "active": True})
    assert (answer.status_code, answer.json()["active"]) == (200, True)
    many = scopes.patch("/v2/scope", json={"scope_id": "c", "active": False})
    assert many.status_code == 404
    assert many.json() == {"message": "Too many resources found with the same scope_id: c."}
    one = scopes.patch("/v2/scope", json={"scope_id": "a", "collector": "prometheus", "active": False})
    assert (one.json()["collector"], one.json()["active"], one.json()["state"][:10]) == (
        "prometheus",
        False,
        "2026-11-20",
    )
    assert shown(scopes.get("/v2/scope?scope_id=a")) == ["a prometheus"]
    assert scopes.patch("/v2/scope", json={"scope_id": "x"}).status_code == 404
    assert scopes.patch("/v2/scope", json={"active": True}).status_code == 400


def test_a_scope_is_created(scopes: TestClient) -> None:
    answer = scopes.post("/v2/scope", json={"scope_id": "n", "last_processed_timestamp": TO})
    assert answer.status_code == 200
    assert answer.json()["scope_key"] == "project_id"
    assert (answer.json()["state"], answer.json()["active"]) == (TO, True)
    for scope_id in ("n", "b"):
        again = scopes.post("/v2/scope", json={"scope_id": scope_id, "last_processed_timestamp": TO})
        assert again.status_code == 404
        assert again.json() == {"message": f"Cannot create a scope with an already existing scope_id: {scope_id}."}
    assert scopes.post("/v2/scope", json={"scope_id": "m"}).status_code == 400


def test_modules(client: TestClient) -> None:
    modules = client.get("/v2/rating/modules").json()["modules"]
    assert [(one["module_id"], one["enabled"], one["hot_config"], one["priority"]) for one in modules] == [
        ("hashmap", False, True, 1),
        ("noop", True, False, 1),
        ("pyscripts", False, True, 1),
        ("tiers", False, True, 1),
    ]
    answer = client.put("/v2/rating/modules/hashmap", json={"enabled": True, "priority": 5})
    assert (answer.status_code, answer.text) == (204, "")
    changed = client.get("/v2/rating/modules/hashmap").json()
    assert (changed["enabled"], changed["priority"]) == (True, 5)
    client.put("/v2/rating/modules/hashmap", json={"priority": 0})
    assert client.get("/v2/rating/modules/hashmap").json()["priority"] == 1
    assert client.put("/v2/rating/modules/noop", json={"enabled": False}).status_code == 204
    assert client.get("/v2/rating/modules/noop").json()["enabled"] is True


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "nothing", None, 404),
        ("PUT", "nothing", {}, 404),
        ("PUT", "hashmap", {"priority": "x"}, 400),
        ("PUT", "hashmap", {"enabled": "perhaps"}, 400),
        ("PUT", "hashmap", {"description": "x"}, 400),
    ],
)
def test_modules_that_are_refused(client: TestClient, method: str, path: str, body: object, status: int) -> None:
    answer = client.request(method, f"/v2/rating/modules/{path}", json=body)
    assert answer.status_code == status
    assert status == 400 or answer.json() == {"message": "Module 'nothing' not found"}


def ordered(scope_ids: Any, start: str, end: str, reason: str = "late data") -> dict[str, Any]:
    return {"scope_ids": scope_ids, "start_reprocess_time": start, "end_reprocess_time": end, "reason": reason}


def test_reprocessing(scopes: TestClient) -> None:
    answer = scopes.post("/v2/task/reprocesses", json=ordered("a", "2026-11-01T00:00:00", "2026-11-02T00:00:00"))
    assert (answer.status_code, answer.json()) == (202, {})
    scopes.post("/v2/task/reprocesses", json=ordered(["a"], "2026-11-20T09:00:00", "2026-11-20T11:00:00", "again"))
    expected = {
        "scope_id": "a",
        "reason": "late data",
        "start_reprocess_time": "2026-11-01T00:00:00",
        "end_reprocess_time": "2026-11-02T00:00:00",
        "current_reprocess_time": "",
    }
    newest_first = scopes.get("/v2/task/reprocesses").json()["results"]
    assert [row["reason"] for row in newest_first] == ["again", "late data"]
    assert newest_first[1] == expected
    assert scopes.get("/v2/task/reprocesses/a?order=ASC&limit=1").json() == {"results": [expected]}
    assert scopes.get("/v2/task/reprocesses?scope_ids=c").json() == {"results": []}
    assert scopes.get("/v2/task/reprocesses/x").json() == {"results": []}
    assert scopes.get("/v2/task/reprocesses?order=up").status_code == 400


def test_reprocessing_of_all(real_home: Home, client: TestClient) -> None:
    for scope_id in ("a", "b"):
        create(real_home.database.of("default"), ScopeKey(scope_id, "project_id", "keystone", "gnocchi"), LAST)
    answer = client.post("/v2/task/reprocesses", json=ordered("ALL", "2026-11-01", "2026-11-02"))
    assert answer.status_code == 202
    rows = client.get("/v2/task/reprocesses?order=asc").json()["results"]
    assert [row["scope_id"] for row in rows] == ["a", "b"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (ordered("a", "2026-11-01", "2026-11-02", " "), "reason"),
        (ordered("a", "2026-11-02", "2026-11-01"), "is before its start"),
        (ordered("a", "2026-11-01T00:30:00", "2026-11-02"), "from [2026-11-01 00:00:00+00:00]"),
        (ordered("a", "2026-11-01", "2026-11-02T00:00:01"), "to [2026-11-02 01:00:00+00:00]"),
        (ordered("ALL,a", "2026-11-01", "2026-11-02"), "Cannot use 'ALL' together"),
        (ordered("x", "2026-11-01", "2026-11-02"), "There is no active scope [x]."),
        (ordered("b", "2026-11-01", "2026-11-02"), "There is no active scope [b]."),
        (ordered("c", "2026-11-01", "2026-11-02"), "more than one active scope [c]."),
        (ordered("", "2026-11-01", "2026-11-02"), "No scope_ids"),
        (ordered("a", "2026-11-01", "2026-11-20T12:00:00"), "is processed up to"),
        (ordered("a", "2026-11-20T11:00:00", "2026-11-20T11:00:00"), "is processed up to"),
        (ordered("a", "2026-11-05", "2026-11-06"), "already has an unfinished reprocessing"),
        (ordered("a", "2026-11-01", "x"), "not a valid date"),
        ({"scope_ids": "a"}, "required key not provided (path: '['start_reprocess_time']')"),
    ],
)
def test_reprocessing_that_is_refused(scopes: TestClient, body: dict[str, Any], message: str) -> None:
    scopes.post("/v2/task/reprocesses", json=ordered("a", "2026-11-06", "2026-11-07"))
    answer = scopes.post("/v2/task/reprocesses", json=body)
    assert answer.status_code == 400
    assert message in answer.json()["message"]


@pytest.mark.parametrize(
    ("end", "begins_at_end", "stored"),
    [
        ("20T09:00", False, "20T09:00"),
        ("20T09:00", True, "20T10:00"),
        ("20T08:00", True, "20T09:00"),
        ("20T11:00", False, "20T11:00"),
        ("20T10:00", True, "20T11:00"),
        ("20T11:00", True, None),
        ("20T12:00", False, None),
    ],
)
def test_the_period_that_begins_at_the_end_belongs_to_a_reprocessing_where_so_is_set(
    real_home: Home, end: str, begins_at_end: bool, stored: str | None
) -> None:
    """Last processed is the period that begins at 10:00. What is stored is half-open, what is shown is as ordered."""
    create(real_home.database.of("default"), ScopeKey("a", "project_id", "keystone", "gnocchi"), LAST)
    cloudkitty = real_home.config.cloudkitty.model_copy(update={"reprocess_last_period": begins_at_end})
    home = Home(real_home.config.model_copy(update={"cloudkitty": cloudkitty}))
    with local_client(home) as client:
        answer = client.post("/v2/task/reprocesses", json=ordered("a", "2026-11-20T08:00", f"2026-11-{end}"))
        (shown, *_) = client.get("/v2/task/reprocesses").json()["results"] or [None]
    with home.database.of("default").read() as session:
        placed = [f"{order.end_at:%dT%H:%M}" for order in orders(session, "default")]
    if stored is None:
        assert (answer.status_code, placed) == (400, [])
    else:
        assert (answer.status_code, placed) == (202, [stored])
        assert shown["end_reprocess_time"] == f"2026-11-{end}:00"
