"""One hour of scopes through CloudKitty's own rating worker, in the environment ``cloudkitty``; for a benchmark.

Its collector asks the Prometheus of the benchmark, its rules and scope states are in SQLite in memory, and what it
would store is only counted. Prints the CPU milliseconds per scope, the number of points and the sum of their prices.
"""

import os
import sys
import time
from datetime import datetime

from cloudkitty import orchestrator
from cloudkitty.collector.prometheus import PrometheusCollector
from cloudkitty.db import api as db_api
from cloudkitty.rating.hash.db import api as hashmap_api
from cloudkitty.storage_state import migration
from cloudkitty.utils import load_conf
from keystonemiddleware import auth_token  # noqa: F401 (registers options that the modules read)
from oslo_config import cfg

LONG_AGO = datetime.fromisoformat("2000-01-01")


class Counted:
    """A storage that keeps nothing."""

    def __init__(self):
        self.points, self.price = 0, 0

    def push(self, frames, _scope):
        for frame in frames:
            for _service, point in frame.iterpoints():
                self.points += 1
                self.price += point.price


def main(url, metrics, begin, scopes):
    os.environ["TZ"] = "UTC"
    time.tzset()
    conf = cfg.CONF
    conf([], project="cloudkitty", default_config_files=[])
    conf.set_override("connection", "sqlite://", "database")
    for name, value in {"collector": "prometheus", "metrics_conf": metrics, "scope_key": "project_id"}.items():
        conf.set_override(name, value, "collect")
    conf.set_override("backend", "source", "fetcher")
    conf.set_override("prometheus_url", url, "collector_prometheus")
    rules(load_conf(metrics)["metrics"])
    collector = PrometheusCollector(period=3600, conf=load_conf(metrics))
    storage, start = Counted(), datetime.fromisoformat(begin)
    spent = time.process_time()
    for scope in scopes.split(","):
        worker = orchestrator.Worker(collector, storage, scope, 0)
        worker.next_timestamp_to_process = lambda: start
        worker.do_execute_scope_processing(start)
    spent = time.process_time() - spent
    print(1000 * spent / len(scopes.split(",")), storage.points, storage.price)


def rules(metrics):
    """A flat price for each metric, and one for each of ten flavours."""
    db_api.get_instance().get_migration().upgrade("head")
    hashmap = hashmap_api.get_instance()
    hashmap.get_migration().upgrade("head")
    migration.upgrade("head")
    db_api.get_instance().get_module_info().set_state("hashmap", True)
    flat = {"map_type": "flat", "start": LONG_AGO, "created_by": "bench"}
    for name in metrics:
        service = hashmap.create_service(name)
        hashmap.create_mapping(cost="0.01", service_id=service.service_id, **flat)
        field = hashmap.create_field(service.service_id, "flavor")
        for flavour in range(10):
            hashmap.create_mapping(cost=f"0.{flavour + 1:02}", value=f"m{flavour}", field_id=field.field_id, **flat)


if __name__ == "__main__":
    main(*sys.argv[1:])
