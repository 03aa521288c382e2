"""Reading one key of ``filter``, ``exclude`` or ``group_by``: operator, term and values."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from tallystick.reports.messages import UNSUPPORTED
from tallystick.reports.organization import Member, Organization, chosen_path
from tallystick.reports.query_string import Values
from tallystick.reports.question import WILDCARD, Selector
from tallystick.reports.reader import Reader
from tallystick.reports.terms import OPERATORS, TAG_PREFIX, Report, Term, TermKind


def split_operator(key: str) -> tuple[str, str]:
    """``and:account`` as (``and``, ``account``); without an operator ``contains``. ``or`` means ``contains``."""
    operator, colon, name = key.partition(":")
    if colon and operator in OPERATORS:
        return ("contains" if operator == "or" else operator), name
    return "contains", key


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What one question may name, the tenant's tags included."""

    reader: Reader
    report: Report
    tag_exists: Callable[[str], bool]
    organization: Organization
    exact_units: bool = False
    """Whether a filter may name a unit alone, without what is below it."""

    def selector(self, place: str, key: str, given: Values) -> Selector | None:
        """The values wished for under a key of ``filter``, ``exclude`` or ``group_by``.

        None, with a note, where the key may not stand there.
        """
        operator, name = split_operator(key)
        term = self._term(name, self.report.groups if place == "group_by" else self.report.filters)
        is_unit = term is not None and term.kind is TermKind.ORG_UNIT
        if term is None or (is_unit and place == "filter" and operator == "exact" and not self.exact_units):
            self.reader.note((place, key), [UNSUPPORTED])
            return None
        values = self.reader.values((place, key), given)
        plain = tuple(value for value in values if value != WILDCARD)
        selector = Selector(term, operator, plain, wildcard=len(plain) < len(values))
        return replace(selector, members=self._members(place, selector)) if is_unit else selector

    def _members(self, place: str, selector: Selector) -> tuple[Member, ...]:
        """The accounts that units stand for: a group names units, a filter any part of their paths."""
        if place == "group_by":
            return self.organization.members(lambda path: not set(path).isdisjoint(selector.values))
        chosen = chosen_path(selector.operator, selector.values, wildcard=selector.wildcard)
        return self.organization.members(chosen)

    def _term(self, name: str, allowed: Collection[str]) -> Term | None:
        """The term of that name, if it may stand there."""
        if name in allowed:
            return self.report.family.terms[name]
        if name.startswith(TAG_PREFIX):
            key = name.removeprefix(TAG_PREFIX)
            known = bool(key) and self.tag_exists(key)
            return Term(name, key, kind=TermKind.TAG, dictionary_key=key) if known else None
        prefix = self.report.family.category_prefix
        if prefix is not None and name.startswith(prefix) and name != prefix:
            key = name.removeprefix(prefix)
            return Term(name, key, kind=TermKind.CATEGORY, dictionary_key=key)
        return None
