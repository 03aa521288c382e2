"""Killed at any step and run again, or run twice at once: the same ledger.

A child process ingests a bill and is killed (SIGKILL) just before or after one of its effects: a file that takes its
name, an upload, a transaction of the settings database, a commit of a table. Then the bill is ingested again.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bills import cur_line, write_cur
from crashing import ingest, ingest_and_die
from tallystick.lake.schemas import LEDGER
from tallystick.planner.home import Home
from tallystick.reports.proof import source_totals
from tallystick.settings.config import Config

Configs = Callable[..., Config]

AUGUST = date(2026, 8, 1)
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tallystick.planner.home", "tallystick.reports.proof", "crashing"])


def start(target: Callable[..., None], config: Config, *arguments: object) -> multiprocessing.process.BaseProcess:
    """A child with our environment, as it is now: that of the fork server is older."""
    child = PROCESSES.Process(target=target, args=(config, dict(os.environ), *arguments))
    child.start()
    return child


def run(target: Callable[..., None], config: Config, *arguments: object) -> int:
    child = start(target, config, *arguments)
    child.join()
    assert child.exitcode is not None
    return child.exitcode


def ledger(home: Home) -> list[tuple[object, ...]]:
    columns = ", ".join(name for name in LEDGER.names() if name != "x_source_id")
    with home.session() as session:
        return session.rows(f"SELECT {columns} FROM ledger ORDER BY ALL")


@pytest.fixture(scope="module")
def bills(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A month, and its next version."""
    folder = tmp_path_factory.mktemp("bills")
    first = [cur_line(AUGUST, day, UnblendedCost=f"0.{day}", team="shop") for day in range(1, 4)]
    second = [cur_line(AUGUST, day, UnblendedCost=f"1.{day}", ResourceId="i-1") for day in range(1, 6)]
    return (
        write_cur(folder / "one.csv.gz", first, version=datetime(2026, 9, 1, tzinfo=UTC)),
        write_cur(folder / "two.csv.gz", second, version=datetime(2026, 9, 2, tzinfo=UTC)),
    )


@pytest.fixture(scope="module")
def expected(bills: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    """The ledger of a quiet run."""
    home = Home(Config(home=tmp_path_factory.mktemp("quiet")))
    for bill in bills:
        home.ingest(str(bill))
    return ledger(home)


def test_killed_at_every_step_and_run_again(
    bills: tuple[Path, Path], expected: list[tuple[object, ...]], configs: Configs
) -> None:
    """One home is killed again and again, each time later, until nothing is left to be killed at.

    On one machine at every effect; on servers, where each takes longer, at every fourth.
    """
    config = configs()
    Home(config).ingest(str(bills[0]))
    stride = 4 if config.lake or config.catalog else 1
    killed = 0
    while run(ingest_and_die, config, bills[1], stride * killed + 1) == -signal.SIGKILL:
        killed += 1
        assert killed < 200
        home = Home(config)
        with home.session() as session:
            readable = session.rows("SELECT COUNT(*), SUM(x_charge_count) FROM ledger")
        assert readable in ([(3, 3)], [(5, 5)])
    assert killed > 10 / stride
    home = Home(config)
    assert ledger(home) == expected
    assert all(check.closes for check in home.reconcile("default", True, source_totals))


@pytest.mark.parametrize("fatal", [2, 5, 9, 14, 20, 27])
def test_killed_once_in_a_fresh_home_and_run_again(
    bills: tuple[Path, Path], expected: list[tuple[object, ...]], configs: Configs, fatal: int
) -> None:
    config = configs()
    Home(config).ingest(str(bills[0]))
    assert run(ingest_and_die, config, bills[1], fatal) == -signal.SIGKILL
    assert run(ingest, config, bills[1]) == 0
    home = Home(config)
    assert ledger(home) == expected
    assert home.status().stale_parts == 0


def test_two_processes_at_once_double_nothing(
    bills: tuple[Path, Path], expected: list[tuple[object, ...]], configs: Configs
) -> None:
    config = configs()
    children = [start(ingest, config, bill) for bill in (*bills, *bills)]
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0] * 4
    home = Home(config)
    assert ledger(home) == expected
    assert all(check.closes for check in home.reconcile("default", False, source_totals))
