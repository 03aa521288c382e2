"""FOCUS cost and usage tables of any provider, 1.0 to 1.4."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date

from tallystick.lake.schemas import CHARGES
from tallystick.sources import dimensions
from tallystick.sources.delivery import Finding
from tallystick.sources.focus import columns, rules
from tallystick.sources.header import Header, RawColumn, key
from tallystick.sources.projection import Bound, Check, Projection, bind, known_period, text_of
from tallystick.sources.rawtotals import RawColumns

_COSTS = ("billed_cost", "effective_cost", "list_cost", "contracted_cost")


class FocusKind:
    """The kind ``focus``."""

    name = "focus"
    table = CHARGES
    null_texts: tuple[str, ...] = ("NULL", "null")
    """What exporters write for nothing, against the rule that null is empty."""

    def recognises(self, header: Header) -> bool:
        """A table with at least three of the telling columns."""
        return sum(header.find(name) is not None for name in columns.TELLING) >= 3

    def suggest(self, sample: Mapping[str, str]) -> str:
        """``focus-<provider>-<billing account>``, in letters, digits and dashes."""
        provider = next((sample[key(name)] for name in _PROVIDERS if key(name) in sample), "")
        parts = ("focus", provider, sample.get(key("BillingAccountId"), ""))
        return re.sub(r"[^a-z0-9]+", "-", "-".join(part for part in parts if part).lower()).strip("-")

    def project(self, header: Header, billing_period: date | None) -> tuple[Projection, tuple[Finding, ...]]:
        """Bind the columns; grade what breaks a rule; keep what has no charge column in ``x_extra``."""
        bound = bind(columns.FIELDS, header, known_period("billing_period_start", billing_period))
        tags, categories = header.find(columns.TAGS), header.find(columns.COST_CATEGORIES)
        pairs = {
            "tag_pairs": dimensions.from_cell(tags) if tags else dimensions.NONE,
            "category_pairs": dimensions.from_cell(categories) if categories else dimensions.NONE,
            "extra_pairs": dimensions.from_columns((column.name, _text(column)) for column in _extras(header, bound)),
        }
        derived = {}
        checks = [*rules.row_checks(bound)]
        if tags and (broken := dimensions.is_broken(tags)):
            derived["tags_broken"] = broken
            checks.append(Check("tags_broken", f"{tags.name}: not a JSON object"))
        has = frozenset(each.field.name for each in bound if each.column or each.expression)
        findings = tuple(rules.file_findings(header, bound))
        return Projection(bound, _targets(has), pairs, derived, checks), findings

    def raw_columns(self) -> RawColumns:
        """The columns whose sums a bill is checked by."""
        names = {column.field: (column.name, *column.older) for column in columns.COLUMNS}
        return RawColumns(("BillingPeriodStart",), {measure: names[measure] for measure in _COSTS})

    def rules(self) -> str:
        """The column and target tables."""
        everything = frozenset(field.name for field in columns.FIELDS)
        return json.dumps([repr(columns.COLUMNS), repr(rules.ALLOWED), _targets(everything)], sort_keys=True)


_PROVIDERS = ("ProviderName", "ServiceProviderName", "Provider")


def _extras(header: Header, bound: tuple[Bound, ...]) -> list[RawColumn]:
    """Columns without a charge column."""
    used = {each.column.position for each in bound if each.column}
    used |= {column.position for name in (columns.TAGS, columns.COST_CATEGORIES) if (column := header.find(name))}
    return [column for column in header.columns if column.position not in used]


def _text(column: RawColumn) -> str:
    nested = column.type.startswith(("MAP", "STRUCT")) or column.type.endswith("[]")
    return f"CAST(to_json({column.cell}) AS VARCHAR)" if nested else text_of(column)


def _targets(has: frozenset[str]) -> dict[str, str]:
    """Charge columns over fields, for a file that has the named ones."""
    charge_columns = {column.name for column in CHARGES.columns}
    billed = "coalesce(billed_cost, CAST(0 AS DECIMAL(38,18)))"
    costs = {name: f"coalesce({name}, CAST(0 AS DECIMAL(38,18)))" for name in _COSTS if name in has}
    effective = costs.setdefault("effective_cost", billed)
    return {
        **{field.name: field.name for field in columns.FIELDS if field.name in charge_columns & has},
        **costs,
        "x_unblended_cost": billed,
        "x_blended_cost": billed,
        "x_net_unblended_cost": billed,
        "x_calculated_amortized_cost": effective,
        "x_savingsplan_effective_cost": effective,
        "x_usage_quantity": "consumed_quantity",
        "x_service_code": "service_name",
        "billing_period": "CAST(date_trunc('month', billing_period_start) AS DATE)",
        "billing_period_end": "coalesce(billing_period_end,"
        " date_trunc('month', billing_period_start) + INTERVAL 1 MONTH)",
        "charge_period_end": "coalesce(charge_period_end, charge_period_start)",
        "x_dimension_set_id": dimensions.set_id("tag_pairs", "category_pairs"),
        "tags": dimensions.as_map("tag_pairs"),
        "x_cost_categories": dimensions.as_map("category_pairs"),
        "x_extra": dimensions.as_map("extra_pairs"),
    }
