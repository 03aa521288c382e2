"""What came in and how things stand, put together from the settings database for people to read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tallystick.errors import NotFoundError
from tallystick.ledger.reconcile import add_up
from tallystick.planner import records
from tallystick.planner.jobs import queue
from tallystick.planner.leases import DERIVE, running
from tallystick.planner.records import Books, totals_of
from tallystick.planner.releases import current_release
from tallystick.planner.views import (
    DeliveryView,
    FileView,
    FindingView,
    PeriodTotals,
    ReleaseView,
    SourceView,
    StatusView,
)
from tallystick.settings.models import Delivery, DeliveryFile, Part, Release, Source


@dataclass(frozen=True)
class Overview:
    """The books of one tenant, as a session of the settings database shows them."""

    session: Session
    tenant: str
    books: Books

    def sources(self) -> list[SourceView]:
        """The sources that are not removed, in the order in which they were made."""
        rows = self.session.scalars(
            select(Source).where(Source.tenant_id == self.tenant, Source.removed_at.is_(None)).order_by(Source.number)
        )
        return [self._source(row) for row in rows]

    def _source(self, row: Source) -> SourceView:
        accepted = [candidate for candidate in self.books.candidates if candidate.source_id == row.source_id]
        periods = {part.billing_period for part in self.books.parts_of(row.source_id)}
        return SourceView(
            row.source_id,
            row.number,
            row.name,
            row.kind,
            row.created_at,
            row.paused,
            len(accepted),
            max((candidate.received_at for candidate in accepted), default=None),
            tuple(sorted(periods)),
        )

    def deliveries(self) -> list[DeliveryView]:
        """Every delivery, newest first, refused ones included; without their files."""
        rows = self.session.scalars(
            select(Delivery).where(Delivery.tenant_id == self.tenant).order_by(Delivery.received_at.desc())
        )
        names = self._source_names()
        return [self._delivery(row, names) for row in rows]

    def delivery(self, delivery_id: str) -> DeliveryView:
        """One delivery with its files. Raises NotFoundError."""
        row = self.session.get(Delivery, (self.tenant, delivery_id))
        if row is None:
            raise NotFoundError(f"there is no delivery {delivery_id}; tally deliveries lists them")
        return self._delivery(row, self._source_names(), self._files(delivery_id))

    def _delivery(self, row: Delivery, names: Mapping[str, str], files: Iterable[FileView] = ()) -> DeliveryView:
        parts = self._parts(row)
        return DeliveryView(
            delivery_id=row.delivery_id,
            state=self._state(row),
            origin=row.origin,
            received_at=row.received_at,
            kind=row.kind,
            source_name=names.get(row.source_id or ""),
            series=row.series,
            version=row.version,
            reason=row.refused_reason,
            periods=_by_period(parts),
            findings=(*_of_files(row), *_of_rows(parts)),
            files=tuple(files),
        )

    def _state(self, row: Delivery) -> str:
        counts = any(winner.delivery_id == row.delivery_id for winner in self.books.winners.values())
        known = row.delivery_id in self.books.data_files
        return "superseded" if row.state == records.ACCEPTED and known and not counts else row.state

    def _parts(self, row: Delivery) -> list[Part]:
        wanted = set(self.books.data_files.get(row.delivery_id, ()))
        return [
            part
            for (source_id, file_id, _), part in self.books.parts.items()
            if source_id == row.source_id and file_id in wanted
        ]

    def _files(self, delivery_id: str) -> list[FileView]:
        rows = self.session.scalars(
            select(DeliveryFile)
            .where(DeliveryFile.tenant_id == self.tenant, DeliveryFile.delivery_id == delivery_id)
            .order_by(DeliveryFile.position)
        )
        return [FileView(row.name, row.file_id, row.size_bytes, row.role) for row in rows]

    def _source_names(self) -> dict[str, str]:
        rows = self.session.execute(select(Source.source_id, Source.name).where(Source.tenant_id == self.tenant))
        return dict(rows.all())

    def releases(self) -> list[ReleaseView]:
        """The releases that are kept, newest first."""
        current = current_release(self.session, self.tenant)
        rows = self.session.scalars(
            select(Release).where(Release.tenant_id == self.tenant).order_by(Release.release_id.desc())
        )
        return [ReleaseView(row.release_id, row.created_at, row is current) for row in rows]

    def status(self, stale_parts: int, rows: Mapping[str, int]) -> StatusView:
        """How things stand, given what only the tables know."""
        release = current_release(self.session, self.tenant)
        counts = select(Delivery.state, func.count()).where(Delivery.tenant_id == self.tenant).group_by(Delivery.state)
        states = dict(self.session.execute(counts).all())
        deriving = (holder for name, holder in running(self.session, self.tenant).items() if name.startswith(DERIVE))
        return StatusView(
            release.release_id if release else 0,
            release.created_at if release else None,
            max((candidate.received_at for candidate in self.books.candidates), default=None),
            len(self.sources()),
            states.get(records.ACCEPTED, 0),
            states.get(records.REFUSED, 0),
            stale_parts,
            next(deriving, None),
            rows,
            queue.counts(self.session, self.tenant),
            queue.oldest_queued(self.session, self.tenant),
        )


def _by_period(parts: Iterable[Part]) -> tuple[PeriodTotals, ...]:
    rows: defaultdict[date, int] = defaultdict(int)
    sums: defaultdict[date, list[Mapping[str, Decimal]]] = defaultdict(list)
    for part in parts:
        rows[part.billing_period] += part.rows
        sums[part.billing_period].append(totals_of(part))
    return tuple(PeriodTotals(period, rows[period], add_up(sums[period])) for period in sorted(rows))


def _of_files(row: Delivery) -> list[FindingView]:
    return [
        FindingView(str(finding["rule"]), finding.get("column"), finding["count"], finding.get("file"))
        for finding in row.findings
    ]


def _of_rows(parts: Iterable[Part]) -> list[FindingView]:
    counts: defaultdict[tuple[str, str], int] = defaultdict(int)
    for part in parts:
        for problem in part.problems:
            column, _, rule = str(problem["rule"]).partition(": ")
            counts[rule, column] += int(problem["count"])
    return [FindingView(rule, column, count) for (rule, column), count in sorted(counts.items())]
