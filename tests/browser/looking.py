"""What the tests look at on the explorer's page."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from playwright.sync_api import Locator, Page, expect

CENT = Decimal("0.01")


def dollars(amount: Decimal) -> str:
    """As the page shows money: $1,234.57, and <$0.01 for what would round to nothing."""
    rounded = amount.quantize(CENT, ROUND_HALF_UP)
    return f"${rounded:,}" if rounded else "<$0.01"


def plain(amount: Decimal) -> str:
    """Every digit, without zeros at the end."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def total(page: Page) -> Locator:
    """The headline amount, a button."""
    return page.get_by_role("button", name=re.compile("explain the total$"))


def see_total(page: Page, amount: Decimal) -> None:
    """The headline shows this amount, and gives all of its digits for copying."""
    expect(total(page)).to_have_text(dollars(amount))
    totals = page.get_by_label("Totals")
    expect(totals.get_by_role("button", name=f"Copy {plain(amount)} USD", exact=True)).to_have_count(1)


def detail(page: Page) -> Locator:
    """The table of groups."""
    return page.get_by_role("grid", name=re.compile("in detail$"))


def row(page: Page, name: str) -> Locator:
    """The row of one group."""
    return detail(page).get_by_role("row").filter(has=page.get_by_text(name, exact=True))


def choose(page: Page, menu: str, choice: str) -> None:
    """Picks from one of the drop-downs of the question."""
    page.get_by_role("button", name=re.compile(f"^{menu}: ")).click()
    page.get_by_role("option", name=choice, exact=True).click()


def drawer(page: Page) -> Locator:
    """What opens behind a number."""
    return page.get_by_role("dialog")
