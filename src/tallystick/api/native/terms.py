"""``terms/``: what may be asked of a family of reports, for pickers: names with labels, tag keys, days with data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from fastapi import APIRouter, Response

from tallystick.access import Access
from tallystick.api.asking import Asked, Work, ask
from tallystick.api.paths import NATIVE
from tallystick.api.schema.common import ERRORS
from tallystick.api.schema.native import Terms
from tallystick.api.service import AwsCall, FocusCall
from tallystick.engine.session import Session
from tallystick.reports.catalogue import family_named, terms_of
from tallystick.reports.render import to_json
from tallystick.reports.terms import Family

ROUTER = APIRouter(prefix=f"{NATIVE}/terms", tags=["explorer"], responses=ERRORS)


@ROUTER.get("/aws/", response_model=Terms)
async def aws(call: AwsCall) -> Response:
    """What may be asked of the AWS reports."""
    return await ask(call, "terms/aws", _work("aws"))


@ROUTER.get("/focus/", response_model=Terms)
async def focus(call: FocusCall) -> Response:
    """What may be asked of the FOCUS reports."""
    return await ask(call, "terms/focus", _work("focus"))


class _Titled(Protocol):
    @property
    def key(self) -> str: ...

    @property
    def title(self) -> str: ...


def _named(terms: Iterable[_Titled]) -> list[dict[str, str]]:
    return [{"key": term.key, "label": term.title} for term in terms]


def _work(name: str) -> Work:
    def answer(asked: Asked) -> str:
        terms = terms_of(name)
        condition, values = _visible_rows(family_named(name), asked.context.access)
        ((first, last),) = asked.session.rows(
            "SELECT CAST(MIN(period_start) AS DATE), CAST(MAX(period_start) AS DATE)"
            f" FROM ledger_daily WHERE {condition}",
            values,
        )
        body = {
            "group_by": _named(terms.group_by),
            "filters": _named(terms.filters),
            "measures": _named(terms.measures),
            "default_measure": terms.default_measure,
            "tag_keys": _tag_keys(asked.session, condition, values),
            "first_day": first,
            "last_day": last,
        }
        return to_json(body)

    return answer


def _visible_rows(family: Family, access: Access) -> tuple[str, list[str]]:
    """The condition on ledger rows that the family speaks about and the caller may see, and its parameters."""
    allowed = access.granted(family.account_access) if family.account_access else None
    if allowed is None:
        return " AND ".join(family.rows) or "true", []
    marks = ", ".join("?" for _ in allowed) or "NULL"
    return " AND ".join((*family.rows, f"sub_account_id IN ({marks})")), sorted(allowed)


def _tag_keys(session: Session, condition: str, values: list[str]) -> list[str]:
    sets = f"SELECT DISTINCT dimension_set_id FROM ledger_daily WHERE {condition}"
    rows = session.rows(
        f"SELECT DISTINCT key FROM dimension_sets WHERE kind = 'tag' AND dimension_set_id IN ({sets}) ORDER BY key",
        values,
    )
    return [key for (key,) in rows]
