"""The questions to Prometheus: CloudKitty's for one scope, and the same for several."""

from __future__ import annotations

import pytest

from tallystick.sources.metering import promql
from tallystick.sources.metering.extra_args import PrometheusArgs
from tallystick.sources.metering.metrics_conf import Metric, read_metrics


def _metric(text: str) -> tuple[Metric, PrometheusArgs]:
    (metric,) = read_metrics(f"metrics: {{{text}}}", collector="prometheus", scope_key="project_id")
    assert isinstance(metric.extra_args, PrometheusArgs)
    return metric, metric.extra_args


@pytest.mark.parametrize(
    ("metric", "scopes", "query"),
    [
        (
            "m1: {unit: u, groupby: [id, project_id], metadata: [flavor]}",
            ["p1"],
            'max(max_over_time(m1{project_id="p1"}[3600s])) by (id, project_id, flavor)',
        ),
        (
            "m2: {unit: u, extra_args: {aggregation_method: avg, query_function: abs, range_function: rate, "
            "query_prefix: PFX, query_suffix: SFX}}",
            ["p1"],
            'PFX avg(abs(rate(m2{project_id="p1"}[3600s]))) by (project_id) SFX',
        ),
        (
            "m: {unit: u}",
            ["a.b", 'c"|', "d\\", "e\n"],
            'max(max_over_time(m{project_id=~"a\\\\.b|c\\"\\\\||d\\\\\\\\|e\\n"}[3600s])) by (project_id)',
        ),
        (
            "a.b: {unit: u, groupby: [c.d]}",
            ["p"],
            'max(max_over_time({__name__="a.b", project_id="p"}[3600s])) by ("c.d", project_id)',
        ),
    ],
)
def test_a_question_is_built_from_the_inside_out(metric: str, scopes: list[str], query: str) -> None:
    assert promql.question(*_metric(metric), "project_id", scopes, 3600) == query


@pytest.mark.parametrize(
    ("args", "separable", "bound"),
    [
        ({}, True, False),
        ({"query_prefix": "topk(1,", "query_suffix": ")"}, False, False),
        ({"query_suffix": "+ vector(m @ end())"}, False, True),
        ({"query_suffix": "+ vector(m @  start ())"}, False, True),
        ({"query_suffix": "+ vector(m @ 1700000000)"}, False, False),
    ],
)
def test_what_may_be_asked_together(args: dict[str, str], separable: bool, bound: bool) -> None:
    parsed = PrometheusArgs.model_validate(args)
    assert (promql.is_separable(parsed), promql.is_window_bound(parsed)) == (separable, bound)


def test_coverage_is_counted_in_steps() -> None:
    metric, _ = _metric("m: {unit: u, groupby: [id]}")
    assert promql.coverage(metric, "project_id", ["a", "b"], 3600, 300) == (
        'count_over_time((max(max_over_time(m{project_id=~"a|b"}[299999ms])) by (id, project_id))[3450000ms:300s])'
    )
