"""The Cost and Usage Report in every flavour: legacy CSV, legacy Parquet, CUR 2.0 and Data Exports."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date

from tallystick.lake.schemas import CHARGES
from tallystick.sources import dimensions
from tallystick.sources.aws import columns, measures, services
from tallystick.sources.cells import quoted
from tallystick.sources.delivery import Finding
from tallystick.sources.header import Header, key
from tallystick.sources.projection import Bound, Check, Field, Projection, bind, known_period, text_of
from tallystick.sources.rawtotals import RawColumns

_TAG = re.compile(r"resource_?tags[/_](user|aws)[:_](.+)", re.IGNORECASE)
_CATEGORY = re.compile(r"cost_?category[/_](.+)", re.IGNORECASE)
_MAP_KEY = (
    "CASE WHEN starts_with(entry.key, 'user_') OR starts_with(entry.key, 'user:') THEN substr(entry.key, 6)"
    " WHEN starts_with(entry.key, 'aws_') THEN 'aws:' || substr(entry.key, 5) ELSE entry.key END"
)


class AwsKind:
    """The kind ``aws``."""

    name = "aws"
    table = CHARGES
    null_texts: tuple[str, ...] = ()

    def recognises(self, header: Header) -> bool:
        """A table with at least two of the telling columns."""
        return sum(header.find(name) is not None for name in columns.TELLING) >= 2

    def suggest(self, sample: Mapping[str, str]) -> str:
        """``aws-`` and the payer account."""
        payer = sample.get(key("bill/PayerAccountId"))
        return f"aws-{payer}" if payer else "aws"

    def project(self, header: Header, billing_period: date | None) -> tuple[Projection, tuple[Finding, ...]]:
        """Bind the report's columns; what the report lacks becomes NULL, and a finding where it matters."""
        known = known_period("bill_billing_period_start_date", billing_period)
        products = (_product(field, header) for field in columns.PRODUCT_FIELDS)
        bound = (*bind(columns.FIELDS, header, known), *products)
        tags, categories = _tags(header), _categories(header)
        pairs = {"tag_pairs": tags, "category_pairs": categories}
        derived = {"name_tag": _name_tag(header, tags)}
        has = {each.field.name for each in bound if each.column}
        findings = tuple(
            Finding("optional column is missing", name) for name in columns.EXPECTED if header.find(name) is None
        )
        unknown_type = Check(f"NOT coalesce({measures.KNOWN_TYPES}, false)", "lineItem/LineItemType: unknown type")
        return Projection(bound, _targets(has), pairs, derived, (unknown_type,)), findings

    def raw_columns(self) -> RawColumns:
        """The columns whose sums a bill is checked by."""
        return RawColumns(
            period=("bill/BillingPeriodStartDate",),
            measures={
                "x_unblended_cost": ("lineItem/UnblendedCost",),
                "x_blended_cost": ("lineItem/BlendedCost",),
                "x_savingsplan_effective_cost": ("savingsPlan/SavingsPlanEffectiveCost",),
            },
        )

    def rules(self) -> str:
        """The field and target tables."""
        everything = {field.name for field in columns.FIELDS}
        tables = (columns.FIELDS, columns.PRODUCT_FIELDS, _targets(everything), _MAP_KEY, _TAG.pattern)
        return json.dumps([repr(table) for table in tables])


def _product(field: Field, header: Header) -> Bound:
    """A product attribute from its own column, else from the ``product`` map of CUR 2.0."""
    if (column := header.find(*field.spellings)) is not None:
        return Bound(field, column)
    if (holder := header.find("product")) is None:
        return Bound(field)
    name = field.name.removeprefix("product_")
    names = (quoted(f'$."{name}"'), quoted(f'$."{name.replace("_", "")}"'))
    document = holder.cell if holder.type == "VARCHAR" else f"to_json({holder.cell})"
    guarded = f"CASE WHEN json_valid({document}) THEN {document} END" if holder.type == "VARCHAR" else document
    values = ", ".join(f"json_extract_string({guarded}, {path})" for path in names)
    return Bound(field, expression=f"nullif(coalesce({values}), '')")


def _tags(header: Header) -> str:
    holder = header.find("resource_tags")
    if holder is not None:
        return dimensions.from_cell(holder, _MAP_KEY)
    return dimensions.from_columns((name, cell) for name, cell in _flat_tags(header))


def _flat_tags(header: Header) -> Iterator[tuple[str, str]]:
    for column in header.columns:
        if match := _TAG.fullmatch(column.name):
            owner, name = match[1].lower(), match[2]
            yield (name if owner == "user" else f"aws:{name}"), text_of(column)


