"""FOCUS: the FinOps Open Cost and Usage Specification."""

from tallystick.sources.base import Source
from tallystick.sources.focus.kind import FocusKind

SOURCE = Source(FocusKind())
