"""The same grammar over FOCUS columns and every provider, and what may be asked at all."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tallystick.errors import NotFoundError
from tallystick.reports.catalogue import REPORTS, terms_of
from tallystick.reports.focus import FOCUS, focus_name

DAY = date(2026, 11, 20)
MONTH = "filter[time_scope_value]=-1"


@pytest.fixture
def session(bill: Any) -> Any:
    bill.charge(DAY, 1, {"team": "a"}, service_name="Compute", resource_id="r1", charge_category="Usage")
    bill.charge(
        DAY,
        2,
        {"team": "b"},
        service_name="Storage",
        provider_name="Microsoft",
        resource_id="r2",
        pricing_currency="CREDITS",
    )
    bill.charge(date(2020, 1, 1), 4, None, service_name="Old")
    return bill.session()


@pytest.mark.parametrize(
    ("query", "name", "expected"),
    [
        ("group_by[ServiceName]=*", "ServiceName", [("Storage", 2), ("Compute", 1)]),
        ("group_by[ProviderName]=*", "ProviderName", [("Microsoft", 2), ("AWS", 1)]),
        ("group_by[ResourceId]=*&filter[limit]=1", "ResourceId", [("r2", 2), ("Other", 1)]),
        ("group_by[ChargeCategory]=*", "ChargeCategory", [("No-ChargeCategory", 2), ("Usage", 1)]),
        ("group_by[x_service_code]=*", "x_service_code", [("AmazonEC2", 3)]),
        ("group_by[tag:team]=*&filter[ProviderName]=aws", "team", [("a", 1)]),
        ("group_by[BillingPeriodStart]=*", "BillingPeriodStart", [("2026-11-01T00:00:00Z", 3)]),
        ("group_by[BillingPeriodEnd]=*", "BillingPeriodEnd", [("2026-12-01T00:00:00Z", 3)]),
        ("group_by[ServiceName]=*&filter[BillingPeriodStart]=2026-11", "ServiceName", [("Storage", 2), ("Compute", 1)]),
        ("group_by[ServiceName]=*&filter[BillingPeriodEnd]=2026-11", "ServiceName", []),
        ("group_by[PricingCurrency]=*", "PricingCurrency", [("CREDITS", 2), ("No-PricingCurrency", 1)]),
        ("group_by[ServiceName]=*&order_by[ServiceName]=asc", "ServiceName", [("Compute", 1), ("Storage", 2)]),
    ],
)
def test_groups(session: Any, ask: Any, leaves: Any, query: str, name: str, expected: list[tuple[str, int]]) -> None:
    body = ask(session, f"{MONTH}&{query}", "focus/costs")
    assert [(row[name], row["cost"]["total"]["value"]) for row in leaves(body)] == expected
    assert f"{name}s" in body["data"][0]
    assert body["meta"]["cost_type"] == "billed_cost"


def test_four_groups_and_any_date(session: Any, ask: Any) -> None:
    groups = "&".join(f"group_by[{name}]=*" for name in ("ProviderName", "ServiceName", "ResourceId", "tag:team"))
    body = ask(session, f"start_date=2020-01-01&end_date=2020-01-31&filter[resolution]=monthly&{groups}", "focus/costs")
    [month] = body["data"]
    assert month["ProviderNames"][0]["ServiceNames"][0]["ResourceIds"][0]["teams"][0]["team"] == "No-team"


@pytest.mark.parametrize(
    ("column", "name"),
    [("sub_account_id", "SubAccountId"), ("sku_id", "SkuId"), ("x_operation", "x_operation")],
)
def test_names(column: str, name: str) -> None:
    assert focus_name(column) == name
    assert FOCUS.terms[name].columns == (column,)


@pytest.mark.parametrize("family", ["aws", "focus"])
def test_terms(family: str) -> None:
    terms = terms_of(family)
    assert all(term.title for term in (*terms.group_by, *terms.filters))
    assert terms.default_measure in {measure.key for measure in terms.measures}
    assert not {term.key for term in terms.group_by} & {"org_unit_id", "storage_type"}


def test_unknown_family() -> None:
    with pytest.raises(NotFoundError):
        terms_of("nothing")


@pytest.mark.parametrize("report", REPORTS.values(), ids=lambda report: report.name)
def test_every_name_of_a_report_is_a_term(report: Any) -> None:
    assert set(report.filters) | set(report.groups) <= report.family.terms.keys()
    assert report.default_order in report.orders
