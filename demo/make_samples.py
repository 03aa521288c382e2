"""Make the sample bills: three full months and the running month to yesterday, as AWS would have delivered them.

    python demo/make_samples.py FOLDER [--months N] [--until YYYY-MM-DD]

koku-nise is run as a program, once a month and two at a time, each in a folder of its own. Only the month that was
asked for is kept: the program also writes an empty one after it. A month that is there already is not made again.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, date, datetime
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bills import Span, document

REPORT = "larkspur-hourly"


def main() -> None:
    """Make what is missing, with a progress bar."""
    arguments = _arguments()
    spans = [span for span in spans_until(arguments.until, arguments.months) if not _made(arguments.folder, span)]
    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns) as progress, ThreadPoolExecutor(max_workers=2) as pool:
        task = progress.add_task("Sample bills, months", total=len(spans))
        for future in as_completed([pool.submit(make_month, arguments.folder, span) for span in spans]):
            future.result()
            progress.advance(task)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--months", type=int, default=3, help="full months before the one of --until (default 3)")
    parser.add_argument(
        "--until",
        type=date.fromisoformat,
        default=datetime.now(UTC).date(),
        help="the first day that is not billed (default today)",
    )
    return parser.parse_args()


def spans_until(until: date, months: int) -> list[Span]:
    """The ``months`` full months before that of ``until``, then its own days before ``until``, if any."""
    first = until.replace(day=1)
    starts = [first]
    for _ in range(months):
        starts.insert(0, _month_before(starts[0]))
    spans = [Span(start, end) for start, end in zip(starts, [*starts[1:], until], strict=True)]
    return [span for span in spans if span.start < span.end]


def _month_before(first: date) -> date:
    return first.replace(year=first.year - 1, month=12) if first.month == 1 else first.replace(month=first.month - 1)


def _month_after(first: date) -> date:
    return first.replace(year=first.year + 1, month=1) if first.month == 12 else first.replace(month=first.month + 1)


def _month_folder(folder: Path, span: Span) -> Path:
    return folder / REPORT / f"{span.start:%Y%m%d}-{_month_after(span.start):%Y%m%d}"


def _made(folder: Path, span: Span) -> bool:
    return _month_folder(folder, span).exists()


def make_month(folder: Path, span: Span) -> None:
    """Write one month below ``folder``; raises SystemExit with the generator's own words when it fails."""
    with tempfile.TemporaryDirectory(prefix="bills-") as scratch:
        work = Path(scratch)
        (work / "bucket").mkdir()
        (work / "company.yml").write_text(document(span))
        result = subprocess.run(_command(span), cwd=work, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            sys.exit(f"the sample bill of {span.start:%B %Y} could not be made:\n{result.stderr}")
        target = _month_folder(folder, span)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(str(_month_folder(work / "bucket", span)), target)


def _command(span: Span) -> list[str]:
    nise = Path(sys.executable).with_name("nise")
    command = [str(nise), "report", "aws", "--static-report-file", "company.yml"]
    command += ["--start-date", span.start.isoformat(), "--end-date", span.end.isoformat()]
    return [*command, "--aws-s3-bucket-name", "bucket", "--aws-s3-report-name", REPORT]


if __name__ == "__main__":
    main()
