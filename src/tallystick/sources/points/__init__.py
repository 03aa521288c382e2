"""Metered points in files: what collectors write, and anybody else who meters."""

from tallystick.sources.base import Source
from tallystick.sources.points.kind import PointsKind

SOURCE = Source(PointsKind())
