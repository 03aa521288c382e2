"""Who is let in, and what an answer looks like to who is not."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tallystick.api.app import create_app
from tallystick.api.cloudkitty.policies import RULES, Caller, ForbiddenError, OsloPolicies, enforce
from tallystick.errors import ConfigError
from tallystick.planner.home import Home
from tallystick.settings.config import CloudKitty, Config, Keystone

ADMIN = Caller("p-admin", frozenset({"admin", "member", "reader"}), "u1", is_admin=True)
READER = Caller("p1", frozenset({"reader"}), "u2", is_admin=False)
MEMBER = Caller("p1", frozenset({"member"}), "u3", is_admin=False)
UNSCOPED = Caller(None, frozenset(), "u4", is_admin=False)
SYSTEM = Caller(None, frozenset({"admin", "reader"}), "u5", is_admin=True, system=True)

REFUSAL = {
    "error": {
        "code": 401,
        "title": "Unauthorized",
        "message": "The request you have made requires authentication.",
    }
}


@pytest.mark.parametrize(
    ("rule", "caller", "project", "allowed"),
    [
        ("info:get_config", MEMBER, None, True),
        ("info:get_config", UNSCOPED, None, True),
        ("rating:quote", MEMBER, None, True),
        ("rating:list_modules", ADMIN, None, True),
        ("rating:list_modules", READER, "p1", False),
        ("v2_rating:list_modules", READER, "p1", False),
        ("summary:get_summary", READER, "p1", True),
        ("summary:get_summary", READER, "p2", False),
        ("summary:get_summary", READER, None, False),
        ("summary:get_summary", MEMBER, "p1", False),
        ("summary:get_summary", ADMIN, "p2", True),
        ("summary:get_summary", ADMIN, None, True),
        ("summary:get_summary", UNSCOPED, None, False),
        ("summary:get_summary", UNSCOPED, "None", False),
        ("scope:reset_state", SYSTEM, None, False),
        ("no:such_rule", ADMIN, None, False),
    ],
)
def test_rules(rule: str, caller: Caller, project: str | None, allowed: bool) -> None:
    assert OsloPolicies().allows(rule, caller, project) is allowed


def test_a_policy_file_takes_the_place_of_rules(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(
        '"summary:get_summary": "role:member and project_id:%(project_id)s"\n"scope:get_state": "role:member"\n'
    )
    policies = OsloPolicies(file)
    assert policies.allows("summary:get_summary", MEMBER, "p1")
    assert not policies.allows("summary:get_summary", READER, "p1")
    assert policies.allows("scope:get_state", MEMBER)
    assert not policies.allows("scope:reset_state", MEMBER)


def test_a_missing_project_equals_no_other(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text('"report:get_total": "project_id:%(project_id)s"\n')
    assert not OsloPolicies(file).allows("report:get_total", UNSCOPED, None)


def test_a_policy_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="policy_file"):
        OsloPolicies(tmp_path / "policy.yaml")


@pytest.mark.parametrize("rule", sorted(RULES))
def test_without_keystone_no_rule_is_evaluated(rule: str) -> None:
    enforce(None, rule, UNSCOPED, "p2")
    with pytest.raises(ForbiddenError, match=f"Policy doesn't allow {rule} to be performed."):
        enforce(OsloPolicies(), rule, replace(SYSTEM, roles=frozenset()), "p2") if RULES[rule] else _raise(rule)


def _raise(rule: str) -> None:
    raise ForbiddenError(rule)


def test_the_root_tells_the_versions(owner: TestClient) -> None:
    answers = [owner.get("/rating"), owner.get("/rating/")]
    for answer in answers:
        assert answer.status_code == 200
        assert [version["id"] for version in answer.json()["versions"]] == ["v1", "v2"]
        assert answer.json()["versions"][1]["links"] == [{"href": "http://localhost:8000/rating/v2", "rel": "self"}]
    assert owner.head("/rating/").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "media_type"),
    [
        ("GET", "/v1", 405, "text/html"),
        ("GET", "/v2", 404, "text/html"),
        ("GET", "/v1/nothing", 405, "text/html"),
        ("GET", "/v1/nothing/", 405, "text/html"),
        ("OPTIONS", "/v1/nothing", 200, None),
        ("GET", "/v2/nothing", 404, "text/html"),
        ("GET", "/nothing", 404, "text/html"),
    ],
)
def test_what_is_not_there(rating: TestClient, method: str, path: str, status: int, media_type: str | None) -> None:
    answer = rating.request(method, path)
    assert answer.status_code == status
    assert answer.headers["x-openstack-request-id"].startswith("req-")
    assert media_type is None or answer.headers["content-type"].startswith(media_type)


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        ("127.0.0.1", {}, 405),
        ("::1", {"host": "[::1]:8000"}, 405),
        ("10.0.0.9", {}, 401),
        ("127.0.0.1", {"x-forwarded-for": "10.0.0.9"}, 401),
        ("127.0.0.1", {"host": "evil.example"}, 401),
        ("127.0.0.1", {"origin": "http://evil.example"}, 403),
        ("127.0.0.1", {"origin": "http://localhost:8000"}, 405),
    ],
)
def test_without_keystone_only_the_machine_itself(
    tmp_path: Path, peer: str, headers: dict[str, str], status: int
) -> None:
    with _client(Config(home=tmp_path), peer) as client:
        assert client.post("/rating/v1/nothing", headers=headers).status_code == status


class _StandIn(BaseHTTPRequestHandler):
    """What of Keystone the validation of a token needs. Not a Keystone: that one is asked in tests/services."""

    asked: list[str]
    tokens: dict[str, dict[str, Any]]

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        given = json.loads(self.rfile.read(length))["auth"]["identity"]["password"]["user"]
        if given["password"] != "secret":
            self._send(401, {"error": {"code": 401, "title": "Unauthorized", "message": "no"}})
            return
        self._send(201, {"token": _token("service", "p-service", "service")}, {"X-Subject-Token": "service-token"})

    def do_GET(self) -> None:
        if self.path == "/v3":
            self._send(200, {"version": {"id": "v3.14", "status": "stable", "links": []}})
            return
        assert self.headers["x-auth-token"] == "service-token"
        token = self.headers["x-subject-token"]
        self.asked.append(token)
        found = self.tokens.get(token)
        self._send(404 if found is None else 200, {"token": found} if found else {"error": {"code": 404}})

    def _send(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"content-type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


def _token(user: str, project: str | None, *roles: str, expires: str = "2026-11-21T13:00:00.000000Z") -> dict[str, Any]:
    scope = {"project": {"id": project, "name": project, "domain": {"id": "default", "name": "Default"}}}
    return {
        "user": {"id": user, "name": user, "domain": {"id": "default", "name": "Default"}},
        "roles": [{"id": role, "name": role} for role in roles],
        "methods": ["password"],
        "issued_at": "2026-11-21T11:00:00.000000Z",
        "expires_at": expires,
        "catalog": [],
    } | (scope if project else {})


@pytest.fixture
def keystone() -> Iterator[tuple[str, type[_StandIn]]]:
    class Handler(_StandIn):
        asked: list[str] = []  # noqa: RUF012
        tokens = {  # noqa: RUF012
            "good": _token("u2", "p1", "reader"),
            "admin": _token("u1", "p-admin", "admin"),
            "old": _token("u2", "p1", "reader", expires="2026-11-21T11:59:59.000000Z"),
        }

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v3", Handler
    server.shutdown()
    thread.join()
    server.server_close()


def _config(tmp_path: Path, auth_url: str, **changes: Any) -> Config:
    settings = {"auth_url": auth_url, "username": "cloudkitty", "password": "secret"} | changes
    return Config(home=tmp_path, cloudkitty=CloudKitty(auth="keystone"), keystone=Keystone(**settings))


def _client(config: Config, peer: str) -> TestClient:
    return TestClient(create_app(Home(config)), base_url="http://localhost:8000", client=(peer, 1))


@pytest.mark.parametrize(
    ("path", "token", "status"),
    [
        ("/rating/", None, 200),
        ("/rating", None, 200),
        ("/rating/healthcheck", None, 200),
        ("/rating/v1", None, 405),
        ("/rating/v2", None, 404),
        ("/rating/v1/", None, 405),
        ("/rating/v1/info/config", None, 401),
        ("/rating/v2/summary", "bad", 401),
        ("/rating/v2/summary", "old", 401),
        ("/rating/nothing", None, 401),
        ("/rating/nothing", "good", 404),
        ("/rating/v1/nothing", "good", 405),
    ],
)
def test_tokens(
    tmp_path: Path, keystone: tuple[str, type[_StandIn]], path: str, token: str | None, status: int
) -> None:
    with _client(_config(tmp_path, keystone[0], public_url="https://keystone.example/v3"), "10.0.0.9") as client:
        answer = client.get(path, headers={"X-Auth-Token": token} if token else {})
    assert answer.status_code == status
    if status == 401:
        assert answer.json() == REFUSAL
        assert answer.headers["www-authenticate"] == 'Keystone uri="https://keystone.example/v3"'


def test_keystone_is_asked_once_about_a_token(tmp_path: Path, keystone: tuple[str, type[_StandIn]]) -> None:
    with _client(_config(tmp_path, keystone[0]), "10.0.0.9") as client:
        for token in ("good", "good", "bad", "bad"):
            client.get("/rating/nothing", headers={"X-Auth-Token": token})
    assert keystone[1].asked == ["good", "bad"]


def test_headers_do_not_say_who_calls(tmp_path: Path, keystone: tuple[str, type[_StandIn]]) -> None:
    headers = {"X-Project-Id": "p2", "X-Roles": "admin", "X-Identity-Status": "Confirmed"}
    with _client(_config(tmp_path, keystone[0]), "127.0.0.1") as client:
        assert client.get("/rating/v1/info/config", headers=headers).status_code == 401


@pytest.mark.parametrize("changes", [{"auth_url": "http://127.0.0.1:9/v3"}, {"password": "wrong"}])
def test_a_keystone_that_cannot_be_asked(
    tmp_path: Path, keystone: tuple[str, type[_StandIn]], changes: dict[str, str]
) -> None:
    with _client(_config(tmp_path, **{"auth_url": keystone[0]} | changes), "10.0.0.9") as client:
        assert client.get("/rating/nothing", headers={"X-Auth-Token": "good"}).status_code == 503


def test_keystone_needs_its_settings(tmp_path: Path) -> None:
    config = Config(home=tmp_path, cloudkitty=CloudKitty(auth="keystone"))
    with pytest.raises(ConfigError, match=r"keystone\.auth_url"):
        create_app(Home(config))


PANEL, ELSEWHERE = "https://panel.example", "https://evil.example"


@pytest.mark.parametrize(
    ("origin", "method", "status", "allowed"),
    [
        (PANEL, "OPTIONS", 200, PANEL),
        (PANEL, "GET", 200, PANEL),
        (PANEL, "PUT", 405, PANEL),
        (ELSEWHERE, "OPTIONS", 400, None),
        (ELSEWHERE, "GET", 200, None),
        (ELSEWHERE, "PUT", 403, None),
        (f"{PANEL}:8443", "OPTIONS", 400, None),
        ("null", "PUT", 403, None),
    ],
)
def test_pages_of_allowed_origins(tmp_path: Path, origin: str, method: str, status: int, allowed: str | None) -> None:
    """A browser asks with OPTIONS and without a token whether a page may send one."""
    headers = {"origin": origin}
    if method == "OPTIONS":
        headers |= {"access-control-request-method": "PUT", "access-control-request-headers": "x-auth-token"}
    config = Config(home=tmp_path, cloudkitty=CloudKitty(allowed_origins=(PANEL,)))
    with _client(config, "127.0.0.1") as client:
        answer = client.request(method, "/rating/v1/nothing" if method == "PUT" else "/rating/", headers=headers)
    assert (answer.status_code, answer.headers.get("access-control-allow-origin")) == (status, allowed)


def test_without_allowed_origins_browsers_are_told_nothing(owner: TestClient) -> None:
    answer = owner.get("/rating/", headers={"origin": PANEL})
    assert "access-control-allow-origin" not in answer.headers
