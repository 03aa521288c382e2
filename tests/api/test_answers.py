"""Reports over HTTP: exact digits, forms, errors, and answers that are kept while they are true."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

KOKU = "/api/cost-management/v1"
COSTS = f"{KOKU}/reports/aws/costs/"


def test_numbers_are_the_exact_digits(owner: TestClient) -> None:
    assert '"value":1.250000000000000001,"units":"USD"' in owner.get(COSTS).text


@pytest.mark.parametrize(
    "name", ["aws/costs", "aws/instance-types", "aws/storage", "aws/resources/ec2-compute", "focus/costs"]
)
def test_every_report_answers(owner: TestClient, name: str) -> None:
    response = owner.get(f"{KOKU}/reports/{name}/")
    assert response.status_code == 200
    body = response.json()
    assert list(body) == ["meta", "links", "data"]
    assert body["links"]["first"].startswith(f"{KOKU}/reports/{name}/?")


def test_csv(owner: TestClient) -> None:
    response = owner.get(f"{COSTS}?group_by[account]=*", headers={"accept": "text/csv"})
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    header, *lines = response.text.split("\r\n")
    assert header.split(",") == sorted(header.split(","))
    assert len([line for line in lines if line]) == 2


@pytest.mark.parametrize(
    ("path", "accept", "status"),
    [
        (COSTS, "image/png", 406),
        (COSTS, "text/csv", 200),
        (COSTS, "*/*", 200),
        (f"{COSTS}?format=csv", "*/*", 400),
        ("/api/tallystick/v1/terms/aws/", "text/csv", 406),
    ],
)
def test_forms(owner: TestClient, path: str, accept: str, status: int) -> None:
    response = owner.get(path, headers={"accept": accept})
    assert response.status_code == status


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("foo=1", {"foo": ["Unsupported parameter or invalid value"]}),
        ("group_by[nonsense]=*", {"group_by": {"nonsense": ["Unsupported parameter or invalid value"]}}),
        ("filter[resolution]=weekly", {"filter": {"resolution": ['"weekly" is not a valid choice.']}}),
    ],
)
def test_wrong_parameters_are_named(owner: TestClient, query: str, body: dict[str, object]) -> None:
    response = owner.get(f"{COSTS}?{query}")
    assert (response.status_code, response.json()) == (400, body)
    silent = owner.get(f"{COSTS}?{query}", headers={"accept": "text/csv"})
    assert (silent.status_code, silent.content) == (400, b"")


def test_too_many_parameters(owner: TestClient) -> None:
    response = owner.get(COSTS + "?" + "&".join(f"filter[service]={n}" for n in range(1100)))
    assert response.status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{KOKU}/nothing/here/", 404),
        ("PUT", f"{KOKU}/nothing/here/", 404),
        ("POST", COSTS, 405),
        ("DELETE", f"{KOKU}/sources/1/", 405),
        ("POST", f"{KOKU}/sources/", 405),
    ],
)
def test_wrong_paths_and_methods(owner: TestClient, method: str, path: str, status: int) -> None:
    response = owner.request(method, path)
    assert response.status_code == status
    (error,) = response.json()["errors"]
    assert (list(error), error["status"]) == (["detail", "source", "status"], status)


@pytest.mark.parametrize(
    ("path", "location"),
    [
        (f"{KOKU}/status", f"{KOKU}/status/"),
        (f"{COSTS[:-1]}?filter[limit]=2&b=%20", f"{COSTS}?filter%5Blimit%5D=2&b=%20"),
        (f"{KOKU}/sources/1/stats", f"{KOKU}/sources/1/stats/"),
        ("/api/tallystick/v1/freshness", "/api/tallystick/v1/freshness/"),
    ],
)
def test_a_missing_slash_is_a_permanent_redirect(owner: TestClient, path: str, location: str) -> None:
    response = owner.get(path)
    assert response.status_code == 301
    assert response.headers["location"].replace("[", "%5B").replace("]", "%5D") == location


def computed(client: TestClient) -> int:
    """How many answers have been computed so far."""
    found = re.search(r'tally_query_seconds_count\{family="reports/aws/costs"\} (\d+)', client.get("/metrics").text)
    return int(found[1]) if found else 0


def test_an_answer_is_kept_until_something_changes(owner: TestClient, home, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    def asked() -> int:
        before = computed(owner)
        assert owner.get(f"{COSTS}?group_by[service]=*").status_code == 200
        return computed(owner) - before

    assert [asked(), asked()] == [1, 0]
    home.current = 2
    assert [asked(), asked()] == [1, 0]
    assert home.opened[-1] == ("default", 2)
    owner.put(f"{KOKU}/account-settings/cost-type/", json={"cost_type": "blended_cost"})
    assert [asked(), asked()] == [1, 0]
    monkeypatch.setenv("TALLY_NOW", "2026-11-22T00:00:00Z")
    assert [asked(), asked()] == [1, 0]


def test_the_order_of_groups_is_part_of_the_question(owner: TestClient) -> None:
    one = owner.get(f"{COSTS}?group_by[service]=*&group_by[account]=*").json()
    other = owner.get(f"{COSTS}?group_by[account]=*&group_by[service]=*").json()
    assert "services" in one["data"][-3]
    assert "accounts" in other["data"][-3]


def test_an_answer_that_the_client_has_is_not_sent_again(owner: TestClient) -> None:
    first = owner.get(COSTS)
    again = owner.get(COSTS, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert owner.get(f"{COSTS}?delta=cost", headers={"if-none-match": first.headers["etag"]}).status_code == 200


def test_a_defect_is_told_in_one_line(owner: TestClient, home, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(type(home), "session", lambda *_: 1 / 0)
    response = owner.get(COSTS)
    assert response.status_code == 500
    assert "ZeroDivision" not in response.text
    assert response.json()["errors"][0]["status"] == 500


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("tags/aws/?key_only=true", ["env", "k8s.io/role name", "team"]),
        ("tags/aws/team/", ["blue", "red"]),
        ("tags/focus/?key_only=true", ["env", "k8s.io/role name", "team"]),
        ("tags/focus/env/", ["prod"]),
        ("tags/aws/k8s.io/role%20name/", ["web"]),
        ("tags/aws/k8s.io%2Frole%20name/", ["web"]),
        ("organizations/aws/", []),
        ("resource-types/aws-accounts/?limit=1", [{"account_alias": "111", "value": "111"}]),
        ("resource-types/aws-services/", [{"value": "AmazonEC2"}, {"value": "AmazonS3"}]),
        ("resource-types/aws-regions/", []),
        ("resource-types/aws-organizational-units/", []),
        ("resource-types/aws-categories/", []),
        ("resource-types/aws-ec2-compute-instances/", []),
        ("resource-types/aws-ec2-compute-os/", []),
        ("forecasts/aws/costs/", []),
    ],
)
def test_the_lists_beside_the_reports(owner: TestClient, path: str, data: list[object]) -> None:
    response = owner.get(f"{KOKU}/{path}")
    assert response.status_code == 200
    body = response.json()
    assert list(body) == ["meta", "links", "data"]
    assert body["data"] == data
    assert body["links"]["first"].startswith(f"{KOKU}/{path.partition('?')[0].replace('%2F', '/')}?")


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("tags/aws/nope/", 404, None),
        ("tags/aws/?foo=1", 400, {"foo": ["Unsupported parameter or invalid value"]}),
        ("forecasts/aws/costs/?filter[service]=a", 400, {"filter": ["Unsupported parameter or invalid value"]}),
        ("resource-types/aws-accounts/?offset=1", 400, {"offset": [["Unsupported parameter or invalid value"]]}),
        ("resource-types/moons/", 404, None),
    ],
)
def test_the_lists_refuse_too(owner: TestClient, path: str, status: int, body: object) -> None:
    response = owner.get(f"{KOKU}/{path}")
    assert response.status_code == status
    assert body is None or response.json() == body


def test_the_index_of_resource_types(owner: TestClient) -> None:
    """koku-api 7.3."""
    body = owner.get(f"{KOKU}/resource-types/").json()
    assert body["meta"] == {"count": 10, "limit": 10, "offset": 0}
    counts = {item["value"]: item["count"] for item in body["data"]}
    assert list(counts) == [
        "aws.account",
        "aws.organizational_unit",
        "azure.subscription_guid",
        "cost_model",
        "gcp.account",
        "gcp.project",
        "openshift.cluster",
        "openshift.node",
        "openshift.project",
        "settings",
    ]
    assert (counts["aws.account"], counts["settings"], sum(counts.values())) == (2, 1, 3)
    assert body["data"][0]["path"] == f"{KOKU}/resource-types/aws-accounts/"
    assert "path" not in body["data"][-1]
