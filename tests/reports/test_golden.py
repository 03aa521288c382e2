"""The shape of our answers beside real answers of the reference to the same requests: keys, their order, and types."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

import ledgers
from tallystick.reports.render import to_json
from tallystick.reports.service import forecast, report, tags

ANSWERS = Path(__file__).parent / "answers"
BASE = "/api/cost-management/v1/"


def recorded() -> list[tuple[str, str, Any]]:
    """(name, request, response) of each recorded answer."""
    documents = [json.loads(path.read_text()) for path in sorted(ANSWERS.glob("*.json"))]
    return [(document["request"].partition(" ")[2], document["response"]) for document in documents]


def form(thing: Any) -> Any:
    """What a document is made of: keys in order, types, and the form of the first item of each list."""
    if isinstance(thing, dict):
        return [(key, form(value)) for key, value in thing.items()]
    if isinstance(thing, list):
        return [form(thing[0])] if thing else []
    if isinstance(thing, bool) or thing is None or isinstance(thing, str):
        return type(thing).__name__
    return "number"


@pytest.fixture
def company(bill: Any) -> Any:
    """Two months of a company."""
    return ledgers.company(bill)


@pytest.mark.parametrize(("request_line", "expected"), recorded(), ids=lambda value: str(value)[:90])
def test_same_form_as_the_reference(company: Any, context: Any, request_line: str, expected: Any) -> None:
    address = urlsplit(request_line)
    query = parse_qsl(address.query, keep_blank_values=True)
    family, _, name = address.path.removeprefix(BASE).strip("/").partition("/")
    asked = replace(context, base_path=address.path)
    if family == "tags":
        body = tags(company, "aws", query, asked)
    elif family == "forecasts":
        body = forecast(company, name, query, asked)
    else:
        body = report(company, name, query, asked).body
    answered = json.loads(to_json(body))
    assert form(answered["meta"]) == form(expected["meta"])
    assert form(answered["data"]) == form(expected["data"])
    assert answered["links"].keys() == expected["links"].keys()
    assert answered["links"]["first"] == expected["links"]["first"]
    for key in ("filter", "group_by", "order_by", "exclude", "limit", "offset"):
        assert answered["meta"].get(key) == expected["meta"].get(key)
