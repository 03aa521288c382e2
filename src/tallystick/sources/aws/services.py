"""FOCUS service categories of AWS products: ``services.csv``, by product code.

Categories and subcategories are those of FOCUS 1.2 (input-formats 9.2); the assignment is ours.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

from tallystick.sources.cells import quoted

_OTHER = "Other", "Other (Other)"


@cache
def services() -> dict[str, tuple[str, str]]:
    """Product code to (category, subcategory)."""
    text = files(__package__).joinpath("services.csv").read_text(encoding="utf-8")
    return {row["product_code"]: (row["category"], row["subcategory"]) for row in csv.DictReader(text.splitlines())}


def _lookup(part: int) -> str:
    """The category of a row: a product code becomes an enum's number, and that the place in a list."""
    table = services()
    codes = ", ".join(quoted(code) for code in table)
    values = ", ".join(quoted(entry[part]) for entry in table.values())
    code = f"enum_code(TRY_CAST(line_item_product_code AS ENUM({codes})))"
    return f"coalesce(list_extract([{values}], {code} + 1), {quoted(_OTHER[part])})"


TARGETS = {"service_category": _lookup(0), "service_subcategory": _lookup(1)}
