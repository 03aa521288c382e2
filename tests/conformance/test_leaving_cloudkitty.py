"""A real CloudKitty with rules and rated points in each of its storages, taken over by the command line."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collected_frames import frames
from servers.cloudkitty import CloudKitty, Sections
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
_HASHMAP = "/v1/rating/module_config/hashmap"
_SCRIPTS = "/v1/rating/module_config/pyscripts/scripts"


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
            _make_rules(cloudkitty)
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
        sections = {"storage": {"version": "2", "backend": request.param}} | _section(request.param, server)
        other = CloudKitty(tmp_path_factory.mktemp("other"), cloud.database, sections)
        other.rate_and_store(frames(SCOPES, HOURS))
        yield other.configuration


def test_history_is_taken_over_to_the_last_digit(filled: Path, tmp_path: Path) -> None:
    points = sum(len(points) for _, frame in frames(SCOPES, HOURS) for points in frame["usage"].values())
    first = _tally(tmp_path, "import", "cloudkitty-storage", str(filled))
    assert f"{points:,} points, cost " in first
    assert ": equal\n" in first
    again = _tally(tmp_path, "import", "cloudkitty-storage", str(filled))
    assert "2 days had been taken over before, just so" in again
    with Home(Config(home=tmp_path)).session() as session:
        rows = session.rows("SELECT service_name, SUM(consumed_quantity), SUM(billed_cost) FROM ledger GROUP BY ALL")
    sums = {metric: (quantity, cost) for metric, quantity, cost in rows}
    instances = sum(len(frame["usage"]["instance"]) for _, frame in frames(SCOPES, HOURS))
    assert sums["instance"][0] == instances
    assert abs(sums["instance"][1] - instances * Decimal("0.0123456789")) < Decimal("1e-6")
    assert sums["volume.size"][1] == 0


def test_rules_are_taken_over(cloud: Cloud, tmp_path: Path) -> None:
    found = _tally(tmp_path, "import", "cloudkitty-rules", str(cloud.cloudkitty.configuration), fails=True)
    assert "Mappings    5 taken over, 0 here already" in found
    home = Home(Config(home=tmp_path))
    with home.database.of("default").read() as session:
        assert {service.name for service in names.services(session, "default")} == {"instance", "image.size"}
        every = mappings.mappings(session, "default", MappingFilter(deleted=True))
        (threshold,) = thresholds.thresholds(session, "default", ThresholdFilter())
        scripts = session.query(PyScript).all()
        enabled = {state.module_id: (state.enabled, state.priority) for state in states(session, "default")}
    told = {row["mapping_id"]: row for row in _ask(cloud.cloudkitty, f"{_HASHMAP}/mappings?deleted=true")["mappings"]}
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
        found = _tally(tmp_path, "import", "cloudkitty-rules", str(cloud.cloudkitty.configuration), fails=True)
        assert f"Mappings    {answer}" in found
        assert "not taken over: pyscripts_scripts broken: Script broken cannot be compiled: line 1: " in found


def test_scopes_go_on_where_they_were(cloud: Cloud, tmp_path: Path) -> None:
    cloud.cloudkitty.rate_and_store(frames(1, 2))
    _tally(tmp_path, "import", "cloudkitty-rules", str(cloud.cloudkitty.configuration), fails=True)
    with Home(Config(home=tmp_path)).database.of("default").read() as session:
        state = session.query(ScopeState).filter_by(scope_id=f"{0:032x}").one()
    assert (state.fetcher, state.collector, state.scope_key, state.active) == (
        "keystone",
        "gnocchi",
        "project_id",
        True,
    )
    assert state.last_processed_at is not None


def _section(backend: str, server: InfluxDB | Elasticsearch) -> Sections:
    if isinstance(server, InfluxDB):
        place = {"host": "127.0.0.1", "port": str(server.port), "database": server.database}
        return {"storage_influxdb": place | {"username": server.user, "password": server.password}}
    return {f"storage_{backend}": {"host": server.endpoint}}


def _make_rules(cloudkitty: CloudKitty) -> None:
    """Prices of instances and images; others that never count: of a flavor, of a scope, later, and deleted ones."""
    _ask(cloudkitty, "/v1/rating/modules/hashmap", "PUT", {"module_id": "hashmap", "enabled": True, "priority": 3})
    instance = _ask(cloudkitty, f"{_HASHMAP}/services", "POST", {"name": "instance"})["service_id"]
    image = _ask(cloudkitty, f"{_HASHMAP}/services", "POST", {"name": "image.size"})["service_id"]
    flavor = _ask(cloudkitty, f"{_HASHMAP}/fields", "POST", {"service_id": instance, "name": "flavor_name"})["field_id"]
    group = _ask(cloudkitty, f"{_HASHMAP}/groups", "POST", {"name": "extra"})["group_id"]
    past = {"type": "flat", "start": "2025-01-01"}
    for mapping in (
        past | {"service_id": instance, "cost": "0.0123456789"},
        past | {"service_id": image, "cost": "0.00007"},
        past | {"field_id": flavor, "value": "m9", "cost": "2", "group_id": group, "tenant_id": "nobody"},
        {"service_id": image, "cost": "9", "start": "2125-01-01", "end": "2125-02-01T12:00:00", "group_id": group},
    ):
        _ask(cloudkitty, f"{_HASHMAP}/mappings?force=true", "POST", mapping)
    wrong = _ask(cloudkitty, f"{_HASHMAP}/mappings", "POST", {"field_id": flavor, "value": "gone", "cost": "1"})
    _ask(cloudkitty, f"{_HASHMAP}/mappings/{wrong['mapping_id']}", "DELETE")
    threshold = {"service_id": image, "level": "50", "cost": "0.98", "type": "rate", "group_id": group}
    _ask(cloudkitty, f"{_HASHMAP}/thresholds", "POST", threshold)
    for name, data in (("good", "data['usage'] = data['usage']"), ("broken", "this is (no Python")):
        _ask(cloudkitty, _SCRIPTS, "POST", {"name": name, "data": data})


def _ask(cloudkitty: CloudKitty, path: str, verb: str = "GET", body: Mapping[str, Any] | None = None) -> Any:
    request = urllib.request.Request(
        f"{cloudkitty.endpoint}{path}",
        method=verb,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.loads(response.read() or b"null")
    except urllib.error.HTTPError as error:
        if error.code != 302:
            raise AssertionError(error.read().decode()) from error


def _tally(home: Path, *words: str, fails: bool = False) -> str:
    """What a command prints, on both streams."""
    command = [str(Path(sys.executable).with_name("tally")), *words, "--home", str(home)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert bool(ended.returncode) == fails, ended.stderr
    return ended.stdout + ended.stderr
