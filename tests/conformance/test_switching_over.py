"""The way of docs/migrate-from-cloudkitty.md, walked with a month: CloudKitty goes on, is stopped and replaced."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from collected_frames import BEGIN, frames
from left_cloudkitty import make_rules, section_of, tally
from servers.cloudkitty import CloudKitty
from servers.influxdb import InfluxDB
from servers.mariadb import MariaDB
from servers.openstack_client import OpenStackClient, without_authentication
from servers.tally import Tally
from tallystick.planner.home import Home
from tallystick.planner.metering.scopes import ScopeFilter, find
from tallystick.settings.config import Config

pytestmark = pytest.mark.conformance
SCOPES, DAYS = 5, 30
MONTH = ("-b", "2026-02-01T00:00:00", "-e", "2026-03-03T00:00:00")
GROUPS = ("-g", "project_id", "-g", "type")
COLLECTED = {
    "fetcher_keystone": {
        "auth_type": "password",
        "auth_url": "http://127.0.0.1:9/v3",
        "username": "u",
        "password": "p",
    },
    "collector_gnocchi": {"gnocchi_auth_type": "basic", "gnocchi_user": "u", "gnocchi_endpoint": "http://127.0.0.1:9"},
}
"""Servers that do not run: nothing is collected here."""
Sums = Mapping[tuple[str, str], tuple[Decimal, Decimal]]
"""By project and metric: quantity and price."""


def test_a_month_is_switched_over(tmp_path: Path) -> None:
    """Taken over after 29 days and once more after 30: nothing is doubled, and both APIs say the same."""
    database, folders = MariaDB(), [tmp_path / name for name in ("influxdb", "cloudkitty")]
    for folder in folders:
        folder.mkdir()
    try:
        database.start()
        with InfluxDB(folders[0], guarded=True) as influxdb:
            storage = {"storage": {"version": "2", "backend": "influxdb"}} | section_of("influxdb", influxdb)
            sections, address = storage | COLLECTED, database.create_database("cloudkitty")
            with CloudKitty(folders[1], address, sections) as cloudkitty:
                make_rules(cloudkitty)
                _switch(cloudkitty, tmp_path / "home")
    finally:
        database.close()


def _switch(cloudkitty: CloudKitty, home: Path) -> None:
    configuration = str(cloudkitty.configuration)
    cloudkitty.rate_and_store(frames(SCOPES, (DAYS - 1) * 24))
    tally(home, "import", configuration, str(cloudkitty.configuration.with_name("metrics.yml")))
    tally(home, "import", "cloudkitty-rules", configuration, fails=True)
    assert ": equal\n" in tally(home, "import", "cloudkitty-storage", configuration)
    cloudkitty.rate_and_store(frames(SCOPES, 24, BEGIN + timedelta(days=DAYS - 1)))
    again = tally(home, "import", "cloudkitty-rules", configuration, fails=True)
    assert f"Scopes      {SCOPES} taken over, 0 here already" in again
    last = tally(home, "import", "cloudkitty-storage", configuration)
    assert f"{DAYS - 1} days had been taken over before, just so" in last
    assert ": equal\n" in last
    with Home(Config(home=home)).database.of("default").read() as session:
        states = {row.last_processed_at for row in find(session, "default", ScopeFilter())}
    assert states == {BEGIN + timedelta(days=DAYS, hours=-1)}
    with Tally(home) as server:
        old, new = _summary(cloudkitty.endpoint), _summary(server.rating)
    assert old.keys() == new.keys()
    for group, (quantity, price) in new.items():
        assert abs(old[group][0] - quantity) < Decimal("1e-6")
        assert abs(old[group][1] - price) < Decimal("1e-6")


def _summary(endpoint: str) -> Sums:
    with OpenStackClient(without_authentication(endpoint)) as client:
        found = json.loads(client.done("rating", "summary", "get", *MONTH, *GROUPS, "-f", "json"), parse_float=Decimal)
    return {(row["Project id"], row["Type"]): (Decimal(row["Qty"]), Decimal(row["Rate"])) for row in found}
