"""Which form an Accept header gets."""

from __future__ import annotations

import pytest

from tallystick.api.negotiation import CSV, JSON, NotAcceptableError, choose


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/json", JSON),
        ("APPLICATION/JSON; charset=utf-8", JSON),
        ("application/*", JSON),
        ("text/csv", CSV),
        ("text/*", CSV),
        ("text/csv, */*;q=0.1", CSV),
        ("text/csv;q=0.1, application/json", JSON),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON),
        ("application/json;q=0, */*", CSV),
        ("text/csv;q=high, */*;q=0.5", JSON),
    ],
)
def test_choice(accept: str | None, chosen: str) -> None:
    assert choose(accept, JSON, CSV) == chosen


@pytest.mark.parametrize("accept", ["text/csv", "image/png", "application/xml, text/html", "application/json;q=0"])
def test_nothing_that_fits(accept: str) -> None:
    with pytest.raises(NotAcceptableError, match="application/json"):
        choose(accept, JSON)
