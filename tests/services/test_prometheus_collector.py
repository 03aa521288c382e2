"""The Prometheus collector against a real one: the answer for many scopes and periods is that of one for each."""

from __future__ import annotations

import json
import random
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from servers.aetos import Aetos
from servers.keystone import DOMAIN, Keystone
from servers.prometheus import Prometheus, Sample
from tallystick.sources.metering import aetos
from tallystick.sources.metering.extra_args import PrometheusArgs
from tallystick.sources.metering.metrics_conf import Metric
from tallystick.sources.metering.options import MeteringConfig
from tallystick.sources.metering.prometheus import PrometheusCollector, open_collector, open_fetcher

pytestmark = pytest.mark.services

BEGIN = datetime(2026, 1, 30, 22, tzinfo=UTC)
"""The range crosses the end of a month."""
HOURS = 30
PERIOD = timedelta(hours=1)
SCOPES = [
    "9f4c1d2e",
    'quo"ted',
    "back\\slash",
    "a.b",
    "axb",
    "(group|of)+[signs]^$*?{2}",
    "Zürich 東京 🧮",
    "new\nline",
    "tab\t and  blanks",
    "-dash, comma=",
    "a",
    "aa",
]

PRESENCE = [
    ("a", "from its beginning", range(180), "m1"),
    ("a", "20 minutes", range(61, 81), "m1"),
    ("a", "resized", range(30), "m1"),
    ("a", "resized", range(31, 61), "m2"),
    ("aa", "a gap", [*range(1, 11), *range(41, 61)], "m1"),
    ("aa", "one sample", [119], "m1"),
    ("aa", "on the bounds", [60, 120], "m1"),
]
"""Scope, machine, minutes with a sample, flavour."""


def _samples() -> Iterator[Sample]:
    """Gauges that begin, end, have gaps and samples exactly on the bounds of periods; a counter that starts again.

    Values are eighths, so that a double holds their sums: Prometheus adds series up in an order that changes from one
    question to the next, and so do the last digits of what it says.
    """
    chance = random.Random(7)
    start = int(BEGIN.timestamp())
    for name in ("vm", "bytes_total"):
        for number, scope in enumerate(SCOPES):
            for machine in range(3):
                labels = {"project_id": scope, "id": f"{number}-{machine}"}
                if machine != 1:
                    labels["flavor"] = f"m{machine}"
                count = 0
                for moment in range(start - 7200, start + HOURS * 3600 + 7200, 300):
                    count = 0 if chance.random() < 0.02 else count + chance.randrange(10**9)
                    if chance.random() < 0.6 and (number + machine) % 5 != 3:
                        continue
                    if machine == 2 and not start + 9000 < moment < start + 40000:
                        continue
                    yield name, labels, moment, str(count if name == "bytes_total" else chance.randrange(10**9) / 8)
    yield "vm", {"id": "of nobody"}, start + 1800, "1"
    for scope, machine, minutes, flavor in PRESENCE:
        for minute in minutes:
            labels = {"project_id": scope, "id": machine, "flavor": flavor}
            yield "machine", labels, start + 60 * minute, "3"
    yield "odd", {"project_id": "a"}, start + 1800, "NaN"
    yield "odd", {"project_id": "aa"}, start + 1800, "4"


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    with Prometheus(tmp_path_factory.mktemp("prometheus"), _samples()) as server:
        yield server


def _config(url: str, metrics: str, **options: str) -> MeteringConfig:
    return MeteringConfig(
        sections={
            "collect": {"collector": "prometheus"},
            "fetcher": {"backend": "prometheus"},
            "collector_prometheus": {"prometheus_url": url} | options,
            "fetcher_prometheus": {"prometheus_url": url, "metric": "last_over_time(vm[100y])"},
        },
        metrics_yml=metrics,
    )


METRICS = """
metrics:
  vm:
    - {unit: u, alt_name: plain, groupby: [id], metadata: [flavor]}
    - {unit: u, alt_name: sum, groupby: [flavor], extra_args: {aggregation_method: sum}}
    - {unit: u, alt_name: avg, groupby: [id], extra_args: {aggregation_method: avg}}
    - {unit: u, alt_name: stddev, groupby: [id], extra_args: {aggregation_method: stddev, query_function: sqrt}}
    - {unit: u, alt_name: count, extra_args: {aggregation_method: count}}
    - {unit: u, alt_name: top, groupby: [id], extra_args: {query_prefix: "topk(1, ", query_suffix: ")"}}
    - unit: u
      alt_name: bound
      groupby: [id]
      extra_args: {query_suffix: "+ on () group_left () sum(max_over_time(bytes_total[1h] @ end()))"}
  bytes_total:
    - {unit: B, alt_name: rate, groupby: [id], metadata: [flavor], extra_args: {range_function: rate}}
    - unit: B
      alt_name: increase
      groupby: [id]
      factor: 1/1048576
      extra_args: {aggregation_method: sum, range_function: increase}
    - unit: B
      alt_name: delta
      mutate: FLOOR
      extra_args: {aggregation_method: min, range_function: delta, query_function: abs}
"""


