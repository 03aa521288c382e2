"""Removing a source: a tombstone in the configuration, from which everything else follows by derivation.

Its rows leave every table with the next release; then its statements are purged, and its delivered files except those
that another source has too. What was interrupted goes on when it is asked for again. Releases from before show the
source until they expire.
"""

from __future__ import annotations

from sqlalchemy import delete, select

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
        source = records.find_removable(session, tenant, name)
        source.removed_at = source.removed_at or clock.now()
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
        session.execute(delete(Part).where(Part.tenant_id == tenant, Part.source_id == source_id))
        for month in session.scalars(select(Month).where(Month.tenant_id == tenant, Month.source_id == source_id)):
            for file in list(context.storage.list(month.statement_path)) if month.statement_path else ():
                context.storage.remove(file.name)
            session.delete(month)
        purged = records.unreferenced(session, tenant, orphans)
        for file_id in purged:  # under the lock, as the same file may be delivered right now
            blobs.remove(file_id)
    return len(purged)
