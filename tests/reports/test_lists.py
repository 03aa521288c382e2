"""Tags, organizational units and pickers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tallystick.access import Access
from tallystick.errors import NotFoundError, QueryError
from tallystick.reports.denial import AccessError
from tallystick.reports.pickers import picker_counts
from tallystick.reports.service import resource_types, tags
from tallystick.reports.tags import organizations

DAY = date(2026, 11, 20)
ONE_ACCOUNT = Access(grants=(("aws.account", "read", frozenset({"200"})),))


@pytest.fixture
def session(bill: Any) -> Any:
    bill.charge(DAY, 1, {"app": "web", "Name": "n1"}, sub_account_name="Shop", region_id="eu-1")
    bill.charge(DAY, 1, {"app": "batch"}, sub_account_id="200", region_id="us-1")
    bill.charge(DAY, 1, {"app": "web-old"}, sub_account_id="200")
    bill.charge(DAY, 1, {"other": "x"}, provider_name="Microsoft")
    bill.charge(date(2026, 9, 1), 1, {"old": "x"})
    for number in range(53):
        bill.charge(DAY, 1, {"many": f"v{number:02}"}, sub_account_id="300")
    instance = {"x_product_family": "Compute Instance", "resource_id": "i-1", "x_operating_system": "Linux"}
    bill.charge(DAY, 1, {"Name": "n1"}, **instance)
    return bill.session()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("key_only=true", ["Name", "app", "many"]),
        ("key_only=true&filter[key]=A", ["Name", "app", "many"]),
        ("key_only=true&filter[key]=ap", ["app"]),
        ("key_only=true&filter[account]=200", ["app"]),
        ("key_only=true&exclude[account]=300", ["Name", "app"]),
        ("key_only=true&filter[time_scope_value]=-3", ["old"]),
        ("key_only=true&start_date=2026-09-01&end_date=2026-09-02", ["old"]),
        ("key_only=true&filter[enabled]=false", []),
        ("key_only=true&limit=1&offset=1", ["app"]),
        ("filter[key]=app", [{"key": "app", "values": ["batch", "web", "web-old"], "enabled": True}]),
    ],
)
def test_tag_keys(session: Any, context: Any, parse: Any, query: str, expected: list[Any]) -> None:
    assert tags(session, "aws", parse(query), context)["data"] == expected


def test_a_key_shows_fifty_values(session: Any, context: Any, parse: Any) -> None:
    [many] = tags(session, "aws", parse("filter[key]=many"), context)["data"]  # type: ignore[misc]
    assert (len(many["values"]), many["values"][49:]) == (51, ["v49", "3 more..."])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["batch", "web", "web-old"]),
        ("filter[value]=B", ["batch", "web", "web-old"]),
        ("filter[value]=w", ["web", "web-old"]),
        ("limit=1&offset=2", ["web-old"]),
        ("filter[account]=100", ["web"]),
    ],
)
def test_values_of_a_key(session: Any, context: Any, parse: Any, query: str, expected: list[str]) -> None:
    assert tags(session, "aws", parse(query), context, "app")["data"] == expected


@pytest.mark.parametrize(
    ("key", "query", "error"),
    [
        ("nope", "", NotFoundError),
        ("app", "key_only=true", QueryError),
        (None, "filter[value]=x", QueryError),
        (None, "foo=1", QueryError),
        (None, "limit=0", QueryError),
        (None, "key_only=perhaps", QueryError),
        (None, "group_by[account]=*", QueryError),
    ],
)
def test_wrong_tag_questions(
    session: Any, context: Any, parse: Any, key: str | None, query: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        tags(session, "aws", parse(query), context, key)


def test_focus_tags_are_those_of_every_provider(session: Any, context: Any, parse: Any) -> None:
    data = tags(session, "focus", parse("key_only=true&start_date=2026-01-01&end_date=2026-12-31"), context)["data"]
    assert data == ["Name", "app", "many", "old", "other"]


def test_access_narrows_tags_and_shows_in_meta(session: Any, context: Any, parse: Any) -> None:
    restricted = replace(context, access=ONE_ACCOUNT)
    body: Any = tags(session, "aws", parse("key_only=true"), restricted)
    assert (body["data"], body["meta"]["access"]) == (["app"], {"account": ["200"]})
    with pytest.raises(AccessError):
        tags(session, "aws", parse("filter[account]=100"), restricted)


def test_without_a_tree_there_are_no_organizational_units(context: Any, parse: Any) -> None:
    body: Any = organizations(parse("filter[or:org_unit_id]=R_1&key_only=true"), context)
    assert (body["data"], body["meta"]["count"], body["meta"]["filter"]["or:org_unit_id"]) == ([], 0, ["R_1"])
    with pytest.raises(QueryError):
        organizations(parse("filter[account]=1"), context)


@pytest.mark.parametrize(
    ("kind", "query", "expected"),
    [
        (
            "aws-accounts",
            "",
            [
                {"account_alias": "Shop", "value": "100"},
                {"account_alias": "200", "value": "200"},
                {"account_alias": "300", "value": "300"},
            ],
        ),
        ("aws-accounts", "search=sho", [{"account_alias": "Shop", "value": "100"}]),
        ("aws-accounts", "limit=1", [{"account_alias": "Shop", "value": "100"}]),
        ("aws-accounts", "openshift=true", []),
        ("aws-regions", "", [{"value": "eu-1"}, {"value": "us-1"}]),
        ("aws-services", "search=ec2", [{"value": "AmazonEC2"}]),
        ("aws-organizational-units", "", []),
        ("aws-ec2-compute-instances", "search=N1", [{"instance_name": "n1", "value": "i-1"}]),
        ("aws-ec2-compute-os", "", [{"value": "Linux"}]),
        ("aws-categories", "key_only=true", []),
    ],
)
def test_pickers(session: Any, context: Any, parse: Any, kind: str, query: str, expected: list[Any]) -> None:
    assert resource_types(session, kind, parse(query), context)["data"] == expected


def test_categories(bill: Any, context: Any, parse: Any) -> None:
    bill.charge(DAY, 1, {"env": "prod"})
    bill.sets = {name: row | {"kind": "category"} for name, row in bill.sets.items()}
    session = bill.session()
    found = resource_types(session, "aws-categories", parse("key=ENV"), context)["data"]
    assert found == [{"key": "env", "values": ["prod"], "enabled": "True"}]


@pytest.mark.parametrize("parameter", ["offset", "ordering", "value"])
def test_pickers_refuse_other_parameters(session: Any, context: Any, parse: Any, parameter: str) -> None:
    with pytest.raises(QueryError) as refused:
        resource_types(session, "aws-accounts", parse(f"{parameter}=1"), context)
    assert refused.value.body == {parameter: [["Unsupported parameter or invalid value"]]}


@pytest.mark.parametrize("limit", ["0", "20001", "x"])
def test_pickers_refuse_other_limits(session: Any, context: Any, parse: Any, limit: str) -> None:
    with pytest.raises(QueryError):
        resource_types(session, "aws-accounts", parse(f"limit={limit}"), context)


def test_pickers_show_what_may_be_seen(session: Any, context: Any, parse: Any) -> None:
    restricted = replace(context, access=ONE_ACCOUNT)
    assert resource_types(session, "aws-regions", [], restricted)["data"] == [{"value": "us-1"}]
    assert picker_counts(session, restricted)["aws-accounts"] == 1
    with pytest.raises(NotFoundError):
        resource_types(session, "aws-nothing", [], context)
