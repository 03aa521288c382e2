"""The FOCUS cost and usage columns: name, type, whether mandatory, whether nulls are allowed, the version that
brought it, and older names. Sources: input-formats 9.1 and 9.2 for 1.0 to 1.2; README for 1.3 and 1.4."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tallystick.sources.projection import Field, Type

VERSIONS = ("1.0", "1.1", "1.2", "1.3", "1.4")


@dataclass(frozen=True, slots=True)
class Column:
    """A FOCUS column."""

    name: str
    type: Type = Type.TEXT
    mandatory: bool = False
    nulls: bool = True
    since: str = "1.0"
    older: tuple[str, ...] = ()

    @property
    def field(self) -> str:
        """Our name of it, which is the charge column's where there is one."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", self.name).lower()


def _columns(
    names: str, type: Type = Type.TEXT, *, mandatory: bool = False, nulls: bool = True, since: str = "1.0"
) -> tuple[Column, ...]:
    """Columns that are alike; ``New=Old=Older`` gives a column with its older names."""
    spelled = (name.split("=") for name in names.split())
    return tuple(Column(first, type, mandatory, nulls, since, tuple(older)) for first, *older in spelled)


COLUMNS = (
    *_columns(
        "BilledCost EffectiveCost=AmortizedCost ListCost ContractedCost", Type.NUMBER, mandatory=True, nulls=False
    ),
    *_columns(
        "BillingPeriodStart BillingPeriodEnd ChargePeriodStart ChargePeriodEnd", Type.TIME, mandatory=True, nulls=False
    ),
    *_columns(
        """BillingAccountId BillingCurrency ChargeCategory=ChargeType InvoiceIssuerName=InvoiceIssuer
        ProviderName=ServiceProviderName=Provider PublisherName=Publisher ServiceCategory ServiceName""",
        mandatory=True,
        nulls=False,
    ),
    *_columns("BillingAccountName ChargeClass ChargeDescription PricingUnit", mandatory=True),
    *_columns("PricingQuantity", Type.NUMBER, mandatory=True),
    *_columns("ChargeFrequency", nulls=False),
    *_columns(
        """AvailabilityZone CommitmentDiscountCategory CommitmentDiscountId CommitmentDiscountName
        CommitmentDiscountStatus CommitmentDiscountType ConsumedUnit=UsageUnit PricingCategory RegionId=Region
        RegionName ResourceId ResourceName ResourceType SkuId SkuPriceId SubAccountId SubAccountName"""
    ),
    *_columns("ConsumedQuantity=UsageQuantity ContractedUnitPrice ListUnitPrice", Type.NUMBER),
    *_columns(
        """CapacityReservationId CapacityReservationStatus CommitmentDiscountUnit ServiceSubcategory SkuMeter
        SkuPriceDetails""",
        since="1.1",
    ),
    *_columns("CommitmentDiscountQuantity", Type.NUMBER, since="1.1"),
    *_columns("BillingAccountType InvoiceId PricingCurrency SubAccountType", since="1.2"),
    *_columns(
        "PricingCurrencyContractedUnitPrice PricingCurrencyEffectiveCost PricingCurrencyListUnitPrice",
        Type.NUMBER,
        since="1.2",
    ),
)
_IN_1_3 = """AllocatedMethodDetails AllocatedMethodId AllocatedResourceId AllocatedResourceName AllocatedTags
    ContractApplied HostProviderName ServiceProviderName"""
LATER = {
    **dict.fromkeys(_IN_1_3.split(), "1.3"),
    **dict.fromkeys(("InvoiceDetailId", "CommitmentProgramEligibilityDetails"), "1.4"),
}
"""Columns of later versions without a charge column of their own: kept in ``x_extra``."""

REQUIRED = frozenset({"BilledCost", "BillingCurrency", "BillingPeriodStart", "ChargePeriodStart"})
"""Without these a file is refused."""
FILLED = frozenset({"BillingPeriodStart", "ChargePeriodStart"})
"""Without a readable value here a row has no place in any month or day, so the file is refused."""
TELLING = (
    "BilledCost",
    "EffectiveCost",
    "ChargePeriodStart",
    "BillingPeriodStart",
    "ChargeCategory",
    "ServiceCategory",
)
TAGS, COST_CATEGORIES = "Tags", "x_CostCategories"
DROPPED_IN_1_3 = frozenset({"ProviderName", "PublisherName"})
"""1.3 has ServiceProviderName and HostProviderName in their place."""

FIELDS = tuple(
    Field(column.field, (column.name, *column.older), column.type, column.name in REQUIRED, column.name in FILLED)
    for column in COLUMNS
)
