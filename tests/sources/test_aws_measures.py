"""Every line item type, worked by hand (input-formats 3.4, koku-processing 2.1.6 and E11)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from sources.delivered import Row, aws_row

PLAN = {"SavingsPlanARN": "arn:plan"}
RESERVED = {"ReservationARN": "arn:ri"}
CASES = {
    # type and cells: unblended, billed, effective, list, contracted, calculated amortized, savings plan effective
    "usage": (aws_row(), "1.5 1.5 1.5 2 1.5 1.5 0"),
    "usage without a list price": (aws_row(publicOnDemandCost=""), "1.5 1.5 1.5 1.5 1.5 1.5 0"),
    "reserved usage": (
        aws_row(LineItemType="DiscountedUsage", UnblendedCost="0", EffectiveCost="0.9", **RESERVED),
        "0 0 0.9 2 2 0 0",
    ),
    "reservation fee, a part of it unused": (
        aws_row(
            LineItemType="RIFee",
            UnblendedCost="30",
            publicOnDemandCost="",
            UnusedAmortizedUpfrontFeeForBillingPeriod="0.5",
            UnusedRecurringFee="1.25",
            **RESERVED,
        ),
        "30 30 1.75 30 30 30 0",
    ),
    "reservation fee, all used": (
        aws_row(LineItemType="RIFee", UnblendedCost="30", publicOnDemandCost="", **RESERVED),
        "30 30 0 30 30 30 0",
    ),
    "reservation upfront": (
        aws_row(LineItemType="Fee", UnblendedCost="100", publicOnDemandCost="", **RESERVED),
        "100 100 0 100 100 100 0",
    ),
    "support fee": (
        aws_row(LineItemType="Fee", UnblendedCost="100", publicOnDemandCost=""),
        "100 100 100 100 100 100 0",
    ),
    "plan usage": (
        aws_row(LineItemType="SavingsPlanCoveredUsage", UnblendedCost="2", SavingsPlanEffectiveCost="1.4", **PLAN),
        "2 0 1.4 2 2 1.4 1.4",
    ),
    "plan negation": (
        aws_row(LineItemType="SavingsPlanNegation", UnblendedCost="-2", publicOnDemandCost="2", **PLAN),
        "-2 0 0 0 0 0 0",
    ),
    "plan hourly commitment": (
        aws_row(
            LineItemType="SavingsPlanRecurringFee",
            UnblendedCost="1.5",
            publicOnDemandCost="",
            TotalCommitmentToDate="1.5",
            UsedCommitment="1.4",
            **PLAN,
        ),
        "1.5 1.5 0.1 1.5 1.5 0 0",
    ),
    "plan upfront": (
        aws_row(LineItemType="SavingsPlanUpfrontFee", UnblendedCost="500", publicOnDemandCost="", **PLAN),
        "500 500 0 500 500 0 0",
    ),
    "tax": (aws_row(LineItemType="Tax", UnblendedCost="0.5", publicOnDemandCost=""), "0.5 0.5 0.5 0.5 0.5 0.5 0"),
    **{
        type: (
            aws_row(LineItemType=type, UnblendedCost="-0.2", publicOnDemandCost=""),
            "-0.2 -0.2 -0.2 -0.2 -0.2 -0.2 0",
        )
        for type in (
            "Credit",
            "Refund",
            "BundledDiscount",
            "Discount",
            "EdpDiscount",
            "PrivateRateDiscount",
            "RiVolumeDiscount",
            "SppDiscount",
        )
    },
}
MEASURES = (
    "x_unblended_cost",
    "billed_cost",
    "effective_cost",
    "list_cost",
    "contracted_cost",
    "x_calculated_amortized_cost",
    "x_savingsplan_effective_cost",
)


@pytest.mark.parametrize("case", CASES)
def test_cost_measures(case: str, aws: Callable[..., list[Row]]) -> None:
    delivered, expected = CASES[case]
    (row,) = aws(delivered)
    assert {name: row[name] for name in MEASURES} == dict(
        zip(MEASURES, (Decimal(cell) for cell in expected.split()), strict=True)
    )
    assert row["_problems"] is None


TERMS = {
    "Usage": "Usage Usage-Based Standard",
    "DiscountedUsage": "Usage Usage-Based Committed",
    "SavingsPlanCoveredUsage": "Usage Usage-Based Committed",
    "SavingsPlanNegation": "Usage Usage-Based Standard",
    "RIFee": "Purchase Recurring Standard",
    "Fee": "Purchase One-Time Standard",
    "SavingsPlanRecurringFee": "Purchase Recurring Standard",
    "SavingsPlanUpfrontFee": "Purchase One-Time Standard",
    "Tax": "Tax Usage-Based None",
    "Credit": "Credit One-Time Standard",
    "Refund": "Credit One-Time Standard",
    "EdpDiscount": "Credit Usage-Based Standard",
}


@pytest.mark.parametrize("type", TERMS)
def test_focus_terms(type: str, aws: Callable[..., list[Row]]) -> None:
    (row,) = aws(aws_row(LineItemType=type))
    assert f"{row['charge_category']} {row['charge_frequency']} {row['pricing_category']}" == TERMS[type]


def test_quantities_leave_negations_and_taxes_out(aws: Callable[..., list[Row]]) -> None:
    rows = aws(aws_row(), aws_row(LineItemType="SavingsPlanNegation"), aws_row(LineItemType="Tax"))
    quantities = [(row["x_usage_quantity"], row["pricing_quantity"], row["consumed_quantity"]) for row in rows]
    assert quantities == [(2, 2, 2), (0, None, None), (2, None, None)]
    assert [row["consumed_unit"] for row in rows] == ["Hrs", None, None]


def test_commitments_are_named_on_the_lines_they_cover(aws: Callable[..., list[Row]]) -> None:
    plan, reserved, fee = aws(
        aws_row(LineItemType="SavingsPlanCoveredUsage", SavingsPlanEffectiveCost="1.4", **PLAN),
        aws_row(LineItemType="DiscountedUsage", **RESERVED),
        aws_row(LineItemType="RIFee", **RESERVED),
    )
    columns = ("id", "category", "type", "status", "quantity", "unit")
    facts = [tuple(row[f"commitment_discount_{column}"] for column in columns) for row in (plan, reserved, fee)]
    assert facts == [
        ("arn:plan", "Spend", "Savings Plan", "Used", Decimal("1.4"), "USD"),
        ("arn:ri", "Usage", "Reserved Instance", "Used", 2, "Hrs"),
        ("arn:ri", "Usage", "Reserved Instance", None, None, None),
    ]


def test_a_report_without_plan_and_reservation_columns_has_no_amortized_view(aws: Callable[..., list[Row]]) -> None:
    kept = [name for name in aws_row() if not name.startswith(("reservation/", "savingsPlan/"))]
    types = ("SavingsPlanCoveredUsage", "SavingsPlanNegation", "RIFee", "Fee")
    rows = aws(*({name: aws_row(LineItemType=type)[name] for name in kept} for type in types))
    assert [row["effective_cost"] for row in rows] == [Decimal("1.5")] * 4
    assert [row["x_savingsplan_effective_cost"] for row in rows] == [None] * 4


def test_net_cost_where_the_account_has_one(aws: Callable[..., list[Row]]) -> None:
    net, gross = aws(aws_row(**{"lineItem/NetUnblendedCost": "1.1"}), aws_row(**{"lineItem/NetUnblendedCost": ""}))
    assert (net["x_net_unblended_cost"], gross["x_net_unblended_cost"]) == (Decimal("1.1"), Decimal("1.5"))


def test_an_older_refund_is_a_correction(aws: Callable[..., list[Row]]) -> None:
    older, same = aws(
        aws_row(LineItemType="Refund", UsageStartDate="2026-07-31T23:00:00Z"), aws_row(LineItemType="Refund")
    )
    assert (older["charge_class"], same["charge_class"]) == ("Correction", None)


def test_marketplace_services_show_the_product_name(aws: Callable[..., list[Row]]) -> None:
    market = {"BillingEntity": "AWS Marketplace", "ProductCode": "8ab3ce", "product/ProductName": "Beacon"}
    named, nameless = aws(aws_row(**market), aws_row(**market | {"product/ProductName": ""}))
    assert (named["x_service_code"], nameless["x_service_code"]) == ("Beacon", "8ab3ce")
    assert (named["service_name"], named["service_category"]) == ("Beacon", "Other")


def test_service_categories_by_product_code(aws: Callable[..., list[Row]]) -> None:
    rows = aws(*(aws_row(ProductCode=code) for code in ("AmazonEC2", "AmazonS3", "NoSuchService", "")))
    assert [(row["service_category"], row["service_subcategory"]) for row in rows] == [
        ("Compute", "Virtual Machines"),
        ("Storage", "Object Storage"),
        ("Other", "Other (Other)"),
        ("Other", "Other (Other)"),
    ]


def test_words_in_number_cells_are_nothing_and_counted(aws: Callable[..., list[Row]]) -> None:
    (row,) = aws(aws_row(SavingsPlanEffectiveCost="None", publicOnDemandCost="convertible", UsageAmount=""))
    assert row["_problems"] == (
        "pricing/publicOnDemandCost: not a number; savingsPlan/SavingsPlanEffectiveCost: not a number"
    )
    assert (row["list_cost"], row["x_savingsplan_effective_cost"], row["x_usage_quantity"]) == (Decimal("1.5"), 0, None)


def test_an_unknown_line_item_type_is_kept_and_counted(aws: Callable[..., list[Row]]) -> None:
    (row,) = aws(aws_row(LineItemType="Surprise"))
    assert (row["billed_cost"], row["charge_category"]) == (Decimal("1.5"), "Adjustment")
    assert row["_problems"] == "lineItem/LineItemType: unknown type"


def test_more_than_18_decimals_are_rounded_and_counted(aws: Callable[..., list[Row]]) -> None:
    long, tiny = aws(aws_row(UnblendedCost="0.1234567890123456785"), aws_row(UnblendedCost="1.5e-18"))
    assert long["x_unblended_cost"] == Decimal("0.123456789012345679")
    assert tiny["x_unblended_cost"] == Decimal("2e-18")
    assert {long["_problems"], tiny["_problems"]} == {"lineItem/UnblendedCost: more than 18 decimals"}
