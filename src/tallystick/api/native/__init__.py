"""Tallystick's own endpoints, below ``/api/tallystick/v1/``."""

from tallystick.api.native import books, explain, terms

ROUTERS = (explain.ROUTER, terms.ROUTER, books.ROUTER)
