"""Where the API lives."""

from __future__ import annotations

from typing import Final

KOKU: Final = "/api/cost-management/v1"
NATIVE: Final = "/api/tallystick/v1"
