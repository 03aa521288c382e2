"""The CloudKitty-compatible API over a home of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tallystick.api.app import create_app
from tallystick.planner.home import Home
from tallystick.settings.config import Config


@pytest.fixture
def real_home(tmp_path: Path) -> Home:
    """An empty home."""
    return Home(Config(home=tmp_path))


@pytest.fixture
def rating(owner: TestClient) -> Iterator[TestClient]:
    """The machine's own user, for whom no rule is evaluated, over the small home; paths are below ``/rating``."""
    owner.base_url = owner.base_url.join("/rating/")
    yield owner


@pytest.fixture
def client(real_home: Home) -> Iterator[TestClient]:
    """The same over an empty home that takes things in."""
    with local_client(real_home) as client:
        yield client


def local_client(home: Home) -> TestClient:
    """A client on the machine itself."""
    return TestClient(
        create_app(home),
        base_url="http://localhost:8000/rating",
        client=("127.0.0.1", 40000),
        raise_server_exceptions=False,
        follow_redirects=False,
    )


def frame(begin: str, end: str, **usage: list[dict[str, Any]]) -> dict[str, Any]:
    """A dataframe."""
    return {"period": {"begin": begin, "end": end}, "usage": usage}


def point(scope: str | None, qty: Any, price: Any = None, **attributes: Any) -> dict[str, Any]:
    """A point of a dataframe; attributes that begin with ``meta_`` are metadata."""
    groupby = {name: value for name, value in attributes.items() if not name.startswith("meta_")}
    if scope is not None:
        groupby["project_id"] = scope
    metadata = {name.removeprefix("meta_"): value for name, value in attributes.items() if name.startswith("meta_")}
    rating = {} if price is None else {"rating": {"price": price}}
    return {"vol": {"unit": "u", "qty": qty}, "groupby": groupby, "metadata": metadata, **rating}
