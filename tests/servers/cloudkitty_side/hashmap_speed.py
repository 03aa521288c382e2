"""Measures CloudKitty's own hashmap module: rules.json points.json scopes.

It runs in the environment ``cloudkitty``, with the module's own tables in an SQLite in memory. Points are JSON lines of
service, scope, begin, qty, groupby and metadata, ordered by scope and begin. Printed is a JSON object of points per
second of CPU: of the module once its rules are loaded (``bare``, the best of three), and of one that is made for each
scope and reads the rules again for each period, as the worker does (``worker``, over so many scopes).
"""

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path

from cloudkitty import dataframe, db
from cloudkitty import service as _options  # noqa: F401 (registers options of the database)
from cloudkitty.rating import hash as hashmap
from cloudkitty.rating.hash.db.sqlalchemy import models
from keystonemiddleware import auth_token  # noqa: F401 (registers options that the modules read)
from oslo_config import cfg

LONG_AGO = datetime.fromisoformat("2020-01-01")
REPEAT = 3


def main():
    rules, points, scopes = sys.argv[1:]
    cfg.CONF.set_override("connection", "sqlite://", "database")
    with db.session_for_write() as session:
        models.Base.metadata.create_all(session.get_bind())
    _load(json.loads(Path(rules).read_text()))
    frames = _frames(points)
    print(json.dumps({"bare": max(_bare(frames) for _ in range(REPEAT)), "worker": _worker(frames, int(scopes))}))


def _load(rules):
    store = hashmap.hash_db_api.get_instance()
    parents, groups = {}, {}
    for kind, create in (("mappings", store.create_mapping), ("thresholds", store.create_threshold)):
        for rule in rules[kind]:
            own = (
                {"value": rule["value"], "start": LONG_AGO, "created_by": "bench"}
                if kind == "mappings"
                else {"level": Decimal(rule["level"])}
            )
            create(
                cost=Decimal(rule["cost"]),
                map_type=rule["kind"],
                group_id=_group(store, groups, rule["group"]),
                tenant_id=rule["scope"],
                **_parent(store, parents, rule["service"], rule["field"]),
                **own,
            )


def _parent(store, parents, service_name, field):
    if (service_name, None) not in parents:
        parents[service_name, None] = store.create_service(service_name).service_id
    if (service_name, field) not in parents:
        parents[service_name, field] = store.create_field(parents[service_name, None], field).field_id
    return {"service_id" if field is None else "field_id": parents[service_name, field]}


def _group(store, groups, name):
    if not name:
        return None
    if name not in groups:
        groups[name] = store.create_group(name).group_id
    return groups[name]


def _frames(points):
    given = [json.loads(line) for line in Path(points).read_text().splitlines()]
    frames = []
    for (scope, begin), together in groupby(given, key=lambda point: (point["scope"], point["begin"])):
        start = datetime.fromisoformat(begin).replace(tzinfo=UTC)
        frame = dataframe.DataFrame(start, start + timedelta(hours=1))
        for point in together:
            qty = Decimal(point["qty"])
            frame.add_point(dataframe.DataPoint("", qty, 0, point["groupby"], point["metadata"]), point["service"])
        frames.append((scope, frame))
    return frames


def _points(frames):
    return sum(1 for _scope, frame in frames for _point in frame.iterpoints())


def _bare(frames):
    modules = {scope: None for scope, _frame in frames}
    modules = {scope: hashmap.HashMap(scope) for scope in modules}
    started = time.process_time()
    for scope, frame in frames:
        modules[scope].process(frame)
    return _points(frames) / (time.process_time() - started)


def _worker(frames, scopes):
    names = sorted({scope for scope, _frame in frames})[:scopes]
    some = [(scope, frame) for scope, frame in frames if scope in names]
    started = time.process_time()
    for scope, together in groupby(some, key=lambda one: one[0]):
        module = hashmap.HashMap(scope)
        for _scope, frame in together:
            module.reload_config(frame.start.replace(tzinfo=None))
            module.process(frame)
    return _points(some) / (time.process_time() - started)


if __name__ == "__main__":
    main()
