"""Which reports there are, and what each family lets a question name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tallystick.errors import NotFoundError
from tallystick.reports import aws, focus
from tallystick.reports.terms import Family, Measure, Report, Term, TermKind

REPORTS: Final = {
    report.name: report for report in (aws.COSTS, aws.INSTANCE_TYPES, aws.STORAGE, aws.EC2_COMPUTE, focus.COSTS)
}
FAMILIES: Final = {family.name: family for family in (aws.AWS, focus.FOCUS)}


@dataclass(frozen=True, slots=True)
class FamilyTerms:
    """What may be asked of a family's cost report, for pickers and help texts."""

    group_by: tuple[Term, ...]
    filters: tuple[Term, ...]
    measures: tuple[Measure, ...]
    default_measure: str


def report_named(name: str) -> Report:
    """The report of that name. Raises NotFoundError."""
    report = REPORTS.get(name)
    if report is None:
        raise NotFoundError(f"There is no report {name!r}; there are: {', '.join(REPORTS)}")
    return report


def family_named(name: str) -> Family:
    """The family of that name. Raises NotFoundError."""
    family = FAMILIES.get(name)
    if family is None:
        raise NotFoundError(f"There is no family {name!r}; there are: {', '.join(FAMILIES)}")
    return family


def terms_of(name: str) -> FamilyTerms:
    """What may be asked of ``<name>/costs``. Raises NotFoundError."""
    family = family_named(name)
    costs = report_named(f"{name}/costs")
    effective = [key for key in costs.groups if family.terms[key].kind is TermKind.COLUMN]
    return FamilyTerms(
        group_by=tuple(family.terms[key] for key in effective),
        filters=tuple(family.terms[key] for key in costs.filters if family.terms[key].kind is TermKind.COLUMN),
        measures=tuple(family.measures.values()),
        default_measure=family.default_measure,
    )
