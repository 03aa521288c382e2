"""Tallystick's own endpoints, below ``/api/tallystick/v1/``."""

from tallystick.api.native import books, terms

ROUTERS = (terms.ROUTER, books.ROUTER)
