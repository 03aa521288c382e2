"""The description of the API: complete enough to make a client's types from."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

UI = Path(__file__).parents[2] / "ui"
KOKU = "/api/cost-management/v1"


@pytest.fixture
def document(owner: TestClient) -> dict[str, Any]:
    """The document as a client gets it."""
    response = owner.get(f"{KOKU}/openapi.json")
    assert response.headers["etag"]
    body = response.json()
    assert isinstance(body, dict)
    return body


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for reference in re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)):
        assert reference in schemas


def test_every_answer_has_a_shape(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        answer = operations.get("get", {}).get("responses", {}).get("200")
        if answer is not None:
            assert answer["content"]["application/json"]["schema"], path


def test_money_is_a_number(document: dict[str, Any]) -> None:
    assert document["components"]["schemas"]["Amount"]["properties"]["value"]["type"] == "number"


def test_operation_ids_are_unique(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids))


def test_reports_say_their_parameters(document: dict[str, Any]) -> None:
    for name in ("aws/costs", "focus/costs"):
        parameters = document["paths"][f"{KOKU}/reports/{name}/"]["get"]["parameters"]
        assert {"filter", "group_by", "order_by", "start_date", "currency", "limit"} <= {
            parameter["name"] for parameter in parameters
        }


def test_the_web_page_was_made_for_this_description() -> None:
    """``npm run openapi`` in ``ui/`` writes it anew, and the types that the page is checked with."""
    described = subprocess.run([sys.executable, UI / "scripts" / "openapi.py"], capture_output=True, check=True)
    assert json.loads(described.stdout) == json.loads((UI / "openapi.json").read_text())
