"""The door of a report, and values that the caller may not name."""

from __future__ import annotations

from collections.abc import Iterable

from tallystick.access import Access, decide
from tallystick.errors import TallyError
from tallystick.reports.question import Question, Selector
from tallystick.reports.terms import Family


class AccessError(TallyError):
    """The caller may not ask this."""


def check_door(access: Access, family: str) -> None:
    """Raises AccessError where the caller may not ask anything of an endpoint family such as ``reports/aws``."""
    decision = decide(access, family)
    if not decision.allowed:
        raise AccessError(f"You do not have permission to perform this action: {decision.why}.")


def check_wishes(question: Question, access: Access) -> None:
    """Raises AccessError where a filter or group names an account that is not exactly one of those granted."""
    check_values((*question.filters, *question.group_filters), question.report.family, access)


def check_values(selectors: Iterable[Selector], family: Family, access: Access) -> None:
    """Raises AccessError where one of the selectors names an account that is not exactly one of those granted."""
    allowed = access.granted(family.account_access) if family.account_access else None
    if allowed is None:
        return
    for selector in selectors:
        foreign = sorted(set(selector.values) - allowed)
        if selector.term.key == family.account_term and foreign:
            raise AccessError(f"You do not have permission to see {family.account_term} {foreign[0]}.")
