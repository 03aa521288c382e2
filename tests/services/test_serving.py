"""The server as one process and as several behind one socket."""

from __future__ import annotations

import re
import time
import urllib.request
from pathlib import Path

import pytest

from servers.tally import Tally

pytestmark = pytest.mark.services


@pytest.mark.parametrize("processes", [1, 2])
def test_so_many_processes_serve_the_home(tmp_path: Path, processes: int) -> None:
    with Tally(tmp_path / "home", {"TALLY_SERVE_PROCESSES": str(processes)}) as server:
        deadline = time.monotonic() + 60
        while len(_started(tmp_path / "home")) < processes and time.monotonic() < deadline:
            time.sleep(0.1)
        for _ in range(4):
            with urllib.request.urlopen(f"{server.endpoint}/healthz", timeout=20) as response:
                assert response.status == 200
    assert len(_started(tmp_path / "home")) == processes


def _started(home: Path) -> set[str]:
    """The ids of the server processes that were up, as the log has them."""
    return set(re.findall(r"Started server process \[(\d+)\]", (home / "serve.log").read_text()))
