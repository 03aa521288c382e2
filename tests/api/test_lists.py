"""What a client asks before it shows anything: the shapes of the reference, key by key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

KOKU = "/api/cost-management/v1"

CURRENCY = ["code", "name", "symbol", "description"]
SOURCE = [
    "id",
    "uuid",
    "name",
    "source_type",
    "source_type_id",
    "source_ref",
    "authentication",
    "billing_source",
    "paused",
    "updated_timestamp",
    "provider_linked",
    "active",
    "current_month_data",
    "previous_month_data",
    "last_payload_received_at",
    "last_polling_time",
    "created_timestamp",
    "status",
    "has_data",
    "infrastructure",
    "cost_models",
    "additional_context",
]
"""koku-api 12.1, in the order of the real answer."""


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("currency/", CURRENCY),
        ("settings/currency/", [*CURRENCY, "enabled", "has_dynamic_rate", "static_rates", "is_disableable"]),
        ("cost-type/", ["code", "name", "description"]),
        ("user-access/", ["type", "access", "write"]),
        ("settings/tags/", ["uuid", "key", "enabled", "source_type"]),
        ("sources/", SOURCE),
    ],
)
def test_items(owner: TestClient, path: str, keys: list[str]) -> None:
    body = owner.get(f"{KOKU}/{path}").json()
    assert list(body) == ["meta", "links", "data"]
    assert list(body["meta"])[:3] == ["count", "limit", "offset"]
    assert list(body["links"]) == ["first", "next", "previous", "last"]
    assert all(list(item) == keys for item in body["data"])
    assert body["data"]


def test_status(owner: TestClient) -> None:
    assert owner.get(f"{KOKU}/status/").json() == {"status": "OK"}


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("account-settings/", {"currency": "USD", "cost_type": "unblended_cost"}),
        ("account-settings/currency/", {"currency": "USD"}),
        ("account-settings/cost-type/", {"cost_type": "unblended_cost"}),
    ],
)
def test_account_settings(owner: TestClient, path: str, data: dict[str, str]) -> None:
    body = owner.get(f"{KOKU}/{path}").json()
    assert body["data"] == data
    assert body["meta"] == {"count": 1, "limit": 10, "offset": 0}


def test_the_operator_sets_how_far_reports_reach_back(owner: TestClient) -> None:
    """koku-api 10.7: flat, and locked by the environment."""
    path = f"{KOKU}/account-settings/data-retention/"
    assert owner.get(path).json() == {
        "data_retention_months": 120,
        "env_override": True,
        "min_retention_months": 3,
        "max_retention_months": 120,
    }
    locked = owner.put(path, json={"data_retention_months": 12})
    assert (locked.status_code, list(locked.json())) == (403, ["error"])


def test_changing_a_default_changes_answers(owner: TestClient) -> None:
    report = f"{KOKU}/reports/aws/costs/"
    assert owner.get(report).json()["meta"]["cost_type"] == "unblended_cost"
    change = owner.put(f"{KOKU}/account-settings/cost-type/", json={"cost_type": "blended_cost", "other": 1})
    assert (change.status_code, change.content) == (204, b"")
    assert owner.get(report).json()["meta"]["cost_type"] == "blended_cost"
    assert owner.get(f"{KOKU}/account-settings/").json()["data"]["cost_type"] == "blended_cost"


@pytest.mark.parametrize(
    ("setting", "body", "status", "source"),
    [
        ("currency", {"currency": "EUR"}, 400, "currency"),
        ("currency", {"currency": 7}, 400, "currency"),
        ("currency", {}, 400, "currency"),
        ("cost-type", {"cost_type": "savingsplan"}, 400, "cost_type"),
        ("colour", {"colour": "red"}, 404, "detail"),
    ],
)
def test_wrong_changes(owner: TestClient, setting: str, body: dict[str, Any], status: int, source: str) -> None:
    response = owner.put(f"{KOKU}/account-settings/{setting}/", json=body)
    assert response.status_code == status
    (error,) = response.json()["errors"]
    assert (error["source"], error["status"]) == (source, status)


@pytest.mark.parametrize("content", [b"not json", b"[1]", b""])
def test_unreadable_bodies(owner: TestClient, content: bytes) -> None:
    response = owner.put(
        f"{KOKU}/account-settings/currency/", content=content, headers={"content-type": "application/json"}
    )
    assert response.status_code == 400
    assert response.json()["errors"][0]["status"] == 400


def test_enabling_and_disabling_a_currency(owner: TestClient) -> None:
    enabled = f"{KOKU}/settings/currency/enabled"
    assert owner.put(f"{KOKU}/account-settings/currency/", json={"currency": "EUR"}).status_code == 400
    assert owner.post(f"{enabled}/eur/").content == b""
    assert owner.post(f"{enabled}/EUR/").status_code == 200
    assert [item["code"] for item in owner.get(f"{KOKU}/currency/").json()["data"]] == ["EUR", "USD"]
    assert owner.put(f"{KOKU}/account-settings/currency/", json={"currency": "eur"}).status_code == 204
    assert owner.get(f"{KOKU}/account-settings/currency/").json()["data"] == {"currency": "EUR"}
    assert owner.delete(f"{enabled}/EUR/").status_code == 400
    assert owner.put(f"{KOKU}/account-settings/currency/", json={"currency": "USD"}).status_code == 400


@pytest.mark.parametrize(("method", "code"), [("POST", "XYZZY"), ("DELETE", "XYZZY"), ("DELETE", "USD")])
def test_currencies_that_cannot_be_changed(owner: TestClient, method: str, code: str) -> None:
    response = owner.request(method, f"{KOKU}/settings/currency/enabled/{code}/")
    assert response.status_code == 400
    body = response.json()
    assert body["errors"][0]["source"] == "code"
    assert set(body) - {"errors"} == (
        {"affected_cloud_providers", "affected_cost_models", "affected_price_lists"} if code == "USD" else set()
    )


def test_every_currency_of_iso_4217(owner: TestClient) -> None:
    body = owner.get(f"{KOKU}/settings/currency/?limit=1000").json()
    assert body["meta"]["count"] == 307
    assert body["meta"]["limit"] == 307
    first, second = body["data"][:2]
    assert (first["code"], first["enabled"], first["is_disableable"]) == ("USD", True, False)
    assert (second["code"], second["enabled"]) == ("ADP", False)
    australian = owner.get(f"{KOKU}/settings/currency/?filter[currency]=aud").json()["data"]
    assert [item["description"] for item in australian] == ["AUD (A$) - Australian Dollar"]


@pytest.mark.parametrize(
    ("query", "source"),
    [
        ("settings/currency/?order_by[code]=asc", "order_by[code]"),
        ("settings/currency/?filter[enabled]=perhaps", "enabled"),
        ("settings/tags/?filter[colour]=red", "filter[colour]"),
        ("settings/tags/?order_by[key]=sideways", "order_by[key]"),
        ("settings/tags/?order_by=-colour", "order_by"),
        ("settings/tags/?foo=1", "foo"),
    ],
)
def test_settings_lists_refuse_what_they_do_not_know(owner: TestClient, query: str, source: str) -> None:
    response = owner.get(f"{KOKU}/{query}")
    assert response.status_code == 400
    assert response.json()["errors"][0]["source"] == source


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("", ["env", "k8s.io/role name", "team"]),
        ("?order_by[key]=desc", ["team", "k8s.io/role name", "env"]),
        ("?order_by=-key", ["team", "k8s.io/role name", "env"]),
        ("?filter[key]=EA", ["team"]),
        ("?filter[enabled]=false", []),
        ("?filter[source_type]=aws", ["env", "k8s.io/role name", "team"]),
        ("?filter[source_type]=GCP", []),
        ("?limit=1&offset=2", ["team"]),
    ],
)
def test_tag_keys(owner: TestClient, query: str, keys: list[str]) -> None:
    body = owner.get(f"{KOKU}/settings/tags/{query}").json()
    assert [item["key"] for item in body["data"]] == keys
    assert (body["meta"]["enabled_tags_count"], body["meta"]["enabled_tags_limit"]) == (3, 200)


def test_a_tag_key_keeps_its_uuid(owner: TestClient) -> None:
    first, again = (owner.get(f"{KOKU}/settings/tags/?limit=1").json()["data"][0]["uuid"] for _ in range(2))
    assert first == again
    assert owner.get(f"{KOKU}/settings/tags/?filter[uuid]={first}").json()["meta"]["count"] == 1


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["All clouds", "bills"]),
        ("?ordering=-name", ["bills", "All clouds"]),
        ("?ordering=created_timestamp", ["bills", "All clouds"]),
        ("?name=BILL", ["bills"]),
        ("?filter[name]=bill", ["bills"]),
        ("?type=aws", ["bills"]),
        ("?type=ocp", []),
        ("?source_type_id=2", ["bills"]),
        ("?source_ref=some-cluster", []),
        ("?limit=1&offset=1", ["bills"]),
    ],
)
def test_sources_are_filtered(owner: TestClient, query: str, names: list[str]) -> None:
    body = owner.get(f"{KOKU}/sources/{query}").json()
    assert [source["name"] for source in body["data"]] == names


def test_a_source(owner: TestClient) -> None:
    source = owner.get(f"{KOKU}/sources/1/").json()
    assert source == owner.get(f"{KOKU}/sources/aws-1/").json()
    assert (source["id"], source["source_type"], source["source_type_id"]) == ("1", "AWS", "2")
    assert (source["has_data"], source["current_month_data"], source["previous_month_data"]) == (True, True, True)
    assert source["updated_timestamp"] == "2026-11-20T10:30:05.250000Z"
    assert source["created_timestamp"] == "2026-11-20 10:30:05"
    assert {step: set(state) for step, state in source["status"].items()} == {
        step: {"start", "end", "state"} for step in ("download", "processing", "summary")
    }
    empty = owner.get(f"{KOKU}/sources/2/").json()
    assert (empty["status"], empty["has_data"], empty["active"]) == (None, False, False)


def test_what_was_delivered_for_a_source(owner: TestClient) -> None:
    body = owner.get(f"{KOKU}/sources/1/stats/").json()
    (manifest,) = body["2026-11-01"]["manifests"]
    assert list(manifest) == [
        "assembly_id",
        "billing_period_start",
        "files_processed",
        "process_start_date",
        "process_complete_date",
        "manifest_complete_date",
        "export_datetime",
    ]
    assert manifest["files_processed"] == "1/1"


@pytest.mark.parametrize("path", ["sources/9/", "sources/nothing/", "sources/9/stats/"])
def test_sources_that_are_not_there(owner: TestClient, path: str) -> None:
    assert owner.get(f"{KOKU}/{path}").status_code == 404


def test_sources_of_a_type_that_the_caller_may_not_read_are_left_out(as_user: Callable[..., TestClient]) -> None:
    names = [
        [item["name"] for item in as_user(access).get(f"{KOKU}/sources/").json()["data"]]
        for access in ({"aws.account": {"read": ["*"]}}, {"gcp.account": {"read": ["*"]}})
    ]
    assert names == [["All clouds", "bills"], ["All clouds"]]


@pytest.mark.parametrize(
    ("query", "status", "body"),
    [
        ("?type=AWS", 200, {"data": True, "access": True, "write": False}),
        ("?type=ocp", 200, {"data": False, "access": False, "write": False}),
        ("?beta=true", 200, {"data": False}),
    ],
)
def test_user_access_of_one_type(
    as_user: Callable[..., TestClient], query: str, status: int, body: dict[str, bool]
) -> None:
    response = as_user({"aws.account": {"read": ["1"]}}).get(f"{KOKU}/user-access/{query}")
    assert (response.status_code, response.json()) == (status, body)


def test_user_access_of_an_unknown_type_is_a_bare_list(owner: TestClient) -> None:
    response = owner.get(f"{KOKU}/user-access/?type=moon")
    assert response.status_code == 400
    assert isinstance(response.json(), list)
