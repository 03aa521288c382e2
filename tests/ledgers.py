"""Small ledgers for tests of reports, made from charges as the models make them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from tallystick.engine.session import Session
from tallystick.engine.testing import memory_session
from tallystick.lake.schemas import CHARGES, COST_MEASURES, LEDGER, LEDGER_DAILY, TableSchema

Row = dict[str, Any]
OpenSession = Callable[..., Session]


class Bill:
    """Charges, and the tables that follow from them: a posting per charge, a set of tags per distinct tags."""

    def __init__(self, open_session: OpenSession = memory_session) -> None:
        """``open_session`` makes a session over rows by table name."""
        self._open = open_session
        self.charges: list[Row] = []
        self.sets: dict[str, Row] = {}

    def charge(self, day: date, cost: str | int | Decimal, tags: dict[str, str] | None = None, **columns: Any) -> None:
        """One charge of a day; ``cost`` is every cost measure unless a column says otherwise."""
        amount = Decimal(cost)
        row: Row = {
            "x_source_id": "source-1",
            "x_file_id": "file-1",
            "x_row_number": len(self.charges) + 1,
            "provider_name": "AWS",
            "billing_currency": "USD",
            "sub_account_id": "100",
            "x_service_code": "AmazonEC2",
            "charge_description": f"charge {len(self.charges) + 1}",
            "x_line_item_type": "Usage",
            **dict.fromkeys(COST_MEASURES, amount),
            **columns,
            "billing_period": day.replace(day=1),
            "charge_period_start": datetime.combine(day, time()),
            "charge_period_end": datetime.combine(day + timedelta(days=1), time()),
            "tags": tags,
            "x_dimension_set_id": self._set("tag", tags),
        }
        self.charges.append(row)

    def _set(self, kind: str, pairs: dict[str, str] | None) -> str | None:
        if not pairs:
            return None
        name = repr(sorted(pairs.items()))
        for key, value in pairs.items():
            pair = {"dimension_set_id": name, "kind": kind, "key": key, "value": value}
            self.sets[f"{name} {key}"] = {"x_source_id": "source-1", **pair}
        return name

    def session(self) -> Session:
        """The tables of this bill. Sets stand in two partitions, as they do when two months use them."""
        postings = [self._posting(charge) for charge in self.charges]
        sets = [row | {"billing_period": date(2026, month, 1)} for row in self.sets.values() for month in (10, 11)]
        return self._open(
            charges=[_only(CHARGES, row) for row in self.charges],
            ledger=[_only(LEDGER, row) for row in postings],
            ledger_daily=[_only(LEDGER_DAILY, row) for row in postings],
            dimension_sets=sets,
        )

    def _posting(self, charge: Row) -> Row:
        return {
            "entry": "billed",
            "period_start": charge["charge_period_start"],
            "period_end": charge["charge_period_end"],
            "dimension_set_id": charge["x_dimension_set_id"],
            **charge,
        }


def _only(schema: TableSchema, row: Row) -> Row:
    return {name: row[name] for name in schema.names() if name in row}


def company(bill: Bill) -> Session:
    """Two months of two sources, three accounts, a few services, tags and instances."""
    for offset in range(52):
        day = date(2026, 10, 1) + timedelta(days=offset)
        for account in ("100", "200", "300"):
            source = f"source-{offset % 2 + 1}"
            common: dict[str, Any] = {"sub_account_id": account, "x_source_id": source, "region_id": f"r-{account}"}
            bill.charge(
                day,
                Decimal(offset * 7 % 11 + int(account)) / 8,
                {"app": f"app{account}", "Name": f"inst-{account}"},
                **common,
                resource_id=f"i-{account}",
                x_instance_type=f"m5.{account}",
                x_operating_system="Linux",
                x_vcpu="4",
                x_memory="16 GiB",
                x_product_family="Compute Instance",
                pricing_unit="Hrs",
                x_usage_quantity=Decimal(24),
            )
            storage: dict[str, Any] = {"x_product_family": "Storage", "pricing_unit": "GB-Mo"}
            bill.charge(
                day, 3, {"app": "files"}, **common, **storage, x_service_code="AmazonS3", x_usage_quantity=Decimal(8)
            )
            bill.charge(day, 1, None, **common, x_service_code="AmazonRDS")
    return bill.session()
