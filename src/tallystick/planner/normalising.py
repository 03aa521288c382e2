"""Reading delivered files into charges or points: each data file once per normaliser, several at a time."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from threading import Lock

import duckdb

from tallystick.engine.delivered import Stamp, WrittenPart, write_delivered
from tallystick.engine.duck import Resources, connect
from tallystick.errors import Place, RefusedError, TallyError
from tallystick.lake.blobs import BlobStore
from tallystick.lake.parts import Part, Partition, fingerprint
from tallystick.planner.progress import Progress
from tallystick.planner.store import Store
from tallystick.sources.base import Source
from tallystick.sources.delivery import Finding, Limits


@dataclass(frozen=True, slots=True)
class Job:
    """A delivered data file to be read."""

    source_id: str
    kind: str
    file_id: str
    name: str
    """As the user knows it."""
    billing_period: date | None
    """The month that the delivery's manifest names; None when the rows say it."""


@dataclass(frozen=True, slots=True)
class Normalised:
    """What one file gave: a part for every billing period, and what is wrong with the file as a whole."""

    job: Job
    parts: tuple[WrittenPart, ...]
    findings: tuple[Finding, ...]


def normaliser_name(source: Source) -> str:
    """Moves when the source's mapping or the columns of its table do."""
    columns = fingerprint(*(f"{column.name} {column.type.value}" for column in source.table.columns))
    return fingerprint(source.normaliser, columns)


@dataclass(frozen=True)
class Normaliser:
    """The means to read delivered files of one tenant."""

    store: Store
    blobs: BlobStore
    sources: dict[str, Source]
    resources: Resources
    limits: Limits
    progress: Progress

    def run(self, jobs: Iterable[Job]) -> list[Normalised]:
        """Read files, several at a time, in the order given.

        Raises RefusedError for the first file, in that order, that cannot be accepted.
        """
        waiting = list(jobs)
        if not waiting:
            return []
        workers = min(self.resources.threads, len(waiting))
        share = replace(self.resources, threads=max(1, self.resources.threads // workers))
        done = 0
        lock = Lock()

        def read(job: Job) -> Normalised:
            nonlocal done
            result = self._read(job, share, workers)
            with lock:
                done += 1
                self.progress.step("reading", done, len(waiting))
            return result

        self.progress.step("reading", 0, len(waiting))
        with ThreadPoolExecutor(workers) as pool:
            futures = [pool.submit(read, job) for job in waiting]
            try:
                return [future.result() for future in futures]
            except BaseException:
                _cancel(futures)
                raise

    def _read(self, job: Job, resources: Resources, workers: int) -> Normalised:
        source = self.sources[job.kind]
        resources.spill.mkdir(parents=True, exist_ok=True)
        with (
            tempfile.TemporaryDirectory(dir=resources.spill) as folder,
            self.blobs.storage.reading() as reading,
            connect(resources) as connection,
        ):
            connection.execute(f"SET memory_limit = '{_share(resources.memory, workers)}'")
            scan = None
            try:
                (path,) = reading.local([self.blobs.name(job.file_id)])
                scan = source.scan(
                    path,
                    workspace=Path(folder),
                    limits=self.limits,
                    billing_period=job.billing_period,
                    name=job.name,
                )
                parts = write_delivered(
                    connection,
                    source.table,
                    self.store.ids[source.table.name],
                    scan.sql,
                    stamp=Stamp(job.source_id, job.file_id),
                    writing=lambda period: self.store.writing(source.table, self._part(job, period)),
                )
            except duckdb.OutOfMemoryException as error:
                raise TallyError(
                    f"{job.name}: engine.memory ({self.resources.memory}) is too little to read it"
                ) from error
            except duckdb.Error as error:
                raise source.refusal(job.name, error, scan) from error
        return Normalised(job, tuple(parts), scan.findings)

    def _part(self, job: Job, period: date | None) -> Part:
        if period is None:
            raise RefusedError(Place(job.name), "a row has no billing period")
        return Part(Partition(job.source_id, period), self.part_fingerprint(job, period))

    def part_fingerprint(self, job: Job, period: date) -> str:
        """The name of the part that a file gives for a period."""
        declared = job.billing_period.isoformat() if job.billing_period else ""
        source = self.sources[job.kind]
        return fingerprint(
            source.table.name,
            normaliser_name(source),
            job.source_id,
            job.file_id,
            declared,
            period.isoformat(),
        )


def _share(memory: str, workers: int) -> str:
    """An equal share of an amount such as ``900MB``."""
    unit = memory.lstrip("0123456789. ")
    return f"{float(memory[: len(memory) - len(unit)]) / workers:.0f}{unit}"


def _cancel(futures: Iterable[Future[Normalised]]) -> None:
    for future in futures:
        future.cancel()
