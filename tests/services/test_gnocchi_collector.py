"""The collector and the fetcher ``gnocchi`` against a real Gnocchi, filled through its API and processed by metricd."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pytest

from servers.gnocchi import Gnocchi
from servers.keystone import Keystone
from tallystick.errors import UnavailableError
from tallystick.sources.metering.extra_args import GnocchiArgs
from tallystick.sources.metering.gnocchi import GnocchiCollector, open_collector, open_fetcher
from tallystick.sources.metering.metrics_conf import Metric
from tallystick.sources.metering.options import MeteringConfig
from tallystick.sources.metering.quantities import Mutation

pytestmark = pytest.mark.services

BEGIN = datetime(2026, 10, 31, 22, tzinfo=UTC)
"""The range crosses the end of a month."""
HOUR = timedelta(hours=1)
HOURS = 5
END = BEGIN + HOURS * HOUR
STEP = timedelta(minutes=5)
SCOPES = ("steady", "resized", "sender", "receiver", "gaps", "many", "empty")
Key = tuple[str, str, int]
"""Scope, resource and hour."""


@dataclass
class Cloud:
    """What there is: resources of types of our own, by name."""

    gnocchi: Gnocchi
    ids: dict[str, str] = field(default_factory=dict)
    suffix: str = field(default_factory=lambda: uuid.uuid4().hex[:8])

    @property
    def kind(self) -> str:
        return f"server_{self.suffix}"

    def scope(self, name: str) -> str:
        return f"{name}-{self.suffix}"

    def create(self, name: str, scope: str, **attributes: object) -> None:
        """A resource that began a day before the range, with the metric ``cpu``."""
        self.ids[name] = str(uuid.uuid4())
        began = {"started_at": (BEGIN - timedelta(days=1)).isoformat(), "project_id": self.scope(scope)}
        self.gnocchi.create_resource(self.kind, self.ids[name], ["cpu"], **began, user_id="u", **attributes)
        self.gnocchi.date_revisions(self.ids[name], [BEGIN - timedelta(days=1)])

    def push(self, name: str, values: Mapping[datetime, float]) -> None:
        self.gnocchi.push(self.ids[name], "cpu", values.items())

    def name(self, resource_id: str) -> str:
        return next(name for name, known in self.ids.items() if known == resource_id)


def counted(start: datetime = BEGIN, stop: datetime = END, by: float = 1.0) -> dict[datetime, float]:
    """Every five minutes one more; 1 at the beginning of the range."""
    steps = range((start - BEGIN) // STEP, (stop - BEGIN) // STEP)
    return {BEGIN + number * STEP: (number + 1) * by for number in steps}


@pytest.fixture(scope="module")
def cloud(gnocchi_server: Gnocchi) -> Cloud:
    """A machine that stays as it is, one that is resized, one that changes hands, one with gaps, many small ones."""
    cloud = Cloud(gnocchi_server)
    gnocchi_server.create_resource_type(cloud.kind, "flavor", "label")
    for name, scope in (("still", "steady"), ("grown", "resized"), ("moved", "sender"), ("lazy", "gaps")):
        cloud.create(name, scope, flavor="small", label=f"{name}, first")
    cloud.push("still", counted())
    cloud.push("grown", counted())
    cloud.push("moved", counted())
    cloud.push("lazy", counted(BEGIN, BEGIN + HOUR) | counted(BEGIN + 3.5 * HOUR))
    for number in range(25):
        cloud.create(f"small {number}", "many", flavor="tiny", label=f"the {number}th")
        cloud.push(f"small {number}", {BEGIN + HOUR: 0.1 * number, BEGIN + 2 * HOUR: 1e-7})
    gnocchi_server.update_resource(cloud.kind, cloud.ids["grown"], flavor="large", label="grown, second")
    gnocchi_server.update_resource(cloud.kind, cloud.ids["moved"], project_id=cloud.scope("receiver"))
    day_before = BEGIN - timedelta(days=1)
    gnocchi_server.date_revisions(cloud.ids["grown"], [day_before, BEGIN + 2.25 * HOUR])
    gnocchi_server.date_revisions(cloud.ids["moved"], [day_before, BEGIN + 3.5 * HOUR])
    gnocchi_server.process()
    return cloud


@pytest.fixture(scope="module")
def collector(cloud: Cloud) -> GnocchiCollector:
    options = {"gnocchi_auth_type": "basic", "gnocchi_user": "admin", "gnocchi_endpoint": cloud.gnocchi.endpoint}
    return open_collector(MeteringConfig(sections={"collector_gnocchi": options}, metrics_yml=""))


def metric(cloud: Cloud, *, groupby: Sequence[str] = (), metadata: Sequence[str] = (), **args: Any) -> Metric:
    """A metric as ``metrics.yml`` gives it."""
    found = GnocchiArgs.model_validate({"resource_type": cloud.kind} | args)
    return Metric(
        name="cpu",
        unit="instance",
        type_name="instance",
        key="cpu@#instance",
        groupby=tuple(dict.fromkeys([*groupby, "project_id", found.resource_key])),
        metadata=tuple(metadata),
        factor=Fraction(1),
        offset=Fraction(0),
        mutation=Mutation.NONE,
        mutate_map={},
        extra_args=found,
    )


def quantities(cloud: Cloud, points: pa.Table) -> dict[Key, list[Decimal]]:
    """Quantities by scope, resource and hour, in the order of the points."""
    found: dict[Key, list[Decimal]] = {}
    for point in points.to_pylist():
        labels = dict(point["groupby"])
        assert labels["project_id"] == point["scope_id"]
        scope = point["scope_id"].removesuffix(f"-{cloud.suffix}")
        key = scope, cloud.name(labels["id"]), (point["begin"] - BEGIN) // HOUR
        found.setdefault(key, []).append(point["qty"].normalize())
    return found


def collect(
    cloud: Cloud, collector: GnocchiCollector, asked: Metric, *scopes: str, period: timedelta = HOUR
) -> dict[Key, list[Decimal]]:
    """What one collection of the whole range gives."""
    found = collector.collect(asked, [cloud.scope(scope) for scope in scopes or SCOPES], BEGIN, END, period)
    assert not found.problems
    return quantities(cloud, found.points)


AT = {"force_granularity": 300}


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({}, "12 24 36 48 60"),
        ({"aggregation_method": "mean"}, "6.5 18.5 30.5 42.5 54.5"),
        ({"aggregation_method": "count", "re_aggregation_method": "sum"}, "12 12 12 12 12"),
        ({"force_granularity": 0}, "12 24 36 48 60"),
        (AT, "12 24 36 48 60"),
        (AT | {"period_aggregation": "first"}, "1 13 25 37 49"),
        (AT | {"re_aggregation_method": "mean"}, "6.5 18.5 30.5 42.5 54.5"),
        (AT | {"re_aggregation_method": "count"}, "12 12 12 12 12"),
        (AT | {"re_aggregation_method": "median"}, "6.5 18.5 30.5 42.5 54.5"),
        (AT | {"re_aggregation_method": "sum"}, "78 222 366 510 654"),
        (AT | {"re_aggregation_method": "min"}, "1 13 25 37 49"),
        (AT | {"re_aggregation_method": "first"}, "1 13 25 37 49"),
        (AT | {"re_aggregation_method": "last"}, "12 24 36 48 60"),
        ({"re_aggregation_method": "rate:max"}, "- 12 12 12 12"),
        (AT | {"re_aggregation_method": "rate:max"}, "11 12 12 12 12"),
        (AT | {"re_aggregation_method": "rate:mean", "period_aggregation": "first"}, "1 1 1 1 1"),
        ({"re_aggregation_method": "last"}, "12 24 36 48 60"),
        ({"custom_query": "(* (aggregate RE_AGGREGATION_METHOD (metric METRIC_NAME AGGREGATION_METHOD)) 2)"},
         "24 48 72 96 120"),
    ],
)  # fmt: skip
def test_the_quantity_of_a_period(
    cloud: Cloud, collector: GnocchiCollector, args: dict[str, Any], expected: str
) -> None:
    found = collect(cloud, collector, metric(cloud, **args), "steady")
    wanted = {("steady", "still", hour): [Decimal(text)] for hour, text in enumerate(expected.split()) if text != "-"}
    assert found == {key: [quantity.normalize() for quantity in values] for key, values in wanted.items()}


def test_a_changed_attribute_divides_its_period(cloud: Cloud, collector: GnocchiCollector) -> None:
    found = collect(cloud, collector, metric(cloud, groupby=["flavor"]), "resized")
    assert found["resized", "grown", 2] == [Decimal("27"), Decimal("9")]
    assert sum(map(len, found.values())) == HOURS + 1


def test_a_resource_may_count_with_its_newest_attributes_only(cloud: Cloud, collector: GnocchiCollector) -> None:
    asked = metric(cloud, groupby=["flavor"], use_all_resource_revisions=False)
    found = collector.collect(asked, [cloud.scope("resized")], BEGIN, END, HOUR).points.to_pylist()
    assert sorted((point["begin"], dict(point["groupby"])["flavor"], point["qty"]) for point in found) == [
        (BEGIN + number * HOUR, "small" if number < 2 else "large", Decimal(12 * (number + 1)))
        for number in range(HOURS)
    ]
    assert {name for point in found for name, _ in point["groupby"]} == {"flavor", "project_id", "id"}


def test_metadata_are_those_of_the_end_of_the_period(cloud: Cloud, collector: GnocchiCollector) -> None:
    asked = metric(cloud, metadata=["label", "flavor", "unknown"])
    found = collector.collect(asked, [cloud.scope("resized")], BEGIN, END, HOUR).points.to_pylist()
    assert sorted((point["begin"], dict(point["metadata"])) for point in found) == [
        (BEGIN + number * HOUR, {"label": f"grown, {name}", "flavor": flavor, "unknown": ""})
        for number, (name, flavor) in enumerate([("first", "small")] * 2 + [("second", "large")] * 3)
    ]


def test_metadata_of_more_resources_than_a_page_holds(cloud: Cloud, collector: GnocchiCollector) -> None:
    asked = metric(cloud, metadata=["label"])
    found = collector.collect(asked, [cloud.scope("many")], BEGIN, END, HOUR).points.to_pylist()
    labels = {cloud.name(dict(point["groupby"])["id"]): dict(point["metadata"])["label"] for point in found}
    assert labels == {f"small {number}": f"the {number}th" for number in range(25)}
    assert len(found) == 2 * 25


def test_quantities_are_the_shortest_texts_of_their_doubles(cloud: Cloud, collector: GnocchiCollector) -> None:
    found = collect(cloud, collector, metric(cloud), "many")
    assert found["many", "small 3", 1] == [Decimal(repr(0.1 * 3))]
    assert found["many", "small 3", 2] == [Decimal("1E-7")]


CASES: list[dict[str, Any]] = [
    {},
    {"groupby": ["flavor"]},
    {"metadata": ["label", "flavor"]},
    {"groupby": ["flavor"], "use_all_resource_revisions": False},
    {"force_granularity": 0},
    AT,
    AT | {"groupby": ["flavor", "label"], "re_aggregation_method": "mean"},
    AT | {"groupby": ["flavor"], "re_aggregation_method": "sum", "use_all_resource_revisions": False},
    AT | {"groupby": ["flavor"], "period_aggregation": "first"},
    AT | {"re_aggregation_method": "rate:max"},
    {"re_aggregation_method": "rate:last", "groupby": ["flavor"]},
    {"custom_query": "(aggregate RE_AGGREGATION_METHOD (metric METRIC_NAME AGGREGATION_METHOD))"},
    {"resource_key": "label"},
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_one_question_gives_what_one_for_each_scope_and_period_gives(
    cloud: Cloud, collector: GnocchiCollector, case: dict[str, Any]
) -> None:
    _assert_same(cloud, collector, metric(cloud, **case), SCOPES, HOUR)


@pytest.mark.parametrize("period", [2.5 * HOUR, 4 * STEP], ids=["not of whole granules", "finer than a granule"])
@pytest.mark.parametrize("case", [{"groupby": ["flavor"]}, AT | {"groupby": ["flavor"]}], ids=str)
def test_so_it_does_of_periods_that_are_no_hours(
    cloud: Cloud, collector: GnocchiCollector, case: dict[str, Any], period: timedelta
) -> None:
    _assert_same(cloud, collector, metric(cloud, **case), ["resized", "sender", "receiver"], period)


def _assert_same(
    cloud: Cloud, collector: GnocchiCollector, asked: Metric, names: Sequence[str], period: timedelta
) -> None:
    scopes = [cloud.scope(name) for name in names]
    begins = [BEGIN + number * period for number in range((END - BEGIN) // period)]
    together = collector.collect(asked, scopes, BEGIN, END, period)
    apart = [
        collector.collect(asked, [scope], begin, begin + period, period).points for scope in scopes for begin in begins
    ]
    assert not together.problems
    assert together.points.num_rows > 0
    assert _rows(together.points) == sorted(row for points in apart for row in _rows(points))


def _rows(points: pa.Table) -> list[tuple[str, ...]]:
    return sorted(tuple(map(str, row.values())) for row in points.to_pylist())


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"resource_type": "unknown"}, "Resource type does not exist"),
        ({"force_granularity": 60}, "Granularities are missing"),
        ({"aggregation_method": "42pct"}, "unknown aggregation"),
        ({"custom_query": "(nonsense METRIC_NAME)"}, "Gnocchi answers 400"),
        ({"groupby": ["no attribute"]}, "Sort key supplied is invalid"),
    ],
)
def test_what_gnocchi_refuses_is_a_problem_of_each_scope_that_it_is_refused_for(
    cloud: Cloud, collector: GnocchiCollector, changed: dict[str, Any], message: str
) -> None:
    found = collector.collect(metric(cloud, **changed), [cloud.scope("steady")], BEGIN, END, HOUR)
    assert found.points.num_rows == 0
    assert message in found.problems[cloud.scope("steady")]
    assert found.points.num_rows == 0


def test_a_scope_whose_metrics_are_kept_otherwise_is_the_only_problem(
    cloud: Cloud, collector: GnocchiCollector
) -> None:
    policy = {"name": f"daily-{cloud.suffix}", "definition": [{"granularity": "1 day", "timespan": "30 days"}]}
    cloud.gnocchi.call("POST", "archive_policy", policy)
    cloud.create("daily", "daily", flavor="small")
    with_policy = {"slow": {"archive_policy_name": policy["name"]}}
    cloud.gnocchi.call("POST", f"resource/{cloud.kind}/{cloud.ids['daily']}/metric", with_policy)
    cloud.gnocchi.call("POST", f"resource/{cloud.kind}/{cloud.ids['still']}/metric",
                       {"slow": {"archive_policy_name": "hourly-and-finer"}})  # fmt: skip
    for name in ("daily", "still"):
        cloud.gnocchi.push(cloud.ids[name], "slow", {BEGIN: 1.0}.items())
    cloud.gnocchi.process()
    asked = replace(metric(cloud), name="slow")
    scopes = [cloud.scope(name) for name in ("daily", "steady", "resized")]
    found = collector.collect(asked, scopes, BEGIN, END, HOUR)
    assert set(found.problems) == {cloud.scope("daily")}
    assert set(quantities(cloud, found.points)) == {("steady", "still", 0)}


def test_a_server_that_is_not_there_is_a_problem_of_every_scope(cloud: Cloud) -> None:
    options = {"gnocchi_auth_type": "basic", "gnocchi_user": "admin", "gnocchi_endpoint": "http://127.0.0.1:1"}
    nowhere = open_collector(MeteringConfig(sections={"collector_gnocchi": options}, metrics_yml=""))
    found = nowhere.collect(metric(cloud), ["a", "b"], BEGIN, END, HOUR)
    assert (found.points.num_rows, set(found.problems)) == (0, {"a", "b"})


@pytest.mark.parametrize(("attribute", "types"), [("project_id", "generic"), ("project_id", ""), ("project_id", "own")])
def test_the_scopes_are_those_of_all_resources_page_after_page(cloud: Cloud, attribute: str, types: str) -> None:
    for number in range(30):
        cloud.create(f"crowd {number}", f"crowd {number}", flavor="tiny")
    scopes = _fetched(cloud, scope_attribute=attribute, resource_types=cloud.kind if types == "own" else types)
    ours = {scope.removesuffix(f"-{cloud.suffix}") for scope in scopes if scope.endswith(cloud.suffix)}
    assert ours >= {"steady", "many", *(f"crowd {number}" for number in range(30))}
    assert scopes == sorted(set(scopes))


def test_resources_without_the_attribute_do_not_keep_the_fetcher(cloud: Cloud) -> None:
    found = _fetched(cloud, scope_attribute="label", resource_types=cloud.kind)
    assert {"still, first", "the 7th"} <= set(found)
    assert _fetched(cloud, scope_attribute="ended_at", resource_types=cloud.kind) == []


def test_what_the_fetcher_is_refused_is_told(cloud: Cloud) -> None:
    with pytest.raises(UnavailableError, match="404"):
        _fetched(cloud, resource_types="unknown")


def _fetched(cloud: Cloud, **options: str) -> list[str]:
    door = {"gnocchi_auth_type": "basic", "gnocchi_user": "admin", "gnocchi_endpoint": cloud.gnocchi.endpoint}
    return open_fetcher(MeteringConfig(sections={"fetcher_gnocchi": door | options}, metrics_yml="")).scopes()


def test_with_keystone_the_address_comes_from_the_catalogue(
    cloud: Cloud, collector: GnocchiCollector, keystone_server: Keystone
) -> None:
    keystone_server.register("metric", "gnocchi", cloud.gnocchi.keystone_endpoint)
    login = {
        "auth_type": "password",
        "auth_url": keystone_server.endpoint,
        "username": "admin",
        "password": keystone_server.admin.password,
        "project_name": "admin",
        "user_domain_name": "Default",
        "project_domain_name": "Default",
    }
    sections = {
        "keystone_authtoken": login,
        "collector_gnocchi": {"auth_section": "keystone_authtoken"},
        "fetcher_gnocchi": {"auth_section": "keystone_authtoken"},
    }
    config = MeteringConfig(sections=sections, metrics_yml="")
    asked, scopes = metric(cloud, metadata=["label"]), [cloud.scope(name) for name in SCOPES]
    through = open_collector(config).collect(asked, scopes, BEGIN, END, HOUR)
    assert not through.problems
    assert _rows(through.points) == _rows(collector.collect(asked, scopes, BEGIN, END, HOUR).points)
    assert cloud.scope("steady") in open_fetcher(config).scopes()
