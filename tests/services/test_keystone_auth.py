"""The rating API with a real Keystone: who is let in, what they may do, and whose points they see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
import requests

from servers.keystone import Account, Keystone
from servers.openstack_client import OpenStackClient
from servers.tally import Tally

pytestmark = pytest.mark.services

FRAME = {"period": {"begin": "2026-03-01T10:00:00Z", "end": "2026-03-01T11:00:00Z"}}
MARCH = {"begin": "2026-03-01T00:00:00Z", "end": "2026-04-01T00:00:00Z"}
PRICES = {"ours": "1.25", "theirs": "40"}


@dataclass(frozen=True)
class Cloud:
    """A server in the catalogue, projects and users by name. Answers about tokens are kept by nobody."""

    keystone: Keystone
    tally: Tally
    projects: dict[str, str]
    accounts: dict[str, Account]
    tokens: dict[str, str] = field(default_factory=dict)

    def call(self, who: str | None, method: str, path: str, **given: Any) -> requests.Response:
        """Ask as an account, or without a token."""
        if who and who not in self.tokens:
            self.tokens[who] = self.keystone.token(self.accounts[who])
        headers = {"X-Auth-Token": self.tokens[who]} if who else {}
        return requests.request(method, f"{self.tally.rating}{path}", headers=headers, timeout=60, **given)


@pytest.fixture(scope="module")
def cloud(keystone_server: Keystone, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """Two projects with a point each."""
    projects = {name: keystone_server.create_project(f"auth {name}") for name in (*PRICES, "service")}
    ours, theirs = projects["ours"], projects["theirs"]
    service = keystone_server.create_user("tallystick", {projects["service"]: ["service"]})
    accounts = {
        "admin": keystone_server.admin,
        "reader": keystone_server.create_user("auth-reader", {ours: ["reader"]}),
        "member": keystone_server.create_user("auth-member", {ours: ["member"]}),
        "watcher": keystone_server.create_user("auth-watcher", {ours: ["watcher"]}),
        "neighbour": keystone_server.create_user("auth-neighbour", {theirs: ["reader"]}),
        "both": keystone_server.create_user("auth-both", {theirs: ["reader"], ours: ["reader"]}),
    }
    environment = {
        "TALLY_CLOUDKITTY_AUTH": "keystone",
        "TALLY_KEYSTONE_AUTH_URL": keystone_server.endpoint,
        "TALLY_KEYSTONE_PUBLIC_URL": "https://identity.example",
        "TALLY_KEYSTONE_USERNAME": service.name,
        "TALLY_KEYSTONE_PASSWORD": service.password,
        "TALLY_KEYSTONE_PROJECT_NAME": service.project_name,
        "TALLY_KEYSTONE_CACHE": "0",
    }
    with Tally(tmp_path_factory.mktemp("keystone") / "home", environment) as tally:
        keystone_server.register("rating", "tallystick", tally.rating)
        cloud = Cloud(keystone_server, tally, projects, accounts)
        posted = cloud.call("admin", "POST", "/v2/dataframes", json={"dataframes": [_frame(cloud)]})
        assert posted.status_code == 204, posted.text
        yield cloud


def _frame(cloud: Cloud) -> dict[str, Any]:
    points = [
        {
            "vol": {"unit": "instance", "qty": 1},
            "rating": {"price": price},
            "groupby": {"id": name, "project_id": cloud.projects[name]},
            "metadata": {},
        }
        for name, price in PRICES.items()
    ]
    return FRAME | {"usage": {"instance": points}}


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/rating/modules", "admin"),
        ("GET", "/v1/rating/module_config/hashmap/services", "admin"),
        ("GET", "/v1/report/tenants", "admin"),
        ("GET", "/v1/report/total", "admin reader member"),
        ("GET", "/v1/report/summary", "admin reader member"),
        ("GET", "/v1/report/total?all_tenants=true", "admin"),
        ("GET", "/v1/storage/dataframes", "admin reader member"),
        ("GET", "/v2/summary", "admin reader member"),
        ("GET", "/v2/rating/modules", "admin"),
        ("GET", "/v2/task/reprocesses", "admin"),
        ("PUT", "/v2/rating/modules/hashmap", "admin"),
    ],
)
def test_what_a_role_may_do(cloud: Cloud, method: str, path: str, allowed: str) -> None:
    """Keystone gives a member the role reader too; a watcher has none that is known here."""
    body = {"json": {"priority": 1}} if method == "PUT" else {}
    for who in ("admin", "reader", "member", "watcher"):
        answer = cloud.call(who, method, path, **body)
        assert (answer.status_code < 300) is (who in allowed.split()), (who, answer.status_code, answer.text)
        assert answer.status_code in (200, 204, 403)


def test_a_refusal_reads_as_that_of_its_version(cloud: Cloud) -> None:
    first, second = (cloud.call("reader", "GET", f"/{version}/rating/modules") for version in ("v1", "v2"))
    assert first.json()["faultstring"] == "Policy doesn't allow rating:list_modules to be performed."
    assert second.json() == {"message": "You are not authorized to perform this action"}


def test_who_has_no_token_is_sent_to_keystone(cloud: Cloud) -> None:
    answer = cloud.call(None, "GET", "/v2/summary")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Keystone uri="https://identity.example"'
    assert answer.json()["error"]["message"] == "The request you have made requires authentication."
    assert cloud.call(None, "GET", "/").status_code == 200


@pytest.mark.parametrize("token", ["nonsense", "gAAAAABk" + "x" * 200, "\u00e9", "a" * 5000])
def test_a_token_that_is_none_is_refused(cloud: Cloud, token: str) -> None:
    headers = {"X-Auth-Token": token.encode("latin-1")}
    assert requests.get(f"{cloud.tally.rating}/v2/summary", headers=headers, timeout=60).status_code == 401


def test_a_token_that_was_revoked_is_refused(cloud: Cloud) -> None:
    token = cloud.keystone.token(cloud.accounts["reader"])
    headers = {"X-Auth-Token": token}
    assert requests.get(f"{cloud.tally.rating}/v2/summary", headers=headers, timeout=60).status_code == 200
    cloud.keystone.revoke(token)
    assert requests.get(f"{cloud.tally.rating}/v2/summary", headers=headers, timeout=60).status_code == 401


@pytest.mark.parametrize(
    ("who", "filters", "expected"),
    [
        ("admin", {}, "41.25"),
        ("admin", {"filters": "project_id:ours"}, "1.25"),
        ("reader", {}, "1.25"),
        ("reader", {"filters": "project_id:ours"}, "1.25"),
        ("reader", {"filters": "project_id:theirs"}, "1.25"),
        ("reader", {"filters": "project_id:theirs", "groupby": "project_id"}, "1.25"),
        ("neighbour", {"groupby": "project_id"}, "40"),
        ("both", {}, "40"),
    ],
)
def test_everybody_sees_the_points_of_the_token_s_project(
    cloud: Cloud, who: str, filters: dict[str, str], expected: str
) -> None:
    named = {key: value.replace("ours", cloud.projects["ours"]).replace("theirs", cloud.projects["theirs"])
             for key, value in filters.items()}  # fmt: skip
    parameters = MARCH | named | {"response_format": "object"}
    rows = cloud.call(who, "GET", "/v2/summary", params=parameters).json()["results"]
    assert sum(Decimal(str(row["rate"])) for row in rows) == Decimal(expected)


def test_dataframes_and_reports_are_those_of_the_project(cloud: Cloud) -> None:
    frames = cloud.call("reader", "GET", "/v2/dataframes", params=MARCH).json()
    ids = [point["groupby"]["id"] for frame in frames["dataframes"] for point in frame["usage"]["instance"]]
    assert (frames["total"], ids) == (1, ["ours"])
    assert Decimal(cloud.call("reader", "GET", "/v1/report/total", params=MARCH).json()) == Decimal("1.25")
    theirs = MARCH | {"tenant_id": cloud.projects["theirs"]}
    assert cloud.call("reader", "GET", "/v1/report/total", params=theirs).status_code == 403
    assert cloud.call("reader", "POST", "/v2/dataframes", json={"dataframes": [_frame(cloud)]}).status_code == 403


def test_the_command_line_finds_the_server_in_the_catalogue(cloud: Cloud) -> None:
    period = ("--begin", "2026-03-01T00:00:00", "--end", "2026-04-01T00:00:00")
    with OpenStackClient(cloud.keystone.environment(cloud.accounts["reader"])) as reader:
        (row,) = reader.shown("rating", "summary", "get", *period)
        assert Decimal(str(row["Rate"])) == Decimal("1.25")
        refused = reader.run("rating", "module", "list")
        assert refused.code
        assert "not authorized" in refused.errors
    with OpenStackClient(cloud.keystone.environment(cloud.accounts["admin"])) as admin:
        modules = {row["Module"] for row in admin.shown("rating", "module", "list")}
        assert {"hashmap", "noop", "pyscripts"} <= modules
        (row,) = admin.shown("rating", "summary", "get", *period)
        assert Decimal(str(row["Rate"])) == Decimal("41.25")
    wrong = cloud.keystone.environment(cloud.accounts["reader"]) | {"OS_PASSWORD": "wrong"}
    with OpenStackClient(wrong) as nobody:
        assert "401" in nobody.run("rating", "summary", "get").errors
