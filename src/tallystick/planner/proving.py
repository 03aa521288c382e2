"""The bill's side of reconcile: control totals, and the delivered files read again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from tallystick.lake.blobs import BlobStore
from tallystick.lake.parts import Partition
from tallystick.lake.schemas import CHARGES, COST_MEASURES, POINTS, TableSchema
from tallystick.ledger.metered import QUANTITY, Metered
from tallystick.ledger.reconcile import ROWS, Check, Totals, add_up, compare
from tallystick.planner.records import Books, totals_of
from tallystick.rating import withdrawals
from tallystick.settings.models import Part
from tallystick.sources.base import Source
from tallystick.sources.delivery import Limits


def control_totals(books: Books) -> dict[Partition, Totals]:
    """What the effective deliveries of bills added up to when their charges were written."""
    return {
        partition: add_up(_control(part, COST_MEASURES) for part in parts)
        for partition, parts in books.effective_parts.items()
        if parts and books.tables[partition.source_id] is CHARGES
    }


def metered(books: Books) -> Metered:
    """What the effective deliveries of points added up to, by month, and what of them does not count."""
    months: dict[Partition, list[Totals]] = {}
    for partition, parts in books.effective_parts.items():
        if books.tables[partition.source_id] is POINTS:
            totals = (_control(part, ("qty",)) for part in parts)
            months.setdefault(partition.month, []).extend({ROWS: t[ROWS], QUANTITY: t["qty"]} for t in totals)
    withdrawn = {one for recipe in books.plan.recipes if recipe.metered for one in recipe.metered.withdrawn}
    delivered = {partition: add_up(totals) for partition, totals in months.items() if totals}
    return Metered(delivered, withdrawals.relation(sorted(withdrawn)))


def _control(part: Part, measures: Iterable[str]) -> Totals:
    totals = totals_of(part)
    return {ROWS: Decimal(part.rows), **{measure: totals[measure] for measure in measures}}


def _measures(table: TableSchema) -> tuple[str, ...]:
    """Those that a delivered file can be summed for."""
    return COST_MEASURES if table is CHARGES else table.measures


def deep_checks(books: Books, blobs: BlobStore, sources: Mapping[str, Source], limits: Limits) -> list[Check]:
    """Every delivered file that counts, read again by other code and compared with its control totals.

    Only raw measures can be compared so: what a formula makes of several columns has no counterpart in the file.
    """
    checks = []
    for partition, parts in books.effective_parts.items():
        source = sources[books.kinds[partition.source_id]]
        found = [_raw(part, blobs, source, limits) for part in parts]
        summed = {measure for totals in found for measure in totals}
        controls = (_control(part, _measures(source.table)) for part in parts)
        expected = add_up({m: t for m, t in control.items() if m in summed} for control in controls)
        if parts:
            checks += compare("delivered file", {partition: add_up(found)}, {partition: expected})
    return checks


def _raw(part: Part, blobs: BlobStore, source: Source, limits: Limits) -> Totals:
    """A file's raw sums for a part: those of its month, or of all its rows when the delivery named the month."""
    with blobs.storage.reading() as reading:
        (path,) = reading.local([blobs.name(part.file_id)])
        totals = source.raw_totals(path, limits=limits)
    own = totals.get(part.billing_period) or totals.get(None)
    if own is None:
        return {ROWS: Decimal(0)}
    wanted = _measures(source.table)
    return {ROWS: Decimal(own.rows), **{name: total for name, total in own.measures.items() if name in wanted}}
