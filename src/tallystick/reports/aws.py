"""The words of the AWS reports."""

from __future__ import annotations

from typing import Final

from tallystick.reports.terms import Family, Measure, Quantity, Report, Term, TermKind

_TERMS: Final = (
    Term("account", "Account", ("sub_account_id", "sub_account_name"), alias="account_alias"),
    Term("service", "Service", ("x_service_code",)),
    Term("region", "Region", ("region_id",)),
    Term("az", "Availability zone", ("availability_zone",)),
    Term("product_family", "Product family", ("x_product_family",)),
    Term("instance_type", "Instance type", ("x_instance_type",)),
    Term("storage_type", "Storage type", kind=TermKind.NONE),
    Term("org_unit_id", "Organizational unit", ("sub_account_id",), kind=TermKind.ORG_UNIT),
    Term("instance", "Instance", ("resource_id", "instance_name")),
    Term("operating_system", "Operating system", ("x_operating_system",)),
)
_MEASURES: Final = (
    Measure("unblended_cost", "x_unblended_cost", "Unblended"),
    Measure("calculated_amortized_cost", "x_calculated_amortized_cost", "Amortized"),
    Measure("blended_cost", "x_blended_cost", "Blended"),
    Measure("savingsplan_effective_cost", "x_savingsplan_effective_cost", "Savings plan effective"),
    Measure("net_unblended_cost", "x_net_unblended_cost", "Net unblended"),
    Measure("billed_cost", "billed_cost", "Billed"),
    Measure("effective_cost", "effective_cost", "Effective (amortized with reservations)"),
    Measure("list_cost", "list_cost", "List"),
    Measure("contracted_cost", "contracted_cost", "Contracted"),
)
AWS: Final = Family(
    name="aws",
    rows=("provider_name = 'AWS'",),
    terms={term.key: term for term in _TERMS},
    measures={measure.key: measure for measure in _MEASURES},
    default_measure="unblended_cost",
    tenant_measure=True,
    max_groups=2,
    category_prefix="aws_category:",
    retention=True,
    account_access="aws.account",
    account_term="account",
)

_FILTERS: Final = ("account", "service", "region", "az", "product_family", "org_unit_id")
_GROUPS: Final = ("account", "az", "instance_type", "region", "service", "storage_type", "product_family")
_ORDERS: Final = ("cost", "infrastructure", "supplementary", "delta", "usage", "account_alias", "date")
_CSV_NAMES: Final = {"account": "id", "account_alias": "alias"}
_HOURS: Final = Quantity("x_usage_quantity", "Hrs", ("hrs", "hours", "hour"))
_GIGABYTE_MONTHS: Final = Quantity("x_usage_quantity", "GB-Mo", ("gb-mo", "gb-month", "gb-months"))

_COVERED_AND_NEGATED: Final = ("SavingsPlanCoveredUsage", "SavingsPlanNegation")
"""The price without the plan and its negation: they cancel out, but the negation does not always name the instance."""

COSTS: Final = Report(
    name="aws/costs",
    family=AWS,
    filters=_FILTERS,
    groups=(*_GROUPS, "org_unit_id"),
    orders=_ORDERS,
    default_order="cost",
    deltas=("cost", "cost_total"),
    csv_names=_CSV_NAMES,
)
INSTANCE_TYPES: Final = Report(
    name="aws/instance-types",
    family=AWS,
    filters=_FILTERS,
    groups=_GROUPS,
    orders=_ORDERS,
    default_order="usage",
    deltas=("usage",),
    rows=("x_instance_type IS NOT NULL",),
    quantity=_HOURS,
    implicit_group="instance_type",
    csv_names=_CSV_NAMES,
)
STORAGE: Final = Report(
    name="aws/storage",
    family=AWS,
    filters=_FILTERS,
    groups=_GROUPS,
    orders=_ORDERS,
    default_order="usage",
    deltas=("usage",),
    rows=(
        "strpos(lower(x_product_family), 'storage') > 0",
        "lower(pricing_unit) IN ('gb-mo', 'gb-month', 'gb-months')",
    ),
    quantity=_GIGABYTE_MONTHS,
    csv_names=_CSV_NAMES,
)
EC2_COMPUTE: Final = Report(
    name="aws/resources/ec2-compute",
    family=AWS,
    filters=("account", "instance", "operating_system", "region"),
    groups=(),
    orders=(
        "resource_id",
        "instance_name",
        "instance_type",
        "operating_system",
        "account_alias",
        "account",
        "region",
        "cost",
        "usage",
    ),
    default_order="resource_id",
    deltas=(),
    rows=(
        "x_service_code = 'AmazonEC2'",
        "strpos(lower(x_product_family), 'compute instance') > 0",
        "resource_id IS NOT NULL",
    ),
    quantity=_HOURS,
    detail=True,
    monthly_only=True,
    instances=True,
    skipped_lines=dict.fromkeys(("unblended_cost", "blended_cost", "net_unblended_cost"), _COVERED_AND_NEGATED),
    csv_names=_CSV_NAMES,
)
