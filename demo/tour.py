"""Show what a new user would type first: each command, then what it prints.

python demo/tour.py FOLDER      (the sample bills that make_samples.py wrote)
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

from rich.console import Console

FULL_MONTHS = 2


def main() -> None:
    """Ingest the sample bills, print the costs of the last two full months, and reconcile."""
    samples = Path(sys.argv[1])
    first, last = last_full_months(samples)
    _run("ingest", str(samples))
    _run("report", "aws", "costs", "--group-by", "service", "--from", f"{first}", "--to", f"{last}")
    _run("report", "focus", "costs", "--group-by", "tag:team", "--from", f"{first}", "--to", f"{last}")
    _run("reconcile")


def last_full_months(samples: Path) -> tuple[date, date]:
    """The first and the last day of the two full months that end before the newest sample month, inclusive."""
    folders = (re.fullmatch(r"(\d{8})-\d{8}", path.name) for path in samples.glob("*/*"))
    starts = sorted(date.fromisoformat(match[1]) for match in folders if match)
    newest = starts[-1]
    return starts[max(0, len(starts) - 1 - FULL_MONTHS)], newest - timedelta(days=1)


def _run(*arguments: str) -> None:
    Console().print(f"\n$ tally {shlex.join(arguments)}", style="bold", highlight=False)
    tally = Path(sys.executable).with_name("tally")
    result = subprocess.run([str(tally), *arguments], check=False)
    if result.returncode != 0:
        sys.exit(result.returncode)


if __name__ == "__main__":
    main()
