"""``tally import`` and ``tally metering``."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tallystick.cli.app import app
from tallystick.planner.home import Home
from tallystick.planner.metering.sources import configured
from tallystick.settings.config import Config
from tallystick.settings.metering import MeteringSource
from tallystick.settings.moments import shortest_period

CONF = """
[collect]
collector = prometheus
period = 600
[fetcher]
backend = source
[collector_prometheus]
prometheus_url = http://localhost:9090/api/v1
prometheus_password = hush
[storage]
version = 2
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "c.conf").write_text(CONF)
    (tmp_path / "m.yml").write_text("metrics: {vm: {unit: instance, factor: 1.1}}")
    return str(tmp_path / "c.conf"), str(tmp_path / "m.yml")


def _tally(home: Path, *arguments: str) -> str:
    result = CliRunner().invoke(app, [*arguments, "--home", str(home)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_cloudkitty_s_files_become_a_metering_source(tmp_path: Path, files: tuple[str, str]) -> None:
    home = tmp_path / "home"
    assert _tally(home, "import", *files) == (
        "not taken over: [storage] is not about metering: version\n"
        "cloudkitty is configured: 1 metrics every 600 s from prometheus, scopes from source\n"
    )
    shown = _tally(home, "metering")
    assert "hush" not in shown
    assert "***" in shown
    with Home(Config(home=home)).database.of("default").read() as session:
        assert [metric.key for metric in configured(session, "default")["cloudkitty"].metrics] == ["vm"]
        assert shortest_period(session, "default").total_seconds() == 600
        row = session.get_one(MeteringSource, ("default", "cloudkitty"))
        assert row.options["metrics"] == {"vm": {"unit": "instance", "factor": 1.1}}


def test_importing_again_replaces_it_and_it_can_be_forgotten(tmp_path: Path, files: tuple[str, str]) -> None:
    home = tmp_path / "home"
    _tally(home, "import", *files, "--name", "cloud")
    assert "cloud is configured anew" in _tally(home, "import", "cloudkitty", *files, "--name", "cloud")
    assert "collected from no more" in _tally(home, "metering", "forget", "cloud")
    assert "nothing is collected yet" in _tally(home, "metering")


def test_an_unknown_collector_is_refused(tmp_path: Path, files: tuple[str, str]) -> None:
    Path(files[0]).write_text("[collect]\ncollector = theirs\n[fetcher]\nbackend = source\n")
    result = CliRunner().invoke(app, ["import", *files, "--home", str(tmp_path / "home")])
    assert str(result.exception).startswith("[collect] collector: there is no 'theirs', only aetos, ")


def test_an_aws_organization(tmp_path: Path) -> None:
    (tmp_path / "tree.json").write_text(
        '{"Roots": [{"Id": "r-1", "Name": "Root"}], "Accounts": {"r-1": [{"Id": "1", "Name": "payer"}]}}'
    )
    taken = "import", "aws-organization", str(tmp_path / "tree.json"), "--since", "2026-01-01"
    assert _tally(tmp_path, *taken) == "r-1: 1 organizational units, 1 accounts; 2 changed\n"
    assert _tally(tmp_path, *taken) == "r-1: 1 organizational units, 1 accounts; 0 changed\n"
