"""Taking deliveries in: store every file under its hash, read it, and accept or refuse the whole.

What is refused leaves nothing but its row in ``deliveries``. What is accepted is kept before it is read.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallystick import clock
from tallystick.engine.delivered import WrittenPart
from tallystick.errors import RefusedError
from tallystick.lake.blobs import BlobStore
from tallystick.lake.parts import fingerprint
from tallystick.planner import fetched, records
from tallystick.planner.normalising import Job, Normalised, Normaliser, normaliser_name
from tallystick.settings.database import TenantDatabase
from tallystick.settings.models import Delivery, DeliveryFile, Part
from tallystick.sources.delivery import Finding, Found, FoundFile, Refused


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery that was taken in. ``outcome``: accepted, unchanged or refused."""

    delivery_id: str
    outcome: str


def _leave(_session: Session, _delivery: Delivery) -> None:
    """Nothing follows."""


@dataclass(frozen=True)
class Intake:
    """The means to take deliveries of one tenant in."""

    database: TenantDatabase
    blobs: BlobStore
    normaliser: Normaliser

    @property
    def tenant(self) -> str:
        """Whose deliveries they are."""
        return self.database.tenant

    def refuse(self, refused: Refused, origin: str) -> Taken:
        """Record a file that is no delivery at all."""
        delivery_id = fingerprint("refused", origin, str(refused.place), refused.reason)
        with self.database.write() as session:
            records.ensure_tenant(session, self.tenant)
            session.merge(
                Delivery(
                    tenant_id=self.tenant,
                    delivery_id=delivery_id,
                    origin=origin,
                    received_at=clock.now(),
                    state=records.REFUSED,
                    refused_reason=f"{refused.place}: {refused.reason}",
                )
            )
        return Taken(delivery_id, records.REFUSED)

    def take(self, found: Found, source_name: str | None) -> Taken:
        """Store, read and judge a delivery."""
        received = self.receive(found, source_name)
        return self.read(received.delivery_id) if received.outcome == records.RECEIVED else received

    def receive(
        self, found: Found, source_name: str | None, then: Callable[[Session, Delivery], None] = _leave
    ) -> Taken:
        """Store a delivery, without reading it; ``then`` is called in the transaction that remembers it."""
        files = [(file, self.blobs.put(file.path)) for file in found.files]
        with self.database.write() as session:
            records.ensure_tenant(session, self.tenant)
            fetched.remember(session, self.tenant, files)
            source = records.ensure_source(session, self.tenant, source_name or found.suggested_source, found.kind)
            delivery_id = fingerprint(source.source_id, found.series, *sorted({file_id for _, file_id in files}))
            known = session.get(Delivery, (self.tenant, delivery_id))
            if known is not None and known.state == records.ACCEPTED:
                known.version = max(known.version or found.version, found.version)
                return Taken(delivery_id, "unchanged")
            delivery = session.merge(self._received(found, delivery_id, source.source_id))
            records.forget_files(session, self.tenant, delivery_id)
            session.flush()
            session.add_all(self._file_rows(delivery_id, files))
            for file, file_id in files:
                if not self.blobs.has(file_id):  # a refusal of the same file has just removed it
                    self.blobs.put(file.path)
            then(session, delivery)
        return Taken(delivery_id, records.RECEIVED)

    def _received(self, found: Found, delivery_id: str, source_id: str) -> Delivery:
        return Delivery(
            tenant_id=self.tenant,
            delivery_id=delivery_id,
            origin=found.origin,
            received_at=clock.now(),
            state=records.RECEIVED,
            source_id=source_id,
            kind=found.kind,
            series=found.series,
            version=found.version,
            billing_period=found.billing_period,
            assembly_id=found.assembly_id,
        )

    def _file_rows(self, delivery_id: str, files: Iterable[tuple[FoundFile, str]]) -> list[DeliveryFile]:
        return [
            DeliveryFile(
                tenant_id=self.tenant,
                delivery_id=delivery_id,
                position=position,
                name=file.name,
                file_id=file_id,
                size_bytes=file.path.stat().st_size,
                role=file.role,
            )
            for position, (file, file_id) in enumerate(files)
        ]

    def read(self, delivery_id: str) -> Taken:
        """Read what the current normaliser has not read of a delivery, and judge it if it has not been judged."""
        with self.database.read() as session:
            delivery = session.get_one(Delivery, (self.tenant, delivery_id))
            files = records.data_files_of(session, self.tenant, delivery_id)
        if delivery.state == records.RECEIVED:
            return self._judge(delivery, files)
        self.normalise(delivery, files)
        return Taken(delivery_id, "unchanged")

    def _judge(self, delivery: Delivery, files: Iterable[tuple[str, str]]) -> Taken:
        try:
            normalised = self.normalise(delivery, files)
        except RefusedError as error:
            self._refuse(delivery.delivery_id, str(error))
            return Taken(delivery.delivery_id, records.REFUSED)
        with self.database.write() as session:
            row = session.get_one(Delivery, (self.tenant, delivery.delivery_id))
            row.state = records.ACCEPTED
            row.refused_reason = None
            row.findings = [
                _finding_row(finding, result.job.name) for result in normalised for finding in result.findings
            ]
        return Taken(delivery.delivery_id, records.ACCEPTED)

    def normalise(self, delivery: Delivery, files: Iterable[tuple[str, str]]) -> list[Normalised]:
        """Read those of a delivery's data files (name, id) that the current normaliser has not read yet.

        Raises RefusedError for the first that cannot be accepted.
        """
        source_id, kind = delivery.source_id or "", delivery.kind or ""
        name = normaliser_name(self.normaliser.sources[kind])
        with self.database.read() as session:
            read = set(
                session.scalars(
                    select(Part.file_id).where(
                        Part.tenant_id == self.tenant, Part.source_id == source_id, Part.normaliser == name
                    )
                )
            )
        jobs = {
            file_id: Job(source_id, kind, file_id, file_name, delivery.billing_period)
            for file_name, file_id in files
            if file_id not in read
        }
        results = self.normaliser.run(jobs.values())
        with self.database.write() as session:
            for result in results:
                self._remember(session, result, name)
        return results

    def _remember(self, session: Session, result: Normalised, name: str) -> None:
        job = result.job
        parts: Mapping[date, WrittenPart] = {part.billing_period: part for part in result.parts}
        for period in sorted(parts.keys() | ({job.billing_period} if job.billing_period else set())):
            part = parts.get(period)
            session.merge(
                Part(
                    tenant_id=self.tenant,
                    source_id=job.source_id,
                    file_id=job.file_id,
                    normaliser=name,
                    billing_period=period,
                    fingerprint=self.normaliser.part_fingerprint(job, period),
                    rows=part.rows if part else 0,
                    totals={measure: f"{total:f}" for measure, total in part.totals.items()} if part else {},
                    problems=[{"rule": rule, "count": count} for rule, count in sorted(part.problems.items())]
                    if part
                    else [],
                )
            )

    def _refuse(self, delivery_id: str, reason: str) -> None:
        with self.database.write() as session:
            row = session.get_one(Delivery, (self.tenant, delivery_id))
            row.state = records.REFUSED
            row.refused_reason = reason
            orphans = records.forget_files(session, self.tenant, delivery_id)
        with self.database.write() as session:  # under the lock, as the same file may be delivered right now
            for file_id in records.unreferenced(session, self.tenant, orphans):
                self.blobs.remove(file_id)


def _finding_row(finding: Finding, file_name: str) -> dict[str, object]:
    return {"rule": finding.rule, "column": finding.column, "count": finding.count, "file": file_name}


def workspace(spill: Path) -> tempfile.TemporaryDirectory[str]:
    """A folder for what is fetched and unpacked on the way in."""
    spill.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(dir=spill, prefix="intake-")
