"""What a caller may read and write: for each resource type everything, some values, or nothing.

A grant is ``None`` (everything), a set of values, or an empty set (nothing). Resource types are those of the access
map that gateways send: ``aws.account``, ``openshift.cluster``, ``settings`` and so on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Verb = Literal["read", "write"]
Grant = frozenset[str] | None

NOTHING: Final[frozenset[str]] = frozenset()
RESOURCE_TYPES: Final = (
    "aws.account",
    "aws.organizational_unit",
    "azure.subscription_guid",
    "gcp.account",
    "gcp.project",
    "openshift.cluster",
    "openshift.node",
    "openshift.project",
    "cost_model",
    "settings",
)
_INHERITED: Final = (("openshift.node", "openshift.cluster"), ("openshift.project", "openshift.node"))
"""(child, parent): a child that the map does not name is open where its parent is readable at all."""


@dataclass(frozen=True, slots=True)
class Access:
    """The grants of one caller, hashable so that answers can be kept per set of rights."""

    grants: tuple[tuple[str, Verb, Grant], ...] = ()
    """(resource type, verb, grant), sorted; what is not named is not granted."""
    unrestricted: bool = False
    """Everything of every type, types that do not exist yet included."""

    def granted(self, resource_type: str, verb: Verb = "read") -> Grant:
        """``None`` for everything, else the values allowed (none at all: an empty set)."""
        if self.unrestricted:
            return None
        return next((grant for name, of, grant in self.grants if (name, of) == (resource_type, verb)), NOTHING)

    def allows(self, resource_type: str, verb: Verb = "read") -> bool:
        """Whether anything at all of that type is granted."""
        return self.granted(resource_type, verb) != NOTHING

    def allows_all(self, resource_type: str, verb: Verb = "read") -> bool:
        """Whether everything of that type is granted."""
        return self.granted(resource_type, verb) is None

    @property
    def empty(self) -> bool:
        """Whether nothing is granted."""
        return not self.unrestricted and all(grant == NOTHING for _, _, grant in self.grants)


EVERYTHING: Final = Access(unrestricted=True)
NO_ACCESS: Final = Access()


def access_from_map(given: Mapping[str, object]) -> Access:
    """Grants from an access map such as ``{"aws.account": {"read": ["*"]}, "cost_model": {"write": ["a"]}}``.

    ``*`` in a list stands for everything, writing implies reading, and OpenShift nodes and projects inherit from the
    level above where the map does not name them. Entries of another form grant nothing.
    """
    read: dict[str, Grant] = {}
    write: dict[str, Grant] = {}
    for name, verbs in given.items():
        if not isinstance(verbs, Mapping):
            continue
        write[name] = _grant(verbs.get("write"))
        read[name] = _union(_grant(verbs.get("read")), write[name])
    for child, parent in _INHERITED:
        if child not in read and read.get(parent, NOTHING) != NOTHING:
            read[child] = None
    pairs: list[tuple[str, Verb, Grant]] = [(name, "read", grant) for name, grant in read.items()]
    pairs += [(name, "write", grant) for name, grant in write.items()]
    return Access(tuple(sorted((pair for pair in pairs if pair[2] != NOTHING), key=lambda pair: pair[:2])))


def _grant(values: object) -> Grant:
    if not isinstance(values, list):
        return NOTHING
    return None if "*" in values else frozenset(value for value in values if isinstance(value, str))


def _union(one: Grant, other: Grant) -> Grant:
    return None if one is None or other is None else one | other
