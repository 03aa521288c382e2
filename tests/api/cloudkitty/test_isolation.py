"""Whatever a caller who is no admin asks, nothing of another scope comes back, and nothing of it is changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import event, given, settings
from hypothesis import strategies as st
from starlette.datastructures import Headers
from starlette.types import Scope

from api.cloudkitty.conftest import frame, local_client, point
from tallystick.api import cloudkitty
from tallystick.api.cloudkitty.policies import Caller, OsloPolicies
from tallystick.planner.home import Home
from tallystick.planner.metering.scopes import ScopeFilter, ScopeKey, create, find
from tallystick.settings.config import Config

OWN = "p1"
SECRET = "zq9secret"
OTHERS = (SECRET, f"{OWN}'{SECRET}", f"{OWN},{SECRET}", f"{OWN}:{SECRET}", f"{OWN} {SECRET}", f"\u00e9\u200b{SECRET}")
"""Scopes of others; a question never names the secret part, so an answer must not either."""
LARGEST = 7919
"""Every quantity and price of others; the own ones never add up to it."""
LAST = datetime(2026, 11, 20, tzinfo=UTC)

CALLERS = {
    "reader": Caller(OWN, frozenset({"reader"}), "u1", is_admin=False),
    "member": Caller(OWN, frozenset({"member"}), "u1", is_admin=False),
    "unscoped": Caller(None, frozenset({"reader"}), "u2", is_admin=False),
}


class ByToken:
    """Tokens that stand for callers, without a Keystone."""

    challenge: str | None = "Keystone"

    async def caller(self, scope: Scope) -> Caller:
        return CALLERS[Headers(scope=scope)["x-auth-token"]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with points and states of several scopes."""
    home = Home(Config(home=tmp_path_factory.mktemp("home")))
    secret: dict[str, Any] = {"id": SECRET, "meta_flavor": SECRET, f"key_{SECRET}": "a", "user": "it's"}
    own: dict[str, Any] = {"id": "a", "meta_flavor": "small", "user": "it's"}
    usage = {
        "cpu": [point(OWN, 1, 1, **own), *(point(scope, LARGEST, LARGEST, **secret) for scope in OTHERS)],
        SECRET: [point(scope, LARGEST, LARGEST, **secret) for scope in OTHERS],
    }
    frames = [frame(f"2026-11-0{day}", f"2026-11-0{day}T01:00:00", **usage) for day in (1, 2)]
    with local_client(home) as client:
        assert client.post("/v2/dataframes", json={"dataframes": frames}).status_code == 204
    for scope in (OWN, *OTHERS):
        create(home.database.of("default"), ScopeKey(scope, "project_id", "keystone", "gnocchi"), LAST)
    return home


