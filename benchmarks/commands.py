"""Running ``tally`` for a benchmark: which program, which home."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import Usage, run

BENCH = Path(".bench").absolute()
TALLY = str(Path(sys.executable).with_name("tally"))


@contextmanager
def fresh_home(name: str) -> Iterator[Path]:
    """An empty home that is gone afterwards."""
    home = BENCH / "homes" / name
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def environment(home: Path, **settings: str) -> dict[str, str]:
    """The environment of a ``tally`` that works in ``home``."""
    return {**os.environ, "TALLY_HOME": str(home), **settings}


def tally(home: Path, *arguments: str) -> Usage:
    """Run ``tally`` and measure it."""
    return run([TALLY, *arguments], environment(home))
