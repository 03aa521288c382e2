"""What is wrong with a change of rules. The texts are those of CloudKitty, as its clients match on them."""

from __future__ import annotations

from tallystick.errors import NotFoundError, TallyError


class InvalidRuleError(TallyError):
    """A rule that cannot be, or a change that it does not allow."""


class UnknownRuleError(NotFoundError):
    """There is no such rule, service, field or group."""


class DuplicateRuleError(TallyError):
    """The rule, or one in its place, exists already."""
