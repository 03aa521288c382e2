"""Version 1: rating scripts, request by request."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.cloudkitty.v1_tables import Case

P = "/rating/module_config/pyscripts"
NEVER, ELEVEN = "3000-01-01T00:00:00", "2026-11-21T11:00:00"
MANDATORY = "Invalid input for field/attribute {0}. Value: 'None'. Mandatory field missing."
PAST = "Cannot create a rule with start in the past. start=[2014-01-01 00:00:00] current time=[2026-11-21 12:00:00]."
RUNNING = (
    "You are allowed to update only the attribute [end] as this rule is already running as it started on"
    " [2026-11-21 11:00:00]"
)
NONE = "No such script: None (UUID: {0})"
CHECKSUM = (
    "4c612e33c0e40b7bf53cf95fad47dbfbeab9dd62f9bc181a9d1c6f40a0877822"
    "23c23f793e747b0466b9e6998c6ea54f4edbd20febd13edb13b55074b5ee1a5a"
)


@pytest.fixture
def ids(rating: TestClient) -> dict[str, str]:
    """A script that runs, one that will, one that was deleted."""
    found = {}
    for name, start in (("run", ELEVEN), ("fut", NEVER), ("old", ELEVEN)):
        body = {"name": name, "data": "a = 0", "start": start}
        response = rating.post(f"v1{P}/scripts?force=true", json=body)
        assert response.status_code == 201, response.text
        found[name] = response.json()["script_id"]
        assert response.headers["location"] == f"http://localhost:8000/rating/v1{P}/scripts/{found[name]}"
    assert rating.delete(f"v1{P}/scripts/{found['old']}").status_code == 204
    return found


def shown(name: str, **values: Any) -> dict[str, Any]:
    return {
        "script_id": f"{{{name}}}",
        "name": name,
        "data": "a = 0",
        "checksum": CHECKSUM,
        "created_at": "2026-11-21T12:00:00",
        "start": NEVER if name == "fut" else ELEVEN,
        "end": None,
        "description": None,
        "deleted": None,
        "created_by": "unknown",
        "updated_by": None,
        "deleted_by": None,
        **values,
    }


RUN, FUT = shown("run"), shown("fut")
OLD = shown("old", deleted="2026-11-21T12:00:00", deleted_by="unknown")


def run(cases: list[Case]) -> Any:
    return pytest.mark.parametrize("case", cases, ids=str)


@run(
    [
        Case(f"GET {P}/scripts/{{run}}", 200, answer=RUN),
        Case(f"GET {P}/scripts/{{run}}/", 200, answer=RUN),
        Case(f"GET {P}/scripts/{{old}}", 404, NONE.format("{old}")),
        Case(f"GET {P}/scripts/42", 404, NONE.format(42)),
        Case(f"GET {P}/scripts?is_active=true", 200, answer={"scripts": [RUN]}),
        Case(f"GET {P}/scripts?start={NEVER}", 200, answer={"scripts": [FUT]}),
        Case(f"GET {P}/scripts", 200, body={"description": "no"}, answer={"scripts": []}),
        Case(f"GET {P}/scripts?created_by=me", 200, answer={"scripts": []}),
        Case(f"GET {P}/scripts?x=1", 400, 'Unknown argument: "x"'),
        Case(f"GET {P}/script", 405),
        Case(f"GET {P}", 405),
        Case(f"POST {P}/scripts", 400, 'Missing argument: "script_data"'),
        Case(f"POST {P}/scripts", 400, MANDATORY.format("name"), {"data": "a = 0"}),
        Case(f"POST {P}/scripts", 400, MANDATORY.format("data"), {"name": "n"}),
        Case(f"POST {P}/scripts", 400, "Unknown attribute for argument script_data: x", {"name": "n", "x": 1}),
        Case(f"POST {P}/scripts", 409, "Script run already exists (UUID: {run})", {"name": "run", "data": ""}),
        Case(f"POST {P}/scripts", 400, PAST, {"name": "n", "data": "", "start": "2014-01-01"}),
        Case(
            f"POST {P}/scripts",
            400,
            "Script n cannot be compiled: line 2: SyntaxError: invalid syntax (<script n>, line 2)",
            {"name": "n", "data": "a = 1\nif:\n"},
        ),
        Case(f"POST {P}/scripts", 201, body={"name": "old", "data": "a = 0"}),
        Case(f"PUT {P}/scripts/42", 404, NONE.format(42), {"name": "n", "data": "a = 1"}),
        Case(f"PUT {P}/scripts/{{old}}", 404, NONE.format("{old}"), {"name": "old"}),
        Case(f"PUT {P}/scripts/{{run}}", 400, MANDATORY.format("name"), {"end": NEVER}),
        Case(f"PUT {P}/scripts/{{run}}", 400, RUNNING, {"name": "run", "data": "a = 1"}),
        Case(
            f"PUT {P}/scripts/{{run}}",
            201,
            body={**RUN, "end": "3000-01-01"},
            answer={**RUN, "end": "3000-01-01T23:59:59", "updated_by": "unknown"},
        ),
        Case(
            f"PUT {P}/scripts/{{fut}}",
            201,
            body={"name": "other", "description": "d"},
            answer={**FUT, "description": "d", "updated_by": "unknown"},
        ),
        Case(f"DELETE {P}/scripts/42", 404, NONE.format(42)),
        Case(f"DELETE {P}/scripts/{{old}}", 404, NONE.format("{old}")),
        Case(f"DELETE {P}/scripts", 204, body={"script_id": "{run}"}),
    ]
)
def test_requests(rating: TestClient, ids: dict[str, str], case: Case) -> None:
    case.check(rating, ids)


def test_lists(rating: TestClient, ids: dict[str, str]) -> None:
    def listed(query: str) -> dict[str, dict[str, Any]]:
        scripts = Case(f"GET {P}/scripts{query}", 200).check(rating, ids).json()["scripts"]
        return {script["name"]: script for script in scripts}

    assert listed("").keys() == {"run", "fut"}
    assert listed("?deleted=true")["old"] == {**OLD, "script_id": ids["old"]}
    assert all("data" not in script for script in listed("?no_data=true").values())
    assert listed("?no_data=true")["run"]["checksum"] == CHECKSUM


def test_a_change_names_its_object(rating: TestClient, ids: dict[str, str]) -> None:
    response = rating.put(f"v1{P}/scripts/{ids['run']}", json={"name": "run", "end": NEVER})
    assert response.headers["location"] == f"http://localhost:8000/rating/v1{P}/scripts/{ids['run']}"


def test_the_module_is_there_whatever_is_sent(rating: TestClient) -> None:
    assert rating.post(f"v1{P}/scripts", json={"name": "n", "data": "if:"}).status_code == 400
    modules = [module["module_id"] for module in rating.get("v1/rating/modules").json()["modules"]]
    assert "pyscripts" in modules
