"""Reading ``group_by``: which levels, in order of appearance, and which values they are held to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tallystick.reports.messages import NOT_A_MAP
from tallystick.reports.question import WILDCARD, Group, Selector
from tallystick.reports.reader import Reader
from tallystick.reports.selectors import Vocabulary
from tallystick.reports.terms import Term, TermKind

_ROW_FIELDS = frozenset(
    {
        *("date", "usage", "request", "limit", "capacity", "score", "infrastructure", "supplementary", "cost"),
        *("source_uuid", "account_alias", "delta_value", "delta_percent", "value", "id", "alias", "type", "rank"),
    }
)
"""Keys that rows have anyway: a tag of that name keeps its prefix."""


@dataclass(slots=True)
class Grouping:
    """The levels of grouping, and what they ask for."""

    groups: tuple[Group, ...] = ()
    selectors: tuple[Selector, ...] = ()
    """Values of a ``group_by`` narrow like filters."""
    org_units: bool = False
    echo: dict[str, object] = field(default_factory=dict)


def read_groups(vocabulary: Vocabulary, filters: Sequence[Selector]) -> Grouping:
    """The grouping of a question; what is wrong is noted."""
    report, reader = vocabulary.report, vocabulary.reader
    given = reader.mapping("group_by")
    if given and report.instances:
        reader.note(("group_by", "non_field_errors"), [NOT_A_MAP if "" in given else "This report is not grouped."])
        return Grouping()
    found = {key: vocabulary.selector("group_by", key, values) for key, values in given.items()}
    wanted = {key: selector for key, selector in found.items() if selector is not None}
    if any(selector.term.kind is TermKind.ORG_UNIT for selector in wanted.values()):
        return _org_units(reader, wanted)
    terms = list(dict.fromkeys(selector.term for selector in wanted.values()))
    if len(terms) > report.family.max_groups:
        limit = report.family.max_groups
        reader.note(("group_by", "group_by"), f"Cost Management supports a max of {limit} group_by options.")
    if report.implicit_group is not None:
        implicit = report.family.terms[report.implicit_group]
        terms += [implicit] if implicit not in terms else []
    return Grouping(
        groups=_named([term for term in terms if term.kind is not TermKind.NONE]),
        selectors=tuple(selector for selector in wanted.values() if selector.values and not selector.wildcard),
        echo={key: _echo(selector, filters) for key, selector in wanted.items()},
    )


def _named(terms: Sequence[Term]) -> tuple[Group, ...]:
    """Groups under their names in rows: a tag's key, with its prefix where rows have a field of that name."""
    taken = set(_ROW_FIELDS) | {term.key for term in terms if term.dictionary_key is None}
    groups = []
    for term in terms:
        name = term.key if term.dictionary_key is not None and term.label in taken else term.label
        taken.add(name)
        groups.append(Group(term, name))
    return tuple(groups)


def _echo(selector: Selector, filters: Sequence[Selector]) -> list[str]:
    """What the answer repeats: ``*`` gives way to the values that a filter holds the same term to."""
    if not selector.wildcard:
        return list(selector.values)
    held = [
        value
        for other in filters
        if other.term == selector.term and other.operator == "contains"
        for value in other.values
    ]
    return held or [*selector.values, WILDCARD]


def _org_units(reader: Reader, wanted: dict[str, Selector]) -> Grouping:
    key, selector = next((key, one) for key, one in wanted.items() if one.term.kind is TermKind.ORG_UNIT)
    if selector.wildcard:
        reader.note(("group_by", key), "Name an organizational unit; * is not supported here.")
    elif len(selector.values) > 1 and not key.startswith("or:"):
        reader.note(("group_by", key), f"Use group_by[or:{selector.term.key}] to name several.")
    elif len(wanted) > 1:
        reader.note(("group_by", key), "An organizational unit cannot be combined with another group_by.")
    return Grouping(selectors=(selector,), org_units=True)
