"""What Prometheus reads: requests and queries of this process, deliveries and releases of its home."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from tallystick import clock
from tallystick.api.tenancy import tenants
from tallystick.planner.home import Home

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.25, 0.6, 1.0, 2.5, 10.0)


class Metrics:
    """The numbers of one application, in a registry of their own."""

    def __init__(self, home: Home) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "tally_http_requests", "Requests answered", ("method", "route", "status"), registry=self.registry
        )
        self.request_seconds = Histogram(
            "tally_http_request_seconds", "Time to answer", ("route",), buckets=_BUCKETS, registry=self.registry
        )
        self.query_seconds = Histogram(
            "tally_query_seconds",
            "Time to compute an answer in DuckDB",
            ("family",),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.answers = Counter(
            "tally_answers", "Answers given, kept from before or computed", ("family", "kept"), registry=self.registry
        )
        self.registry.register(_HomeCollector(home))

    def page(self) -> bytes:
        """The text that Prometheus scrapes. Reads the settings database."""
        return generate_latest(self.registry)


class _HomeCollector(Collector):
    """Reads the home at each scrape, so that what other processes ingest is counted too."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        deliveries = CounterMetricFamily("tally_deliveries", "Deliveries handed over", labels=("tenant", "state"))
        releases = GaugeMetricFamily("tally_release_id", "The release that readers see", labels=("tenant",))
        ages = GaugeMetricFamily("tally_release_age_seconds", "Age of that release", labels=("tenant",))
        stale = GaugeMetricFamily("tally_stale_parts", "Parts that wait to be derived", labels=("tenant",))
        rows = GaugeMetricFamily("tally_table_rows", "Rows of a published table", labels=("tenant", "table"))
        jobs = GaugeMetricFamily("tally_jobs", "Jobs that are not done", labels=("tenant", "state"))
        waiting = GaugeMetricFamily(
            "tally_jobs_oldest_queued_seconds", "How long the oldest queued job has waited", labels=("tenant",)
        )
        for tenant in tenants(self._home.database):
            status = self._home.status(tenant)
            deliveries.add_metric((tenant, "refused"), status.refused)
            deliveries.add_metric((tenant, "accepted"), status.deliveries)
            releases.add_metric((tenant,), status.release_id)
            stale.add_metric((tenant,), status.stale_parts)
            if status.released_at is not None:
                ages.add_metric((tenant,), (clock.now() - status.released_at).total_seconds())
            for table, count in status.rows.items():
                rows.add_metric((tenant, table), count)
            for state, count in status.jobs.items():
                jobs.add_metric((tenant, state), count)
            waited = (clock.now() - status.waiting_since).total_seconds() if status.waiting_since else 0.0
            waiting.add_metric((tenant,), waited)
        return deliveries, releases, ages, stale, rows, jobs, waiting
