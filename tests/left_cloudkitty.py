"""A CloudKitty that is left: its storage and rules, what its API says, and the commands that take all of it over."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from servers.cloudkitty import CloudKitty, Sections
from servers.elasticsearch import Elasticsearch
from servers.influxdb import InfluxDB

HASHMAP = "/v1/rating/module_config/hashmap"
_SCRIPTS = "/v1/rating/module_config/pyscripts/scripts"


def section_of(backend: str, server: InfluxDB | Elasticsearch) -> Sections:
    """The part of a configuration that names a storage's server."""
    if isinstance(server, InfluxDB):
        place = {"host": "127.0.0.1", "port": str(server.port), "database": server.database}
        return {"storage_influxdb": place | {"username": server.user, "password": server.password}}
    return {f"storage_{backend}": {"host": server.endpoint}}


def make_rules(cloudkitty: CloudKitty) -> None:
    """Prices of instances and images; others that never count: of a flavor, of a scope, later, and deleted ones."""
    ask(cloudkitty, "/v1/rating/modules/hashmap", "PUT", {"module_id": "hashmap", "enabled": True, "priority": 3})
    instance = ask(cloudkitty, f"{HASHMAP}/services", "POST", {"name": "instance"})["service_id"]
    image = ask(cloudkitty, f"{HASHMAP}/services", "POST", {"name": "image.size"})["service_id"]
    flavor = ask(cloudkitty, f"{HASHMAP}/fields", "POST", {"service_id": instance, "name": "flavor_name"})["field_id"]
    group = ask(cloudkitty, f"{HASHMAP}/groups", "POST", {"name": "extra"})["group_id"]
    past = {"type": "flat", "start": "2025-01-01"}
    for mapping in (
        past | {"service_id": instance, "cost": "0.0123456789"},
        past | {"service_id": image, "cost": "0.00007"},
        past | {"field_id": flavor, "value": "m9", "cost": "2", "group_id": group, "tenant_id": "nobody"},
        {"service_id": image, "cost": "9", "start": "2125-01-01", "end": "2125-02-01T12:00:00", "group_id": group},
    ):
        ask(cloudkitty, f"{HASHMAP}/mappings?force=true", "POST", mapping)
    wrong = ask(cloudkitty, f"{HASHMAP}/mappings", "POST", {"field_id": flavor, "value": "gone", "cost": "1"})
    ask(cloudkitty, f"{HASHMAP}/mappings/{wrong['mapping_id']}", "DELETE")
    threshold = {"service_id": image, "level": "50", "cost": "0.98", "type": "rate", "group_id": group}
    ask(cloudkitty, f"{HASHMAP}/thresholds", "POST", threshold)
    for name, data in (("good", "data['usage'] = data['usage']"), ("broken", "this is (no Python")):
        ask(cloudkitty, _SCRIPTS, "POST", {"name": name, "data": data})


def ask(cloudkitty: CloudKitty, path: str, verb: str = "GET", body: Mapping[str, Any] | None = None) -> Any:
    """What the API answers, or nothing where it leads elsewhere."""
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


def tally(home: Path, *words: str, fails: bool = False) -> str:
    """What a command prints, on both streams."""
    command = [str(Path(sys.executable).with_name("tally")), *words, "--home", str(home)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert bool(ended.returncode) == fails, ended.stderr
    return ended.stdout + ended.stderr
