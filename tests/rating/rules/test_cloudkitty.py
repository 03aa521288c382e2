"""Rules out of the database of a CloudKitty: one whose tables lack what came with version 23."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from tallystick.rating.rules.cloudkitty import read_rules
from tallystick.settings.moments import ALWAYS

BEFORE_23 = """
CREATE TABLE hashmap_services (id INTEGER PRIMARY KEY, service_id TEXT, name TEXT);
CREATE TABLE hashmap_mappings (id INTEGER PRIMARY KEY, mapping_id TEXT, value TEXT, cost TEXT, map_type TEXT,
  service_id INTEGER, field_id INTEGER, group_id INTEGER, tenant_id TEXT);
CREATE TABLE cloudkitty_storage_states (id INTEGER PRIMARY KEY, identifier TEXT, scope_key TEXT, collector TEXT,
  fetcher TEXT, last_processed_timestamp DATETIME);
INSERT INTO hashmap_services VALUES (1, 's-1', 'cpu');
INSERT INTO hashmap_mappings VALUES (1, 'm-1', NULL, '0.5', 'flat', 1, NULL, NULL, NULL);
INSERT INTO cloudkitty_storage_states VALUES (1, 'p1', 'project_id', 'gnocchi', 'keystone', NULL);
"""


def test_rules_without_names_and_dates_count_always(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "cloudkitty.db") as database:
        database.executescript(BEFORE_23)
    rules = read_rules(f"sqlite:///{tmp_path / 'cloudkitty.db'}", ZoneInfo("UTC"), "t")
    assert rules.left == []
    (mapping,) = rules.mappings
    assert (mapping.name, Decimal(mapping.cost), mapping.start_at, mapping.end_at) == (
        "m-1",
        Decimal("0.5"),
        ALWAYS,
        None,
    )
    (scope,) = rules.scopes
    assert (scope.scope_id, scope.active, scope.toggled_at) == ("p1", True, None)
