"""A real CloudKitty with rules and rated points in each of its storages, taken over by the command line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from collected_frames import frames
from left_cloudkitty import HASHMAP, ask, make_rules, section_of, tally
from servers.cloudkitty import CloudKitty
from servers.elasticsearch import Elasticsearch
from servers.influxdb import InfluxDB
from servers.mariadb import MariaDB
from tallystick.planner.home import Home
from tallystick.rating.modules import states
from tallystick.rating.rules import mappings, names, thresholds
from tallystick.rating.rules.mappings import MappingFilter
from tallystick.rating.rules.thresholds import ThresholdFilter
from tallystick.settings.config import Config
from tallystick.settings.metering import PyScript, ScopeState

pytestmark = pytest.mark.conformance
HOURS = 26
SCOPES = 3


@dataclass(frozen=True)
class Cloud:
    """A CloudKitty on version 1 of its storage, whose database others can use with another storage."""

    cloudkitty: CloudKitty
    database: str


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """With rules, made through its API."""
    server = MariaDB()
    try:
        server.start()
        database = server.create_database("cloudkitty")
        storage = {"storage": {"version": "1", "backend": "sqlalchemy"}}
        with CloudKitty(tmp_path_factory.mktemp("cloudkitty"), database, storage) as cloudkitty:
            make_rules(cloudkitty)
            yield Cloud(cloudkitty, database)
    finally:
        server.close()


@pytest.fixture(scope="module", params=["sql", "influxdb", "elasticsearch", "opensearch"])
def filled(cloud: Cloud, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The configuration of a CloudKitty whose storage has rated points."""
    if request.param == "sql":
        cloud.cloudkitty.rate_and_store(frames(SCOPES, HOURS))
        yield cloud.cloudkitty.configuration
        return
    server: InfluxDB | Elasticsearch
    folder = tmp_path_factory.mktemp(request.param)
    server = InfluxDB(folder, guarded=True) if request.param == "influxdb" else Elasticsearch("cloudkitty")
    with server:
        sections = {"storage": {"version": "2", "backend": request.param}} | section_of(request.param, server)
        other = CloudKitty(tmp_path_factory.mktemp("other"), cloud.database, sections)
        other.rate_and_store(frames(SCOPES, HOURS))
        yield other.configuration


def test_history_is_taken_over_to_the_last_digit(filled: Path, tmp_path: Path) -> None:
    points = sum(len(points) for _, frame in frames(SCOPES, HOURS) for points in frame["usage"].values())
    first = tally(tmp_path, "import", "cloudkitty-storage", str(filled))
    assert f"{points:,} points, cost " in first
    assert ": equal\n" in first
    again = tally(tmp_path, "import", "cloudkitty-storage", str(filled))
    assert "2 days had been taken over before, just so" in again
    with Home(Config(home=tmp_path)).session() as session:
        rows = session.rows("SELECT service_name, SUM(consumed_quantity), SUM(billed_cost) FROM ledger GROUP BY ALL")
    sums = {metric: (quantity, cost) for metric, quantity, cost in rows}
    instances = sum(len(frame["usage"]["instance"]) for _, frame in frames(SCOPES, HOURS))
    assert sums["instance"][0] == instances
    assert abs(sums["instance"][1] - instances * Decimal("0.0123456789")) < Decimal("1e-6")
    assert sums["volume.size"][1] == 0


def test_rules_are_taken_over(cloud: Cloud, tmp_path: Path) -> None:
    found = tally(tmp_path, "import", "cloudkitty-rules", str(cloud.cloudkitty.configuration), fails=True)
    assert "Mappings    5 taken over, 0 here already" in found
    home = Home(Config(home=tmp_path))
    with home.database.of("default").read() as session:
        assert {service.name for service in names.services(session, "default")} == {"instance", "image.size"}
        every = mappings.mappings(session, "default", MappingFilter(deleted=True))
        (threshold,) = thresholds.thresholds(session, "default", ThresholdFilter())
        scripts = session.query(PyScript).all()
        enabled = {state.module_id: (state.enabled, state.priority) for state in states(session, "default")}
    told = {row["mapping_id"]: row for row in ask(cloud.cloudkitty, f"{HASHMAP}/mappings?deleted=true")["mappings"]}
    assert {row.mapping_id for row in every} == set(told)
    for row in every:
        theirs = told[row.mapping_id]
        assert (Decimal(row.cost), row.kind, row.value or "") == (
            Decimal(theirs["cost"]),
            theirs["type"],
            theirs["value"] or "",
        )
        assert (row.service_id, row.field_id, row.group_id, row.scope_id) == tuple(
            theirs[name] for name in ("service_id", "field_id", "group_id", "tenant_id")
        )
        assert row.start_at.replace(tzinfo=None).isoformat() == theirs["start"]
        assert (row.end_at and row.end_at.replace(tzinfo=None).isoformat()) == theirs["end"]
        assert bool(row.deleted_at) == bool(theirs["deleted"])
    assert (threshold.level, threshold.cost, threshold.kind) == ("50", "0.98", "rate")
    assert [script.name for script in scripts] == ["good"]
    assert enabled["hashmap"] == (True, 3)


def test_what_is_here_already_is_left_as_it_is(cloud: Cloud, tmp_path: Path) -> None:
    for answer in ("5 taken over, 0 here already", "0 taken over, 5 here already"):
        found = tally(tmp_path, "import", "cloudkitty-rules", str(cloud.cloudkitty.configuration), fails=True)
        assert f"Mappings    {answer}" in found
        assert "not taken over: pyscripts_scripts broken: Script broken cannot be compiled: line 1: " in found


def test_scopes_go_on_where_they_were(cloud: Cloud, tmp_path: Path) -> None:
    cloud.cloudkitty.rate_and_store(frames(1, 2))
    tally(tmp_path, "import", "cloudkitty-rules", str(cloud.cloudkitty.configuration), fails=True)
    with Home(Config(home=tmp_path)).database.of("default").read() as session:
        state = session.query(ScopeState).filter_by(scope_id=f"{0:032x}").one()
    assert (state.fetcher, state.collector, state.scope_key, state.active) == (
        "keystone",
        "gnocchi",
        "project_id",
        True,
    )
    assert state.last_processed_at is not None
