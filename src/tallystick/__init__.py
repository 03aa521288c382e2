"""Tallystick: meters, rates, allocates and reports what computing costs."""

__version__ = "0.1.0"
