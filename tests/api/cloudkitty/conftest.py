"""The CloudKitty-compatible API over a small home."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient


@pytest.fixture
def rating(owner: TestClient) -> Iterator[TestClient]:
    """The client of the machine's own user: everyone is admin."""
    owner.base_url = owner.base_url.join("/rating/")
    yield owner