def _categories(header: Header) -> str:
    holder = header.find("cost_category")
    if holder is not None:
        return dimensions.from_cell(holder)
    matches = ((_CATEGORY.fullmatch(column.name), column) for column in header.columns)
    return dimensions.from_columns((match[1], text_of(column)) for match, column in matches if match)


def _name_tag(header: Header, tags: str) -> str:
    """The tag that names a resource; folded names (Parquet) have lost its capital."""
    flat = [cell for name, cell in _flat_tags(header) if name in ("Name", "name")]
    if header.find("resource_tags") is not None:
        return f"coalesce(json_extract_string({tags}, '$.Name'), json_extract_string({tags}, '$.name'))"
    return f"coalesce({', '.join(flat)}, NULL)" if flat else "CAST(NULL AS VARCHAR)"


def _targets(has: set[str]) -> dict[str, str]:
    """Charge columns over fields, for a report that has the named ones."""
    start = "bill_billing_period_start_date"
    return {
        **_IDENTITIES,
        **measures.QUANTITIES,
        **measures.TERMS,
        **measures.cost_measures(
            blended="line_item_blended_cost" in has,
            reservations="reservation_effective_cost" in has,
            plans="savings_plan_savings_plan_effective_cost" in has,
        ),
        **services.TARGETS,
        "billing_period": f"CAST(date_trunc('month', {start}) AS DATE)",
        "billing_period_start": start,
        "billing_period_end": "coalesce(bill_billing_period_end_date,"
        f" date_trunc('month', {start}) + INTERVAL 1 MONTH)",
    }


_MARKETPLACE = "bill_billing_entity = 'AWS Marketplace'"
_IDENTITIES = {
    "x_dimension_set_id": dimensions.set_id("tag_pairs", "category_pairs"),
    "charge_period_start": "line_item_usage_start_date",
    "charge_period_end": "coalesce(line_item_usage_end_date, line_item_usage_start_date)",
    "provider_name": "'AWS'",
    "invoice_issuer_name": "coalesce(bill_invoicing_entity, 'AWS')",
    "publisher_name": "coalesce(line_item_legal_entity, 'AWS')",
    "billing_account_id": "bill_payer_account_id",
    "billing_account_name": "bill_payer_account_name",
    "billing_account_type": "'Payer account'",
    "sub_account_id": "line_item_usage_account_id",
    "sub_account_name": "line_item_usage_account_name",
    "sub_account_type": "CASE WHEN line_item_usage_account_id IS NOT NULL THEN 'Linked account' END",
    "billing_currency": "line_item_currency_code",
    "pricing_unit": "pricing_unit",
    "service_name": "coalesce(product_product_name, product_servicename, line_item_product_code)",
    "x_service_code": f"CASE WHEN {_MARKETPLACE} THEN coalesce(product_product_name, line_item_product_code)"
    " ELSE line_item_product_code END",
    "region_id": "coalesce(product_region_code, product_region)",
    "region_name": "CASE WHEN coalesce(product_region_code, product_region) IS NOT NULL THEN product_location END",
    "availability_zone": "line_item_availability_zone",
    "x_product_family": "product_product_family",
    "x_instance_type": "product_instance_type",
    "x_line_item_type": "line_item_line_item_type",
    "resource_id": "line_item_resource_id",
    "resource_name": "CASE WHEN line_item_resource_id IS NOT NULL THEN name_tag END",
    "resource_type": "CASE WHEN line_item_resource_id IS NULL THEN NULL"
    " WHEN product_product_family IS NOT NULL THEN product_product_family"
    " WHEN starts_with(line_item_resource_id, 'arn:') THEN split_part(line_item_resource_id, ':', 3) END",
    "sku_id": "product_sku",
    "sku_price_id": "coalesce(pricing_rate_code, pricing_rate_id)",
    "sku_meter": "line_item_usage_type",
    "charge_description": "coalesce(line_item_line_item_description, line_item_usage_type)",
    "invoice_id": "bill_invoice_id",
    "capacity_reservation_id": "capacity_reservation_capacity_reservation_arn",
    "capacity_reservation_status": "capacity_reservation_capacity_reservation_status",
    "x_billing_entity": "bill_billing_entity",
    "x_operation": "line_item_operation",
    "x_operating_system": "product_operating_system",
    "x_vcpu": "product_vcpu",
    "x_memory": "product_memory",
    "tags": dimensions.as_map("tag_pairs"),
    "x_cost_categories": dimensions.as_map("category_pairs"),
}
