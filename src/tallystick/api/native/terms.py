"""``terms/``: what may be asked of a family of reports, for pickers: names with labels, tag keys, days with data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from fastapi import APIRouter, Response

from tallystick.api.asking import Asked, Work, ask
from tallystick.api.paths import NATIVE
from tallystick.api.schema.common import ERRORS
from tallystick.api.schema.native import Terms
from tallystick.api.service import AwsCall, FocusCall
from tallystick.engine.session import Session
from tallystick.reports.catalogue import family_named, terms_of
from tallystick.reports.conditions import Bindings, access_conditions
from tallystick.reports.render import to_json
from tallystick.reports.sql import where

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
        family, bindings = family_named(name), Bindings()
        condition = where([*family.rows, *access_conditions(family, asked.context.access, bindings)])
        ((first, last),) = asked.session.rows(
            "SELECT CAST(MIN(l.period_start) AS DATE), CAST(MAX(l.period_start) AS DATE)"
            f" FROM ledger_daily AS l {condition}",
            bindings.values,
        )
        body = {
            "group_by": _named(terms.group_by),
            "filters": _named(terms.filters),
            "measures": _named(terms.measures),
            "default_measure": terms.default_measure,
            "tag_keys": _tag_keys(asked.session, condition, bindings),
            "first_day": first,
            "last_day": last,
        }
        return to_json(body)

    return answer


def _tag_keys(session: Session, condition: str, bindings: Bindings) -> list[str]:
    sets = f"SELECT DISTINCT l.dimension_set_id FROM ledger_daily AS l {condition}"
    rows = session.rows(
        f"SELECT DISTINCT key FROM dimension_sets WHERE kind = 'tag' AND dimension_set_id IN ({sets}) ORDER BY key",
        bindings.values,
    )
    return [key for (key,) in rows]
