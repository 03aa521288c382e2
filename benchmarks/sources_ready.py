"""Sources whose charges lie ready to be derived: a bill that was read once, given to any number of sources and reports.

Each source has the bill's charges under its own id; its further reports are the same files again, by links. Nothing
reads them again, so a large source is made in the time of a small one.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from tallystick import clock
from tallystick.engine.derive import write_part
from tallystick.engine.duck import connect, create_view
from tallystick.engine.models import Model
from tallystick.lake.parts import Part as LakePart
from tallystick.lake.parts import Partition, fingerprint
from tallystick.lake.schemas import CHARGES
from tallystick.planner import records
from tallystick.planner.home import Home
from tallystick.planner.progress import Silent
from tallystick.planner.steps import steps
from tallystick.settings.models import Delivery, DeliveryFile, Part, Source
from tallystick.sources.delivery import Found
from tallystick.sources.discovery import discover

_BASE = "base"
"""The tenant that has read the bill."""


@dataclass(frozen=True)
class Ready:
    """A bill that was read: its parts."""

    home: Home
    parts: list[Part]

    @classmethod
    def read(cls, home: Home, bill: Path) -> Ready:
        """Read a bill, without deriving anything."""
        intake = home.intake(_BASE, Silent())
        with tempfile.TemporaryDirectory(dir=home.config.home) as folder:
            for found in discover(str(bill), as_kind=None, limits=home.limits, workspace=Path(folder)):
                assert isinstance(found, Found)
                intake.take(found, "bench")
        return cls(home, [part for part in home.books(_BASE).parts.values() if part.rows])

    @property
    def lines(self) -> int:
        """Of the bill."""
        return sum(part.rows for part in self.parts)

    def seconds_to_derive(self) -> float:
        """How long one thread derives the bill."""
        context, books = self.home.context(_BASE, Silent()), self.home.books(_BASE)
        todo = steps(books.plan, context.store.inventory(books.plan.parts))
        started = time.perf_counter()
        with context.derivation() as derivation:
            for step in todo:
                derivation.follow(step, books.disabled)
        return time.perf_counter() - started

    def hand_out(self, tenant: str, sources: int, copies: int) -> None:
        """Give a tenant so many sources, each with the bill in so many reports."""
        for number in range(1, sources + 1):
            source = Source(
                tenant_id=tenant,
                source_id=str(uuid.uuid4()),
                number=number,
                name=f"source-{number}",
                kind="aws",
                created_at=clock.now(),
            )
            files = {part.fingerprint: self._charges_of(tenant, source.source_id, part) for part in self.parts}
            with self.home.database.of(tenant).write() as session:
                records.ensure_tenant(session, tenant)
                session.add(source)
                for copy in range(copies):
                    for part in self.parts:
                        self._report(session, source, copy, part, files[part.fingerprint])

    def _charges_of(self, tenant: str, source_id: str, part: Part) -> Path:
        """The charges of a part, under a source's id: a file to be linked to."""
        base, store = self.home.store(_BASE), self.home.store(tenant)
        target = self.home.config.home / "ready" / tenant / source_id / f"{part.fingerprint}.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        own = LakePart(Partition(part.source_id, part.billing_period), part.fingerprint)
        with connect(self.home.resources) as connection, base.reading() as reading:
            create_view(connection, "charges", CHARGES, base.ids[CHARGES.name], reading.paths(CHARGES, [own]))
            sql = f"SELECT * REPLACE ('{source_id}' AS x_source_id) FROM charges"
            write_part(connection, Model(CHARGES, sql), store.ids[CHARGES.name], target)
        return target

    def _report(self, session: Session, source: Source, copy: int, part: Part, charges: Path) -> None:
        """A delivery of one file, read already."""
        tenant, source_id = source.tenant_id, source.source_id
        file_id = hashlib.sha256(f"{source_id} {copy} {part.file_id}".encode()).hexdigest()
        own = LakePart(Partition(source_id, part.billing_period), fingerprint(file_id))
        with self.home.store(tenant).writing(CHARGES, own) as path:
            os.link(charges, path)
        session.add(
            Delivery(
                tenant_id=tenant,
                delivery_id=file_id,
                origin="bench",
                received_at=source.created_at,
                state=records.ACCEPTED,
                source_id=source_id,
                kind=source.kind,
                series=f"report-{copy}-{part.file_id}",
                version=source.created_at,
                billing_period=part.billing_period,
            )
        )
        session.add(
            DeliveryFile(
                tenant_id=tenant,
                delivery_id=file_id,
                position=0,
                name="cur",
                file_id=file_id,
                size_bytes=0,
                role=records.DATA,
            )
        )
        session.add(
            Part(
                tenant_id=tenant,
                source_id=source_id,
                file_id=file_id,
                normaliser=part.normaliser,
                billing_period=part.billing_period,
                fingerprint=own.fingerprint,
                rows=part.rows,
                totals=part.totals,
            )
        )
