"""Ingest beside the floor: the same files, the same machine, turn by turn.

The floor is one DuckDB statement that reads the files and writes the columns that charges keep (``floor.py``). Both are
counted in seconds of CPU of the whole process tree. Then the same delivery again, then one with one file changed.
"""

from __future__ import annotations

import gzip
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import gen_cur
from benchmarks.commands import BENCH, fresh_home, tally
from benchmarks.measure import Usage, middle, run
from benchmarks.results import Figure

MIB = 1024**2
MEMORY_TARGET_MIB = 1536.0
GROWTH_TARGET = 1.15
"""Five times the lines; what repeated runs differ by is up to a tenth."""
PEAK = "peak memory, ingest"
RATIO_TARGET = 2.0
UNCHANGED_TARGET = 2.0
ONE_FILE_TARGET = 10.0
LARGE = 5_000_000
"""Lines from which deliveries again have a target: below, the start of the program is most of them."""
NEW_ASSEMBLY = "00000000-0000-4000-8000-00000000000f"


def measure(sizes: Sequence[int], repeat: int) -> Iterator[Figure]:
    """The figures of bills of so many lines; the medians of ``repeat`` turns. Memory must not grow with the lines."""
    peaks = {}
    for lines in sizes:
        for figure in _measure(lines, repeat):
            yield figure
            if figure.name == PEAK:
                peaks[lines] = figure.value
    small, large = min(peaks), max(peaks)
    if small < large:
        growth = peaks[large] / peaks[small]
        yield Figure("ingest", f"{PEAK}, {large:,} lines / {small:,} lines", growth, "x", GROWTH_TARGET)


def _measure(lines: int, repeat: int) -> Iterator[Figure]:
    room = f"ingest {lines:,} lines"
    bill = gen_cur.make(BENCH / f"cur-{lines}", lines)
    changed = one_file_changed(bill)
    floors, firsts, agains, changes = [], [], [], []
    for _ in range(repeat):
        floors.append(_floor(bill))
        with fresh_home(f"ingest-{lines}") as home:
            firsts.append(tally(home, "ingest", str(bill), "--source", "bench"))
            agains.append(tally(home, "ingest", str(bill), "--source", "bench"))
            changes.append(tally(home, "ingest", str(changed), "--source", "bench"))
    floor, first = middle(floors), middle(firsts)
    yield Figure(room, "floor, CPU", floor.cpu, "s")
    yield Figure(room, "ingest, CPU", first.cpu, "s")
    yield Figure(room, "ingest, wall", first.wall, "s")
    yield Figure(room, "lines per CPU second, floor", lines / floor.cpu, "/s")
    yield Figure(room, "lines per CPU second, ingest", lines / first.cpu, "/s")
    yield Figure(room, "ingest / floor", first.cpu / floor.cpu, "x", RATIO_TARGET)
    yield Figure(room, "peak memory, floor", floor.peak_bytes / MIB, "MiB")
    yield Figure(room, PEAK, first.peak_bytes / MIB, "MiB", MEMORY_TARGET_MIB)
    again, change = (100 * middle(usages).cpu / first.cpu for usages in (agains, changes))
    large = lines >= LARGE
    yield Figure(room, "unchanged again / first, CPU", again, "%", UNCHANGED_TARGET if large else None)
    yield Figure(room, "one file of thirty changed / first, CPU", change, "%", ONE_FILE_TARGET if large else None)


def _floor(bill: Path) -> Usage:
    target = BENCH / "floor.parquet"
    try:
        return run([sys.executable, "-m", "benchmarks.floor", str(bill), str(target)])
    finally:
        target.unlink(missing_ok=True)


def one_file_changed(bill: Path) -> Path:
    """A second delivery of the last month, in which AWS has corrected one line of one file. The other files are the
    same, linked into the folder of a new assembly; the other month is as it was."""
    corrected = bill.with_name(bill.name + "-corrected")
    shutil.rmtree(corrected, ignore_errors=True)
    shutil.copytree(bill, corrected, copy_function=os.link)
    file = gen_cur.data_files()[-1].path(corrected)
    first, _, rest = gzip.decompress(file.read_bytes()).partition(b"\n")
    file.unlink()
    file.write_bytes(gzip.compress(first + b"\n" + rest.replace(b"Product of AmazonS3", b"Product of Amazon S3", 1), 6))
    manifests = list(corrected.glob("*/*/*-Manifest.json")) + list(corrected.glob("*/*/*/*-Manifest.json"))
    for manifest in manifests:
        manifest.unlink()
    moved = gen_cur.assembly_folder(corrected, 1)
    gen_cur.write_manifest(corrected, 0)
    moved.rename(moved.with_name(NEW_ASSEMBLY))
    gen_cur.write_manifest(corrected, 1, NEW_ASSEMBLY)
    return corrected
