"""A cloud with Keystone and Gnocchi, from CloudKitty's two files to what a project is charged, by commands alone."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import requests

from servers.gnocchi import Gnocchi
from servers.keystone import REGION, Account, Keystone
from servers.openstack_client import OpenStackClient
from servers.tally import Tally, with_keystone

pytestmark = pytest.mark.conformance

HOUR = timedelta(hours=1)
HOURS = 4
CONFIGURATION = """
[keystone_authtoken]
auth_type = password
auth_url = {identity}
username = {account.name}
password = {account.password}
project_name = {account.project_name}
user_domain_name = Default
project_domain_name = Default
[fetcher]
backend = keystone
[fetcher_keystone]
auth_section = keystone_authtoken
[collect]
collector = gnocchi
wait_periods = 1
[collector_gnocchi]
auth_section = keystone_authtoken
region_name = {region}
"""
METRICS = """
metrics:
  volume.size:
    unit: GiB
    groupby: [id, user_id, project_id]
    metadata: [flavor]
    extra_args: {{resource_type: {kind}, force_granularity: 300, re_aggregation_method: mean}}
"""


@dataclass(frozen=True)
class Site:
    """A server that has taken the two files over, and those who use it."""

    keystone: Keystone
    home: Path
    admin: Account
    tenant: Account
    begin: datetime
    """When the first of the periods began that have measures."""

    def tally(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run ``tally`` on the server's home."""
        command = [str(Path(sys.executable).with_name("tally")), *words, "--home", str(self.home)]
        return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(
    keystone_server: Keystone, gnocchi_server: Gnocchi, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """One project with a volume of which half of the time 10 GiB and half of the time 30 GiB are used."""
    folder, suffix = tmp_path_factory.mktemp("openstack"), uuid.uuid4().hex[:8]
    project, service = (keystone_server.create_project(f"{name} {suffix}") for name in ("rated", "rating"))
    account = keystone_server.create_user(f"rating-{suffix}", {service: ["admin"], project: ["rating"]})
    keystone_server.register("metric", "gnocchi", gnocchi_server.keystone_endpoint)
    begin = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - (HOURS + 1) * HOUR
    _fill(gnocchi_server, f"volume_{suffix}", project, begin)
    with Tally(folder / "home", with_keystone(keystone_server)) as tally:
        keystone_server.register("rating", "tallystick", tally.rating)
        tenant = keystone_server.create_user(f"tenant-{suffix}", {project: ["reader"]})
        site = Site(keystone_server, folder / "home", keystone_server.admin, tenant, begin)
        _set_up(site, tally.rating, project)
        conf, metrics = folder / "cloudkitty.conf", folder / "metrics.yml"
        conf.write_text(CONFIGURATION.format(identity=keystone_server.endpoint, account=account, region=REGION))
        metrics.write_text(METRICS.format(kind=f"volume_{suffix}"))
        imported = site.tally("import", str(conf), str(metrics))
        assert imported.returncode == 0, imported.stderr
        yield site


def _fill(gnocchi: Gnocchi, kind: str, project: str, begin: datetime) -> None:
    volume = str(uuid.uuid4())
    gnocchi.create_resource_type(kind, "flavor")
    gnocchi.create_resource(kind, volume, ["volume.size"], project_id=project, user_id="u", flavor="fast")
    gnocchi.date_revisions(volume, [begin - HOUR])
    steps = range(HOURS * 12)
    gnocchi.push(volume, "volume.size", [(begin + step * HOUR / 12, 10.0 if step % 12 < 6 else 30.0) for step in steps])
    gnocchi.process()


def _set_up(site: Site, rating: str, project: str) -> None:
    """A price for the metric, and a scope that begins with the first measures instead of the month."""
    with OpenStackClient(site.keystone.environment(site.admin)) as admin:
        admin.done("rating", "module", "enable", "hashmap")
        (service,) = admin.shown("rating", "hashmap", "service", "create", "volume.size")
    mapping = {"service_id": service["Service ID"], "type": "flat", "cost": "0.125", "start": "2020-01-01T00:00:00"}
    scope = {"scope_key": "project_id", "fetcher": "keystone", "collector": "gnocchi", "scope_id": project}
    headers = {"X-Auth-Token": site.keystone.token(site.admin)}
    for path, body in (
        ("v1/rating/module_config/hashmap/mappings?force=true", mapping),
        ("v2/scope", scope | {"last_processed_timestamp": (site.begin - HOUR).isoformat()}),
    ):
        answer = requests.post(f"{rating}/{path}", json=body, headers=headers, timeout=60)
        assert answer.ok, answer.text


def test_a_project_is_charged_what_it_used(site: Site) -> None:
    processed = site.tally("process")
    assert processed.returncode == 0, processed.stdout + processed.stderr
    period = ("--begin", site.begin.isoformat(), "--end", (site.begin + HOURS * HOUR).isoformat())
    with OpenStackClient(site.keystone.environment(site.tenant)) as tenant:
        (row,) = tenant.shown("rating", "summary", "get", *period)
        assert (Decimal(str(row["Qty"])), Decimal(str(row["Rate"]))) == (20 * HOURS, Decimal("2.5") * HOURS)
        frames = tenant.shown("rating", "dataframes", "get", *period)
    assert len(frames) == HOURS
    assert {frame["Metric Type"] for frame in frames} == {"volume.size"}
    assert all("fast" in frame["Metadata"] for frame in frames)
    assert site.tally("reconcile").returncode == 0


def test_passing_again_changes_nothing(site: Site) -> None:
    assert site.tally("process").returncode == 0
    with OpenStackClient(site.keystone.environment(site.tenant)) as tenant:
        (row,) = tenant.shown("rating", "summary", "get", "--begin", (site.begin - HOUR).isoformat())
    assert Decimal(str(row["Rate"])) == Decimal("2.5") * HOURS
