"""Who may ask what: one table of rules, and the reason for each decision in words.

A rule names the resource types that open an endpoint family. Narrowing an answer to the granted values is the work of
the query; a rule only opens or shuts the door.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tallystick.access.grants import NOTHING, Access, Grant, Verb


@dataclass(frozen=True, slots=True)
class Rule:
    """The door of an endpoint family."""

    types: tuple[str, ...]
    verb: Verb = "read"
    needs_all_types: bool = False
    """Every type must be granted; otherwise one of them is enough."""
    needs_all_values: bool = False
    """Only the grant of everything (``*``) opens; otherwise any value does."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a rule decides about a caller, and why."""

    allowed: bool
    why: str


_AWS: Final = ("aws.account", "aws.organizational_unit")
_CLOUDS: Final = ("aws.account", "azure.subscription_guid", "gcp.account", "openshift.cluster")

RULES: Final[Mapping[str, Rule]] = {
    "reports/aws": Rule(_AWS),
    "forecasts/aws": Rule(("aws.account",)),
    "tags/aws": Rule(("aws.account",)),
    "organizations/aws": Rule(("aws.organizational_unit",)),
    "resource-types/aws": Rule(_AWS),
    "reports/focus": Rule(_CLOUDS, needs_all_types=True, needs_all_values=True),
    "settings": Rule(("settings",)),
    "settings/write": Rule(("settings",), "write", needs_all_values=True),
    "deliveries": Rule(("settings",)),
}
"""By endpoint family; a family that is not here needs an identity and nothing else."""

USER_ACCESS: Final[Mapping[str, tuple[str, ...]]] = {
    "aws": _AWS,
    "azure": ("azure.subscription_guid",),
    "gcp": ("gcp.account", "gcp.project"),
    "ocp": ("openshift.cluster", "openshift.node", "openshift.project"),
    "cost_model": ("cost_model",),
    "settings": ("settings",),
    "any": (
        *_AWS,
        "azure.subscription_guid",
        "gcp.account",
        "gcp.project",
        "openshift.cluster",
        "openshift.node",
        "openshift.project",
        "cost_model",
        "settings",
    ),
}
"""What a client asks about before it shows a page, and the resource types behind each answer."""


def decide(access: Access, family: str) -> Decision:
    """Whether the rule of an endpoint family lets the caller in, and why. An unknown family is open."""
    rule = RULES.get(family)
    if rule is None:
        return Decision(True, f"{family} needs an identity only")
    if access.unrestricted:
        return Decision(True, "the caller may do everything")
    grants = {name: access.granted(name, rule.verb) for name in rule.types}
    opening = {name: grant for name, grant in grants.items() if _opens(rule, grant)}
    allowed = len(opening) == len(grants) if rule.needs_all_types else bool(opening)
    held = ", ".join(f"{name} {_words(grant)}" for name, grant in grants.items())
    return Decision(allowed, f"{family} needs {_need(rule)}; the caller has {held}")


def user_access(access: Access, kind: str, verb: Verb = "read") -> bool:
    """Whether anything is granted of one of the kinds in `USER_ACCESS`."""
    return any(access.allows(name, verb) for name in USER_ACCESS[kind])


def _opens(rule: Rule, grant: Grant) -> bool:
    return grant is None if rule.needs_all_values else grant != NOTHING


def _need(rule: Rule) -> str:
    types = (" and " if rule.needs_all_types else " or ").join(rule.types)
    return f"{rule.verb} of {types}" + (" without restriction" if rule.needs_all_values else "")


def _words(grant: Grant) -> str:
    if grant is None:
        return "everything"
    return f"{len(grant)} value(s)" if grant else "nothing"
