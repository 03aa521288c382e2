"""Which parts are computed in Trino."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tallystick.engine.models import model
from tallystick.engine.trino import TrinoEngine
from tallystick.errors import ConfigError
from tallystick.lake.parts import Part, Partition
from tallystick.lake.schemas import LEDGER, LEDGER_DAILY
from tallystick.lake.storage import LocalStorage
from tallystick.planner.inventory import Inventory
from tallystick.planner.large import LargeParts, large_parts
from tallystick.planner.plan import Input, Recipe
from tallystick.settings.config import Config, Engine

AUGUST = Partition("s", date(2026, 8, 1))
TRINO = "trino://tally@localhost/tally"


@pytest.mark.parametrize(("above", "large"), [(0, True), (29, True), (30, False)])
def test_what_reads_more_than_the_setting_is_large(above: int, large: bool, tmp_path: Path) -> None:
    files, parts = LocalStorage(tmp_path), tuple(Part(AUGUST, name * 40) for name in "ab")
    for part, size in zip(parts, (10, 20), strict=True):
        with files.writing(f"ledger/data/{part.file}") as path:
            path.write_bytes(b"x" * size)
    inputs = (Input("ledger", LEDGER, parts),)
    recipe = Recipe(LEDGER_DAILY, Part(AUGUST, "c" * 40), model(LEDGER_DAILY), inputs)
    assert LargeParts(TrinoEngine(TRINO), above).takes(recipe, Inventory(files)) is large


@pytest.mark.parametrize(
    ("lake", "catalog"), [(None, None), ("s3://bucket", None), (None, "postgresql://localhost/tally")]
)
def test_trino_needs_a_lake_and_a_catalogue_that_it_can_reach(lake: str | None, catalog: str | None) -> None:
    with pytest.raises(ConfigError, match="needs lake and catalog"):
        large_parts(Config(engine=Engine(trino=TRINO), lake=lake, catalog=catalog))


def test_without_trino_nothing_is_large() -> None:
    assert large_parts(Config()) is None
