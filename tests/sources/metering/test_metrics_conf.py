"""metrics.yml: what it says is read, and what is wrong is said with its place."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tallystick.errors import ConfigError
from tallystick.sources.metering.extra_args import AnyArgs, GnocchiArgs, PrometheusArgs
from tallystick.sources.metering.metrics_conf import Metric, read_metrics
from tallystick.sources.metering.quantities import Mutation

NO_NUMBER = "is neither a number nor a fraction such as 1/1024"


def _read(text: str, collector: str = "prometheus") -> dict[str, Metric]:
    return {metric.key: metric for metric in read_metrics(text, collector=collector, scope_key="project_id")}


def test_an_entry_has_cloudkitty_s_defaults() -> None:
    assert _read("metrics: {cpu: {unit: instance}}") == {
        "cpu": Metric(
            name="cpu",
            unit="instance",
            type_name="cpu",
            key="cpu",
            groupby=("project_id",),
            metadata=(),
            factor=Fraction(1),
            offset=Fraction(0),
            mutation=Mutation.NONE,
            mutate_map={},
            extra_args=PrometheusArgs(),
        )
    }


def test_an_entry_may_say_everything() -> None:
    metric = _read(
        """
        metrics:
          image.size:
            unit: MiB
            alt_name: image
            description: an image
            factor: 1/1048576
            offset: -0.5
            groupby: [id, project_id, id]
            metadata: [name]
            mutate: MAP
            mutate_map: {0: 1, 1.5: 0.25, -2: 3}
            skip_datapoints_expression: datapoint["vol"]["qty"] == 0
            extra_args: {resource_type: image, resource_key: uuid, aggregation_method: "rate:99pct"}
        """,
        "gnocchi",
    )["image.size@#image"]
    assert (metric.name, metric.type_name, metric.unit, metric.description) == (
        "image.size",
        "image",
        "MiB",
        "an image",
    )
    assert (metric.factor, metric.offset) == (Fraction(1, 1048576), Fraction(-1, 2))
    assert (metric.groupby, metric.metadata) == (("id", "project_id", "uuid"), ("name",))
    assert metric.mutate_map == {Fraction(0): 1, Fraction(3, 2): Fraction(1, 4), Fraction(-2): 3}
    assert metric.skip_expression == 'datapoint["vol"]["qty"] == 0'
    assert metric.extra_args == GnocchiArgs(
        resource_type="image", resource_key="uuid", aggregation_method="rate:99pct", re_aggregation_method="max"
    )


def test_one_metric_may_be_rated_in_several_ways() -> None:
    assert list(_read("metrics: {b: [{unit: x}, {unit: y, alt_name: n}], a: {unit: z}}")) == ["a", "b", "b@#n"]


def test_a_collector_that_is_plugged_in_takes_any_arguments() -> None:
    metric = _read("metrics: {a: {unit: x, extra_args: {anything: 1}}}", "theirs")["a"]
    assert metric.extra_args == AnyArgs.model_validate({"anything": 1})


@pytest.mark.parametrize(
    ("written", "exact"),
    [("1.1", "11/10"), ("1e-3", "1/1000"), ("3600/1000000", "9/2500"), ("'0.1'", "1/10"), ("1_000.5", "2001/2")],
)
def test_numbers_are_those_that_are_written(written: str, exact: str) -> None:
    assert _read(f"metrics: {{a: {{unit: x, factor: {written}}}}}")["a"].factor == Fraction(exact)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", ": it must be a mapping with the one key metrics"),
        ("metrics: {}", ": metrics: must be a mapping with at least one metric"),
        ("metrics: {a: {unit: x}}\nmore: 1", ": it must be a mapping with the one key metrics"),
        ("metrics:\n  a: {unit: x}\n  a: {unit: y}", ", line 3: 'a' stands there twice"),
        ("metrics: [", ", line 1: expected the node content, but found '<stream end>'"),
        ("metrics: {a: 3}", ": metrics.a: Input should be a valid dictionary or instance of _Entry"),
        ("metrics: {a: []}", ": metrics.a: Input should be a valid dictionary or instance of _Entry"),
        ("metrics: {a: {}}", ": metrics.a.unit: Field required"),
        ("metrics: {a: {unit: ''}}", ": metrics.a.unit: String should have at least 1 character"),
        ("metrics: {a: {unit: x, units: y}}", ": metrics.a.units: Extra inputs are not permitted"),
        ("metrics: {a: {unit: x, factor: 1/0}}", ": metrics.a.factor: 1/0 divides by 0"),
        ("metrics: {a: {unit: x, factor: yes}}", f": metrics.a.factor: True {NO_NUMBER}"),
        ("metrics: {a: {unit: x, offset: much}}", f": metrics.a.offset: 'much' {NO_NUMBER}"),
        ("metrics: {a: {unit: x, factor: .inf}}", ", line 1: .inf is no decimal number"),
        ("metrics: {a: {unit: x, mutate: MAP}}", ": metrics.a: mutate: MAP and mutate_map need each other"),
        ("metrics: {a: {unit: x, mutate_map: {1: 2}}}", ": metrics.a: mutate: MAP and mutate_map need each other"),
        ("metrics: {a: {unit: x, metadata: [project_id]}}", ": metrics.a.metadata: project_id is in groupby too"),
        ("metrics: {a: [{unit: x}, {unit: y}]}", ": metrics.a[1]: a stands there twice; give each an alt_name"),
        ("metrics: {a: {unit: x, extra_args: {z: 1}}}", ": metrics.a.extra_args: z: Extra inputs are not permitted"),
        (
            "metrics: {a: {unit: x, extra_args: {proration: coverage, aggregation_method: sum}}}",
            ": metrics.a.extra_args: proration is for the avg, max or min of a gauge,"
            " without functions, query_prefix and query_suffix",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, reason: str) -> None:
    with pytest.raises(ConfigError) as raised:
        _read(text)
    assert str(raised.value) == f"metrics.yml{reason}"


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ConfigError) as raised:
        _read("metrics: {a: {units: x}, b: {unit: x, extra_args: {resource_type: 1, resource_key: ''}}}", "gnocchi")
    assert len(str(raised.value).splitlines()) == 3
