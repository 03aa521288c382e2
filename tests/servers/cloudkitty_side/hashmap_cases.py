"""Rates points with CloudKitty's own hashmap module, whose rules come from standard input instead of a database.

It runs in the environment ``cloudkitty``. Each line of input is a case, a JSON object: ``mappings`` and ``thresholds``
(lists of objects with service, field, value or level, kind, cost, group and scope), ``points`` (service, begin, qty,
groupby and metadata) and ``scope``. Each line of output is a list: the price of every point as text, or null where the
module fails.
"""

import json
import sys
from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

from cloudkitty import collector, dataframe
from cloudkitty.rating import hash as hashmap
from keystonemiddleware import auth_token  # noqa: F401 (registers options that the modules read)


class Rules:
    """Answers what the module asks its database. Fields come by name, as MySQL and SQLite give them."""

    def __init__(self, mappings, thresholds):
        self._rules = {"mappings": mappings, "thresholds": thresholds}
        every = [*mappings, *thresholds]
        self._services = list(dict.fromkeys(rule["service"] for rule in every))
        self._fields = sorted({(rule["service"], rule["field"]) for rule in every if rule["field"] is not None})

    def list_services(self):
        return self._services

    def get_service(self, uuid):
        return SimpleNamespace(name=uuid)

    def list_fields(self, service):
        return [one for one in self._fields if one[0] == service]

    def get_field(self, uuid):
        return SimpleNamespace(name=uuid[1])

    def list_mappings(self, **wanted):
        return self._listed("mappings", **wanted)

    def list_thresholds(self, **wanted):
        return self._listed("thresholds", **wanted)

    def _listed(self, kind, service_uuid, field_uuid, tenant_uuid, is_active):
        parent = field_uuid or (service_uuid, None)
        return [
            (kind, number)
            for number, rule in enumerate(self._rules[kind])
            if (rule["service"], rule["field"]) == parent and rule["scope"] == tenant_uuid
        ]

    def get_mapping(self, uuid):
        return self._row(uuid)

    def get_threshold(self, uuid):
        return self._row(uuid)

    def _row(self, uuid):
        rule = self._rules[uuid[0]][uuid[1]]
        group = rule["group"] or None
        return SimpleNamespace(
            value=rule.get("value"),
            level=Decimal(rule.get("level", 0)),
            cost=Decimal(rule["cost"]),
            map_type=rule["kind"],
            group_id=group,
            group=SimpleNamespace(name=group),
        )


def main():
    for line in sys.stdin:
        case = json.loads(line)
        rules = Rules(case["mappings"], case["thresholds"])
        hashmap.hash_db_api.get_instance = lambda rules=rules: rules
        module = hashmap.HashMap(case["scope"])
        print(json.dumps([_price(module, point) for point in case["points"]]), flush=True)


def _price(module, point):
    begin = datetime.fromisoformat(point["begin"])
    frame = dataframe.DataFrame(begin, begin + timedelta(hours=1))
    tagged = collector.BaseCollector._create_data_point(
        SimpleNamespace(collector_name=""),
        {"unit": "", "description": None},
        Decimal(point["qty"]),
        0,
        dict(point["groupby"]),
        point["metadata"],
        begin,
    )
    frame.add_point(tagged, point["service"])
    try:
        ((_service, rated),) = module.process(frame).iterpoints()
    except (ArithmeticError, TypeError, ValueError):
        return None
    return str(rated.price)


if __name__ == "__main__":
    main()
