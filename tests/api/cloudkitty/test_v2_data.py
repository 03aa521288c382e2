"""Version 2: dataframes in and out, and the summary over them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.cloudkitty.conftest import frame, local_client, point
from tallystick.planner.home import Home
from tallystick.settings.config import CloudKitty, Config

NOTHING = {"message": "No resource found for provided filters."}
FRAMES = [
    frame(
        "2026-11-01T00:00:00+00:00",
        "2026-11-01T01:00:00+00:00",
        cpu=[point("p1", 1, 0.1, id="a", meta_flavor="small"), point("p2", "2.5", "1.000000000000000001", id="b")],
        disk=[point("p1", 10, id="a", big=True, size=4.0)],
    ),
    frame("20261102T020000Z", "20261102T030000Z", cpu=[point("p1", 3, 0.2, id="a", meta_flavor="big")]),
]


@pytest.fixture(scope="module")
def posted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A home in which the frames were posted, only to be read."""
    with local_client(Home(Config(home=tmp_path_factory.mktemp("home")))) as client:
        answer = client.post("/v2/dataframes", json={"dataframes": FRAMES})
        assert (answer.status_code, answer.text) == (204, "")
        yield client


@pytest.mark.parametrize(
    ("query", "columns", "results"),
    [
        ("", ["qty", "rate"], ["16.5 1.300000000000000001"]),
        ("?groupby=type", ["qty", "rate", "type"], ["6.5 1.300000000000000001 cpu", "10 0 disk"]),
        ("?groupby=project_id,type&filters=type:cpu", None, ["4 0.3 p1 cpu", "2.5 1.000000000000000001 p2 cpu"]),
        ("?groupby=id&groupby=type&filters=id:a", None, ["4 0.3 a cpu", "10 0 a disk"]),
        ("?filters=flavor:big,flavor:small", None, ["4 0.3"]),
        ("?filters=project_id:p2", None, ["2.5 1.000000000000000001"]),
        ("?filters=project_id:p3", [], []),
        ("?begin=2026-11-02&end=2026-11-03", None, ["3 0.2"]),
        ("?begin=2026-11-01%2001:00:00%2B00:00&end=2026-12-01", None, ["3 0.2"]),
        ("?groupby=time-d&filters=project_id:p1", None, ["11 0.1 305", "3 0.2 306"]),
        ("?groupby=time-m", ["qty", "rate", "month"], ["16.5 1.300000000000000001 11"]),
        (
            "?custom_fields=MAX(price) AS dearest, COUNT(qty) AS points",
            ["dearest", "points"],
            ["1.000000000000000001 4"],
        ),
        ("?custom_fields=mean(qty) AS m&filters=type:disk", ["m"], ["10"]),
        ("?groupby=type&limit=1&offset=1", None, ["10 0 disk"]),
    ],
)
def test_summary(posted: TestClient, query: str, columns: list[str] | None, results: list[str]) -> None:
    body = posted.get(f"/v2/summary{query}").json(parse_float=str)
    assert body["format"] == "table"
    assert [" ".join(map(str, row[2:])) for row in body["results"]] == results
    if columns is not None:
        assert body["columns"] == (["begin", "end", *columns] if columns else [])


def test_a_summary_of_objects(posted: TestClient) -> None:
    assert posted.get("/v2/summary?response_format=object&groupby=type,time&filters=type:disk").json() == {
        "total": 1,
        "results": [
            {
                "begin": "2026-11-01T00:00:00+00:00",
                "end": "2026-11-01T01:00:00+00:00",
                "qty": 10,
                "rate": 0,
                "type": "disk",
            }
        ],
        "format": "object",
    }


