"""Rated points, as CloudKitty's reading interfaces ask for them: sums by anything, and the points themselves.

Whose points an answer may be about is part of every question; no filter can widen it.
"""
