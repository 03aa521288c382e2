"""A home whose lake is in Azure Blob Storage or Google Cloud Storage, as emulators have them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from bills import cur_line, write_cur
from planner.test_home import AUGUST, assert_closes, lines, total, version
from servers.azurite import Azurite
from servers.google_storage import GoogleStorage
from tallystick.errors import ConfigError
from tallystick.planner.home import Home
from tallystick.settings.config import Config

pytestmark = pytest.mark.services


def test_a_home_on_azure(azure_server: Azurite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(azure_server, monkeypatch)
    live(tmp_path, f"{azure_server.address('lake')}/home")


def test_a_home_on_google(google_server: GoogleStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(google_server, monkeypatch)
    live(tmp_path, f"{google_server.address}/home")


def test_no_bucket(google_server: GoogleStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(google_server, monkeypatch)
    home = Home(Config(home=tmp_path / "home", lake="gs://elsewhere/home"))
    with pytest.raises(ConfigError, match=r"^gs://elsewhere/home/deliveries/.* there is no such bucket$"):
        home.ingest(str(write_cur(tmp_path / "a.csv", lines(AUGUST, "1"), version=version(1))))


def use(server: Azurite | GoogleStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what follows speak to an emulator."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)


def live(tmp_path: Path, lake: str) -> None:
    """A bill comes in, its month is closed and revised, and all of it is removed again."""
    home = Home(Config.model_validate({"home": tmp_path / "home", "lake": lake, "engine": {"memory": "300MB"}}))
    home.ingest(str(write_cur(tmp_path / "a.csv", lines(AUGUST, "1", "2"), version=version(1))))
    home.close_month("default", home.sources()[0].name, AUGUST)
    home.ingest(str(write_cur(tmp_path / "b.csv", [cur_line(AUGUST, UnblendedCost="5")], version=version(2))))
    assert (total(home), total(home, where="revision = 1")) == (Decimal(5), Decimal(2))
    home.maintain()
    assert_closes(home)
    home.remove_source("default", home.sources()[0].name)
    assert list(home.storage.list("deliveries")) == []
