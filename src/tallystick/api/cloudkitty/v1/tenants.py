"""Whose points a question of version 1 is about: a tenant's, by default those of the token's project."""

from __future__ import annotations

from datetime import datetime

from tallystick.api.cloudkitty.call import RatingCall
from tallystick.api.cloudkitty.moments import this_month
from tallystick.api.cloudkitty.policies import ForbiddenError
from tallystick.reports.rated.question import Selection, Term, TermKind

_METRIC = Term("type", TermKind.METRIC)


def selection_of_tenant(
    call: RatingCall,
    rule: str,
    begin: datetime | None,
    end: datetime | None,
    *,
    tenant_id: str | None,
    metric: str | None,
    everyone: bool = False,
) -> Selection:
    """The points of the tenant that is meant, if a rule lets the caller see them; everyone's for an admin only.

    Raises ForbiddenError.
    """
    tenant = None if everyone else tenant_id or call.caller.project_id
    call.enforce(rule, tenant)
    if tenant is None and not call.caller.is_admin:
        raise ForbiddenError(rule)
    first, last = this_month()
    return Selection(
        begin=begin or first,
        end=end or last,
        scopes=None if tenant is None else (tenant,),
        filters=((_METRIC, (metric,)),) if metric else (),
    )
