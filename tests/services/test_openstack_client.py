"""Every ``openstack rating`` command of CloudKitty's client against a server, without Keystone and with a real one."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from servers import metering_files
from servers.environments import made
from servers.keystone import Keystone
from servers.openstack_client import OpenStackClient, without_authentication
from servers.tally import Tally, with_keystone

pytestmark = pytest.mark.conformance
FRAMES = [
    {
        "period": {"begin": f"2026-02-01T{hour:02}:00:00+00:00", "end": f"2026-02-01T{hour + 1:02}:00:00+00:00"},
        "usage": {
            "instance": [
                {
                    "vol": {"unit": "instance", "qty": 1},
                    "rating": {"price": 0.25},
                    "groupby": {"id": "i-1", "project_id": "p1"},
                    "metadata": {"flavor_name": "m1.tiny"},
                }
            ]
        },
    }
    for hour in range(2)
]


class Recorder:
    """A client that remembers which commands it ran, by the names of their entry points."""

    def __init__(self, client: OpenStackClient, version: int) -> None:
        self._client = client
        self._known = {name.replace("_", " "): name for name in commands(version)}
        self.used: set[str] = set()

    def __call__(self, words: str, *options: str, given: str = "") -> str:
        """What ``openstack rating WORDS OPTIONS`` prints."""
        self.used.add(self._known[f"rating {words}"])
        return self._client.done("rating", *words.split(), *options, given=given)

    def whatever_it_ends_with(self, words: str, *options: str) -> str:
        """What a command says that takes its own answer for its exit code, as ``scope patch`` does."""
        self.used.add(self._known[f"rating {words}"])
        answer = self._client.run("rating", *words.split(), *options)
        return answer.output + answer.errors

    def rows(self, words: str, *options: str) -> list[dict[str, Any]]:
        """The same as rows of a table, column by name; one row where it shows one thing."""
        found = json.loads(self(words, *options, "-f", "json"))
        return found if isinstance(found, list) else [found]


def commands(version: int) -> frozenset[str]:
    """The entry points of the client's commands for a version of the API."""
    (site,) = made("openstack-client").glob("lib/*/site-packages")
    (client,) = importlib.metadata.distributions(name="python-cloudkittyclient", path=[str(site)])
    return frozenset(entry.name for entry in client.entry_points if entry.group == f"openstack.rating.v{version}")


@pytest.fixture(params=["noauth", "keystone"])
def environment(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, str]]:
    """Of a client of a server that has metrics, a scope and two points."""
    folder = tmp_path_factory.mktemp(request.param)
    tally = str(Path(sys.executable).with_name("tally"))
    subprocess.run([tally, *metering_files.write(folder), "--home", str(folder / "home")], check=True)
    with ExitStack() as stack:
        if request.param == "noauth":
            server = stack.enter_context(Tally(folder / "home"))
            found, headers = without_authentication(server.rating), dict[str, str]()
        else:
            keystone: Keystone = request.getfixturevalue("keystone_server")
            server = stack.enter_context(Tally(folder / "home", with_keystone(keystone)))
            keystone.register("rating", "tallystick", server.rating)
            found, headers = keystone.environment(keystone.admin), {"X-Auth-Token": keystone.token(keystone.admin)}
        scope = {"scope_id": "p1", "scope_key": "project_id", "fetcher": "source", "collector": "prometheus"}
        _post(f"{server.rating}/v2/scope", scope | {"last_processed_timestamp": "2026-02-01T10:00:00+00:00"}, headers)
        _post(f"{server.rating}/v2/dataframes", {"dataframes": FRAMES}, headers)
        yield found


def test_every_command_works(environment: Mapping[str, str], tmp_path: Path) -> None:
    with OpenStackClient({**environment, "OS_RATING_API_VERSION": "2"}) as client:
        rating = Recorder(client, 2)
        _modules(rating)
        _info(rating)
        _collectors(rating)
        _hashmap(rating)
        _scripts(rating, tmp_path)
        _reports(rating, tmp_path)
        _scopes(rating)
    assert rating.used == commands(2)


def test_every_command_of_version_1_that_version_2_lacks_or_has_otherwise(environment: Mapping[str, str]) -> None:
    with OpenStackClient({**environment, "OS_RATING_API_VERSION": "1"}) as client:
        rating = Recorder(client, 1)
        _modules(rating)
        window = ("-b", "2026-02-01T00:00:00", "-e", "2026-03-01T00:00:00")
        (total,) = rating.rows("total get", *window, "-a")
        assert float(total["Total"]) == 0.5
        (row,) = rating.rows("summary get", *window, "-a", "-g", "res_type", "tenant_id")
        assert (row["Tenant ID"], row["Resource Type"], float(row["Rate"])) == ("p1", "instance", 0.5)
        assert len(rating.rows("dataframes get", *window, "-p", "p1")) == 2
        csv = rating("dataframes get", *window, "-p", "p1", "-f", "df-to-csv")
        assert "instance" in csv
    assert commands(1) - commands(2) <= rating.used


def _modules(rating: Recorder) -> None:
    names = [row["Module"] for row in rating.rows("module list")]
    assert sorted(names) == ["hashmap", "noop", "pyscripts", "tiers"]
    assert rating.rows("module enable", "hashmap")[0]["Enabled"] is True
    assert rating.rows("module set priority", "hashmap", "100")[0]["Priority"] == 100
    assert rating.rows("module get", "hashmap")[0]["Priority"] == 100
    assert rating.rows("module disable", "hashmap")[0]["Enabled"] is False


