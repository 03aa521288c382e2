"""Which form an answer takes: JSON, or CSV where an endpoint has it."""

from __future__ import annotations

from typing import Final

from tallystick.errors import TallyError

JSON: Final = "application/json"
CSV: Final = "text/csv"


class NotAcceptableError(TallyError):
    """The client accepts none of the forms that the endpoint has (HTTP 406)."""


def choose(accept: str | None, *offered: str) -> str:
    """The offered media type that an Accept header likes best; the first one where it does not mind.

    Raises NotAcceptableError where it likes none.
    """
    if accept is None or not accept.strip():
        return offered[0]
    ranges = [_range(part) for part in accept.split(",") if part.strip()]
    best = max(offered, key=lambda media: _liking(media, ranges))
    if _liking(best, ranges)[0] == 0:
        raise NotAcceptableError(f"This answer exists as {' and '.join(offered)}, not as {accept}")
    return best


def _range(part: str) -> tuple[str, float]:
    """A media range and its quality; an unreadable quality is none."""
    media, *parameters = (piece.strip().lower() for piece in part.split(";"))
    quality = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
    try:
        return media, float(quality)
    except ValueError:
        return media, 0.0


def _liking(media: str, ranges: list[tuple[str, float]]) -> tuple[float, int]:
    """(quality, precision) of the most precise range that covers a media type."""
    covering = {media: 2, f"{media.partition('/')[0]}/*": 1, "*/*": 0}
    precision, quality = max(((covering[name], q) for name, q in ranges if name in covering), default=(-1, 0.0))
    return quality, precision
