"""The formulas of AWS measures and FOCUS terms, as SQL over the fields of ``columns``.

Sources: input-formats 3.4 (amortized), 9.4 (FOCUS); koku-processing 2.1.6 (the reference's four cost types).
Only whole cells are chosen, added and subtracted; nothing is multiplied.
"""

from __future__ import annotations

_TYPE = "line_item_line_item_type"
_UNBLENDED = "coalesce(line_item_unblended_cost, 0)"
_LISTED = f"coalesce(pricing_public_on_demand_cost, {_UNBLENDED})"
_PLAN_EFFECTIVE = "coalesce(savings_plan_savings_plan_effective_cost, 0)"
_USED_PLAN = "SavingsPlanCoveredUsage"
_NEGATION = "SavingsPlanNegation"
_PLAN_TYPES = "('SavingsPlanCoveredUsage', 'SavingsPlanNegation', 'SavingsPlanUpfrontFee', 'SavingsPlanRecurringFee')"
_CALCULATED = f"CASE WHEN {_TYPE} IN {_PLAN_TYPES} THEN {_PLAN_EFFECTIVE} ELSE {_UNBLENDED} END"
_PURCHASES = "('Fee', 'RIFee', 'SavingsPlanUpfrontFee', 'SavingsPlanRecurringFee')"
_CREDITS = (
    "('Credit', 'Refund', 'BundledDiscount', 'Discount', 'EdpDiscount', 'PrivateRateDiscount', 'RiVolumeDiscount',"
    " 'SppDiscount')"
)
_USAGE = "('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage', 'SavingsPlanNegation')"
KNOWN_TYPES = f"{_TYPE} IN {_USAGE} OR {_TYPE} IN {_PURCHASES} OR {_TYPE} IN {_CREDITS} OR {_TYPE} = 'Tax'"


def _by_type(otherwise: str, **cases: str) -> str:
    whens = " ".join(f"WHEN '{type}' THEN {value}" for type, value in cases.items())
    return f"CASE {_TYPE} {whens} ELSE {otherwise} END"


def effective_cost(*, reservations: bool, plans: bool) -> str:
    """The amortized cost: what was used at the commitment's rate, plus the part of a fee that nothing used.

    A report without the columns of reservations or of savings plans leaves those rows as billed: taking the fees away
    without giving their cost to the usage would lose money.
    """
    cases: dict[str, str] = {}
    if reservations:
        cases |= {
            "DiscountedUsage": f"coalesce(reservation_effective_cost, {_UNBLENDED})",
            "RIFee": "coalesce(reservation_unused_amortized_upfront_fee_for_billing_period, 0)"
            " + coalesce(reservation_unused_recurring_fee, 0)",
            "Fee": f"if(reservation_reservation_arn IS NULL, {_UNBLENDED}, 0)",
        }
    if plans:
        cases |= {
            _USED_PLAN: _PLAN_EFFECTIVE,
            _NEGATION: "0",
            "SavingsPlanRecurringFee": "coalesce(savings_plan_total_commitment_to_date, 0)"
            " - coalesce(savings_plan_used_commitment, 0)",
            "SavingsPlanUpfrontFee": "0",
        }
    return _by_type(_UNBLENDED, **cases) if cases else _UNBLENDED


def cost_measures(*, blended: bool, reservations: bool, plans: bool) -> dict[str, str]:
    """Every cost measure: 0 where the cell is empty, NULL for those that the report does not have."""
    measures = {
        "billed_cost": _by_type(_UNBLENDED, **{_USED_PLAN: "0", _NEGATION: "0"}),
        "effective_cost": effective_cost(reservations=reservations, plans=plans),
        "list_cost": _by_type(_LISTED, **{_NEGATION: "0"}),
        "contracted_cost": _by_type(_UNBLENDED, DiscountedUsage=_LISTED, **{_NEGATION: "0"}),
        "x_unblended_cost": _UNBLENDED,
        "x_net_unblended_cost": f"coalesce(line_item_net_unblended_cost, {_UNBLENDED})",
        "x_calculated_amortized_cost": _CALCULATED if plans else _UNBLENDED,
    }
    if blended:
        measures["x_blended_cost"] = "coalesce(line_item_blended_cost, 0)"
    if plans:
        measures["x_savingsplan_effective_cost"] = _PLAN_EFFECTIVE
    return {name: f"CAST({value} AS DECIMAL(38,18))" for name, value in measures.items()}


