"""Who gets in, and as whom (koku-api 9.1, 9.3, 9.4)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

KOKU = "/api/cost-management/v1"
ACCOUNT = {"aws.account": {"read": ["*"]}}
ONE_ACCOUNT = {"aws.account": {"read": ["111"]}}
UNIT = {"aws.organizational_unit": {"read": ["*"]}}
SETTINGS = {"settings": {"read": ["*"]}}

Users = Callable[..., TestClient]


@pytest.mark.parametrize("path", ["/status/", "/openapi.json"])
def test_open_to_all(as_user: Users, path: str) -> None:
    client = as_user()
    del client.headers["x-rh-identity"]
    assert client.get(KOKU + path).status_code == 200


@pytest.mark.parametrize("path", ["/reports/aws/costs/", "/user-access/", "/no-such-path/", "/user-access"])
def test_nobody_gets_401(as_user: Users, path: str) -> None:
    client = as_user()
    del client.headers["x-rh-identity"]
    response = client.get(KOKU + path)
    assert response.status_code == 401
    assert response.json()["errors"][0]["status"] == 401


def test_a_header_from_elsewhere_does_not_count(owner: TestClient, as_user: Users) -> None:
    header = as_user(admin=True).headers["x-rh-identity"]
    assert owner.get(f"{KOKU}/user-access/").status_code == 200
    assert owner.get(f"{KOKU}/user-access/", headers={"x-rh-identity": header}).status_code == 401


def test_a_caller_without_rights_learns_only_that(as_user: Users) -> None:
    client = as_user({})
    data = client.get(f"{KOKU}/user-access/").json()["data"]
    assert [set(item.values()) - {item["type"]} for item in data] == [{False}] * 7
    assert client.get("/api/me").json() == {"username": "ann", "email": "ann@example.com"}
    for path in ("/currency/", "/sources/", "/reports/aws/costs/"):
        assert client.get(KOKU + path).status_code == 403


@pytest.mark.parametrize(
    ("access", "path", "status"),
    [
        (ACCOUNT, f"{KOKU}/reports/aws/costs/", 200),
        (UNIT, f"{KOKU}/reports/aws/costs/", 200),
        (SETTINGS, f"{KOKU}/reports/aws/costs/", 403),
        (ACCOUNT, f"{KOKU}/reports/focus/costs/", 403),
        (ACCOUNT, f"{KOKU}/account-settings/", 403),
        (SETTINGS, f"{KOKU}/account-settings/", 200),
        (ACCOUNT, f"{KOKU}/settings/tags/", 403),
        (ACCOUNT, f"{KOKU}/settings/currency/", 403),
        (ACCOUNT, f"{KOKU}/currency/", 200),
        (ACCOUNT, "/api/tallystick/v1/deliveries/", 403),
        (SETTINGS, "/api/tallystick/v1/deliveries/", 200),
        (ACCOUNT, "/api/tallystick/v1/freshness/", 200),
        (ACCOUNT, "/api/tallystick/v1/terms/aws/", 200),
        (ACCOUNT, "/api/tallystick/v1/terms/focus/", 403),
    ],
)
def test_rules_hold_at_the_door(as_user: Users, access: dict[str, object], path: str, status: int) -> None:
    response = as_user(access).get(path)
    assert response.status_code == status
    if status == 403:
        (error,) = response.json()["errors"]
        assert (error["source"], error["status"]) == ("detail", 403)
        assert "needs" in error["detail"]


def test_reading_settings_is_not_changing_them(as_user: Users) -> None:
    client = as_user(SETTINGS)
    assert client.put(f"{KOKU}/account-settings/currency/", json={"currency": "USD"}).status_code == 403
    assert client.post(f"{KOKU}/settings/currency/enabled/EUR/").status_code == 403


def test_a_tenant_sees_its_own_data_only(as_user: Users) -> None:
    path = f"{KOKU}/reports/aws/costs/"
    assert as_user(admin=True).get(path).json()["meta"]["total"]["cost"]["total"]["value"] > 1
    assert as_user(admin=True, org_id="666").get(path).json()["meta"]["total"]["cost"]["total"]["value"] == 0
    assert as_user(admin=True, org_id="666").get("/api/tallystick/v1/deliveries/d1/").status_code == 404
    assert as_user(admin=True, org_id="666").get(f"{KOKU}/sources/1/").status_code == 404
    assert as_user(admin=True, org_id="666").get("/api/tallystick/v1/terms/aws/").json()["tag_keys"] == []


def test_rights_are_part_of_what_is_kept(as_user: Users) -> None:
    path = f"{KOKU}/reports/aws/costs/"
    totals = [
        as_user(access).get(path).json()["meta"]["total"]["cost"]["total"]["value"]
        for access in (ACCOUNT, {"aws.account": {"read": ["222"]}}, ACCOUNT)
    ]
    assert totals == [1.25, 0.25, 1.25]


def test_terms_of_a_narrow_caller_name_only_what_it_sees(as_user: Users) -> None:
    path = "/api/tallystick/v1/terms/aws/"
    assert as_user(ACCOUNT).get(path).json()["tag_keys"] == ["env", "k8s.io/role name", "team"]
    assert as_user({"aws.account": {"read": ["111"]}}).get(path).json()["tag_keys"] == ["env", "team"]
    assert as_user(UNIT).get(path).json()["tag_keys"] == []


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://localhost:8000", 200), ("http://evil.example", 403), ("null", 403), (None, 200)],
)
def test_pages_from_elsewhere_change_nothing(owner: TestClient, origin: str | None, status: int) -> None:
    headers = {"origin": origin} if origin else {}
    assert owner.post(f"{KOKU}/settings/currency/enabled/EUR/", headers=headers).status_code == status


@pytest.mark.parametrize("headers", [{"host": "rebound.example"}, {"x-forwarded-for": "8.8.8.8"}])
def test_only_the_machine_itself_is_the_owner(owner: TestClient, headers: dict[str, str]) -> None:
    assert owner.get(f"{KOKU}/user-access/", headers=headers).status_code == 401
