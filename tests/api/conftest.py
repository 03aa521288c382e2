"""An application over a small home, and clients of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from ledgers import OpenSession
from tallystick.access.testing import Json, identity_header
from tallystick.api.app import create_app
from tallystick.engine.session import Session
from tallystick.engine.testing import memory_session
from tallystick.errors import NotFoundError
from tallystick.planner.views import DeliveryView, FileView, MonthView, PeriodTotals, SourceView, StatusView
from tallystick.settings.config import Config, Serve
from tallystick.settings.database import open_database

NOW = "2026-11-21T12:00:00Z"
RECEIVED = datetime(2026, 11, 20, 10, 30, 5, 250000, tzinfo=UTC)
GATEWAY = "10.0.0.5"

Client = Callable[..., TestClient]


def posting(account: str, service: str, cost: str, set_id: str | None = None) -> dict[str, object]:
    """A day's cost on 2026-11-20."""
    amount = Decimal(cost)
    return {
        "x_source_id": "aws-1",
        "billing_period": date(2026, 11, 1),
        "entry": "billed",
        "revision": 0,
        "period_start": date(2026, 11, 20),
        "period_end": date(2026, 11, 21),
        "provider_name": "AWS",
        "billing_currency": "USD",
        "sub_account_id": account,
        "x_service_code": service,
        "dimension_set_id": set_id,
        "x_unblended_cost": amount,
        "billed_cost": amount,
    }


POSTINGS = [
    posting("111", "AmazonEC2", "1.000000000000000001", "set-1"),
    posting("222", "AmazonS3", "0.25", "set-2"),
]
SETS = [
    {"x_source_id": "aws-1", "billing_period": date(2026, 11, 1), "dimension_set_id": set_id, "kind": "tag"}
    | {"key": key, "value": value}
    for set_id, key, value in (
        ("set-1", "team", "red"),
        ("set-1", "env", "prod"),
        ("set-2", "team", "blue"),
        ("set-2", "k8s.io/role name", "web"),
    )
]
CHARGES = [
    {
        name: row[name]
        for name in row
        if name not in ("entry", "revision", "period_start", "period_end", "dimension_set_id")
    }
    | {
        "x_dimension_set_id": row["dimension_set_id"],
        "x_file_id": "f1",
        "x_row_number": number,
        "charge_period_start": row["period_start"],
        "charge_period_end": row["period_end"],
        "tags": {"team": "red"},
    }
    for number, row in enumerate(POSTINGS, start=7)
]
DELIVERY = DeliveryView(
    delivery_id="d1",
    state="accepted",
    origin="bill.csv.gz",
    received_at=RECEIVED,
    kind="aws",
    source_name="bills",
    series="cur",
    version=RECEIVED,
    reason=None,
    periods=(PeriodTotals(date(2026, 11, 1), 2, {"billed_cost": Decimal("1.250000000000000001")}),),
    files=(FileView("bill.csv.gz", "f1", 512, "data"),),
)


@dataclass
class SmallHome:
    """What routes ask of a home, over rows in memory: the same for every tenant but that of organisation 666."""

    config: Config
    open_session: OpenSession = memory_session
    current: int = 1
    opened: list[tuple[str, int]] = field(default_factory=list)
    """(tenant, release) of every session."""
    derived: list[str] = field(default_factory=list)
    """The tenant of every derivation."""

    def __post_init__(self) -> None:
        self.database = open_database(self.config)

    def release_id(self, tenant: str) -> int:
        return self.current

    def session(self, tenant: str, release_id: int | None = None) -> Session:
        self.opened.append((tenant, self.current if release_id is None else release_id))
        if tenant == "org666":
            return self.open_session()
        return self.open_session(
            ledger=POSTINGS, ledger_daily=POSTINGS, dimension_sets=SETS, charge_sets=SETS, charges=CHARGES
        )

    def derive(self, tenant: str) -> int:
        self.derived.append(tenant)
        return self.current

    def sources(self, tenant: str) -> list[SourceView]:
        if tenant == "org666":
            return []
        periods = (date(2026, 10, 1), date(2026, 11, 1))
        return [
            SourceView("aws-1", 1, "bills", "aws", RECEIVED, False, 1, RECEIVED, periods),
            SourceView("focus-2", 2, "All clouds", "focus", RECEIVED, True, 0, None, ()),
        ]

    def status(self, tenant: str) -> StatusView:
        jobs = {"queued": 1, "running": 0, "dead": 2}
        return StatusView(self.current, RECEIVED, RECEIVED, 2, 1, 1, 0, None, {"ledger": 2}, jobs, RECEIVED)

    def deliveries(self, tenant: str) -> list[DeliveryView]:
        return [] if tenant == "org666" else [DELIVERY]

    def delivery(self, tenant: str, delivery_id: str) -> DeliveryView:
        if tenant == "org666" or delivery_id != "d1":
            raise NotFoundError(f"there is no delivery {delivery_id}")
        return DELIVERY

    def file_names(self, tenant: str, file_ids: set[str]) -> dict[str, str]:
        return dict.fromkeys(file_ids, "bill.csv.gz")

    def months(self, tenant: str) -> list[MonthView]:
        return [MonthView("aws-1", "bills", date(2026, 11, 1), "open", None, 0)]


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLY_NOW", NOW)


@pytest.fixture(params=["embedded", pytest.param("cluster", marks=pytest.mark.services)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Config, OpenSession]:
    """An empty home's settings, and where its reports are read: in a folder, or PostgreSQL for both."""
    if request.param == "embedded":
        return Config(home=tmp_path), memory_session
    return request.getfixturevalue("on_postgresql"), request.getfixturevalue("published")


@pytest.fixture
def home(place: tuple[Config, OpenSession]) -> SmallHome:
    """A home of one's own."""
    return SmallHome(*place)


@pytest.fixture
def owner(home: SmallHome) -> Iterator[TestClient]:
    """The local owner's client."""
    with _client(home, "127.0.0.1") as client:
        yield client


@pytest.fixture
def as_user(place: tuple[Config, OpenSession]) -> Iterator[Callable[..., TestClient]]:
    """Makes clients of users behind a gateway: ``as_user({"aws.account": {"read": ["111"]}}, org_id="7")``."""
    config, open_session = place
    serve = Serve(trusted_gateways=(ip_network(GATEWAY),))
    home = SmallHome(config.model_copy(update={"serve": serve}), open_session)
    with _client(home, GATEWAY) as client:

        def make(access: Json | None = None, **identity: Any) -> TestClient:
            client.headers["x-rh-identity"] = identity_header(access, **identity)
            return client

        yield make


def _client(home: SmallHome, peer: str) -> TestClient:
    app = create_app(home)  # type: ignore[arg-type]
    return TestClient(
        app,
        base_url="http://localhost:8000",
        client=(peer, 40000),
        raise_server_exceptions=False,
        follow_redirects=False,
    )
