"""``config show`` and ``plugins``."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tallystick.cli.app import app


@pytest.fixture
def runner(tmp_path: Path) -> CliRunner:
    (tmp_path / "tally.toml").write_text("[serve]\nport = 9000\n")
    return CliRunner(env={"TALLY_HOME": str(tmp_path), "TALLY_LOG_FORMAT": "json"})


def test_config_show_says_where_each_value_came_from(runner: CliRunner, tmp_path: Path) -> None:
    lines = [line.split() for line in runner.invoke(app, ["config", "show"]).stdout.splitlines()]
    assert ["serve.port", "9000", str(tmp_path / "tally.toml")] in lines
    assert ["log.format", "json", "TALLY_LOG_FORMAT"] in lines
    assert ["retention.report_months", "120", "default"] in lines
    assert ["s3.path_style", "false", "default"] in lines
    assert ["home", str(tmp_path), "TALLY_HOME"] in lines


def test_plugins_lists_what_is_in_the_box(runner: CliRunner) -> None:
    output = runner.invoke(app, ["plugins"]).stdout
    assert "tallystick.sources.aws:SOURCE" in output
    assert "tallystick.sources.focus:SOURCE" in output


def test_version(runner: CliRunner) -> None:
    assert runner.invoke(app, ["--version"]).stdout.startswith("tally 0.")