def _one_by_one(url: str, metric: Metric, scope: str, end: datetime) -> list[dict[str, Any]]:
    """What an instant query of this scope and period gives, put together without the collector's code."""
    args = metric.extra_args
    assert isinstance(args, PrometheusArgs)
    value = json.dumps(scope, ensure_ascii=False)
    query = (
        f"{args.range_function or args.aggregation_method + '_over_time'}({metric.name}{{project_id={value}}}[3600s])"
    )
    if args.query_function:
        query = f"{args.query_function}({query})"
    query = f"{args.aggregation_method}({query}) by ({', '.join(metric.groupby + metric.metadata)})"
    query = f"{args.query_prefix} {query} {args.query_suffix}"
    parameters = urllib.parse.urlencode({"query": query, "time": end.isoformat()})
    with urllib.request.urlopen(f"{url}/query?{parameters}") as answer:
        result = json.load(answer)["data"]["result"]
    return [
        {
            "begin": end - PERIOD,
            "end": end,
            "scope_id": scope,
            "metric": metric.type_name,
            "qty": metric.conversion()(item["value"][1]),
            "groupby": {name: item["metric"].get(name, "") for name in metric.groupby} | {"project_id": scope},
            "metadata": {name: item["metric"].get(name, "") for name in metric.metadata},
        }
        for item in result
    ]


def _sorted(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=repr)


def _rows(collector: PrometheusCollector, metric: Metric, hours: int = HOURS) -> list[dict[str, Any]]:
    collected = collector.collect(metric, SCOPES, BEGIN, BEGIN + hours * PERIOD, PERIOD)
    assert collected.problems == {}
    rows = collected.points.to_pylist()
    for row in rows:
        assert row.pop("unit") == metric.unit
        assert row.pop("description") is None
        assert row.pop("price") is None
        row["groupby"], row["metadata"] = dict(row["groupby"]), dict(row["metadata"])
    return rows


CONFIG_METRICS = _config("http://-", METRICS).metrics


@pytest.mark.parametrize("metric", CONFIG_METRICS, ids=lambda metric: metric.type_name)
def test_many_scopes_and_periods_at_once_give_what_one_question_for_each_gives(
    prometheus: Prometheus, metric: Metric
) -> None:
    rows = _rows(open_collector(_config(prometheus.url, METRICS)), metric)
    ends = [BEGIN + (hour + 1) * PERIOD for hour in range(HOURS)]
    expected = [row for scope in SCOPES for end in ends for row in _one_by_one(prometheus.url, metric, scope, end)]
    assert _sorted(rows) == _sorted(expected)
    assert {row["scope_id"] for row in rows} == set(SCOPES)
    assert len(rows) > 300


def test_a_part_that_is_too_much_for_the_server_is_asked_for_in_smaller_ones(tmp_path: Path) -> None:
    with Prometheus(tmp_path, _samples(), "--query.max-samples", "150") as server:
        config = _config(server.url, METRICS)
        plain = config.metrics[-2]
        expected = [
            row
            for scope in SCOPES
            for hour in (1, 2, 3)
            for row in _one_by_one(server.url, plain, scope, BEGIN + hour * PERIOD)
        ]
        assert _sorted(_rows(open_collector(config), plain, hours=3)) == _sorted(expected)


def test_what_is_too_much_even_alone_is_a_problem_of_its_scope(tmp_path: Path) -> None:
    with Prometheus(tmp_path, _samples(), "--query.max-samples", "5") as server:
        collector = open_collector(_config(server.url, METRICS))
        collected = collector.collect(CONFIG_METRICS[-2], SCOPES, BEGIN, BEGIN + 4 * PERIOD, PERIOD)
    assert "too many samples" in collected.problems["a"]
    assert not set(collected.problems) & set(collected.points["scope_id"].to_pylist())


