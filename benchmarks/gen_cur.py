"""A large Cost and Usage Report that looks like a real one: two months, 30 gzipped files, about 195 columns.

    python -m benchmarks.gen_cur FOLDER --lines 5000000

A *slot* is one line of every hour: what a resource costs in that hour. Most slots belong to one resource for good; one
in seven changes its resource, and with it its tags, every two days, as autoscaled machines and containers do, which
gives about 20,000 tag sets at 5 million lines. Lines stand in the order of their hours. Savings plan lines come in
pairs that cancel; some cells hold the words that real and generated reports have in number columns.

Everything follows from the slot, the hour and a hash, so two runs write the same lines.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

REPORT = "bench-hourly"
FILES_A_MONTH = 15
MONTHS = (datetime(2026, 9, 1), datetime(2026, 10, 1), datetime(2026, 11, 1))  # noqa: DTZ001 (SQL wants plain times)
HOURS = (MONTHS[2] - MONTHS[0]) // timedelta(hours=1)
TAG_KEYS = "Name application cost-center environment job owner project release role stack team tier"
SLOTS = Path(__file__).with_name("gen_cur_slots.sql")
LINES = Path(__file__).with_name("gen_cur_lines.sql")


@dataclass(frozen=True, slots=True)
class DataFile:
    """One file of the report: the hours (since the first month's start) that it holds, end exclusive."""

    month: int
    number: int
    first_hour: int
    end_hour: int

    def path(self, folder: Path) -> Path:
        return assembly_folder(folder, self.month) / f"{REPORT}-{self.number:05}.csv.gz"


def make(folder: Path, lines: int) -> Path:
    """Write the report below ``folder`` unless it is there already; returns the folder."""
    done = folder.with_suffix(".made")
    if done.exists():
        return folder
    slots, header = max(1, round(lines / HOURS)), _header()
    with ThreadPoolExecutor(max_workers=len(os.sched_getaffinity(0))) as pool:
        list(pool.map(lambda file: _write_file(folder, file, slots, header), data_files()))
    for month in (0, 1):
        write_manifest(folder, month)
    done.touch()
    return folder


def data_files() -> list[DataFile]:
    """The thirty files."""
    files = []
    for month in (0, 1):
        first = (MONTHS[month] - MONTHS[0]) // timedelta(hours=1)
        hours = (MONTHS[month + 1] - MONTHS[month]) // timedelta(hours=1)
        cuts = [first + hours * part // FILES_A_MONTH for part in range(FILES_A_MONTH + 1)]
        files += [DataFile(month, part + 1, cuts[part], cuts[part + 1]) for part in range(FILES_A_MONTH)]
    return files


def month_folder(folder: Path, month: int) -> Path:
    """The folder of a month, named as AWS names it."""
    return folder / REPORT / f"{MONTHS[month]:%Y%m%d}-{MONTHS[month + 1]:%Y%m%d}"


def assembly_folder(folder: Path, month: int, assembly: str = "") -> Path:
    """The folder of a month's data files, in its first delivery or in another."""
    return month_folder(folder, month) / (assembly or f"00000000-0000-4000-8000-00000000000{month}")


def write_manifest(folder: Path, month: int, assembly: str = "") -> None:
    """The manifest of a delivery of a month, naming the files that lie in its folder."""
    data = assembly_folder(folder, month, assembly)
    names = sorted(path.name for path in data.glob("*.csv.gz"))
    time = "%Y%m%dT%H%M%S.000Z"
    manifest = {
        "assemblyId": data.name,
        "account": "900000000000",
        "charset": "UTF-8",
        "compression": "GZIP",
        "contentType": "text/csv",
        "reportId": "0" * 64,
        "reportName": REPORT,
        "billingPeriod": {"start": f"{MONTHS[month]:{time}}", "end": f"{MONTHS[month + 1]:{time}}"},
        "bucket": "bench",
        "reportKeys": [f"{REPORT}/{data.parent.name}/{data.name}/{name}" for name in names],
        "additionalArtifactKeys": [],
    }
    for target in (data.parent, data):
        (target / f"{REPORT}-Manifest.json").write_text(json.dumps(manifest, indent=1))


def _header() -> list[str]:
    """The columns of a report as the sample generator writes them, with our tag keys in the place of its own."""
    generator = {
        "EC2Generator": {"start_date": "2026-09-01", "end_date": "2026-09-02", "tags": {"resourceTags/user:a": "b"}}
    }
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "bucket").mkdir()
        (Path(scratch) / "bill.yml").write_text(json.dumps({"generators": [generator]}))
        command = [str(Path(sys.executable).with_name("nise")), "report", "aws", "--static-report-file", "bill.yml"]
        command += [
            "-s",
            "2026-09-01",
            "-e",
            "2026-09-02",
            "--aws-s3-bucket-name",
            "bucket",
            "--aws-s3-report-name",
            "r",
        ]
        subprocess.run(command, cwd=scratch, check=True, capture_output=True)
        with gzip.open(next(Path(scratch).glob("bucket/r/*/*/*.csv.gz")), "rt") as file:
            columns = next(csv.reader(file))
    return [name for name in columns if not name.startswith("resourceTags/")] + [
        f"resourceTags/user:{tag}" for tag in TAG_KEYS.split()
    ]


def _write_file(folder: Path, file: DataFile, slots: int, header: list[str]) -> None:
    """Write one data file with one thread."""
    path = file.path(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(_filled(SLOTS, slots=slots, hours=HOURS))
        lines = _filled(
            LINES, first_hour=file.first_hour, end_hour=file.end_hour, start=MONTHS[0], month=MONTHS[file.month]
        )
        known = {row[0] for row in connection.execute(f"describe {lines}").fetchall()}
        if unknown := known - set(header):
            raise ValueError(f"columns that no report has: {sorted(unknown)}")
        columns = ", ".join(f'"{name}"' if name in known else f'null::varchar as "{name}"' for name in header)
        connection.execute(f"copy (select {columns} from ({lines})) to '{path}' (format csv, header, compression gzip)")


def _filled(statement: Path, **values: object) -> str:
    """A statement with its placeholders filled. The values are our own numbers and times."""
    text = statement.read_text()
    for name, value in values.items():
        text = text.replace(f"${name}", str(value))
    return text


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lines", type=int, default=5_000_000)
    arguments = parser.parse_args()
    make(arguments.folder, arguments.lines)
