"""``tally hashmap``."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from metered import NOON, deliver, points, postings
from tallystick.cli.app import app
from tallystick.errors import NotFoundError, TallyError
from tallystick.planner.home import Home
from tallystick.rating import modules
from tallystick.settings.config import Config
from tallystick.settings.moments import ALWAYS

RULES = {"services": {"instance": {"mappings": [{"cost": 0.1}]}}}


def _tally(home: Path, *arguments: str) -> Result:
    result = CliRunner().invoke(app, ["hashmap", *arguments, "--home", str(home)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def test_rules_are_tried_applied_and_exported(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "rules.json"
    file.write_text(json.dumps(RULES))
    deliver(Home(Config(home=home)), "collected/1", points("p1", NOON, price=None))
    tried = _tally(home, "apply", str(file), "--dry-run").output
    assert "+ instance: flat 0.1" in tried
    assert tried.split()[-4:] == ["instance", "0.00", "0.20", "0.20"]
    applied = _tally(home, "apply", str(file))
    assert applied.output.splitlines()[:2] == ["+ service instance", "+ instance: flat 0.1"]
    assert "hashmap is not enabled" in applied.output
    exported = tmp_path / "exported.yaml"
    exported.write_text(_tally(home, "export").stdout)
    assert "No rule differs." in _tally(home, "apply", str(exported)).output


def test_a_module_that_is_enabled_rates_what_is_there(tmp_path: Path) -> None:
    home, file, runner = tmp_path / "home", tmp_path / "rules.json", CliRunner()
    file.write_text(json.dumps(RULES))
    _tally(home, "apply", str(file))
    told = runner.invoke(app, ["modules", "enable", "hashmap", "--priority", "3", "--home", str(home)])
    assert told.output == "hashmap is enabled, priority 3\n"
    deliver(Home(Config(home=home)), "collected/1", points("p1", NOON, price=None))
    assert [posting.cost for posting in postings(Home(Config(home=home)))] == [Decimal("0.2")]
    listed = runner.invoke(app, ["modules", "--home", str(home)]).output
    assert [line.split()[:3] for line in listed.splitlines() if "HashMap" in line] == [["hashmap", "yes", "3"]]
    unknown = runner.invoke(app, ["modules", "disable", "nope", "--home", str(home)])
    assert isinstance(unknown.exception, NotFoundError)


def test_toml_is_read_too(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text('[[services.instance.mappings]]\ncost = "0.1"\n')
    assert "+ instance: flat 0.1" in _tally(tmp_path / "home", "apply", str(file)).output


@pytest.mark.parametrize("text", ["services: [", "services: {x: {mappings: [{cost: abc}]}}"])
def test_what_is_wrong_is_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(text)
    with pytest.raises(TallyError):
        CliRunner().invoke(app, ["hashmap", "apply", str(file), "--home", str(tmp_path / "h")], catch_exceptions=False)


def test_reconcile_tells_what_thresholds_could_not_read(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "rules.yaml"
    file.write_text("services: {instance: {fields: {flavor: {thresholds: [{level: 2, cost: 1}]}}}}")
    opened = Home(Config(home=home))
    with opened.database.of("default").write() as session:
        modules.set_state(session, "default", "hashmap", enabled=True, at=ALWAYS)
    _tally(home, "apply", str(file))
    deliver(opened, "collected/1", points("p1", NOON, price=None))
    told = CliRunner().invoke(app, ["reconcile", "--home", str(home)], catch_exceptions=False)
    assert told.exit_code == 0, told.output
    assert "Thresholds did not count" in told.output
    assert told.output.split()[-5:] == ["instance", "flavor", "1", "1", "'small'"]
