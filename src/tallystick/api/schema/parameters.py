"""The parameters of questions as OpenAPI tells them: bracketed maps, which FastAPI has no words for."""

from __future__ import annotations

from typing import Any, Final

Parameter = dict[str, Any]


def _map(name: str, description: str) -> Parameter:
    values = {"type": "array", "items": {"type": "string"}}
    schema = {"type": "object", "additionalProperties": {"oneOf": [{"type": "string"}, values]}}
    return {
        "name": name,
        "in": "query",
        "style": "deepObject",
        "explode": True,
        "description": description,
        "schema": schema,
    }


def _plain(name: str, kind: str, description: str, **schema: object) -> Parameter:
    return {"name": name, "in": "query", "description": description, "schema": {"type": kind, **schema}}


FILTER: Final = _map(
    "filter", "Time scope, resolution, ranking and filters: filter[service]=a, filter[exact:account]=b"
)
PAGE: Final = (
    _plain("limit", "integer", "How many items; 0 for all where the endpoint has it."),
    _plain("offset", "integer", "How many items to leave out first.", minimum=0),
)
DATES: Final = (
    _plain("start_date", "string", "First day.", format="date"),
    _plain("end_date", "string", "Last day.", format="date"),
)
CURRENCY: Final = _plain("currency", "string", "ISO 4217 code of an enabled currency.")
COST_TYPE: Final = _plain("cost_type", "string", "Which cost is counted; see the terms of the family.")
REPORT: Final[list[Parameter]] = [
    FILTER,
    _map("group_by", "What to group by: group_by[service]=*, group_by[tag:team]=*"),
    _map("order_by", "What to sort by: order_by[cost]=desc"),
    _map("exclude", "What to leave out: exclude[service]=a"),
    *DATES,
    _plain("delta", "string", "Compare with the period before: cost, usage."),
    CURRENCY,
    COST_TYPE,
    *PAGE,
]
FORECAST: Final[list[Parameter]] = [CURRENCY, COST_TYPE, *PAGE]
TAGS: Final[list[Parameter]] = [
    FILTER,
    _map("exclude", "What to leave out: exclude[account]=a"),
    *DATES,
    _plain("key_only", "boolean", "Only the names of the keys."),
    *PAGE,
]
RESOURCE_TYPE: Final[list[Parameter]] = [
    _plain("search", "string", "Part of a value, or of its alias."),
    _plain("limit", "integer", "How many values.", minimum=1, maximum=20000),
]
LIST: Final[list[Parameter]] = list(PAGE)
