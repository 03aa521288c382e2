"""The bill's side of reconcile: control totals, and the delivered files read again."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from tallystick.lake.blobs import BlobStore
from tallystick.lake.parts import Partition
from tallystick.lake.schemas import COST_MEASURES
from tallystick.ledger.reconcile import ROWS, Check, Totals, add_up, compare
from tallystick.planner.records import Books, totals_of
from tallystick.settings.models import Part
from tallystick.sources.base import Source
from tallystick.sources.delivery import Limits


def control_totals(books: Books) -> dict[Partition, Totals]:
    """What the effective deliveries added up to when their charges were written."""
    return {
        partition: add_up(_control(part) for part in parts)
        for partition, parts in books.effective_parts.items()
        if parts
    }


def _control(part: Part) -> Totals:
    totals = totals_of(part)
    return {ROWS: Decimal(part.rows), **{measure: totals[measure] for measure in COST_MEASURES}}


def deep_checks(books: Books, blobs: BlobStore, sources: Mapping[str, Source], limits: Limits) -> list[Check]:
    """Every delivered file that counts, read again by other code and compared with its control totals.

    Only raw measures can be compared so: what a formula makes of several columns has no counterpart in the file.
    """
    checks = []
    for partition, parts in books.effective_parts.items():
        found = [_raw(part, blobs, sources[books.kinds[partition.source_id]], limits) for part in parts]
        measures = {measure for totals in found for measure in totals}
        expected = add_up({m: t for m, t in _control(part).items() if m in measures} for part in parts)
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
    costs = {measure: total for measure, total in own.measures.items() if measure in COST_MEASURES}
    return {ROWS: Decimal(own.rows), **costs}