def test_a_summary_of_nothing(client: TestClient) -> None:
    assert client.get("/v2/summary").json() == {"total": 0, "columns": [], "results": [], "format": "table"}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("?x=1", "Invalid data '{'x': ['1']}' : extra keys not allowed (path: '['x']')"),
        ("?begin=2026-11-01&begin=2026-11-02", "length of value must be 1"),
        ("?begin=never", "not a valid date: 'never'"),
        ("?begin=9999-12-31T23:00:00-14:00", "not a valid date"),
        ("?groupby=time-x", "Invalid groupby time option. There is no groupby processing for [time-x]."),
        ("?response_format=xml", "expected table or object"),
        ("?filters=a", "invalid key:value association a"),
        ("?filters=a:b:c", "invalid key:value association a:b:c"),
        ("?limit=0", "value must be at least 1"),
        ("?limit=x", "expected int"),
        ("?offset=-1", "value must be at least 0"),
        ("?custom_fields=*", "is not FUNC(field) AS alias"),
        ("?custom_fields=SUM(qty) AS qty; DROP", "is not FUNC(field) AS alias"),
        ("?custom_fields=SUM(qty) AS a, SUM(price) AS a", "a name of its own"),
        ("?custom_fields=SLEEP(qty) AS a", "is not FUNC(field) AS alias"),
    ],
)
def test_a_summary_that_cannot_be_understood(client: TestClient, query: str, message: str) -> None:
    answer = client.get(f"/v2/summary{query}")
    assert answer.status_code == 400
    assert message in answer.json()["message"]


@pytest.mark.parametrize("query", ["", "?filters=type:cpu", "?filters=id:a", "?limit=1", "?begin=2026-11-02"])
def test_dataframes_come_back(posted: TestClient, query: str) -> None:
    body = posted.get(f"/v2/dataframes{query}").json(parse_float=str)
    points = [(metric, each) for one in body["dataframes"] for metric, own in one["usage"].items() for each in own]
    expected = {"": 4, "?filters=type:cpu": 3, "?filters=id:a": 3, "?limit=1": 1, "?begin=2026-11-02": 1}[query]
    assert len(points) == expected
    assert body["total"] == (4 if query == "?limit=1" else expected)


def test_points_are_as_they_were_posted(posted: TestClient) -> None:
    body = posted.get("/v2/dataframes?begin=2026-11-01&end=2026-11-02").json(parse_float=str)
    first = body["dataframes"][0]
    assert first["period"] == {"begin": "2026-11-01T00:00:00+00:00", "end": "2026-11-01T01:00:00+00:00"}
    assert first["usage"] == {
        "cpu": [
            {
                "vol": {"unit": "u", "qty": 1},
                "rating": {"price": "0.1"},
                "groupby": {"id": "a", "project_id": "p1"},
                "metadata": {"flavor": "small"},
            },
            {
                "vol": {"unit": "u", "qty": "2.5"},
                "rating": {"price": "1.000000000000000001"},
                "groupby": {"id": "b", "project_id": "p2"},
                "metadata": {},
            },
        ],
        "disk": [
            {
                "vol": {"unit": "u", "qty": 10},
                "rating": {"price": 0},
                "groupby": {"big": "True", "id": "a", "project_id": "p1", "size": "4.0"},
                "metadata": {},
            }
        ],
    }


def test_posting_again_changes_nothing_and_other_points_add_up(client: TestClient) -> None:
    for _ in range(2):
        client.post("/v2/dataframes", json={"dataframes": FRAMES})
    assert client.get("/v2/dataframes").json()["total"] == 4
    more = frame("2026-11-03", "2026-11-03T01:00:00", cpu=[point(None, 1)])
    assert client.post("/v2/dataframes", json={"dataframes": [more]}).status_code == 204
    assert client.get("/v2/dataframes").json()["total"] == 5
    rows = client.get("/v2/summary?groupby=project_id&begin=2026-11-03").json()["results"]
    assert [row[-1] for row in rows] == ["__UNDEF__"]


def test_no_dataframes(client: TestClient) -> None:
    answer = client.get("/v2/dataframes")
    assert (answer.status_code, answer.json()) == (404, NOTHING)