_COMMITTED = "('DiscountedUsage', 'SavingsPlanCoveredUsage')"
_ID = "coalesce(savings_plan_savings_plan_arn, reservation_reservation_arn)"
_NEGATED = f"{_TYPE} = 'SavingsPlanNegation'"

QUANTITIES = {
    "x_usage_quantity": f"CASE WHEN {_NEGATED} THEN 0 ELSE line_item_usage_amount END",
    "pricing_quantity": f"CASE WHEN {_TYPE} NOT IN ('Tax', 'SavingsPlanNegation') THEN line_item_usage_amount END",
    "consumed_quantity": f"CASE WHEN {_TYPE} IN {_USAGE} AND NOT {_NEGATED} THEN line_item_usage_amount END",
    "consumed_unit": f"CASE WHEN {_TYPE} IN {_USAGE} AND NOT {_NEGATED} THEN pricing_unit END",
    "list_unit_price": "pricing_public_on_demand_rate",
    "contracted_unit_price": _by_type(
        "line_item_unblended_rate", DiscountedUsage="pricing_public_on_demand_rate", Tax="NULL"
    ),
    "commitment_discount_quantity": f"CASE WHEN {_ID} IS NOT NULL THEN "
    + _by_type("NULL", DiscountedUsage="line_item_usage_amount", SavingsPlanCoveredUsage=_PLAN_EFFECTIVE)
    + " END",
    "commitment_discount_unit": f"CASE WHEN {_ID} IS NOT NULL THEN "
    + _by_type("NULL", DiscountedUsage="pricing_unit", SavingsPlanCoveredUsage="line_item_currency_code")
    + " END",
}

TERMS = {
    "charge_category": f"CASE WHEN {_TYPE} IN {_USAGE} THEN 'Usage' WHEN {_TYPE} IN {_PURCHASES} THEN 'Purchase'"
    f" WHEN {_TYPE} = 'Tax' THEN 'Tax' WHEN {_TYPE} IN {_CREDITS} THEN 'Credit' ELSE 'Adjustment' END",
    "charge_class": f"CASE WHEN {_TYPE} = 'Refund' AND line_item_usage_start_date < bill_billing_period_start_date"
    " THEN 'Correction' END",
    "charge_frequency": _by_type(
        "'Usage-Based'",
        RIFee="'Recurring'",
        SavingsPlanRecurringFee="'Recurring'",
        Fee="'One-Time'",
        SavingsPlanUpfrontFee="'One-Time'",
        Refund="'One-Time'",
        Credit="'One-Time'",
    ),
    "pricing_category": f"CASE WHEN {_TYPE} IN {_COMMITTED} THEN 'Committed' WHEN {_TYPE} = 'Tax' THEN NULL"
    " WHEN pricing_term = 'Spot' OR contains(line_item_usage_type, 'SpotUsage') THEN 'Dynamic' ELSE 'Standard' END",
    "commitment_discount_id": _ID,
    "commitment_discount_category": "CASE WHEN savings_plan_savings_plan_arn IS NOT NULL THEN 'Spend'"
    " WHEN reservation_reservation_arn IS NOT NULL THEN 'Usage' END",
    "commitment_discount_type": "CASE WHEN savings_plan_savings_plan_arn IS NOT NULL THEN 'Savings Plan'"
    " WHEN reservation_reservation_arn IS NOT NULL THEN 'Reserved Instance' END",
    "commitment_discount_status": f"CASE WHEN {_TYPE} IN {_COMMITTED} AND {_ID} IS NOT NULL THEN 'Used' END",
}
