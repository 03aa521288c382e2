"""Rating modules of others: found by entry point, run in a process of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from scripted import LIMITS, Made, read_points, write_points
from tallystick.engine.duck import Resources
from tallystick.rating.frames.limits import Problem, ScriptLimits
from tallystick.rating.frames.process import CellError
from tallystick.rating.plugins import compat, registry
from tallystick.rating.plugins.registry import Plugin, installed, missing
from tallystick.rating.plugins.runner import rate


def rated(
    tmp_path: Path, name: str, *points: Made, limits: ScriptLimits = LIMITS
) -> tuple[list[dict[str, Any]], tuple[Problem, ...]]:
    source, target = write_points(tmp_path / "source.parquet", points), tmp_path / "target.parquet"
    plugin = Plugin(name.lower(), f"plugged:{name}", "plugged 1.0", "")
    problems = rate(plugin, source, target, limits, Resources(1, "500MB", tmp_path))
    return read_points(target), problems


def test_a_module_of_others_rates(tmp_path: Path) -> None:
    points = [Made(price="1"), Made(hour=3), Made(scope="be", qty="0.5", metric="volume")]
    rows, problems = rated(tmp_path, "PerHour", *points)
    assert problems == ()
    assert [(row["scope_id"], row["price"]) for row in rows] == [("alpha", 11), ("alpha", 16), ("be", 1)]
    assert [(row["x_row_number"], row["description"]) for row in rows] == [
        (1, "point 1"),
        (2, "point 2"),
        (3, "point 3"),
    ]
    assert rows[0]["groupby"] == {"id": "vm-1"}


def test_an_older_module_with_a_clean_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", "hunter2")
    rows, _ = rated(tmp_path, "Undated", Made())
    assert [(row["metric"], row["price"]) for row in rows] == [("extra", Decimal("1.5")), ("instance", 0)]
    assert rows[1]["metadata"]["told"] == "alpha ['LC_ALL', 'PYTHONHASHSEED', 'PYTHONPATH', 'TZ'] reloaded"


def test_a_module_that_fails_for_one_scope(tmp_path: Path) -> None:
    rows, (problem,) = rated(tmp_path, "Undated", Made(groupby={"id": "bad"}, price="3"), Made(scope="beta"))
    assert [(row["scope_id"], row["metric"], row["price"]) for row in rows] == [
        ("alpha", "instance", 3),
        ("beta", "extra", Decimal("1.5")),
        ("beta", "instance", 0),
    ]
    assert str(problem) == "undated: ValueError: bad (scope alpha, period 2026-01-05T00:00:00+00:00)"


def test_a_module_without_end(tmp_path: Path) -> None:
    rows, (problem,) = rated(tmp_path, "Stuck", Made(price="2"), limits=replace(LIMITS, cpu_seconds=0.2))
    assert (rows[0]["price"], problem.reason) == (2, "more than 0.2 s of CPU time for one period")


def test_what_cannot_be_loaded_stops_rating(tmp_path: Path) -> None:
    with pytest.raises(CellError, match="AttributeError: module 'plugged' has no attribute 'Nothing'"):
        rated(tmp_path, "Nothing", Made())
    source = write_points(tmp_path / "source", [Made()])
    with pytest.raises(CellError, match="perhour is enabled but not installed"):
        rate(missing("perhour"), source, tmp_path / "target", LIMITS, Resources(1, "500MB", tmp_path))


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package that registers modules, and CloudKitty's own beside."""
    folder = tmp_path / "rater-2.1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: rater\nVersion: 2.1\nSummary: Rates by the hour\n")
    entries = "perhour = plugged:PerHour\nhashmap = cloudkitty.rating.hash:HashMap\n"
    (folder / "entry_points.txt").write_text(f"[{registry.GROUP}]\n{entries}")
    monkeypatch.syspath_prepend(tmp_path)
    installed.cache_clear()
    yield
    installed.cache_clear()


@pytest.mark.usefixtures("package")
def test_modules_are_found_by_entry_point() -> None:
    assert installed()["perhour"] == Plugin("perhour", "plugged:PerHour", "rater 2.1", "Rates by the hour")
    assert not installed().keys() & registry.BUILT_IN


POINT = compat.DataPoint("GiB", 0.1, "2", {"id": "a"}, {"x": "y"}, "told")


def test_frames_without_cloudkitty() -> None:
    begin, end = datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 5, 1, tzinfo=UTC)
    frame = compat.DataFrame(begin, end, {"b": [POINT], "a": []})
    frame.add_points([POINT], "c")
    assert [type_ for type_, _ in frame.itertypes()] == ["a", "b", "c"]
    again = compat.DataFrame.from_dict(frame.as_dict(mutable=True))
    assert again.as_dict() == frame.as_dict()
    assert next(again.iterpoints()) == ("b", POINT._replace(description=None))
    assert repr(frame) == "DataFrame(metrics=[a,b,c])"


def test_points_without_cloudkitty() -> None:
    assert (POINT.qty, POINT.price, POINT.desc) == (Decimal("0.1"), 2, {"x": "y", "id": "a"})
    assert POINT.set_price(Decimal(3)).price == 3
    assert POINT.as_dict(legacy=True)["desc"] == {"x": "y", "id": "a"}
    assert compat.DataPoint.from_dict(POINT.as_dict(legacy=True, mutable=True), legacy=True).groupby == POINT.desc
    with pytest.raises(TypeError, match="immutable"):
        POINT.as_dict()["vol"] = {}
    with pytest.raises(TypeError, match="immutable"):
        POINT.groupby["id"] = "b"
    with pytest.raises(ValueError, match="isn't a valid DataPoint"):
        compat.DataPoint.from_dict({})
    with pytest.raises(ValueError, match="isn't a valid DataFrame"):
        compat.DataFrame.from_dict({"period": {}})
