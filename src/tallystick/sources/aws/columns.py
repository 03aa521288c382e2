"""The Cost and Usage Report's columns that charges are made of, by their legacy CSV names.

Snake-case names (Parquet, CUR 2.0, Data Exports) fold to the same key, so only true synonyms are listed. Source:
AWS data dictionary; input-formats 3.3 and 3.6.
"""

from __future__ import annotations

from tallystick.sources.projection import Field, Type

_TEXT = """
    bill/InvoiceId bill/BillingEntity bill/InvoicingEntity bill/PayerAccountName lineItem/UsageAccountName
    lineItem/LegalEntity lineItem/LineItemType lineItem/ProductCode lineItem/UsageType lineItem/Operation
    lineItem/AvailabilityZone lineItem/ResourceId lineItem/LineItemDescription
    pricing/term pricing/unit pricing/RateCode pricing/RateId
    reservation/ReservationARN savingsPlan/SavingsPlanARN
    capacityReservation/CapacityReservationArn capacityReservation/CapacityReservationStatus
"""
_NUMBERS = """
    lineItem/UsageAmount lineItem/BlendedCost lineItem/NetUnblendedCost lineItem/UnblendedRate
    pricing/publicOnDemandCost pricing/publicOnDemandRate
    reservation/EffectiveCost reservation/UnusedAmortizedUpfrontFeeForBillingPeriod reservation/UnusedRecurringFee
    savingsPlan/SavingsPlanEffectiveCost savingsPlan/TotalCommitmentToDate savingsPlan/UsedCommitment
"""
_PRODUCT = """
    product/ProductName product/servicename product/productFamily product/sku product/region product/regionCode
    product/location product/instanceType product/vcpu product/memory product/operatingSystem
"""
_NEEDED_TEXT = "bill/PayerAccountId lineItem/UsageAccountId lineItem/CurrencyCode"


def snake(name: str) -> str:
    """Our name of a column, which is AWS's own snake case but for acronyms: ``product/regionCode`` is
    ``product_region_code``."""
    words = "".join(
        f"_{c.lower()}" if c.isupper() and not name[i - 1].isupper() else c.lower() for i, c in enumerate(name)
    )
    return words.replace("/_", "_").replace("/", "_")


def _fields(names: str, type: Type = Type.TEXT, *, required: bool = False, filled: bool = False) -> tuple[Field, ...]:
    return tuple(Field(snake(name), (name,), type, required, filled) for name in names.split())


FIELDS = (
    *_fields("bill/BillingPeriodStartDate", Type.TIME, required=True, filled=True),
    *_fields("bill/BillingPeriodEndDate", Type.TIME),
    *_fields("lineItem/UsageStartDate", Type.TIME, required=True, filled=True),
    *_fields("lineItem/UsageEndDate", Type.TIME),
    *_fields("lineItem/UnblendedCost", Type.NUMBER, required=True),
    *_fields(_NEEDED_TEXT, required=True),
    *_fields(_TEXT),
    *_fields(_NUMBERS, Type.NUMBER),
)
PRODUCT_FIELDS = _fields(_PRODUCT)
"""Read from the ``product`` map where the file has no column of that name (CUR 2.0)."""

TELLING = ("lineItem/UnblendedCost", "lineItem/UsageStartDate", "lineItem/UsageAccountId", "bill/PayerAccountId")
"""Columns of which a bill has at least two: enough to know it, and to say what it lacks."""

EXPECTED = (
    "lineItem/LineItemType",
    "lineItem/ProductCode",
    "lineItem/UsageAmount",
    "lineItem/BlendedCost",
    "lineItem/UsageEndDate",
    "pricing/publicOnDemandCost",
    "reservation/EffectiveCost",
    "savingsPlan/SavingsPlanEffectiveCost",
)
"""Optional columns without which some measure or dimension is poorer: their absence is a finding."""
