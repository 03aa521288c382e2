"""Tallystick's own endpoints, and what an operator's tools read."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from tallystick.errors import UnavailableError

NATIVE = "/api/tallystick/v1"


def test_freshness(owner: TestClient) -> None:
    assert owner.get(f"{NATIVE}/freshness/").json() == {
        "release": 1,
        "released_at": "2026-11-20T10:30:05.250000+00:00",
        "last_delivery_at": "2026-11-20T10:30:05.250000+00:00",
        "stale_partitions": 0,
        "sources": 2,
    }


@pytest.mark.parametrize(("family", "group"), [("aws", "service"), ("focus", "ServiceName")])
def test_terms(owner: TestClient, family: str, group: str) -> None:
    body = owner.get(f"{NATIVE}/terms/{family}/").json()
    assert group in [term["key"] for term in body["group_by"]]
    assert {"key", "label"} == set(body["measures"][0])
    assert body["default_measure"] in [term["key"] for term in body["measures"]]
    assert (body["tag_keys"], body["first_day"], body["last_day"]) == (
        ["env", "k8s.io/role name", "team"],
        "2026-11-20",
        "2026-11-20",
    )


def test_deliveries(owner: TestClient) -> None:
    body = owner.get(f"{NATIVE}/deliveries/").json()
    assert [item["delivery_id"] for item in body["data"]] == ["d1"]
    one = owner.get(f"{NATIVE}/deliveries/d1/")
    assert '"billed_cost":1.250000000000000001' in one.text
    assert one.json()["files"] == [{"name": "bill.csv.gz", "file_id": "f1", "size_bytes": 512, "role": "data"}]
    assert owner.get(f"{NATIVE}/deliveries/nope/").status_code == 404


def test_a_number_is_opened_down_to_file_and_row(owner: TestClient) -> None:
    response = owner.get(f"{NATIVE}/explain/aws/costs/?filter[exact:service]=AmazonEC2&limit=5")
    body = response.json()
    assert '"charges":{"value":1.000000000000000001,"units":"USD"}' in response.text
    assert body["total"]["postings"] == body["total"]["charges"]
    assert body["counts"] == {"postings": 1, "charges": 1, "points": 0}
    (charge,) = body["charges"]
    assert (charge["file"], charge["row"], charge["tags"]) == ("bill.csv.gz", 7, {"team": "red"})
    assert owner.get(f"{NATIVE}/explain/focus/costs/").status_code == 200
    assert owner.get(f"{NATIVE}/explain/aws/costs/?foo=1").status_code == 400


def test_months(owner: TestClient) -> None:
    (month,) = owner.get(f"{NATIVE}/months/").json()["data"]
    assert (month["billing_period"], month["state"]) == ("2026-11-01", "open")


def test_health(owner: TestClient, home, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    assert owner.get("/healthz").json()["status"] == "ok"

    def broken() -> None:
        raise UnavailableError("disk")

    monkeypatch.setattr(home.database, "ping", broken)
    response = owner.get("/healthz")
    assert (response.status_code, response.json()["status"]) == (503, "unhealthy")


def test_metrics(owner: TestClient) -> None:
    for _ in range(2):
        owner.get("/api/cost-management/v1/sources/1/")
        owner.get("/api/cost-management/v1/reports/aws/costs/")
    owner.post("/api/cost-management/v1/settings/currency/enabled/EUR/")
    text = owner.get("/metrics").text
    for line in (
        'tally_http_requests_total{method="GET",route="/api/cost-management/v1/sources/{source}/",status="200"} 2.0',
        'tally_query_seconds_count{family="reports/aws/costs"} 1.0',
        'tally_answers_total{family="reports/aws/costs",kept="yes"} 1.0',
        'tally_deliveries_total{state="refused",tenant="default"} 1.0',
        'tally_release_id{tenant="default"} 1.0',
        'tally_release_age_seconds{tenant="default"} 91794.75',
        'tally_table_rows{table="ledger",tenant="default"} 2.0',
        'tally_jobs{state="dead",tenant="default"} 2.0',
        'tally_jobs_oldest_queued_seconds{tenant="default"} 91794.75',
    ):
        assert line in text


@pytest.mark.parametrize(
    ("given", "kept"), [("abc-123", True), ("a b", False), ("x" * 65, False), ("line\\nbreak", False)]
)
def test_request_ids(owner: TestClient, given: str, kept: bool) -> None:
    response = owner.get("/healthz", headers={"x-rh-insights-request-id": given})
    assert (response.headers["x-rh-insights-request-id"] == given) is kept
