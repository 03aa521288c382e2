"""The shape of our answers beside real answers of the reference to the same requests: keys, their order, and types."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

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
    """Two months of two sources, three accounts, a few services, tags and instances."""
    for offset in range(52):
        day = date(2026, 10, 1) + timedelta(days=offset)
        for account in ("100", "200", "300"):
            source = f"source-{offset % 2 + 1}"
            common: dict[str, Any] = {"sub_account_id": account, "x_source_id": source, "region_id": f"r-{account}"}
            bill.charge(
                day,
                Decimal(offset * 7 % 11 + int(account)) / 8,
                {"app": f"app{account}", "Name": f"inst-{account}"},
                **common,
                resource_id=f"i-{account}",
                x_instance_type=f"m5.{account}",
                x_operating_system="Linux",
                x_vcpu="4",
                x_memory="16 GiB",
                x_product_family="Compute Instance",
                pricing_unit="Hrs",
                x_usage_quantity=Decimal(24),
            )
            storage: dict[str, Any] = {"x_product_family": "Storage", "pricing_unit": "GB-Mo"}
            bill.charge(
                day, 3, {"app": "files"}, **common, **storage, x_service_code="AmazonS3", x_usage_quantity=Decimal(8)
            )
            bill.charge(day, 1, None, **common, x_service_code="AmazonRDS")
    return bill.session()


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
