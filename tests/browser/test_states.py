"""The page without numbers: nothing delivered, nothing found, refused."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from browser.bill import Bill
from browser.looking import see_total

pytestmark = pytest.mark.browser


def test_before_the_first_delivery_it_says_what_to_do(page: Page, empty_address: str) -> None:
    page.goto(empty_address)
    expect(page.get_by_role("heading", name="No bill yet")).to_be_visible()
    expect(page.get_by_label("Command that takes in a bill")).to_have_value("tally ingest bill.csv.gz")
    expect(page.get_by_role("button", name="No data yet")).to_be_visible()


def test_nothing_found_offers_the_way_out(page: Page, address: str, bill: Bill) -> None:
    page.goto(f"{address}/?provider=aws&is.service=Nothing")
    expect(page.get_by_role("heading", name="No cost here")).to_be_visible()
    page.get_by_role("button", name="Clear filters").last.click()
    see_total(page, bill.total())


def test_a_refusal_is_shown_in_the_servers_words(page: Page, address: str, bill: Bill, complaints: list[str]) -> None:
    page.goto(f"{address}/?provider=aws&cost=guessed_cost")
    expect(page.get_by_role("heading", name=re.compile("refused this question"))).to_be_visible()
    expect(page.get_by_text('cost_type: "guessed_cost" is not a valid choice.')).to_be_visible()
    complaints.clear()
    page.get_by_role("button", name="Start over").click()
    see_total(page, bill.total())


def test_freshness_says_when_and_what(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name=re.compile("^Updated ")).click()
    details = page.get_by_role("dialog")
    expect(details).to_contain_text("Last delivery")
    expect(details).to_contain_text("UTC")


def test_dark_stays_dark(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="Dark theme").click()
    page.reload()
    expect(page.get_by_role("button", name="Dark theme")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("document.documentElement.classList.contains('pf-v6-theme-dark')")
