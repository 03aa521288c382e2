"""From a bill to its answers over HTTP, through a real home."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from bills import cur_line, write_cur
from tallystick.api.app import create_app
from tallystick.planner.home import Home
from tallystick.settings.config import Config, Reports

KOKU = "/api/cost-management/v1"
NATIVE = "/api/tallystick/v1"
COSTS = f"{KOKU}/reports/aws/costs/"
NOVEMBER = date(2026, 11, 1)


def bill(folder: Path, cost: str) -> Path:
    """A month of three lines."""
    lines = [
        cur_line(NOVEMBER, day=19, UnblendedCost=cost, team="red"),
        cur_line(NOVEMBER, day=20, UnblendedCost="0.1", ProductCode="AmazonS3", team="blue"),
        cur_line(NOVEMBER, day=20, UnblendedCost="0.000000000000000001", UsageAccountId="000000000003"),
    ]
    return write_cur(folder / f"{cost}.csv.gz", lines)


@pytest.fixture(scope="module", params=["embedded", pytest.param("cluster", marks=pytest.mark.services)])
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with one bill: in a folder, or on S3, PostgreSQL and Trino with published reports."""
    folder = tmp_path_factory.mktemp("home")
    config = Config(home=folder / "tally")
    if request.param == "cluster":
        reports = Reports(store="postgresql")
        config = request.getfixturevalue("cluster").config(folder / "tally").model_copy(update={"reports": reports})
    home = Home(config)
    (receipt,) = home.ingest(str(bill(folder, "12.5")), source_name="bills")
    assert receipt.outcome == "accepted"
    return home


@pytest.fixture
def client(home: Home) -> Iterator[TestClient]:
    """The local owner's client."""
    with TestClient(create_app(home), base_url="http://localhost", client=("127.0.0.1", 40000)) as client:
        yield client


def test_the_bills_total_to_the_last_digit(client: TestClient) -> None:
    assert '"total":{"value":12.600000000000000001,"units":"USD"}' in client.get(COSTS).text


@pytest.mark.parametrize(
    ("query", "key", "groups"),
    [
        ("group_by[service]=*", "service", {"AmazonEC2", "AmazonS3"}),
        ("group_by[account]=*", "account", {"000000000002", "000000000003"}),
        ("group_by[tag:team]=*", "team", {"red", "blue", "No-team"}),
    ],
)
def test_groups(client: TestClient, query: str, key: str, groups: set[str]) -> None:
    body = client.get(f"{COSTS}?{query}&filter[time_scope_units]=month").json()
    assert {group[key] for bucket in body["data"] for group in bucket[f"{key}s"]} == groups


def test_a_number_is_opened_down_to_its_line(client: TestClient) -> None:
    body = client.get(f"{NATIVE}/explain/aws/costs/?filter[service]=AmazonS3").json()
    (charge,) = body["charges"]
    assert (charge["file"], charge["row"]) == ("12.5.csv.gz", 2)


def test_what_surrounds_a_report(client: TestClient) -> None:
    (source,) = client.get(f"{KOKU}/sources/").json()["data"]
    assert (source["name"], source["source_type"], source["has_data"]) == ("bills", "AWS", True)
    assert client.get(f"{KOKU}/tags/aws/?key_only=true").json()["data"] == ["team"]
    assert [item["key"] for item in client.get(f"{KOKU}/settings/tags/").json()["data"]] == ["team"]
    assert client.get(f"{NATIVE}/terms/aws/").json()["last_day"] == "2026-11-20"
    (delivery,) = client.get(f"{NATIVE}/deliveries/").json()["data"]
    assert client.get(f"{NATIVE}/deliveries/{delivery['delivery_id']}/").json()["files"][0]["name"] == "12.5.csv.gz"
    assert client.get(f"{NATIVE}/freshness/").json()["stale_partitions"] == 0
    assert 'tally_deliveries_total{state="accepted",tenant="default"} 1.0' in client.get("/metrics").text


def test_every_total_closes(client: TestClient) -> None:
    body = client.get(f"{NATIVE}/reconcile/?deep=true&limit=1000").json()
    assert body["meta"]["count"] > 0
    assert all(check["closes"] for check in body["data"])


def test_a_new_delivery_is_seen_at_once(tmp_path: Path) -> None:
    home = Home(Config(home=tmp_path / "tally"))
    with TestClient(create_app(home), base_url="http://localhost", client=("127.0.0.1", 40000)) as client:
        assert '"total":{"value":0,"units":"USD"}' in client.get(COSTS).text
        home.ingest(str(bill(tmp_path, "1")), source_name="bills")
        assert '"total":{"value":1.100000000000000001,"units":"USD"}' in client.get(COSTS).text
        home.ingest(str(bill(tmp_path, "2")), source_name="bills")
        assert '"total":{"value":2.100000000000000001,"units":"USD"}' in client.get(COSTS).text