@pytest.fixture(scope="module")
def asked(home: Home) -> Iterator[TestClient]:
    """The application with policies, for callers by token."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TALLY_NOW", "2026-11-21T12:00:00Z")
        patch.setattr(cloudkitty, "open_auth", lambda _config: (ByToken(), OsloPolicies()))
        with local_client(home) as client:
            yield client


WORDS = st.sampled_from(
    [
        *(OWN, "type", "project_id", "tenant_id", "scope_id", "id", "flavor", "user", "cpu", "a", "time", "time-d"),
        *(
            "month",
            "res_type",
            "'",
            '"',
            "''",
            "\\",
            ";",
            "--",
            "/*",
            "*",
            ":",
            ",",
            "%",
            "_",
            ".",
            "(",
            ")",
            "=",
            "$p0",
        ),
        *("$1", "?", " OR 1=1", "' OR '1'='1", '") OR 1=1 --', "UNION SELECT", "ALL", "None", "null", "\x00", "\u200b"),
        *("\u00e9", "\u2019", "sum(qty) AS x", "max(price) AS y", "count(qty)", "2026-11-01", "true", "-1", "0", "1e9"),
    ]
)
VALUES = st.one_of(WORDS, st.lists(WORDS, max_size=6).map("".join), st.text(max_size=12))
PAIRS = st.lists(st.tuples(VALUES, VALUES).map(":".join), max_size=3).map(",".join)
NAMES = st.sampled_from(["type", "project_id", "id", "flavor", "time", "time-m", "user"])
SELECTED = st.tuples(NAMES, VALUES.filter(lambda value: not {",", ":"} & set(value))).map(":".join)

QUESTIONS: dict[str, dict[str, list[st.SearchStrategy[str]]]] = {
    "/v2/summary": {
        "groupby": [st.lists(NAMES, min_size=1, max_size=3).map(",".join), VALUES],
        "filters": [SELECTED, PAIRS, VALUES],
        "custom_fields": [st.sampled_from(["max(price) AS m", "sum(qty) AS q, mean(price) AS p"]), VALUES],
        "response_format": [st.sampled_from(["object", "table"])],
        "begin": [st.just("2026-11-01"), st.just("2026-11-01T00:30:00"), VALUES],
        "end": [st.just("2026-12-01"), VALUES],
        "limit": [st.just("1000"), VALUES],
        "offset": [st.just("0"), VALUES],
    },
    "/v2/dataframes": {
        "filters": [SELECTED, PAIRS, VALUES],
        "begin": [st.just("2026-11-01"), VALUES],
        "limit": [st.just("1000"), VALUES],
    },
    "/v1/report/total": {"tenant_id": [st.just(OWN), VALUES], "service": [VALUES], "all_tenants": [VALUES]},
    "/v1/report/summary": {
        "tenant_id": [st.just(OWN), VALUES],
        "service": [VALUES],
        "groupby": [st.just("res_type,tenant_id"), VALUES],
        "all_tenants": [VALUES],
    },
    "/v1/storage/dataframes": {"tenant_id": [st.just(OWN), VALUES], "resource_type": [VALUES]},
    "/v1/report/tenants": {"begin": [VALUES]},
    "/v2/scope": {"scope_id": [VALUES], "scope_key": [VALUES], "active": [VALUES]},
    "/v2/task/reprocesses": {"scope_ids": [VALUES], "order": [VALUES]},
    "/v2/rating/modules": {"x": [VALUES]},
}
"""For each path its parameters, and for each of these what can be given: first what is understood."""
ADMINS = {"/v1/report/tenants", "/v2/scope", "/v2/task/reprocesses", "/v2/rating/modules"}
HEADERS = st.dictionaries(
    st.sampled_from(["X-Project-Id", "X-Roles", "X-User-Id", "X-Tenant-Id", "X-Is-Admin-Project", "X-Identity-Status"]),
    st.sampled_from([OWN, "admin", "admin,reader", "True", "Confirmed", "'", "*"]),
    max_size=3,
)


@st.composite
def questions(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """A path and its query, in which at most one parameter is of any kind and the others are understood."""
    path = draw(st.sampled_from(sorted(QUESTIONS)) | st.just("/v2/summary"))
    names = draw(st.sets(st.sampled_from(sorted(QUESTIONS[path])), max_size=4))
    odd = draw(st.sampled_from(["", *sorted(names)]))
    return path, {
        name: draw(st.one_of(QUESTIONS[path][name]) if name == odd else QUESTIONS[path][name][0])
        for name in sorted(names)
    }


@settings(max_examples=500, deadline=None)
@given(questions(), HEADERS, st.sampled_from(["reader", "reader", "reader", "member", "unscoped"]))
def test_nothing_of_others_is_read(
    asked: TestClient, question: tuple[str, dict[str, str]], headers: dict[str, str], token: str
) -> None:
    path, query = question
    answer = asked.get(path, params=query, headers={**headers, "X-Auth-Token": token})
    event(f"{path} {answer.status_code}")
    assert answer.status_code < 500
    assert SECRET not in answer.text
    if answer.status_code == 200:
        assert token == "reader"
        assert path not in ADMINS
        assert all(number < LARGEST for number in _numbers(answer.json()))


def _numbers(thing: Any) -> Iterator[float]:
    """Every number of an answer, those that are written as text too."""
    if isinstance(thing, dict | list):
        for each in thing.values() if isinstance(thing, dict) else thing:
            yield from _numbers(each)
    elif isinstance(thing, int | float):
        yield thing
    elif isinstance(thing, str) and thing.replace(".", "", 1).isascii() and thing.replace(".", "", 1).isdigit():
        yield float(thing)


@pytest.mark.parametrize("path", ["/v2/summary?groupby=project_id,id,type", "/v2/dataframes", "/v1/storage/dataframes"])
def test_the_own_points_are_read(asked: TestClient, path: str) -> None:
    answer = asked.get(path, headers={"X-Auth-Token": "reader"})
    assert answer.status_code == 200
    assert OWN in answer.text


BODIES = st.one_of(
    st.fixed_dictionaries(
        {"last_processed_timestamp": st.just("2026-11-01")},
        optional={"scope_id": VALUES | st.lists(VALUES, max_size=3), "all_scopes": st.booleans(), "collector": VALUES},
    ),
    st.fixed_dictionaries(
        {"start_reprocess_time": st.just("2026-11-01"), "end_reprocess_time": st.just("2026-11-02")},
        optional={"scope_ids": VALUES, "reason": VALUES},
    ),
    st.fixed_dictionaries({"enabled": st.booleans()}),
)
CHANGES = st.sampled_from(
    [
        *(("PUT", "/v2/scope"), ("PATCH", "/v2/scope"), ("POST", "/v2/scope"), ("POST", "/v2/task/reprocesses")),
        *(("POST", "/v2/dataframes"), ("PUT", "/v2/rating/modules/hashmap")),
    ]
)


@settings(max_examples=200, deadline=None)
@given(CHANGES, BODIES, HEADERS, st.sampled_from(sorted(CALLERS)))
def test_nothing_is_changed(
    home: Home, asked: TestClient, change: tuple[str, str], body: dict[str, Any], headers: dict[str, str], token: str
) -> None:
    answer = asked.request(*change, json=body, headers={**headers, "X-Auth-Token": token})
    assert answer.status_code in (400, 403)
    with home.database.of("default").read() as session:
        assert {state.last_processed_at for state in find(session, "default", ScopeFilter())} == {LAST}


@settings(max_examples=100, deadline=None)
@given(VALUES | st.lists(VALUES, max_size=3), VALUES)
def test_a_filter_finds_no_other_scope_than_the_named(home: Home, scope_id: Any, scope_key: str) -> None:
    named = tuple(scope_id) if isinstance(scope_id, list) else (scope_id,)
    with home.database.of("default").read() as session:
        found = find(session, "default", ScopeFilter(scope_ids=named, scope_keys=(scope_key,) if scope_key else ()))
    assert not named or {state.scope_id for state in found} <= {OWN}
