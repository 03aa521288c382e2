"""Jobs and watches on the command line, without a server."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from inline import cluster_home
from tallystick.cli.app import app
from tallystick.cli.cluster import duration
from tallystick.errors import ConfigError
from tallystick.planner.jobs import queue
from tallystick.planner.jobs.queue import COMPUTE, Wanted


def tally(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments], env={"TALLY_HOME": str(home)})


@pytest.mark.parametrize(
    ("text", "expected"),
    [("90s", timedelta(seconds=90)), ("15m", timedelta(minutes=15)), ("6h", timedelta(hours=6)), ("1d", timedelta(1))],
)
def test_times(text: str, expected: timedelta) -> None:
    assert duration(text) == expected


@pytest.mark.parametrize("text", ["", "15", "0m", "m", "-1h", "1w"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        duration(text)


def test_an_address_is_watched_listed_and_forgotten(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert tally(home, "watch", "--list").stdout == "nothing is watched: tally watch ADDRESS\n"
    tally(home, "watch", "s3://bills/cur", "--source", "mine", "--every", "6h")
    listed = tally(home, "watch", "--list").stdout
    assert all(text in listed for text in ("s3://bills/cur", "mine", "6:00:00"))
    assert tally(home, "watch", "s3://bills/cur", "--remove").exit_code == 0
    assert "nothing is watched" in tally(home, "watch", "--list").stdout


def test_a_local_address_is_kept_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert f"{tmp_path}/bills is watched" in tally(tmp_path / "home", "watch", "bills").stdout


@pytest.mark.parametrize("arguments", [("watch",), ("jobs", "retry"), ("jobs", "--state", "lost")])
def test_wrong_usage_is_said(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert tally(tmp_path, *arguments).exit_code == 2


def test_jobs_are_listed_by_state(tmp_path: Path) -> None:
    home, _ = cluster_home(tmp_path)
    assert tally(tmp_path, "jobs").stdout == "no jobs\n"
    with home.database.of("default").write() as session:
        job = queue.enqueue(session, "default", Wanted(COMPUTE, "some-source/2026-08-01"))
    assert "some-source 2026-08" in tally(tmp_path, "jobs", "--state", "queued").stdout
    assert tally(tmp_path, "jobs", "--state", "dead").stdout == "no dead jobs\n"
    assert "some-source 2026-08" in tally(tmp_path, "jobs", "show", job.job_id[:5]).stdout
    assert "1 queued" in tally(tmp_path, "status").stdout


def test_a_worker_needs_a_broker(tmp_path: Path) -> None:
    result = tally(tmp_path, "worker")
    assert isinstance(result.exception, ConfigError)
    assert "broker" in str(result.exception)
