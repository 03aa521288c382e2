"""Removing a source: a tombstone in the configuration, from which everything else follows by derivation.

Its rows leave every table with the next release; then its delivered files are purged, except those that another
source has too. Releases from before show it until they expire.
"""

from __future__ import annotations

from sqlalchemy import select

from tallystick import clock
from tallystick.lake.blobs import BlobStore
from tallystick.planner import records
from tallystick.planner.derive_run import Context, derive
from tallystick.settings.models import Delivery, Month, Part


def remove_source(context: Context, blobs: BlobStore, name: str) -> int:
    """Remove a source and its files; gives the number of files that were purged.

    Raises NotFoundError for a source that does not exist.
    """
    tenant = context.store.tenant
    with context.database.write() as session:
        source = records.find_source(session, tenant, name)
        source.removed_at = clock.now()
    derive(context)
    return _purge(context, blobs, source.source_id)


def _purge(context: Context, blobs: BlobStore, source_id: str) -> int:
    tenant = context.store.tenant
    orphans: list[str] = []
    with context.database.write() as session:
        of_source = (Delivery.tenant_id == tenant, Delivery.source_id == source_id)
        for delivery in session.scalars(select(Delivery).where(*of_source)):
            orphans += records.forget_files(session, tenant, delivery.delivery_id)
            delivery.state = records.REMOVED
        for table in (Part, Month):
            for row in session.scalars(select(table).where(table.tenant_id == tenant, table.source_id == source_id)):
                session.delete(row)
    for file_id in orphans:
        blobs.remove(file_id)
    return len(orphans)
