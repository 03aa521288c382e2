"""The tests that CloudKitty's own projects wrote for its API, against ``tally serve``: ``make test-conformance``."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from servers import metering_files
from servers.keystone import Keystone
from servers.openstack_client import functional_tests, without_authentication
from servers.tally import Tally, with_keystone
from servers.tempest import tempest_tests

pytestmark = pytest.mark.conformance
FUNCTIONAL = {1: 50, 2: 14}
"""How many tests the client has for each version of the API."""
TEMPEST = 34
SKIPPED_BY_TEMPEST = 1
"""A test of the plug-in that it skips itself."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home that knows the metrics which the tests ask for."""
    tally = str(Path(sys.executable).with_name("tally"))
    subprocess.run([tally, *metering_files.write(tmp_path), "--home", str(tmp_path / "home")], check=True)
    return tmp_path / "home"


@pytest.mark.parametrize("version", FUNCTIONAL)
def test_the_functional_tests_of_the_client(version: int, home: Path, tmp_path: Path) -> None:
    with Tally(home) as server:
        found = functional_tests(tmp_path, without_authentication(server.rating, version), version=version)
    assert _failures(found) == {}
    assert len(found) == FUNCTIONAL[version]


def test_the_tests_of_the_tempest_plugin(home: Path, tmp_path: Path, keystone_server: Keystone) -> None:
    with Tally(home, with_keystone(keystone_server)) as server:
        keystone_server.register("rating", "tallystick", server.rating)
        found = tempest_tests(tmp_path, keystone_server)
    assert _failures(found) == {}
    assert len(found) == TEMPEST
    assert list(found.values()).count("skipped") == SKIPPED_BY_TEMPEST


def _failures(found: Mapping[str, str]) -> Mapping[str, str]:
    return {name: outcome for name, outcome in found.items() if outcome not in ("passed", "skipped")}
