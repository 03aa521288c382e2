"""``report/...``: what was charged, in all and by tenant and resource type."""

from __future__ import annotations

from decimal import Decimal

from tallystick.api.cloudkitty.call import RatingCall
from tallystick.api.cloudkitty.moments import naive
from tallystick.api.cloudkitty.v1.tenants import selection_of_tenant
from tallystick.api.cloudkitty.wsme import Endpoints
from tallystick.api.cloudkitty.wsme.endpoints import OWN_RULE
from tallystick.api.cloudkitty.wsme.types import Flag, Moment, Text
from tallystick.planner.metering.scopes import ScopeFilter, find
from tallystick.reports.rated.points import scopes_seen
from tallystick.reports.rated.question import Page, Selection, SummaryQuestion, Term, TermKind
from tallystick.reports.rated.summary import summary as summed
from tallystick.reports.render import plain

API = Endpoints("/report")

_GROUPS = {"res_type": Term("res_type", TermKind.METRIC), "tenant_id": Term("tenant_id", TermKind.SCOPE)}


@API.get("/total", rule=OWN_RULE)
def total(
    call: RatingCall,
    *,
    begin: Moment | None = None,
    end: Moment | None = None,
    tenant_id: Text | None = None,
    service: Text | None = None,
    all_tenants: Flag = False,
) -> str:
    """The sum of all prices."""
    selection = selection_of_tenant(
        call, "report:get_total", begin, end, tenant_id=tenant_id, metric=service, everyone=all_tenants
    )
    rows = _summed(call, selection, ())
    return plain(sum((_rate(row) for row in rows), Decimal(0)))


@API.get("/summary", rule=OWN_RULE)
def summary(
    call: RatingCall,
    *,
    begin: Moment | None = None,
    end: Moment | None = None,
    tenant_id: Text | None = None,
    service: Text | None = None,
    groupby: Text | None = None,
    all_tenants: Flag = False,
) -> dict[str, object]:
    """The sums of prices, together or by what ``groupby`` names."""
    selection = selection_of_tenant(
        call, "report:get_summary", begin, end, tenant_id=tenant_id, metric=service, everyone=all_tenants
    )
    names = [name.strip() for name in (groupby or "").split(",")]
    groups = tuple(term for name, term in _GROUPS.items() if name in names)
    return {"summary": [_shown(selection, row) for row in _summed(call, selection, groups)]}


@API.get("/tenants", rule="report:list_tenants")
def tenants(call: RatingCall, begin: Moment | None = None, end: Moment | None = None) -> list[str]:  # noqa: ARG001
    """Every scope that was ever seen; the dates make no difference."""
    with call.database.read() as session:
        known = {state.scope_id for state in find(session, call.tenant, ScopeFilter())}
    with call.home.session(call.tenant) as release:
        return sorted(known.union(scopes_seen(release)))


def _summed(call: RatingCall, selection: Selection, groups: tuple[Term, ...]) -> list[dict[str, object]]:
    with call.home.session(call.tenant) as session:
        return summed(session, SummaryQuestion(selection, groups, page=Page(0, None))).rows


def _shown(selection: Selection, row: dict[str, object]) -> dict[str, object]:
    return {
        "begin": naive(selection.begin),
        "end": naive(selection.end),
        "tenant_id": row.get("tenant_id", "ALL"),
        "res_type": row.get("res_type", "ALL"),
        "rate": plain(_rate(row)),
    }


def _rate(row: dict[str, object]) -> Decimal:
    rate = row["rate"]
    assert isinstance(rate, Decimal)
    return rate
