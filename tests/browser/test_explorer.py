"""The explorer, used with a mouse: every number against a sum over the bill itself."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browser.bill import Bill, Line
from browser.looking import choose, detail, dollars, drawer, plain, row, see_total, total

pytestmark = pytest.mark.browser
AWS = "/?provider=aws"


def test_opens_on_the_last_month_with_data_and_its_exact_total(page: Page, address: str, bill: Bill) -> None:
    page.goto(address)
    see_total(page, bill.total())
    expect(page.get_by_role("button", name=re.compile("^Dates: Latest month with data"))).to_be_visible()


def test_compares_with_the_month_before(page: Page, address: str, bill: Bill) -> None:
    before = bill.before()
    page.goto(address + AWS)
    change = (bill.total() - before).quantize(Decimal("0.01"))
    expect(page.get_by_label("Totals")).to_contain_text(f"+${change:,}")
    ec2 = bill.total(lambda line: line.service == "AmazonEC2")
    share = (ec2 / bill.total() * 100).quantize(Decimal("0.1"))
    expect(row(page, "AmazonEC2")).to_contain_text(f"{share}%")
    expect(row(page, "AmazonEC2")).to_contain_text("+50%")


def test_groups(page: Page, address: str, bill: Bill) -> None:
    page.goto(address + AWS)
    choose(page, "Group by", "Account")
    for account in ("000000000002", "000000000003"):
        expect(row(page, account)).to_contain_text(dollars(bill.total(of_account(account))))
    assert "group=account" in page.url
    choose(page, "Group by", "team (tag)")
    expect(row(page, "No-team")).to_contain_text(dollars(bill.total(lambda line: line.team == "")))
    assert "group=tag:team" in page.url


def test_filters_as_chips(page: Page, address: str, bill: Bill) -> None:
    page.goto(address + AWS)
    choose(page, "Filter", "team (tag)")
    value = page.get_by_role("combobox", name="team (tag) equals")
    value.fill("co")
    page.get_by_role("option", name="core").click()
    see_total(page, bill.total(lambda line: line.team == "core"))
    chip = page.get_by_role("button", name="Remove filter team (tag) equals core")
    expect(chip).to_be_visible()
    choose(page, "that", "does not equal")
    choose(page, "Filter", "Service")
    page.get_by_role("combobox", name="Service does not equal").fill("AmazonS3")
    page.keyboard.press("Enter")
    see_total(page, bill.total(lambda line: line.team == "core" and line.service != "AmazonS3"))
    assert page.url.endswith("is.tag:team=core&not.service=AmazonS3")
    chip.click()
    see_total(page, bill.total(lambda line: line.service != "AmazonS3"))


def test_narrows_by_a_row_and_goes_back(page: Page, address: str, bill: Bill) -> None:
    page.goto(address + AWS)
    page.get_by_role("button", name="Narrow to AmazonEC2").click()
    see_total(page, bill.total(lambda line: line.service == "AmazonEC2"))
    assert "group=account" in page.url
    assert "is.service=AmazonEC2" in page.url
    page.go_back()
    see_total(page, bill.total())
    expect(page.get_by_role("button", name="Narrow to AmazonEC2")).to_be_visible()


def test_narrows_by_a_bar(page: Page, address: str, bill: Bill) -> None:
    page.goto(address + AWS + "&by=monthly")
    bar = page.locator(".ts-chart svg path[fill='#2872c9']").first
    bar.click()
    see_total(page, bill.total(lambda line: line.service == "AmazonEC2"))


def test_rows_without_a_value_can_be_opened_too(page: Page, address: str, bill: Bill) -> None:
    page.goto(address + AWS + "&group=tag:team")
    page.get_by_role("button", name="Narrow to No-team").click()
    see_total(page, bill.total(lambda line: line.team == ""))
    expect(page.get_by_role("button", name="Remove filter team (tag) excludes *")).to_be_visible()


def test_chart_has_the_rest_and_the_table_every_group(page: Page, address: str) -> None:
    page.goto(address + AWS)
    expect(page.get_by_role("list", name="Legend").get_by_role("listitem")).to_have_count(9)
    expect(page.get_by_role("list", name="Legend")).to_contain_text("Others")
    expect(detail(page).get_by_role("row")).to_have_count(12)


def test_explain_shows_the_proof_and_the_line_of_the_bill(page: Page, address: str, bill: Bill) -> None:
    page.goto(address + AWS)
    cost = bill.total(lambda line: line.service == "AmazonRDS")
    row(page, "AmazonRDS").get_by_role("button", name="explain AmazonRDS").click()
    expect(drawer(page)).to_contain_text("They agree to the last digit.")
    expect(drawer(page).get_by_text(f"{plain(cost)} USD", exact=True)).to_have_count(3)
    lines = drawer(page).get_by_role("grid", name="Lines of the bill").get_by_role("row")
    expect(lines).to_have_count(4)
    expect(lines.nth(1)).to_contain_text(f"bill-{bill.month:%Y-%m}.csv.gz")
    expect(lines.nth(1)).to_contain_text(re.compile(r"row \d+"))
    page.go_back()
    expect(drawer(page)).to_have_count(0)


def test_explain_of_one_day_from_the_chart_as_a_table(page: Page, address: str, bill: Bill) -> None:
    day = bill.month + timedelta(days=9)
    page.goto(address + AWS)
    page.get_by_role("button", name="Chart as a table").click()
    page.get_by_role("button", name=f"explain AmazonS3, {short(day)}").click()
    cost = bill.total(lambda line: line.service == "AmazonS3" and line.day == day)
    expect(drawer(page).get_by_text(f"{plain(cost)} USD", exact=True)).to_have_count(3)
    expect(drawer(page).get_by_role("grid", name="Postings of the ledger")).to_contain_text(day.isoformat())


def test_copies_every_digit(page: Page, address: str, bill: Bill) -> None:
    page.goto(address)
    page.get_by_label("Totals").get_by_role("button", name=re.compile("^Copy ")).click()
    assert page.evaluate("navigator.clipboard.readText()") == plain(bill.total())


def test_an_address_is_the_whole_state(page: Page, address: str, bill: Bill) -> None:
    month = bill.month
    days = f"from={month:%Y-%m-%d}&to={month:%Y-%m}-10"
    where = f"{AWS}&{days}&group=account&cost=blended_cost&by=monthly&is.service=AmazonEC2&sort=name"
    page.goto(address + where)
    wanted = bill.total(lambda line: line.service == "AmazonEC2" and line.day.day <= 10)
    for _ in range(2):
        see_total(page, wanted)
        expect(page.get_by_role("button", name="Group by: Account")).to_be_visible()
        expect(page.get_by_role("button", name="Cost: Blended")).to_be_visible()
        expect(page.get_by_role("button", name="Monthly")).to_have_attribute("aria-pressed", "true")
        expect(detail(page).get_by_role("row").nth(1)).to_contain_text("000000000002")
        page.reload()
    assert page.url == address + where


def test_custom_days(page: Page, address: str, bill: Bill) -> None:
    page.goto(address + AWS)
    page.get_by_role("button", name=re.compile("^Dates: ")).click()
    page.get_by_label("From").fill(bill.month.isoformat())
    page.get_by_label("To (included)").fill(bill.month.isoformat())
    page.get_by_role("button", name="Show these days").click()
    see_total(page, bill.total(lambda line: line.day == bill.month))


def test_switches_the_family_and_keeps_tags(page: Page, address: str, bill: Bill) -> None:
    page.goto(address + AWS + "&is.tag:team=web&is.service=AmazonEC2")
    page.get_by_role("button", name="All providers").click()
    see_total(page, bill.total(lambda line: line.team == "web"))
    assert page.url == f"{address}/?is.tag:team=web"
    expect(page.get_by_role("button", name="Group by: Service name")).to_be_visible()


def test_export_has_every_row_and_digit(page: Page, address: str, bill: Bill, tmp_path: Path) -> None:
    page.goto(address + AWS + "&group=account")
    see_total(page, bill.total())
    with page.expect_download() as download:
        page.get_by_role("button", name="Export CSV").click()
    assert download.value.suggested_filename.startswith("tallystick-aws-account-")
    download.value.save_as(tmp_path / "export.csv")
    with (tmp_path / "export.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert sum(Decimal(row["cost_total"]) for row in rows) == bill.total()
    assert {row["id"] for row in rows} == {"000000000002", "000000000003"}


def test_sorts_by_name(page: Page, address: str) -> None:
    page.goto(address + AWS)
    detail(page).get_by_role("button", name="Service").click()
    expect(detail(page).get_by_role("row").nth(2)).to_contain_text("AmazonRDS")
    assert "sort=name" in page.url


def test_total_button_opens_everything(page: Page, address: str, bill: Bill) -> None:
    page.goto(address + AWS)
    total(page).click()
    lines = sum(line.day >= bill.month for line in bill.lines)
    expect(drawer(page).get_by_role("region", name="Lines of the bill").first).to_contain_text(str(lines))
    assert page.url.endswith("explain=*")


def of_account(account: str) -> Callable[[Line], bool]:
    """Whether a line is of that account."""
    return lambda line: line.account == account


def short(day: date) -> str:
    """As the page labels a day: Oct 10."""
    return f"{day:%b} {day.day}"


def test_two_currencies_are_shown_one_at_a_time(page: Page, two_currencies: str) -> None:
    page.goto(two_currencies + AWS)
    expect(total(page)).to_have_text("$5.00")
    expect(page.get_by_text("There is cost in EUR too.")).to_be_visible()
    expect(page.get_by_label("Totals")).to_contain_text("billed in EUR before")
    choose(page, "Currency", "EUR")
    expect(total(page)).to_have_text("€7.25")
    expect(page.get_by_text("There is cost in USD too.")).to_be_visible()
    assert "currency=EUR" in page.url
    expect(page.get_by_label("Totals")).to_contain_text("+€4.25")
    total(page).click()
    expect(drawer(page)).to_contain_text("€7.25")
