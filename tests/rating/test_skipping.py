"""Points that are left out after they were rated."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripted import DAY, Made, read_points, write_points
from tallystick.engine.duck import Resources
from tallystick.errors import ConfigError
from tallystick.rating.skipping import SkipRules, leave_out
from tallystick.sources.metering.options import MeteringConfig

POINTS = [
    Made("instance", "0"),
    Made("instance", "2", price="7"),
    Made("volume", "0", scope="beta"),
    Made("volume", "3", price="1"),
    Made("it's", "0"),
]
EMPTY, FREE = "datapoint['vol']['qty'] == 0", "datapoint['rating']['price'] == 0"


@pytest.mark.parametrize(
    ("rules", "left"),
    [
        (SkipRules(), [1, 2, 3, 4, 5]),
        (SkipRules(EMPTY), [2, 4]),
        (SkipRules(by_metric={"volume": FREE, "it's": FREE}), [1, 2, 4]),
        (SkipRules(EMPTY, {"volume": "False", "it's": "False"}), [2, 3, 4, 5]),
        (SkipRules(EMPTY, {"instance": "datapoint['rating']['price'] > 5"}), [1, 4]),
        (SkipRules("True"), []),
        (SkipRules("datapoint['groupby']['month'] == '1'", {"volume": "False"}), [3, 4]),
    ],
)
def test_what_is_left(tmp_path: Path, rules: SkipRules, left: list[int]) -> None:
    source, target = write_points(tmp_path / "source", POINTS), tmp_path / "target"
    assert leave_out(rules, source, target, Resources(1, "500MB", tmp_path)) == ()
    rows = {row["x_row_number"]: row for row in read_points(source)}
    assert read_points(target) == [rows[number] for number in left]


def test_a_point_that_cannot_be_judged_is_kept(tmp_path: Path) -> None:
    points = [Made(hour=2), Made(hour=3, metadata={"state": "off"})]
    source, target = write_points(tmp_path / "source", points), tmp_path / "target"
    rules = SkipRules("datapoint['metadata']['state'] == 'off'")
    (problem,) = leave_out(rules, source, target, Resources(1, "500MB", tmp_path))
    assert [row["x_row_number"] for row in read_points(target)] == [1]
    assert (problem.scope_id, problem.period_start, problem.by, problem.reason) == (
        "alpha",
        DAY.replace(hour=2),
        "skip expression of instance",
        "KeyError: 'state'",
    )


METRICS = """
metrics:
  cpu: {unit: instance, alt_name: instance, skip_datapoints_expression: "datapoint['vol']['qty'] == 0"}
  disk: {unit: GiB}
"""


def test_rules_of_a_metering_source() -> None:
    assert SkipRules.of(config(FREE)) == SkipRules(FREE, {"instance": EMPTY})
    assert SkipRules.of(config(None, "metrics: {cpu: {unit: x}}")).idle
    with pytest.raises(ConfigError, match="names 'os'"):
        SkipRules.of(config("os"))


def config(expression: str | None, metrics: str = METRICS) -> MeteringConfig:
    own = {} if expression is None else {"orchestrator": {"skip_datapoints_expression": expression}}
    return MeteringConfig(sections={"collect": {"collector": "prometheus"}, **own}, metrics_yml=metrics)
