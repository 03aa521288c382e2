"""Every table of the settings database, wherever it is declared: who needs them all takes them from here."""

from __future__ import annotations

from typing import Final

from tallystick.settings import metering, models, organizations

DECLARING: Final = (models, metering, organizations)
METADATA: Final = models.Base.metadata
