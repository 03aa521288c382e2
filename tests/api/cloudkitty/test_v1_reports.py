"""Version 1: reports and storage over posted points."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from api.cloudkitty.conftest import frame, local_client, point
from tallystick.planner.home import Home
from tallystick.planner.metering.scopes import ScopeKey, create
from tallystick.settings.config import Config

FRAMES = [
    frame(
        "2026-11-01T00:00:00",
        "2026-11-01T01:00:00",
        cpu=[
            point("p1", 1, 0.1, id="a", meta_id="hidden", meta_flavor="small"),
            point("p2", 2, "0.000000000000000001"),
        ],
        disk=[point("p1", 10, 3)],
    ),
    frame("2026-11-02T00:00:00", "2026-11-02T01:00:00", cpu=[point("p1", 4, 0.25)]),
]


@pytest.fixture(scope="module")
def posted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A home in which the frames were posted, only to be read."""
    home = Home(Config(home=tmp_path_factory.mktemp("home")))
    with local_client(home) as client:
        client.post("/v2/dataframes", json={"dataframes": FRAMES})
        key = ScopeKey("p3", "project_id", "keystone", "gnocchi")
        create(home.database.of("default"), key, datetime(2026, 11, 1, tzinfo=UTC))
        yield client


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ("", "3.350000000000000001"),
        ("?tenant_id=p1", "3.35"),
        ("?service=cpu", "0.350000000000000001"),
        ("?service=cpu&tenant_id=p1&begin=2026-11-02&end=2026-11-03T00:00:00", "0.25"),
        ("?tenant_id=nobody", "0"),
        ("?tenant_id=p1&all_tenants=true", "3.350000000000000001"),
        ("?begin=2025-01-01&end=2025-02-01", "0"),
    ],
)
def test_total(posted: TestClient, query: str, total: str) -> None:
    for path in ("/v1/report/total", "/v1/report/total/"):
        answer = posted.get(f"{path}{query}")
        assert (answer.status_code, answer.json()) == (200, total)


def test_the_project_of_the_headers_is_the_tenant(posted: TestClient) -> None:
    assert posted.get("/v1/report/total", headers={"X-Project-Id": "p2"}).json() == "0.000000000000000001"


def test_an_admins_dataframes_are_those_of_all_tenants(posted: TestClient) -> None:
    answer = posted.get("/v1/storage/dataframes", headers={"X-Project-Id": "p2"})
    assert len(answer.json()["dataframes"]) == 4


MONTH = {"begin": "2026-11-01T00:00:00", "end": "2026-12-01T00:00:00"}


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("", [("ALL", "ALL", "3.350000000000000001")]),
        ("?groupby=res_type", [("ALL", "cpu", "0.350000000000000001"), ("ALL", "disk", "3")]),
        ("?groupby=tenant_id", [("p1", "ALL", "3.35"), ("p2", "ALL", "0.000000000000000001")]),
        ("?groupby=tenant_id,res_type&service=cpu", [("p1", "cpu", "0.35"), ("p2", "cpu", "0.000000000000000001")]),
        ("?groupby=other&tenant_id=p2", [("ALL", "ALL", "0.000000000000000001")]),
        ("?tenant_id=nobody", []),
    ],
)
def test_summary(posted: TestClient, query: str, rows: list[tuple[str, str, str]]) -> None:
    expected = [{**MONTH, "tenant_id": tenant, "res_type": kind, "rate": rate} for tenant, kind, rate in rows]
    assert posted.get(f"/v1/report/summary{query}").json() == {"summary": expected}


def test_tenants(posted: TestClient) -> None:
    assert posted.get("/v1/report/tenants?begin=2020-01-01&end=2020-02-01").json() == ["p1", "p2", "p3"]


@pytest.mark.parametrize(
    ("query", "frames"),
    [
        ("", ["p1 cpu 1", "p2 cpu 1", "p1 disk 1", "p1 cpu 1"]),
        ("?tenant_id=p2", ["p2 cpu 1"]),
        ("?resource_type=disk", ["p1 disk 1"]),
        ("?tenant_id=p1&resource_type=cpu&end=2026-11-02", ["p1 cpu 1"]),
        ("?tenant_id=nobody", []),
    ],
)
def test_dataframes(posted: TestClient, query: str, frames: list[str]) -> None:
    body = posted.get(f"/v1/storage/dataframes{query}").json()
    found = [(one["tenant_id"], one["resources"]) for one in body["dataframes"]]
    shown = [f"{tenant} {resources[0]['service']} {len(resources)}" for tenant, resources in found]
    assert shown == frames


def test_a_dataframe(posted: TestClient) -> None:
    (first,) = posted.get("/v1/storage/dataframes?tenant_id=p1&resource_type=cpu&end=2026-11-02").json()["dataframes"]
    assert first == {
        "begin": "2026-11-01T00:00:00",
        "end": "2026-11-01T01:00:00",
        "tenant_id": "p1",
        "resources": [
            {
                "service": "cpu",
                "desc": {"id": "a", "project_id": "p1", "flavor": "small"},
                "volume": "1",
                "rating": "0.1",
            }
        ],
    }


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/v1/report/total?begin=bad", "Invalid input for field/attribute begin. Value: 'bad'."),
        (
            "/v1/report/total?begin=0001-01-01T00:00:00%2B05:00",
            "Invalid input for field/attribute begin. Value: '0001-01-01T00:00:00+05:00'.",
        ),
        ("/v1/report/summary?x=1", 'Unknown argument: "x"'),
        ("/v1/storage/dataframes?end=bad", "Invalid input for field/attribute end. Value: 'bad'."),
    ],
)
def test_what_cannot_be_understood(posted: TestClient, path: str, fault: str) -> None:
    answer = posted.get(path)
    assert answer.status_code == 400
    assert answer.json()["faultstring"].startswith(fault)
