"""From a real Prometheus to the ledger: a CloudKitty's files are imported, and what it measured is rated and posted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from metered import Posting, assert_closes, postings
from servers.prometheus import Prometheus, Sample
from tallystick.planner.home import Home
from tallystick.planner.metering.processing import process
from tallystick.planner.metering.scopes import ScopeFilter, find
from tallystick.planner.metering.sources import configure
from tallystick.planner.progress import Silent
from tallystick.rating.modules import set_state
from tallystick.rating.rules import mappings, names
from tallystick.settings.config import Config
from tallystick.settings.moments import ALWAYS
from tallystick.sources.metering.importing import import_config

pytestmark = pytest.mark.services

BEGIN = datetime(2026, 10, 1, tzinfo=UTC)
HOURS = 26
SCOPES = ["one", 'two "and"', "thr\\ee"]
CONF = """
[collect]
collector = prometheus
[fetcher]
backend = prometheus
[fetcher_prometheus]
metric = last_over_time(vm[100y])
prometheus_url = {url}
[collector_prometheus]
prometheus_url = {url}
timeout = 5
"""
METRICS = """
metrics:
  vm: {unit: instance, groupby: [id], metadata: [flavor]}
  io_total:
    unit: MiB
    alt_name: io
    factor: 1/1048576
    extra_args: {aggregation_method: sum, range_function: increase}
"""


def _samples() -> Iterator[Sample]:
    """Scope n has n machines, the last in every other hour only, and reads 1 MiB every ten minutes."""
    start = int(BEGIN.timestamp())
    for number, scope in enumerate(SCOPES, 1):
        for machine in range(number):
            labels = {"project_id": scope, "id": f"{number}-{machine}", "flavor": f"m{machine}"}
            for hour in range(HOURS):
                if machine < number - 1 or hour % 2:
                    yield "vm", labels, start + 3600 * hour + 1800, "1"
    for scope in SCOPES:
        for tens in range(6 * HOURS + 1):
            yield "io_total", {"project_id": scope}, start + 600 * tens, str(1048576 * tens)


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[Prometheus]:
    with Prometheus(tmp_path / "prometheus", _samples()) as server:
        yield server


@pytest.fixture
def home(config: Config, prometheus: Prometheus, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("TALLY_NOW", (BEGIN + timedelta(hours=HOURS + 2)).isoformat())
    home = Home(config)
    imported = import_config(CONF.format(url=prometheus.url), "cloudkitty.conf", METRICS, "metrics.yml")
    assert imported.left == ()
    configure(home.database.of("default"), "cloudkitty", imported.config)
    with home.database.of("default").write() as session:
        for metric, cost in (("vm", "0.25"), ("io", "0.1")):
            service = names.create_service(session, "default", metric)
            draft = mappings.MappingDraft(cost=Decimal(cost), service_id=service.service_id, start=ALWAYS)
            mappings.create_mapping(session, "default", draft, "test", force=True)
        set_state(session, "default", "hashmap", enabled=True, at=ALWAYS)
    return home


def _expected() -> list[Posting]:
    found = []
    for number, scope in enumerate(SCOPES, 1):
        for hour in range(HOURS):
            begin = (BEGIN + timedelta(hours=hour)).replace(tzinfo=None)
            found.append(Posting(scope, "io", begin, Decimal(6), Decimal("0.6")))
            machines = number if hour % 2 else number - 1
            found += [Posting(scope, "vm", begin, Decimal(1), Decimal("0.25"))] * machines
    return sorted(found, key=lambda posting: (posting.scope_id, posting.metric, posting.begin))


def test_what_prometheus_measured_is_rated_and_posted(home: Home) -> None:
    process(home, "default", Silent())
    assert postings(home) == _expected()
    assert_closes(home)


def test_what_prometheus_could_not_say_is_collected_when_it_is_back(
    home: Home, prometheus: Prometheus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALLY_NOW", (BEGIN + timedelta(hours=7)).isoformat())
    process(home, "default", Silent())
    monkeypatch.setenv("TALLY_NOW", (BEGIN + timedelta(hours=HOURS + 2)).isoformat())
    prometheus.kill()
    (done,) = process(home, "default", Silent())
    assert (done.periods, done.problems) == (0, 1)
    prometheus.start()
    process(home, "default", Silent())
    process(home, "default", Silent())
    assert postings(home) == _expected()
    assert_closes(home)
    with home.database.of("default").read() as session:
        states = {(row.scope_id, row.last_processed_at, row.problem) for row in find(session, "default", ScopeFilter())}
    assert states == {(scope, BEGIN + timedelta(hours=HOURS - 1), None) for scope in SCOPES}