def test_a_value_that_is_no_number_is_a_problem_of_its_scope_alone(prometheus: Prometheus) -> None:
    config = _config(prometheus.url, "metrics: {odd: {unit: u}}")
    collected = open_collector(config).collect(config.metrics[0], SCOPES, BEGIN, BEGIN + 4 * PERIOD, PERIOD)
    assert collected.problems == {"a": "{'project_id': 'a'}: it is NaN, which cannot be rated"}
    assert collected.points["scope_id"].to_pylist() == ["aa"]
    assert collected.points["qty"].to_pylist() == [Decimal(4)]


@pytest.mark.parametrize(
    ("metric", "reason"),
    [
        ("vm: {unit: u, extra_args: {range_function: irange}}", "unknown function"),
        ("vm: {unit: u, extra_args: {query_suffix: '+ +'}}", "parse error"),
    ],
)
def test_a_metric_that_prometheus_refuses_is_a_problem_of_every_scope(
    prometheus: Prometheus, metric: str, reason: str
) -> None:
    config = _config(prometheus.url, f"metrics: {{{metric}}}")
    collected = open_collector(config).collect(config.metrics[0], SCOPES, BEGIN, BEGIN + 4 * PERIOD, PERIOD)
    assert set(collected.problems) == set(SCOPES)
    assert all(reason in problem for problem in collected.problems.values())
    assert collected.points.num_rows == 0


def test_scopes_without_data_are_no_problem(prometheus: Prometheus) -> None:
    config = _config(prometheus.url, METRICS)
    collected = open_collector(config).collect(config.metrics[-2], ["none", "other"], BEGIN, BEGIN + PERIOD, PERIOD)
    assert (collected.points.num_rows, collected.problems) == (0, {})


def test_the_fetcher_finds_every_scope_that_the_metric_has(prometheus: Prometheus) -> None:
    assert open_fetcher(_config(prometheus.url, METRICS)).scopes() == sorted(SCOPES)


def test_with_proration_a_point_counts_for_the_steps_that_have_a_sample(prometheus: Prometheus) -> None:
    config = _config(
        prometheus.url, "metrics: {machine: {unit: u, groupby: [id, flavor], extra_args: {proration: coverage}}}"
    )
    collected = open_collector(config).collect(config.metrics[0], ["a", "aa"], BEGIN, BEGIN + 3 * PERIOD, PERIOD)
    assert collected.problems == {}
    found = {
        (*dict(row["groupby"]).values(), (row["begin"] - BEGIN) // PERIOD): row["qty"]
        for row in collected.points.to_pylist()
    }
    expected = {}
    for scope, machine, minutes, flavor in PRESENCE:
        for hour in range(3):
            steps = {-(-minute // 5) for minute in minutes if 60 * hour < minute <= 60 * hour + 60}
            if steps:
                expected[machine, flavor, scope, hour] = Decimal(3) * len(steps) / 12
    assert found == expected
    assert found["20 minutes", "m1", "a", 1] == 1
    assert found["resized", "m1", "a", 0] + found["resized", "m2", "a", 0] == 3


def test_steps_that_do_not_fill_a_period_are_a_problem(prometheus: Prometheus) -> None:
    config = _config(
        prometheus.url, "metrics: {machine: {unit: u, extra_args: {proration: coverage, proration_step: 700}}}"
    )
    collected = open_collector(config).collect(config.metrics[0], ["a"], BEGIN, BEGIN + PERIOD, PERIOD)
    assert collected.problems == {"a": "periods are not made of a proration_step of 700 s"}


def test_aetos_gives_the_same_one_period_at_a_time(
    prometheus: Prometheus, keystone_server: Keystone, tmp_path: Path
) -> None:
    admin = keystone_server.admin
    with Aetos(tmp_path, prometheus, keystone_server, admin):
        login = {
            "auth_type": "password",
            "auth_url": keystone_server.endpoint,
            "username": admin.name,
            "password": admin.password,
            "project_name": admin.project_name,
            "user_domain_name": DOMAIN,
            "project_domain_name": DOMAIN,
        }
        config = MeteringConfig(
            sections={"collect": {"collector": "aetos"}, "collector_aetos": {"auth_section": "login"}, "login": login},
            metrics_yml=METRICS,
        )
        behind, beside = aetos.open_collector(config), open_collector(_config(prometheus.url, METRICS))
        for metric in config.metrics:
            if metric.type_name in ("plain", "top", "increase"):
                assert _rows(behind, metric, hours=3) == _rows(beside, metric, hours=3)
