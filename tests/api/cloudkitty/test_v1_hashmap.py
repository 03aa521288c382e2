"""Version 1: hashmap's services, fields, groups, mappings and thresholds, request by request."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.cloudkitty.v1_tables import Case, filled

H = "/rating/module_config/hashmap"
MISSING = "d28490b2-fb3c-11e5-988b-eb9539c935dc"
NEVER, ELEVEN = "3000-01-01", "2026-11-21T11:00:00"
MANDATORY = "Invalid input for field/attribute {0}. Value: 'None'. Mandatory field missing."
UUID = "Invalid input for field/attribute {0}. Value: 'bad'. Invalid UUID, got 'bad'"
NUMBER = "Invalid input for field/attribute {0}. Value: '{1}'. Value should be a decimal number."
PAST = "Cannot create a rule with start in the past. start=[2014-01-01 00:00:00] current time=[2026-11-21 12:00:00]."
RUNNING = (
    "You are allowed to update only the attribute [end] as this rule is already running as it started on"
    " [2026-11-21 11:00:00]"
)


@pytest.fixture
def ids(rating: TestClient) -> dict[str, str]:
    """A service, a field, a group, mappings that run and that will, a threshold."""
    found: dict[str, str] = {"missing": MISSING}

    def make(name: str, path: str, body: dict[str, Any]) -> None:
        response = rating.post(
            f"v1{H}/{path}?force=true" if "start" in body else f"v1{H}/{path}", json=filled(body, found)
        )
        assert response.status_code == 201, response.text
        found[name] = next(iter(response.json().values()))
        assert response.headers["location"] == f"http://localhost:8000/rating/v1{H}/{path}/{found[name]}"

    make("cpu", "services", {"name": "cpu"})
    make("flavor", "fields", {"name": "flavor", "service_id": "{cpu}"})
    make("group", "groups", {"name": "g"})
    make("run", "mappings", {"service_id": "{cpu}", "cost": "0.1", "name": "run", "start": ELEVEN})
    make("fut", "mappings", {"field_id": "{flavor}", "value": "m1", "cost": 2, "start": NEVER, "group_id": "{group}"})
    make("thr", "thresholds", {"service_id": "{cpu}", "level": 10, "cost": "0.2", "tenant_id": "t1"})
    return found


def run(cases: list[Case]) -> Any:
    return pytest.mark.parametrize("case", cases, ids=str)


SERVICE = {"service_id": "{cpu}", "name": "cpu"}
FIELD = {"field_id": "{flavor}", "name": "flavor", "service_id": "{cpu}"}
GROUP = {"group_id": "{group}", "name": "g"}
RUN = {
    "mapping_id": "{run}",
    "value": "",
    "type": "flat",
    "cost": "0.1000000000000000000000000000",
    "service_id": "{cpu}",
    "field_id": None,
    "group_id": None,
    "tenant_id": None,
    "created_at": "2026-11-21T12:00:00",
    "start": ELEVEN,
    "end": None,
    "name": "run",
    "description": None,
    "deleted": None,
    "created_by": "unknown",
    "updated_by": None,
    "deleted_by": None,
}
THRESHOLD = {
    "threshold_id": "{thr}",
    "level": "10.00000000",
    "type": "flat",
    "cost": "0.2000000000000000000000000000",
    "service_id": "{cpu}",
    "field_id": None,
    "group_id": None,
    "tenant_id": "t1",
}


@run(
    [
        Case(f"GET {H}/types", 200, answer=["flat", "rate"]),
        Case(f"GET {H}/services", 200, answer={"services": [SERVICE]}),
        Case(f"GET {H}/services/", 200, answer={"services": [SERVICE]}),
        Case(f"GET {H}/services/{{cpu}}", 200, answer=SERVICE),
        Case(f"GET {H}/services?x=1", 400, 'Unknown argument: "x"'),
        Case(f"GET {H}/services", 400, 'Unknown argument: "x"', {"x": 1}),
        Case(f"GET {H}/services/bad", 404, "No such service: None (UUID: bad)"),
        Case(f"POST {H}/services", 400, MANDATORY.format("name"), {}),
        Case(f"POST {H}/services", 400, MANDATORY.format("name"), {"name": None}),
        Case(f"POST {H}/services", 400, 'Missing argument: "service_data"'),
        Case(f"POST {H}/services", 400, "Unknown attribute for argument service_data: x", {"name": "q", "x": 1}),
        Case(f"POST {H}/services", 400, "Request is not in valid JSON format", "{bad"),
        Case(f"POST {H}/services", 400, "Request is not in valid JSON format", '{"name": NaN}'),
        Case(
            f"POST {H}/services",
            400,
            "Invalid input for field/attribute service_data. Value: '[]'. Value should be an object.",
            "[]",
        ),
        Case(
            f"POST {H}/services",
            400,
            "Invalid input for field/attribute name. Value: '5'."
            " Wrong type. Expected '<class 'str'>', got '<class 'int'>'",
            {"name": 5},
        ),
        Case(f"POST {H}/services", 409, "Service cpu already exists (UUID: {cpu})", {"name": "cpu"}),
        Case(f"DELETE {H}/services/bad", 404, "No such service: None (UUID: bad)"),
        Case(f"DELETE {H}/services", 400, 'Missing argument: "service_id"'),
        Case(f"DELETE {H}/services", 204, body={"service_id": "{cpu}"}),
        Case(f"GET {H}/services/{{cpu}}/fields", 200, answer={"fields": [FIELD]}),
        Case(f"GET {H}/services/bad/fields", 200, answer={"fields": []}),
        Case(f"GET {H}/services/{{cpu}}/mappings", 200, answer={"mappings": [RUN]}),
        Case(f"GET {H}/fields", 400, 'Missing argument: "service_id"'),
        Case(f"GET {H}/fields/", 200, body={"service_id": "{cpu}"}, answer={"fields": [FIELD]}),
        Case(f"GET {H}/fields?service_id=bad", 200, answer={"fields": []}),
        Case(f"GET {H}/fields/{{flavor}}", 200, answer=FIELD),
        Case(f"GET {H}/fields/bad", 404, "No such field: bad"),
        Case(f"POST {H}/fields", 400, UUID.format("service_id"), {"name": "x", "service_id": "bad"}),
        Case(f"POST {H}/fields", 400, MANDATORY.format("service_id"), {"name": "x"}),
        Case(
            f"POST {H}/fields",
            400,
            "No such service: None (UUID: {missing})",
            {"name": "x", "service_id": "{missing}"},
        ),
        Case(
            f"POST {H}/fields",
            409,
            "Field flavor already exists (UUID: {flavor})",
            {"name": "flavor", "service_id": "{cpu}"},
        ),
        Case(f"DELETE {H}/fields/bad", 404, "No such field: bad"),
        Case(f"DELETE {H}/fields/", 204, body={"field_id": "{flavor}"}),
        Case(f"GET {H}/groups", 200, answer={"groups": [GROUP]}),
        Case(f"GET {H}/groups/{{group}}", 200, answer=GROUP),
        Case(f"GET {H}/groups/bad", 404, "No such group: None (UUID: bad)"),
        Case(f"POST {H}/groups", 409, "Group g already exists (UUID: {group})", {"name": "g"}),
        Case(f"GET {H}/groups/bad/mappings", 200, answer={"mappings": []}),
        Case(f"GET {H}/groups/{{group}}/thresholds", 200, answer={"thresholds": []}),
        Case(f"GET {H}/groups/thresholds", 400, 'Missing argument: "group_id"'),
        Case(f"DELETE {H}/groups/bad", 404, "No such group: None (UUID: bad)"),
        Case(f"DELETE {H}/groups/{{group}}?recursive=true", 204),
        Case(f"DELETE {H}/groups", 204, body={"group_id": "{group}", "recursive": False}),
    ]
)
def test_services_fields_and_groups(rating: TestClient, ids: dict[str, str], case: Case) -> None:
    case.check(rating, ids)


@run(
    [
        Case(f"GET {H}/mappings/{{run}}", 200, answer=RUN),
        Case(f"GET {H}/mappings/bad", 404, "No such mapping: bad"),
        Case(f"GET {H}/mappings?service_id={{cpu}}", 200, answer={"mappings": [RUN]}),
        Case(f"GET {H}/mappings/", 200, body={"service_id": "{cpu}"}, answer={"mappings": [RUN]}),
        Case(f"GET {H}/mappings?service_id=bad", 200, answer={"mappings": []}),
        Case(f"GET {H}/mappings?is_active=true&all=false", 200, answer={"mappings": [RUN]}),
        Case(f"GET {H}/mappings?no_group=true", 200, answer={"mappings": [RUN]}),
        Case(f"GET {H}/mappings?filter_tenant=true&tenant_id=t1", 200, answer={"mappings": []}),
        Case(f"GET {H}/mappings?end=2026-11-01T00:00:00", 200, answer={"mappings": []}),
        Case(
            f"GET {H}/mappings?start=bad",
            400,
            "Invalid input for field/attribute start. Value: 'bad'. unable to convert to datetime."
            " Error: Unknown string format: bad",
        ),
        Case(
            f"GET {H}/mappings?deleted=perhaps",
            400,
            "Invalid input for field/attribute deleted. Value: 'perhaps'. Value should be one of: true, false",
        ),
        Case(f"GET {H}/mappings?nothing=1", 400, 'Unknown argument: "nothing"'),
        Case(f"GET {H}/mappings/{{fut}}/group", 200, answer=GROUP),
        Case(f"GET {H}/mappings/group?mapping_id={{fut}}", 200, answer=GROUP),
        Case(f"GET {H}/mappings/{{run}}/group", 404, "Mapping has no group (UUID: {run})"),
        Case(f"GET {H}/mappings/bad/group", 404, "Mapping has no group (UUID: bad)"),
        Case(f"POST {H}/mappings", 400, MANDATORY.format("cost"), {"service_id": "{cpu}"}),
        Case(f"POST {H}/mappings", 400, NUMBER.format("cost", "x"), {"service_id": "{cpu}", "cost": "x"}),
        Case(f"POST {H}/mappings", 400, NUMBER.format("cost", "True"), {"service_id": "{cpu}", "cost": True}),
        Case(f"POST {H}/mappings", 400, NUMBER.format("cost", "NaN"), {"service_id": "{cpu}", "cost": "NaN"}),
        Case(
            f"POST {H}/mappings",
            400,
            "cost is 0.1000000000000000055, which has more than 18 decimals; it is never rounded silently.",
            {"service_id": "{cpu}", "cost": "0.1000000000000000055"},
        ),
        Case(f"POST {H}/mappings", 400, UUID.format("service_id"), {"service_id": "bad", "cost": 1}),
        Case(
            f"POST {H}/mappings",
            400,
            UUID.format("mapping_id"),
            {"service_id": "{cpu}", "cost": 1, "mapping_id": "bad"},
        ),
        Case(
            f"POST {H}/mappings",
            400,
            "Invalid input for field/attribute type. Value: 'fail'. Value should be one of: flat, rate",
            {"service_id": "{cpu}", "cost": 1, "type": "fail"},
        ),
        Case(f"POST {H}/mappings", 400, "You must specify one parent.", {"cost": 1}),
        Case(
            f"POST {H}/mappings",
            400,
            "You can only specify one parent.",
            {"cost": 1, "service_id": "{cpu}", "field_id": "{flavor}", "value": "x"},
        ),
        Case(
            f"POST {H}/mappings",
            400,
            "You must specify a value for a field mapping.",
            {"cost": 1, "field_id": "{flavor}"},
        ),
        Case(
            f"POST {H}/mappings",
            400,
            "You can't specify a value and a service_id.",
            {"cost": 1, "service_id": "{cpu}", "value": "x"},
        ),
        Case(
            f"POST {H}/mappings",
            400,
            "Invalid input for field/attribute start. Value: '5'. unable to convert to datetime. Error: it is not text",
            {"cost": 1, "service_id": "{cpu}", "start": 5},
        ),
        Case(f"POST {H}/mappings", 400, PAST, {"cost": 1, "service_id": "{cpu}", "start": "2014-01-01"}),
        Case(f"POST {H}/mappings?force=no", 400, PAST, {"cost": 1, "service_id": "{cpu}", "start": "2014-01-01"}),
        Case(
            f"POST {H}/mappings?force=true",
            409,
            "Mapping '' already exists for service '{cpu}', tenant: 'None'",
            {"cost": 1, "service_id": "{cpu}", "start": "2014-01-01"},
        ),
        Case(
            f"POST {H}/mappings?force=true",
            201,
            body={"cost": 1, "service_id": "{cpu}", "start": "2014-01-01", "end": "2014-01-02"},
        ),
        Case(f"POST {H}/mappings", 201, body={"cost": 1, "service_id": "{cpu}", "tenant_id": "t", "end": NEVER}),
        Case(
            f"POST {H}/mappings",
            201,
            body={"cost": 1, "service_id": "{cpu}", "tenant_id": "t", "start": "3000-01-01T00:00:00+02:00"},
        ),
        Case(
            f"POST {H}/mappings",
            400,
            "No such group: None (UUID: {missing})",
            {"cost": 1, "service_id": "{cpu}", "group_id": "{missing}"},
        ),
        Case(f"POST {H}/mappings?foo=1", 400, 'Unknown argument: "foo"', {"cost": 1, "service_id": "{cpu}"}),
        Case(f"PUT {H}/mappings/42", 404, "No such mapping: 42", {"cost": 1}),
        Case(f"PUT {H}/mappings/42", 400, MANDATORY.format("cost"), {}),
        Case(f"PUT {H}/mappings", 400, 'Missing argument: "mapping_id"', {"cost": 1}),
        Case(f"PUT {H}/mappings/{{fut}}", 400, "Unknown attribute for argument mapping: x", {"cost": 1, "x": 1}),
        Case(f"PUT {H}/mappings/{{fut}}", 302, body={"cost": 3}),
        Case(f"PUT {H}/mappings/", 302, body={"cost": 3, "mapping_id": "{fut}"}),
        Case(f"PUT {H}/mappings/{{run}}", 400, RUNNING, {"cost": 3}),
        Case(f"PUT {H}/mappings/{{run}}", 302, body={**RUN, "end": NEVER}),
        Case(f"DELETE {H}/mappings/42", 404, "No such mapping: 42"),
        Case(f"DELETE {H}/mappings/", 400, 'Missing argument: "mapping_id"'),
        Case(f"DELETE {H}/mappings/", 204, body={"mapping_id": "{run}"}),
    ]
)
def test_mappings(rating: TestClient, ids: dict[str, str], case: Case) -> None:
    case.check(rating, ids)


@run(
    [
        Case(f"GET {H}/thresholds", 400, "You must specify either service_uuid, field_uuid or group_uuid."),
        Case(f"GET {H}/thresholds?service_id={{cpu}}", 200, answer={"thresholds": [THRESHOLD]}),
        Case(f"GET {H}/thresholds?service_id={{cpu}}&filter_tenant=true", 200, answer={"thresholds": []}),
        Case(f"GET {H}/thresholds?group_id={{group}}", 200, answer={"thresholds": []}),
        Case(f"GET {H}/thresholds/{{thr}}", 200, answer=THRESHOLD),
        Case(f"GET {H}/thresholds/bad", 404, "No such threshold: bad"),
        Case(f"GET {H}/thresholds/{{thr}}/group", 404, "Threshold has no group (UUID: {thr})"),
        Case(f"POST {H}/thresholds", 400, MANDATORY.format("level"), {"service_id": "{cpu}", "cost": 1}),
        Case(
            f"POST {H}/thresholds", 400, NUMBER.format("level", "x"), {"service_id": "{cpu}", "cost": 1, "level": "x"}
        ),
        Case(f"POST {H}/thresholds", 400, "You must specify one parent.", {"cost": 1, "level": 1}),
        Case(
            f"POST {H}/thresholds",
            409,
            "Threshold '10' already exists for service '{cpu}', tenant: 't1'",
            {"service_id": "{cpu}", "level": "10.0", "cost": 1, "tenant_id": "t1"},
        ),
        Case(f"PUT {H}/thresholds/bad", 404, "No such threshold: bad", {"level": 1, "cost": 1}),
        Case(f"PUT {H}/thresholds/{{thr}}", 302, body={"level": 1, "cost": 1, "type": "rate"}),
        Case(f"PUT {H}/thresholds/", 302, body={**THRESHOLD, "cost": "0.3"}),
        Case(f"DELETE {H}/thresholds/bad", 404, "No such threshold: bad"),
        Case(f"DELETE {H}/thresholds/{{thr}}", 204),
        Case(f"DELETE {H}/thresholds/", 204, body={"threshold_id": "{thr}"}),
    ]
)
def test_thresholds(rating: TestClient, ids: dict[str, str], case: Case) -> None:
    case.check(rating, ids)


@run(
    [
        Case(
            f"POST {H}/services", 415, "Unknown mimetype: text/plain", "name=x", headers={"content-type": "text/plain"}
        ),
        Case(
            f"POST {H}/services",
            400,
            'Unknown argument: "name"',
            "name=x",
            headers={"content-type": "application/x-www-form-urlencoded"},
        ),
        Case(f"GET {H}/services", 406, headers={"accept": "text/html"}),
        Case(f"GET {H}/services", 200, headers={"accept": "text/html, */*;q=0.1"}),
        *(
            Case(f"GET {path}", 405)
            for path in (H, f"{H}/nothing", "/rating/module_config/nothing", "/rating", "/info")
        ),
        Case(f"PUT {H}/services/{{cpu}}", 405, body={"name": "x"}),
        Case(f"PATCH {H}/services", 405, body={"name": "x"}),
        Case(f"HEAD {H}/services", 405),
        Case(f"OPTIONS {H}/services", 200),
    ]
)
def test_conventions(rating: TestClient, ids: dict[str, str], case: Case) -> None:
    response = case.check(rating, ids)
    if case.status in (405, 406):
        assert response.headers["content-type"].startswith("text/html")


def test_a_change_is_moved_to_what_it_changed(rating: TestClient, ids: dict[str, str]) -> None:
    for path, body in (
        (f"{H}/mappings/{{fut}}", {"cost": 3}),
        (f"{H}/mappings/", {"cost": 3, "mapping_id": "{fut}"}),
        (f"{H}/thresholds/{{thr}}", {"cost": 3, "level": 1}),
    ):
        response = rating.put(filled(f"v1{path}", ids), json=filled(body, ids), follow_redirects=False)
        assert (response.status_code, response.content) == (302, b"")
        shown = rating.get(response.headers["location"]).json()
        assert shown["cost"] == "3.0000000000000000000000000000"


def test_days_end_a_second_before_midnight(rating: TestClient, ids: dict[str, str]) -> None:
    body = {"cost": 1, "service_id": ids["cpu"], "start": "2999-01-01", "end": "3000-01-01", "tenant_id": "t"}
    shown = rating.post(f"v1{H}/mappings", json=body).json()
    assert (shown["start"], shown["end"]) == ("2999-01-01T00:00:00", "3000-01-01T23:59:59")


def test_a_deleted_mapping_can_be_looked_up(rating: TestClient, ids: dict[str, str]) -> None:
    path = f"v1{H}/mappings/{ids['run']}"
    headers = {"x-user-id": "u7"}
    assert rating.delete(path, headers=headers).status_code == 204
    shown = rating.get(path).json()
    assert (shown["deleted"], shown["deleted_by"]) == ("2026-11-21T12:00:00", "u7")
    assert rating.delete(path).status_code == 404
    assert ids["run"] in {one["mapping_id"] for one in rating.get(f"v1{H}/mappings?deleted=true").json()["mappings"]}


def test_an_exact_level_is_shown_whole(rating: TestClient, ids: dict[str, str]) -> None:
    body = {"service_id": ids["cpu"], "level": "0.123456789", "cost": 1}
    assert rating.post(f"v1{H}/thresholds", json=body).json()["level"] == "0.123456789"