def _broken(**changes: Any) -> dict[str, Any]:
    """A dataframe whose point is changed."""
    return frame("2026-11-01", "2026-11-01T01:00:00", cpu=[point("p1", 1) | changes])


BAD_FRAME = "not a valid value (path: '['dataframes', 0]')"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"dataframes": []}, "Parameter dataframes must not be empty."),
        ({}, "required key not provided (path: '['dataframes']')"),
        ([], "expected a dictionary"),
        ({"dataframes": [FRAMES[0]], "x": 1}, "extra keys not allowed (path: '['x']')"),
        ({"dataframes": [{}]}, BAD_FRAME),
        ({"dataframes": ["x"]}, BAD_FRAME),
        ({"dataframes": [FRAMES[1], {}]}, "not a valid value (path: '['dataframes', 1]')"),
        ({"dataframes": [_broken(vol={"unit": "u"})]}, BAD_FRAME),
        ({"dataframes": [_broken(vol={"unit": "", "qty": 1})]}, BAD_FRAME),
        ({"dataframes": [_broken(vol={"unit": "u", "qty": "x"})]}, BAD_FRAME),
        ({"dataframes": [_broken(vol={"unit": "u", "qty": "NaN"})]}, BAD_FRAME),
        ({"dataframes": [_broken(vol={"unit": "u", "qty": True})]}, BAD_FRAME),
        ({"dataframes": [_broken(vol={"unit": "u", "qty": "1e20"})]}, BAD_FRAME),
        ({"dataframes": [_broken(vol={"unit": "u", "qty": "1e-19"})]}, BAD_FRAME),
        ({"dataframes": [_broken(vol={"unit": "u", "qty": "1e999999999"})]}, BAD_FRAME),
        ({"dataframes": [_broken(groupby=None)]}, BAD_FRAME),
        ({"dataframes": [_broken(metadata=[])]}, BAD_FRAME),
        ({"dataframes": [_broken(rating={"price": None})]}, BAD_FRAME),
        ({"dataframes": [_broken(other=1)]}, BAD_FRAME),
        ({"dataframes": [frame("x", "2026-11-01", cpu=[])]}, BAD_FRAME),
        ({"dataframes": [frame("2026-11-02", "2026-11-01", cpu=[])]}, BAD_FRAME),
        ({"dataframes": [{"period": {"begin": "2026-11-01", "end": "2026-11-02"}, "usage": {"cpu": {}}}]}, BAD_FRAME),
    ],
)
def test_dataframes_that_are_refused(client: TestClient, body: Any, message: str) -> None:
    answer = client.post("/v2/dataframes", json=body)
    assert answer.status_code == 400
    assert message in answer.json()["message"]


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        ("{", "application/json", 400),
        ("NaN", "application/json", 400),
        ("[" * 100_000, "application/json", 400),
        ("\xff", "application/json", 400),
        (json.dumps({"dataframes": FRAMES}), "text/plain", 415),
    ],
)
def test_bodies_that_are_no_json(client: TestClient, content: str, media_type: str, status: int) -> None:
    answer = client.post("/v2/dataframes", content=content.encode("latin-1"), headers={"content-type": media_type})
    assert answer.status_code == status
    assert answer.json()["message"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v2/summary/", 404), ("POST", "/v2/summary", 405), ("DELETE", "/v2/dataframes", 405)],
)
def test_paths_and_verbs(client: TestClient, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    if status == 405:
        assert "GET" in answer.headers["allow"]
        assert answer.json()["message"]


def test_points_belong_to_the_tenant_that_is_set(tmp_path: Path) -> None:
    home = Home(Config(home=tmp_path, cloudkitty=CloudKitty(tenant="org1")))
    with local_client(home) as client:
        assert client.post("/v2/dataframes", json={"dataframes": FRAMES}).status_code == 204
        assert client.get("/v2/summary").json()["total"] == 1
    for tenant, points in (("org1", 4), ("default", 0)):
        with home.session(tenant) as session:
            assert session.rows("SELECT count(*) FROM points") == [(points,)]
