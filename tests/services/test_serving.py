"""The server as one process and as several behind one socket."""

from __future__ import annotations

import re
import urllib.request
from pathlib import Path

import pytest

from servers.tally import Tally

pytestmark = pytest.mark.services


@pytest.mark.parametrize("processes", [1, 2])
def test_so_many_processes_serve_the_home(tmp_path: Path, processes: int) -> None:
    with Tally(tmp_path / "home", {"TALLY_SERVE_PROCESSES": str(processes)}) as server:
        for _ in range(4):
            with urllib.request.urlopen(f"{server.endpoint}/healthz", timeout=20) as response:
                assert response.status == 200
    log = (tmp_path / "home" / "serve.log").read_text()
    assert len(set(re.findall(r"Started server process \[(\d+)\]", log))) == processes