def _info(rating: Recorder) -> None:
    assert {row["Metric"] for row in rating.rows("info metric list")} == {"instance", "image.size"}
    assert rating.rows("info metric get", "instance")[0]["Unit"] == "instance"
    assert rating.rows("info config get")


def _collectors(rating: Recorder) -> None:
    rating("collector-mapping create", "instance", "gnocchi")
    assert rating.rows("collector-mapping get", "instance")[0]["Collector"] == "gnocchi"
    assert len(rating.rows("collector-mapping list", "--collector", "gnocchi")) == 1
    rating("collector-mapping delete", "instance")
    assert rating.rows("collector enable", "gnocchi")[0]["State"] is True
    assert rating.rows("collector disable", "gnocchi")[0]["State"] is False
    assert rating.rows("collector state get", "gnocchi")[0]["State"] is False


def _hashmap(rating: Recorder) -> None:
    service = rating.rows("hashmap service create", "instance")[0]["Service ID"]
    assert rating.rows("hashmap service get", service) == rating.rows("hashmap service list")
    field = rating.rows("hashmap field create", service, "flavor_name")[0]["Field ID"]
    assert rating.rows("hashmap field get", field) == rating.rows("hashmap field list", service)
    group = rating.rows("hashmap group create", "extra")[0]["Group ID"]
    assert [row["Group ID"] for row in rating.rows("hashmap group list")] == [group]
    assert rating("hashmap mapping-types list", "-f", "value").split() in (["flat", "rate"], ["rate", "flat"])
    start = ("--start", "2126-01-01T00:00:00")
    mapping = rating.rows("hashmap mapping create", "0.5", "-s", service, "-g", group, *start)[0]["Mapping ID"]
    assert float(rating.rows("hashmap mapping update", mapping, "--cost", "0.75")[0]["Cost"]) == 0.75
    assert float(rating.rows("hashmap mapping get", mapping)[0]["Cost"]) == 0.75
    assert len(rating.rows("hashmap mapping list", "-s", service)) == 1
    assert len(rating.rows("hashmap group mappings get", group)) == 1
    threshold = rating.rows("hashmap threshold create", "50", "0.9", "-s", service, "-g", group)[0]["Threshold ID"]
    assert float(rating.rows("hashmap threshold update", threshold, "--cost", "0.8")[0]["Cost"]) == 0.8
    assert float(rating.rows("hashmap threshold get", threshold)[0]["Level"]) == 50
    assert len(rating.rows("hashmap threshold list", "-s", service)) == 1
    assert len(rating.rows("hashmap group thresholds get", group)) == 1
    rating("hashmap threshold delete", threshold)
    rating("hashmap mapping delete", mapping)
    rating("hashmap group delete", group)
    rating("hashmap field delete", field)
    rating("hashmap service delete", service)
    assert rating.rows("hashmap service list") == []


def _scripts(rating: Recorder, folder: Path) -> None:
    file = folder / "script.py"
    file.write_text("data['usage'] = data['usage']\n")
    made = rating.rows("pyscript create", "mine", str(file), "--start", "2126-01-01T00:00:00")[0]
    assert made["Data"] == file.read_text()
    script = made["Script ID"]
    assert rating.rows("pyscript update", script, "-d", "data = data", "-n", "mine")[0]["Data"] == "data = data"
    assert rating.rows("pyscript get", script)[0]["Name"] == "mine"
    assert len(rating.rows("pyscript list")) == 1
    rating("pyscript delete", script)


def _reports(rating: Recorder, folder: Path) -> None:
    file = folder / "frames.json"
    later = json.dumps({"dataframes": FRAMES}).replace("2026-02-01", "2026-02-02")
    file.write_text(later)
    rating("dataframes add", str(file))
    rating("dataframes add", "-", given=later.replace("2026-02-02", "2026-02-03"))
    window = ("-b", "2026-02-01T00:00:00", "-e", "2026-03-01T00:00:00")
    assert len(rating.rows("dataframes get", *window, "--filter", "project_id:p1")) == 6
    (row,) = rating.rows("summary get", *window, "-g", "project_id", "-g", "type", "--filter", "type:instance")
    assert (row["Project id"], row["Type"], float(row["Rate"]), float(row["Qty"])) == ("p1", "instance", 1.5, 6)
    assert rating.rows("report tenant list") == [{"Tenant ID": "p1"}]


def _scopes(rating: Recorder) -> None:
    assert "'active': True" in rating.whatever_it_ends_with("scope patch", "-id", "p1", "--active", "1")
    (row,) = rating.rows("scope state get", "--scope-id", "p1")
    assert (row["Fetcher"], row["State"][:13]) == ("source", "2026-02-01T10")
    window = ("--start-reprocess-time", "2026-02-01T01:00:00Z", "--end-reprocess-time", "2026-02-01T03:00:00Z")
    rating("tasks reprocessing create", "--scope-id", "p1", *window, "--reason", "a test")
    (row,) = rating.rows("tasks reprocessing get", "--scope-id", "p1")
    assert row["Reason"] == "a test"
    rating("scope state reset", "--scope-id", "p1", "2026-02-01T00:00:00Z")
    until = time.monotonic() + 60
    while rating.rows("scope state get", "--scope-id", "p1")[0]["State"][:13] != "2026-02-01T00":
        assert time.monotonic() < until
        time.sleep(0.5)


def _post(url: str, body: object, headers: Mapping[str, str]) -> None:
    given = {"Content-Type": "application/json", **headers}
    urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), given), timeout=60).close()
