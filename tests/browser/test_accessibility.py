"""The page for those who use a keyboard, a screen reader or a telephone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from browser.bill import Bill
from browser.looking import detail, drawer, see_total, total

pytestmark = pytest.mark.browser
AXE = Path(__file__).parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
PHONE = ViewportSize(width=400, height=800)
AWS = "/?provider=aws"


def violations(page: Page) -> list[str]:
    """What axe finds serious or critical: the rule and where."""
    page.evaluate(AXE.read_text())
    found: Any = page.evaluate("axe.run()")
    return [
        f"{violation['id']}: {node['html']}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def press(page: Page, *keys: str) -> None:
    """Presses keys one after the other."""
    for key in keys:
        page.keyboard.press(key)


def tab_to(page: Page, name: str) -> None:
    """Tabs on until the element with this accessible name (a pattern) has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if re.search(name, focused(page)):
            return
    raise AssertionError(f"Tab does not reach {name}")


def focused(page: Page) -> str:
    """The name of what has the focus."""
    name: str = page.evaluate(
        "(document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent).trim()"
    )
    return name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(new_page: Callable[..., Page], address: str, bill: Bill, scheme: str) -> None:
    page = new_page(color_scheme=scheme)
    page.goto(f"{address}{AWS}&is.service=AmazonEC2&has.tag:team=e&group=tag:team")
    see_total(page, bill.total(lambda line: line.service == "AmazonEC2"))
    page.get_by_role("button", name="Chart as a table").click()
    expect(page.locator(".ts-chart svg")).to_be_visible()
    assert violations(page) == []
    total(page).click()
    expect(drawer(page)).to_contain_text("They agree")
    assert violations(page) == []


@pytest.mark.parametrize("menu", ["Dates", "Group by", "Filter"])
def test_axe_finds_nothing_serious_in_open_menus(page: Page, address: str, bill: Bill, menu: str) -> None:
    page.goto(address)
    see_total(page, bill.total())
    page.get_by_role("button", name=re.compile(f"^{menu}: ")).click()
    assert violations(page) == []


def test_axe_finds_nothing_serious_before_the_first_delivery(page: Page, empty_address: str) -> None:
    page.goto(empty_address)
    expect(page.get_by_role("heading", name="No bill yet")).to_be_visible()
    assert violations(page) == []


def test_a_telephone_shows_everything_without_scrolling_sideways(
    new_page: Callable[..., Page], address: str, bill: Bill
) -> None:
    page = new_page(viewport=PHONE)
    page.goto(f"{address}{AWS}&is.service=AmazonEC2")
    see_total(page, bill.total(lambda line: line.service == "AmazonEC2"))
    expect(page.locator(".ts-chart svg")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.evaluate("document.querySelector('main').scrollWidth") <= PHONE["width"]
    assert violations(page) == []
    total(page).click()
    expect(drawer(page)).to_contain_text("They agree")
    assert violations(page) == []


def test_landmarks_and_headings(page: Page, address: str, bill: Bill) -> None:
    page.goto(address + AWS)
    see_total(page, bill.total())
    for landmark in ("banner", "navigation", "main"):
        expect(page.get_by_role(landmark)).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).to_have_text("Explorer")
    expect(page.get_by_role("heading", level=2)).to_have_text(["Cost by Service", "Service in detail"])
    expect(page.get_by_role("img", name=re.compile("^Stacked bars of the cost by Service"))).to_be_visible()


def test_the_keyboard_alone_groups_filters_and_explains(page: Page, address: str, bill: Bill) -> None:
    page.goto(address + AWS)
    see_total(page, bill.total())
    tab_to(page, "^Skip to content")
    tab_to(page, "^Group by: Service")
    press(page, "Enter")
    expect(page.get_by_role("option", name="Account")).to_be_focused()
    press(page, "Enter")
    expect(page.get_by_role("button", name="Group by: Account")).to_be_focused()
    tab_to(page, "^Filter: ")
    tab_to(page, "^Account equals$")
    page.keyboard.type("000000000002")
    expect(page.get_by_role("option", name="000000000002")).to_be_visible()
    press(page, "ArrowDown", "Enter")
    see_total(page, bill.total(lambda line: line.account == "000000000002"))
    tab_to(page, "explain the total$")
    press(page, "Enter")
    expect(drawer(page)).to_contain_text("They agree")
    assert focused(page) == "Total"
    for _ in range(12):
        press(page, "Tab")
        assert page.evaluate("document.querySelector('[role=dialog]').contains(document.activeElement)")
    press(page, "Escape")
    expect(drawer(page)).to_have_count(0)
    expect(total(page)).to_be_focused()


def test_sorting_is_announced(page: Page, address: str, bill: Bill) -> None:
    page.goto(address + AWS)
    see_total(page, bill.total())
    cost, service = (detail(page).get_by_role("columnheader", name=name) for name in ("Cost", "Service"))
    expect(cost).to_have_attribute("aria-sort", "descending")
    service.get_by_role("button").click()
    expect(service).to_have_attribute("aria-sort", "ascending")
    assert cost.get_attribute("aria-sort") is None
