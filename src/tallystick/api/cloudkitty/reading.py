"""How questions of both versions become questions about rated points: whose points, under which names."""

from __future__ import annotations

from datetime import datetime

from tallystick.api.cloudkitty.call import RatingCall
from tallystick.api.cloudkitty.moments import this_month
from tallystick.planner.metering.names import scope_keys
from tallystick.reports.rated.question import Selection, Term, TermKind, term_named

Filters = tuple[tuple[str, tuple[str, ...]], ...]


def names_of_scopes(call: RatingCall) -> frozenset[str]:
    """The attributes that say the scope of a point."""
    with call.database.read() as session:
        return scope_keys(session, call.tenant)


def terms_of(names: tuple[str, ...], keys: frozenset[str]) -> tuple[Term, ...]:
    """The terms behind names, each once."""
    return tuple(dict.fromkeys(term_named(name, keys) for name in names))


def selection_of(
    call: RatingCall, keys: frozenset[str], begin: datetime | None, end: datetime | None, filters: Filters
) -> Selection:
    """The points that a caller asks about: an admin's filters count; anybody else sees the own project, whatever the
    filters say about the scope.
    """
    first, last = this_month()
    wanted = tuple((_filter_term(name, keys), values) for name, values in filters)
    scopes = None
    if not call.caller.is_admin:
        scopes = () if call.caller.project_id is None else (call.caller.project_id,)
        wanted = tuple((term, values) for term, values in wanted if term.kind is not TermKind.SCOPE)
    return Selection(begin or first, end or last, scopes, wanted)


def _filter_term(name: str, keys: frozenset[str]) -> Term:
    """What a filter is about; spans of time are attributes of that name, which no point has."""
    if name.startswith("time"):
        return Term(name, TermKind.ATTRIBUTE)
    return term_named(name, keys)
