"""A real `tally serve` over a small bill, and a real Chromium that looks at it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, ViewportSize, expect, sync_playwright

from bills import cur_line, write_cur
from browser.bill import Bill, small_company
from tallystick.api.web import WEB_FOLDER

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE = ViewportSize(width=1280, height=1000)
SECONDS = 60
PATIENCE = 15_000
"""Milliseconds to wait for what must appear; a machine may be busy."""


@pytest.fixture(scope="session")
def bill() -> Bill:
    """What the server has been given."""
    return small_company()


@pytest.fixture(scope="session")
def bill_file(bill: Bill, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bill as a folder of CUR files, one a month."""
    folder = tmp_path_factory.mktemp("bills")
    bill.write(folder)
    return folder


def _tally(home: Path, *arguments: str) -> list[str]:
    return [str(Path(sys.executable).with_name("tally")), arguments[0], "--home", str(home), *arguments[1:]]


@contextmanager
def _serving(home: Path) -> Iterator[str]:
    """The address of a server on any free port."""
    log = home.with_suffix(".log")
    with log.open("w") as output:
        server = subprocess.Popen(_tally(home, "serve", "--port", "0"), stdout=output, stderr=output)
    try:
        yield _address(server, log)
    finally:
        server.terminate()
        server.wait(SECONDS)


def _address(server: subprocess.Popen[bytes], log: Path) -> str:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and server.poll() is None:
        if found := re.search(r"running on (http://127\.0\.0\.1:\d+)", log.read_text()):
            return found.group(1)
        time.sleep(0.05)
    raise RuntimeError(f"tally serve did not start:\n{log.read_text()}")


@pytest.fixture(scope="session")
def address(bill_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the page over the bill is."""
    home = tmp_path_factory.mktemp("homes") / "billed"
    subprocess.run(_tally(home, "ingest", str(bill_file)), check=True, capture_output=True)
    with _serving(home) as found:
        yield found


@pytest.fixture(scope="session")
def empty_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the page over nothing is."""
    with _serving(tmp_path_factory.mktemp("homes") / "empty") as found:
        yield found


@pytest.fixture(scope="session")
def two_currencies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the page over a month in euros is, and over the next in dollars and euros."""
    folder, home = tmp_path_factory.mktemp("currencies"), tmp_path_factory.mktemp("homes") / "currencies"
    july, august = date(2026, 7, 1), date(2026, 8, 1)
    lines = [cur_line(august, UnblendedCost="5"), cur_line(august, UnblendedCost="7.25", CurrencyCode="EUR")]
    write_cur(folder / "july.csv", [cur_line(july, UnblendedCost="3", CurrencyCode="EUR")])
    write_cur(folder / "august.csv", lines)
    subprocess.run(_tally(home, "ingest", str(folder)), check=True, capture_output=True)
    with _serving(home) as found:
        yield found


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright's driver."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """The machine's Chromium, headless."""
    if not (WEB_FOLDER / "index.html").is_file():
        pytest.fail("the web page is not built: make ui")
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.fail("no Chromium on this machine; on Debian: apt-get install chromium")
    browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained about; a test that expects a complaint takes it out."""
    return []


@pytest.fixture
def new_page(chromium: Browser, complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """Makes pages, each with its own storage; afterwards nothing may have been complained about."""
    contexts = []

    def make(**options: Any) -> Page:
        given = {"viewport": WIDE, "locale": "en-US", "reduced_motion": "reduce", **options}
        context = chromium.new_context(**given)
        contexts.append(context)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        return page

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A page of a wide, light window."""
    return new_page()
